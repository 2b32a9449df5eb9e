// The clocks of loops.

#ifndef RELEVPP_DETAIL_CLOCK_HPP
#define RELEVPP_DETAIL_CLOCK_HPP

#include <time.h>

#include <atomic>

#include "../base.hpp"

namespace relev::detail {

// How the clocks are read if a loop may be in virtual time: see
// virtual_time.hpp.
struct clocks {
    ev_tstamp (*late)(struct ev_loop*);
    ev_tstamp (*mono)(struct ev_loop*);
};

inline constinit std::atomic<const clocks*> other_clocks{nullptr};

inline ev_tstamp real_lateness(struct ev_loop* raw) noexcept
{
    ev_tstamp late = ev_time() - ev_now(raw);
    return late > 0 ? late : 0;
}

inline ev_tstamp real_mono() noexcept
{
    timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return static_cast<ev_tstamp>(t.tv_sec)
         + static_cast<ev_tstamp>(t.tv_nsec) * 1e-9;
}

// A timer counts from ev_now, which may be long past.
inline ev_tstamp lateness(struct ev_loop* raw) noexcept
{
    if (auto* other = other_clocks.load(std::memory_order_relaxed)) [[unlikely]]
        return other->late(raw);
    return real_lateness(raw);
}

inline ev_tstamp mono_of(struct ev_loop* raw) noexcept
{
    if (auto* other = other_clocks.load(std::memory_order_relaxed)) [[unlikely]]
        return other->mono(raw);
    return real_mono();
}

}  // namespace relev::detail

#endif
