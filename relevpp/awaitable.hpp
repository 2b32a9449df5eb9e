// What a task can await.

#ifndef RELEVPP_AWAITABLE_HPP
#define RELEVPP_AWAITABLE_HPP

#include "detail/once.hpp"

namespace relev {
namespace detail {

// It waits itself. A is deduced: it may be a reference.
template <class A>
concept is_awaiter = std::is_base_of_v<awaiter, std::remove_reference_t<A>>;

// What waits is made of it.
template <class A>
concept makes_awaiter = requires
{
    typename A::awaiter_type;
};

template <class A>
struct awaiter_of {
    using type = A;
};
template <makes_awaiter A>
struct awaiter_of<A> {
    using type = typename A::awaiter_type;
};

}  // namespace detail

// What co_await takes in a task: a task, an operation, or what the functions of
// relev.hpp return to be awaited.
template <class A>
concept awaitable = detail::is_awaiter<A> || detail::makes_awaiter<A>;

// What co_await delivers then.
template <class A>
using await_result_t =
    decltype(std::declval<typename detail::awaiter_of<A>::type&>()
                 .await_resume());

}  // namespace relev

#endif
