// relev_timer_after: starts a timer that counts from now.

#include "../core/watcher.hh"
#include "virtual.hh"

#if EV_RELEV_ENABLE

namespace evi { namespace {

// How old the loop's time is, by its own clock. Without a monotonic clock it
// may be set back meanwhile.
[[gnu::cold]] ev_tstamp clock_age(const Loop& loop)
{
    return max(mono_of(loop) - loop.clock.mono, ev_tstamp(0));
}

// A timer that stays active is another loop's, or the error callback has
// started it.
[[gnu::cold]] void timer_after(Loop& loop, ev_timer* w, ev_tstamp seconds)
{
    timer_stop(loop, w);
    if (w->active) return;
    w->at = clock_age(loop) + seconds;
    timer_start(loop, w);
}

}}  // evi

// The C API.

[[gnu::cold]] void relev_timer_after(struct ev_loop* loop, ev_timer* w,
                                     ev_tstamp seconds) EV_NOEXCEPT
{
    evi::timer_after(evi::entry(loop, w), w, seconds);
}

#endif
