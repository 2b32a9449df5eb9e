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

// Without exceptions: awaits an operation, and leaves its error in the task.
template <class Op>
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
        std::error_code error = op_.failure();
        if (error) left_->set_code(error);
        return bool(error);
    }

private:
    Op& op_;
    result<await_result_t<Op>>* left_ = nullptr;
};

template <class Op>
concept has_failure = !exceptions && requires(const Op& op)
{
    op.failure();
};

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
