// ev_timer: calls back after a delay, once or repeatedly, by monotonic time.
//
// w->at is a delay while the watcher is stopped and a moment while it is
// active. Only timer_start and timer_stop convert.

#include "../core/pending.hh"
#include "../core/phases.hh"
#include "../core/watcher.hh"

namespace evi { namespace {

void timer_start(Loop& loop, ev_timer* w)
{
    if (w->active) return;
    if (!(w->repeat >= 0) || w->at != w->at)  // negative, or not a number
        return mistake("(libev) ev_timer_start: illegal repeat or timeout");

    w->at += loop.clock.mono;
    watcher_start(loop, base(w), 1);
    loop.watchers.timers.push(w);  // makes w->active its index
}

// An active timer is one of this loop's, unless the caller took the wrong one.
bool timer_active(const Loop& loop, const ev_timer* w)
{
    if (!w->active) return false;
    if (loop.watchers.timers.contains(w)) return true;
    mistake("(libev) ev_timer: active in another loop");
    return false;
}

void timer_stop(Loop& loop, ev_timer* w)
{
    pending_drop(loop, base(w));
    if (!timer_active(loop, w)) return;

    loop.watchers.timers.remove(w);
    watcher_stop(loop, base(w));
    w->at -= loop.clock.mono;
}

void timer_again(Loop& loop, ev_timer* w)
{
    if (!(w->repeat > 0)) return timer_stop(loop, w);

    pending_drop(loop, base(w));
    if (!w->active) {
        w->at = w->repeat;
        timer_start(loop, w);
    } else if (timer_active(loop, w)) {
        w->at = loop.clock.mono + w->repeat;
        loop.watchers.timers.adjust(w);
    }
}

ev_tstamp timer_remaining(const Loop& loop, const ev_timer* w)
{
    return w->at - (w->active ? loop.clock.mono : 0);
}

ev_tstamp timers_due_in(const Loop& loop)
{
    auto& timers = loop.watchers.timers;
    return timers.empty() ? forever : timers.top_at() - loop.clock.mono;
}

// Queues what is due. A late repeating timer fires once, not once per period.
void timers_reify(Loop& loop)
{
    auto& timers = loop.watchers.timers;
    ev_tstamp now = loop.clock.mono;

    while (!timers.empty() && timers.top_at() < now) {
        ev_timer* w = timers.top();
        if (!timers.top_kept()) {
            mistake("(libev) ev_timer: initialized while active");
            timers.drop_top();
            --loop.active;
            continue;
        }
        if (w->repeat > 0) {
            w->at = max(now, w->at + w->repeat);  // now, if infinities clash
            timers.adjust(w);
        } else {
            timer_stop(loop, w);
        }
        expired_push(loop, base(w));
    }
    expired_feed(loop, EV_TIMER);  // latest first: pending is a stack
}

void timers_shift(Loop& loop, ev_tstamp by) { loop.watchers.timers.shift(by); }

void timers_free(Loop& loop) { loop.watchers.timers.free(); }

void timers_verify(Loop& loop) { loop.watchers.timers.verify(); }

constexpr Kind timer_kind = {
    .name = "timer",
    .fork = nullptr,  // no kernel state
    .destroy = timers_free,
    .verify = timers_verify,
};

}}  // evi

// The C API.

void ev_timer_start(EV_P_ ev_timer* w) noexcept
{
    evi::timer_start(evi::self(EV_A), w);
}

void ev_timer_stop(EV_P_ ev_timer* w) noexcept
{
    evi::timer_stop(evi::self(EV_A), w);
}

void ev_timer_again(EV_P_ ev_timer* w) noexcept
{
    evi::timer_again(evi::self(EV_A), w);
}

ev_tstamp ev_timer_remaining(EV_P_ ev_timer* w) noexcept
{
    return evi::timer_remaining(evi::self(EV_A), w);
}
