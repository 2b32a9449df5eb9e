// virtual_loop: a loop in virtual time, for tests of sleeps and time-outs. Not
// a part of relev.hpp: include it where it is used. It needs relev.h, so a
// program that uses it does not run with libev.

#ifndef RELEVPP_VIRTUAL_TIME_HPP
#define RELEVPP_VIRTUAL_TIME_HPP

#include <cerrno>
#include <new>

#include "detail/clock.hpp"
#include "detail/watcher.hpp"
#include "loop.hpp"
#include "relev.h"

namespace relev {

// From now on, intervals ask their loop for the time. For loops of
// relev_loop_new_virtual that are attached to; virtual_loop calls it.
inline void follow_clocks_of_loops() noexcept
{
    detail::other_clock.store(relev_monotonic, std::memory_order_relaxed);
}

namespace detail {

// A base, because it is destroyed after the loop that uses it.
class virtual_raw : pinned {
protected:
    virtual_raw(unsigned flags, ev_tstamp start)
        : made_(relev_loop_new_virtual(flags, start))
    {
        if (!made_) raise(std::bad_alloc());
        follow_clocks_of_loops();
    }
    ~virtual_raw() { ev_loop_destroy(made_); }

    struct ev_loop* const made_;
};

}  // namespace detail

// Its clock stands still while a task can go on, and then moves to the end of
// the next sleep or time-out at once. `start` is in seconds since 1970. See
// relev_virtual(3).
class virtual_loop : detail::virtual_raw, public loop {
public:
    // With EVFLAG_ and EVBACKEND_ bits, and RELEV_WAIT_FDS. Throws
    // std::bad_alloc if no backend can be used, or `start` is illegal.
    explicit virtual_loop(unsigned flags = 0, ev_tstamp start = 1e9)
        : virtual_raw(flags & ~unsigned(RELEV_MANUAL), start),
          loop(adopt, made_)
    {
    }

    // Moves the clock on, as if what calls this took so long.
    template <duration D>
    void advance(D by)
    {
        if (relev_virtual_advance(made_, seconds_of(by)))
            detail::throw_error(errno, "advance");
    }

    // Sets the wall clock: only sleep_until and periodics see it.
    template <time_point P>
    void set_wall(P at)
    {
        static_assert(!P::clock::is_steady, "a time of the system clock");
        if (relev_virtual_set_wall(made_, seconds_of(at.time_since_epoch())))
            detail::throw_error(errno, "set_wall");
    }

    // What its clock shows: wall time, in seconds since 1970, and a time that
    // is never set.
    ev_tstamp time() const noexcept { return relev_time(made_); }
    ev_tstamp monotonic() const noexcept { return relev_monotonic(made_); }
};

}  // namespace relev

#endif
