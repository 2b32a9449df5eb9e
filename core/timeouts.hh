// Times as the system calls take them.

#ifndef EVI_TIMEOUTS_HH
#define EVI_TIMEOUTS_HH

#include "array.hh"

#include <stdint.h>
#include <sys/time.h>

namespace evi { namespace {

// The maximum wait with an EV_ERROR pending, which must not wait for other
// events. But a callback that starts a refused watcher again and again must not
// cause a busy loop.
constexpr ev_tstamp errors_wait = .01;

// Shorter waits are as precise as the kernel allows, longer ones are rounded to
// milliseconds, so that wake-ups coincide.
constexpr ev_tstamp precise_below = .1;

inline timespec to_timespec(ev_tstamp seconds)  // rounded up
{
    assert(seconds >= 0);
    auto whole = static_cast<time_t>(seconds);
    ev_tstamp part = seconds - static_cast<ev_tstamp>(whole);
    auto nsec = static_cast<long>(part * ev_tstamp(1e9)) + 1;
    return nsec < 1000000000 ? timespec{whole, nsec} : timespec{whole + 1, 0};
}

// Whole microseconds, rounded up: never to wake early.
inline timeval to_timeval(ev_tstamp seconds)
{
    assert(seconds >= 0);
    auto usec = static_cast<int64_t>(seconds * 1000000);
    usec += static_cast<ev_tstamp>(usec) < seconds * 1000000;
    return {static_cast<time_t>(usec / 1000000),
            static_cast<suseconds_t>(usec % 1000000)};
}

// The argument of select: null for no limit, otherwise `tv`.
[[gnu::noinline]] inline timeval* to_timeval(ev_tstamp seconds, timeval& tv)
{
    if (seconds >= forever) return nullptr;
    tv = to_timeval(seconds);
    return &tv;
}

// Whole milliseconds, rounded up: waking early would only mean waiting again.
// An excess of up to a nanosecond is a rounding error, and ignored.
inline int to_msec(ev_tstamp seconds)
{
    ev_tstamp msec = min(seconds * 1000, ev_tstamp(1e9)) - ev_tstamp(1e-6);
    int whole = static_cast<int>(msec);
    return whole + (static_cast<ev_tstamp>(whole) < msec);
}

}}  // evi

#endif
