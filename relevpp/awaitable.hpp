// What a task can await, and how scopes and groups take it: as a task.

#ifndef RELEVPP_AWAITABLE_HPP
#define RELEVPP_AWAITABLE_HPP

#include "task.hpp"

namespace relev {
namespace detail {

// What waits when the argument is awaited. Never called.
template <class T>
task_awaiter<T> awaiter_of(const task<T>&);
template <class Op, class... Args>
Op awaiter_of(const once<Op, Args...>&);
template <class A>
requires std::is_base_of_v<awaiter, A> A awaiter_of(const A&);

}  // namespace detail

// What co_await takes in a task: a task, an operation, or what the functions of
// relev.hpp return to be awaited.
template <class A>
concept awaitable = requires(const A& a)
{
    detail::awaiter_of(a);
};

// What co_await delivers then.
template <awaitable A>
using await_result_t =
    decltype(detail::awaiter_of(std::declval<const A&>()).await_resume());

namespace detail {

// An operation as a task. loop::dump names the operation.
template <class Op>
task<await_result_t<Op>> task_of(Op op)
{
    co_return co_await std::move(op);
}
template <class Op, class... Args>
task<decltype(std::declval<Op&>().await_resume())> task_made(
    std::tuple<Args...> args)
{
    co_return co_await std::make_from_tuple<Op>(std::move(args));
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
    using T = decltype(std::declval<Op&>().await_resume());
    return unstarted<T>(task_made<Op>(o.release()).release());
}
template <class A>
requires std::is_base_of_v<awaiter, A> unstarted<await_result_t<A>>
unstarted_of(A& op)
{
    return task_of<A>(std::move(op)).release();
}

}  // namespace detail
}  // namespace relev

#endif
