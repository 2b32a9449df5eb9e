// The clocks of loops.

#ifndef RELEVPP_DETAIL_CLOCK_HPP
#define RELEVPP_DETAIL_CLOCK_HPP

#include <time.h>

#include <atomic>

#include "../base.hpp"

namespace relev::detail {

// How the clock is read if a loop may be in virtual time: see virtual_time.hpp.
using read_clock = ev_tstamp (*)(struct ev_loop*);

inline constinit std::atomic<read_clock> other_clock{nullptr};

inline ev_tstamp real_mono() noexcept
{
    timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return static_cast<ev_tstamp>(t.tv_sec)
         + static_cast<ev_tstamp>(t.tv_nsec) * 1e-9;
}

inline ev_tstamp mono_of(struct ev_loop* raw) noexcept
{
    if (auto other = other_clock.load(std::memory_order_relaxed)) [[unlikely]]
        return other(raw);
    return real_mono();
}

}  // namespace relev::detail

#endif
