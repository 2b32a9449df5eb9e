// when_all_of, when_any_of, when_all_settled: a task for each element of a
// range, all at the same time. Not a part of relev.hpp.
//
// f(element) is awaited for each element, a reference into the range; a copy of
// f is called by one task at a time. The range stays where it is until the end.

#ifndef RELEVPP_WHEN_RANGE_HPP
#define RELEVPP_WHEN_RANGE_HPP

#include <iterator>
#include <optional>
#include <vector>

#include "nothrow.hpp"
#include "nursery.hpp"

namespace relev {

// What when_any_of delivers: the first element that completed.
template <class T>
struct first_of_range {
    std::size_t index;
    T value;
};

namespace detail {

template <class Range>
using element_of = decltype(*std::begin(std::declval<Range&>()));
template <class Range, class F>
using made_for = std::invoke_result_t<F&, element_of<Range>>;

// f makes what can be awaited of each element.
template <class Range, class F>
concept awaits_each = awaitable<made_for<Range, F>>;

template <class Range, class F>
using delivered_for = await_result_t<made_for<Range, F>>;
template <class Range, class F>
using stored_for = typename result<delivered_for<Range, F>>::stored;

template <class Range, class F>
task<delivered_for<Range, F>> each(F& f, element_of<Range> element)
{
    co_return co_await f(static_cast<element_of<Range>>(element));
}

// The same, which delivers `nothing` for void.
template <class Range, class F>
task<stored_for<Range, F>> each_stored(F& f, element_of<Range> element)
{
    if constexpr (std::is_void_v<delivered_for<Range, F>>) {
        co_await each<Range, F>(f, static_cast<element_of<Range>>(element));
        co_return nothing();
    } else {
        co_return co_await each<Range, F>(
            f, static_cast<element_of<Range>>(element));
    }
}

template <class Range, class F>
task<> each_into(F& f, element_of<Range> element,
                 std::optional<stored_for<Range, F>>& into)
{
    into.emplace(co_await each_stored<Range, F>(
        f, static_cast<element_of<Range>>(element)));
}

template <class Range, class F>
task<> each_settled(F& f, element_of<Range> element,
                    std::optional<relev::result<delivered_for<Range, F>>>& into)
{
    into.emplace(co_await nothrow(
        each<Range, F>(f, static_cast<element_of<Range>>(element))));
}

template <class Range, class F>
struct first_found {
    nursery* of = nullptr;
    std::optional<first_of_range<stored_for<Range, F>>> found;

    task<> look(F& f, element_of<Range> element, std::size_t index)
    {
        auto value = co_await each_stored<Range, F>(
            f, static_cast<element_of<Range>>(element));
        if (found) co_return;
        found.emplace(
            first_of_range<stored_for<Range, F>>{index, std::move(value)});
        of->cancel();
    }
};

template <class F>
constexpr void check_closure() noexcept
{
    static_assert(
        !closures_are_destroyed_twice || std::is_trivially_destructible_v<F>,
        "g++ 12 destroys such a closure twice: capture references");
}

}  // namespace detail

// Delivers a std::vector of the values, in the order of the range; for void, of
// `nothing`. The first error cancels the others, and is thrown when they have
// ended.
template <class Range, class F>
requires detail::awaits_each<Range, F>
    task<std::vector<detail::stored_for<Range, F>>> when_all_of(
        Range&& range, F f, place where = place::here())
{
    detail::check_closure<F>();
    using stored = detail::stored_for<Range, F>;
    std::size_t count = static_cast<std::size_t>(
        std::distance(std::begin(range), std::end(range)));
    std::vector<std::optional<stored>> all(count);
    auto body = [&](nursery& n) -> task<> {
        auto into = all.begin();
        for (auto&& element : range)
            n.spawn([&f, &element, to = &*into++] {
                return detail::each_into<Range, F>(f, element, *to);
            });
        co_return;
    };
    co_await with_nursery(body, where);
    std::vector<stored> values;
    values.reserve(count);
    for (auto& value : all) values.push_back(std::move(*value));
    co_return values;
}

// Delivers the index and the value of the first one that completes, and cancels
// the others. An error of any of them is thrown. An empty range is refused by a
// std::system_error with std::errc::invalid_argument.
template <class Range, class F>
requires detail::awaits_each<Range, F>
    task<first_of_range<detail::stored_for<Range, F>>> when_any_of(
        Range&& range, F f, place where = place::here())
{
    detail::check_closure<F>();
    detail::first_found<Range, F> first;
    if (std::begin(range) == std::end(range)) {
        std::error_code error(EINVAL, std::generic_category());
        co_await detail::failing(error, "when_any_of");
        co_return detail::code_is_left();
    }
    auto body = [&](nursery& n) -> task<> {
        first.of = &n;
        std::size_t index = 0;
        for (auto&& element : range)
            n.spawn([&f, &element, &first, i = index++] {
                return first.look(f, element, i);
            });
        co_return;
    };
    auto left = co_await nothrow(with_nursery(body, where));
    if (left.exception()) std::rethrow_exception(left.exception());
    if (!first.found) detail::raise(canceled{});
    co_return std::move(*first.found);
}

// Delivers a std::vector of a relev::result for each, in the order of the
// range. An error cancels no other; in a canceled scope all that have not
// completed are operation_canceled.
template <class Range, class F>
requires detail::awaits_each<Range, F>
    task<std::vector<result<detail::delivered_for<Range, F>>>> when_all_settled(
        Range&& range, F f, place where = place::here())
{
    detail::check_closure<F>();
    using settled = result<detail::delivered_for<Range, F>>;
    std::size_t count = static_cast<std::size_t>(
        std::distance(std::begin(range), std::end(range)));
    std::vector<std::optional<settled>> all(count);
    auto body = [&](nursery& n) -> task<> {
        auto into = all.begin();
        for (auto&& element : range)
            n.spawn([&f, &element, to = &*into++] {
                return detail::each_settled<Range, F>(f, element, *to);
            });
        co_return;
    };
    co_await with_nursery(body, where);
    std::vector<settled> results;
    results.reserve(count);
    for (auto& one : all) results.push_back(std::move(*one));
    co_return results;
}

}  // namespace relev

#endif
