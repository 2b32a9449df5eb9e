// What every other part of relev.hpp uses: ev.h, event masks, durations,
// `canceled`, places.

#ifndef RELEVPP_BASE_HPP
#define RELEVPP_BASE_HPP

#include <exception>
#include <type_traits>
#include <utility>

#include "ev.h"

#if !EV_MULTIPLICITY
#error "relev.hpp needs EV_MULTIPLICITY"
#endif

namespace relev {

// The event mask of a descriptor.
enum class events : int {
    none = 0,
    read = EV_READ,
    write = EV_WRITE,
    both = EV_READ | EV_WRITE,
    error = EV_ERROR  // the descriptor cannot be watched
};

constexpr events operator|(events a, events b) noexcept
{
    return static_cast<events>(static_cast<int>(a) | static_cast<int>(b));
}

constexpr events operator&(events a, events b) noexcept
{
    return static_cast<events>(static_cast<int>(a) & static_cast<int>(b));
}

// True if any of the events is in the mask.
constexpr bool has(events mask, events any) noexcept
{
    return (mask & any) != events::none;
}

// A std::chrono::duration. Described by its members, because <chrono> costs
// every user half a second of compile time.
template <class D>
concept duration = requires(const D& d)
{
    d.count();
    D::period::num;
    D::period::den;
};

// A std::chrono::time_point.
template <class P>
concept time_point = requires(const P& p)
{
    {
        p.time_since_epoch()
        } -> duration;
    P::clock::is_steady;
};

// A duration in the unit of ev.h.
template <duration D>
constexpr ev_tstamp seconds_of(const D& d) noexcept
{
    return static_cast<ev_tstamp>(d.count())
         * static_cast<ev_tstamp>(D::period::num)
         / static_cast<ev_tstamp>(D::period::den);
}

// Thrown by an operation in a canceled scope. Not a std::exception, so that no
// handler of those takes it: catch it for cleaning up, and throw it again.
struct canceled {};

// Where an operation was called, for loop::dump. The default arguments of the
// operations make it.
struct place {
    const char* file;
    int line;

    static constexpr place here(const char* file = __builtin_FILE(),
                                int line = __builtin_LINE()) noexcept
    {
        return {file, line};
    }
};

namespace detail {

// True in builds with assertions: then misuse that cannot be detected for free
// is detected, too.
#ifdef NDEBUG
inline constexpr bool checked = false;
#else
inline constexpr bool checked = true;
#endif

// The base of what a task waits by.
struct awaiter {};

// Neither copied nor moved: the loop has its address.
struct pinned {
    pinned() = default;
    pinned(const pinned&) = delete;
    pinned& operator=(const pinned&) = delete;
};

}  // namespace detail
}  // namespace relev

#endif
