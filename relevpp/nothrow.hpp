// nothrow: what an operation or a task ends with, as a value. For loops in
// which time-outs and cancels are frequent: an exception costs more than ten
// thousand instructions in each frame.

#ifndef RELEVPP_NOTHROW_HPP
#define RELEVPP_NOTHROW_HPP

#include <variant>

#include "timeout.hpp"

namespace relev {

// A value, or why there is none. It is the same type for every -std, and keeps
// any exception: so it is not std::expected.
template <class T = void>
class result {
public:
    using stored = typename detail::result<T>::stored;

    // By index: T may be one of the two other types.
    result(std::error_code error) noexcept : has_(std::in_place_index<0>, error)
    {
    }

    template <class... V>
    explicit result(std::in_place_t, V&&... v)
        : has_(std::in_place_index<2>, std::forward<V>(v)...)
    {
    }

    // For the parts of relev.hpp: what a task has left. A value is of this
    // type.
    template <class U>
    explicit result(detail::result<U>& left)
        : result(std::make_error_code(std::errc::operation_canceled))
    {
        if (left.has() == detail::outcome::error)
            has_.template emplace<1>(left.error());
        if (left.has() == detail::outcome::code)
            has_.template emplace<0>(left.code());
        if constexpr (std::is_same_v<T, U>)
            if (left.has() == detail::outcome::value)
                has_.template emplace<2>(left.take());
    }

    bool has_value() const noexcept { return has_.index() == 2; }
    explicit operator bool() const noexcept { return has_value(); }

    // There must be a value.
    stored& operator*() noexcept { return *std::get_if<2>(&has_); }
    stored* operator->() noexcept { return std::get_if<2>(&has_); }

    // The value, or throws what the operation would have thrown.
    stored& value()
    {
        if (auto* thrown = std::get_if<1>(&has_))
            std::rethrow_exception(*thrown);
        if (auto* error = std::get_if<0>(&has_))
            detail::raise(std::system_error(*error));
        return **this;
    }

    // Why there is no value. An exception that is no std::system_error is
    // std::errc::state_not_recoverable: exception() has it.
    std::error_code error() const
    {
        if (auto* code = std::get_if<0>(&has_)) return *code;
        if (has_value()) return {};
        return detail::code_of(*std::get_if<1>(&has_));
    }

    std::exception_ptr exception() const noexcept
    {
        auto* thrown = std::get_if<1>(&has_);
        return thrown ? *thrown : nullptr;
    }

private:
    std::variant<std::error_code, std::exception_ptr, stored> has_;
};

namespace detail {

// An operation of one event. It is moved here, so that nothing refers to a
// temporary.
template <class Op>
class nothrow_op : public awaiter {
public:
    explicit nothrow_op(Op&& op) noexcept(
        std::is_nothrow_move_constructible_v<Op>)
        : op_(std::move(op))
    {
        op_.set_quiet();
    }

    bool await_ready() const noexcept { return false; }
    template <class P>
    bool await_suspend(std::coroutine_handle<P> h)
    {
        return op_.await_suspend(h);
    }
    auto await_resume()
    {
        using R = decltype(op_.await_resume());
        std::error_code failure = op_.failure();
        if constexpr (requires { op_.partial(); }) {  // it has done a part
            return op_.partial();
        } else if constexpr (requires { op_.left(); }) {  // it has run a task
            if (failure) return relev::result<R>(failure);
            return relev::result<R>(op_.left());
        } else if constexpr (std::is_void_v<R>) {
            return failure;
        } else {
            if (failure) return relev::result<R>(failure);
            return relev::result<R>(std::in_place, op_.await_resume());
        }
    }

private:
    Op op_;
};

template <class T>
class nothrow_task : public task_awaiter<T> {
public:
    explicit nothrow_task(unstarted<T>&& t) noexcept
        : task_awaiter<T>(t.release())
    {
    }
    relev::result<T> await_resume() const
    {
        return relev::result<T>(this->left());
    }
};

// A scope with a task, with_timeout and others; or what has done a part.
template <class Op>
class nothrow_scoped {
public:
    template <class... Args>
    explicit nothrow_scoped(Args&&... args) noexcept
        : op_(std::forward<Args>(args)...)
    {
        if constexpr (requires { op_.set_quiet(); }) op_.set_quiet();
    }

    bool await_ready() const noexcept { return false; }
    template <class P>
    bool await_suspend(std::coroutine_handle<P> h)
    {
        return op_.await_suspend(h);
    }
    auto await_resume()
    {
        if constexpr (requires { op_.partial(); }) {
            return op_.partial();
        } else {
            using R = relev::result<typename Op::value_type>;
            if (std::error_code own = op_.end()) return R(own);
            if constexpr (requires { op_.has_value(); })
                if (op_.has_value())
                    return R(std::in_place, op_.await_resume());
            return R(op_.left());
        }
    }

private:
    Op op_;
};

template <class A>
concept ends_in_scope =
    is_scope<typename A::awaiter_type> || requires(typename A::awaiter_type& op)
{
    op.partial();
};

template <class Op, class... Args>
auto nothrow_scope(std::tuple<Args...>&& args)
{
    using op = nothrow_scoped<Op>;
    return std::make_from_tuple<once<op, Args...>>(std::move(args));
}

}  // namespace detail

// co_await nothrow(op): a std::error_code if the operation delivers nothing,
// else a result of what it delivers. A cancel is operation_canceled, and every
// later operation in the scope is canceled, too: the task should return.
template <class Op>
requires(std::is_base_of_v<detail::operation, Op>&& requires(const Op& o) {
    o.failure();
}) [[nodiscard]] auto nothrow(Op&& op)
{
    static_assert(!std::is_lvalue_reference_v<Op>);
    return detail::nothrow_op<Op>(std::move(op));
}

// co_await nothrow(f()): a result of what the task returns or throws. The same
// for what the other functions return that are awaited: with_timeout, when_all
// and others; timed_out and stopped are an error_code.
template <awaitable A>
requires(!std::is_base_of_v<detail::awaiter, A>) [[nodiscard]] auto nothrow(A a)
{
    if constexpr (detail::ends_in_scope<A>) {
        return detail::nothrow_scope<typename A::awaiter_type>(a.release());
    } else {
        using T = await_result_t<A>;
        using op = detail::nothrow_task<T>;
        return detail::once<op, detail::unstarted<T>>(detail::unstarted_of(a));
    }
}

template <class A>
requires(std::is_base_of_v<detail::awaiter, std::remove_reference_t<A>>
             ? std::is_lvalue_reference_v<A>
             : !awaitable<std::remove_reference_t<A>>)
    task<detail::anything> nothrow(A&&)
{
    static_assert(detail::never<A>,
                  "nothrow takes what is awaited itself: co_await "
                  "nothrow(d.readable())");
    __builtin_unreachable();
}

}  // namespace relev

#endif
