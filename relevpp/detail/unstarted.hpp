// Tasks that begin later, and operations as tasks.

#ifndef RELEVPP_DETAIL_UNSTARTED_HPP
#define RELEVPP_DETAIL_UNSTARTED_HPP

#include "../task.hpp"

namespace relev::detail {

// A task that has not begun.
template <class T>
class unstarted {
public:
    using handle = typename frame<T>::handle;

    unstarted(handle h) noexcept : h_(h) {}
    unstarted(unstarted&& other) noexcept : h_(other.release()) {}
    ~unstarted()
    {
        if (h_) h_.destroy();
    }
    handle release() noexcept { return std::exchange(h_, nullptr); }

private:
    handle h_;
};

// A scope with a task: it has an error of its own, or what the task has left.
template <class Op>
concept is_scope = requires(Op& op)
{
    op.end(), op.left();
};

template <class Op>
requires requires(Op& op) { op.failure(); }
std::error_code failure_of(Op& op) noexcept { return op.failure(); }
template <is_scope Op>
std::error_code failure_of(Op& op) noexcept
{
    if (std::error_code own = op.end()) return own;
    bool failed = op.left().has() == outcome::code;
    return failed ? op.left().code() : std::error_code();
}

// Without exceptions: awaits an operation or a scope, and leaves its error in
// the task, which returns a T.
template <class Op, class T = await_result_t<Op>>
class error_of : public awaiter {
public:
    explicit error_of(Op& op) noexcept : op_(op) {}
    bool await_ready() const noexcept { return op_.await_ready(); }
    template <class P>
    auto await_suspend(std::coroutine_handle<P> h)
    {
        left_ = &h.promise().left;
        return op_.await_suspend(h);
    }
    bool await_resume() const noexcept
    {
        std::error_code error = failure_of(op_);
        if (error) left_->set_code(error);
        return bool(error);
    }

private:
    Op& op_;
    result<T>* left_ = nullptr;
};

// Ends the task that awaits it with an error, which it throws, or without
// exceptions leaves: then the task has to return.
class failing : public awaiter {
public:
    failing(std::error_code error, const char* what) noexcept
        : error_(error), what_(what)
    {
    }
    bool await_ready() const noexcept { return false; }
    template <class P>
    bool await_suspend(std::coroutine_handle<P> h) const
    {
        if constexpr (exceptions) raise(std::system_error(error_, what_));
        else h.promise().left.set_code(error_);
        return false;
    }
    void await_resume() const noexcept {}

private:
    std::error_code error_;
    const char* what_;
};

template <class Op>
concept has_failure = !exceptions && requires(Op & op)
{
    failure_of(op);
};
template <class Once>
concept makes_failure = has_failure<typename Once::awaiter_type>;

// An operation as a task. loop::dump names the operation.
template <class Op>
task<await_result_t<Op>> task_of(Op op)
{
    co_return co_await std::move(op);
}
template <has_failure Op>
task<await_result_t<Op>> task_of(Op op)
{
    bool failed = co_await error_of<Op>(op);
    if constexpr (!std::is_void_v<await_result_t<Op>>) {
        if (failed) co_return code_is_left();
    } else {
        if (failed) co_return;
    }
    co_return op.await_resume();
}
template <class Once, class... Args>
task<await_result_t<Once>> task_made(std::tuple<Args...> args)
{
    co_return co_await std::make_from_tuple<Once>(std::move(args));
}
template <makes_failure Once, class... Args>
task<await_result_t<Once>> task_made(std::tuple<Args...> args)
{
    using op_type = typename Once::awaiter_type;
    op_type op = std::make_from_tuple<op_type>(std::move(args));
    bool failed = co_await error_of<op_type>(op);
    if constexpr (!std::is_void_v<await_result_t<Once>>) {
        if (failed) co_return code_is_left();
    } else {
        if (failed) co_return;
    }
    co_return op.await_resume();
}

// What is awaited, as a task that has not begun.
template <class T>
unstarted<T> unstarted_of(task<T>& t) noexcept
{
    return t.release();
}
template <class Op, class... Args>
auto unstarted_of(once<Op, Args...>& o)
{
    using made = once<Op, Args...>;
    return unstarted<await_result_t<made>>(
        task_made<made>(o.release()).release());
}
template <is_awaiter A>
unstarted<await_result_t<A>> unstarted_of(A& op)
{
    return task_of<A>(std::move(op)).release();
}

}  // namespace relev::detail

#endif
