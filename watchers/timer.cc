// ev_timer: called after a delay, once or repeatedly, in monotonic time.
//
// w->at is a delay while the watcher is stopped, and a point in time while it
// is active. Only timer_start and timer_stop convert it. timer_again puts an
// active timer off without moving its heap entry (core/heap.hh).

#include "../core/pending.hh"
#include "../core/report.hh"
#include "../core/watcher.hh"
#include "../relev/dump_watcher.hh"
#include "steps.hh"

namespace evi { namespace {

[[gnu::cold]] void timer_dropped(Loop& loop, TimeWatcher* w)
{
    watcher_dropped(loop, base(w), EV_TIMER,
                    "(libev) ev_timer: initialized while active");
}

[[gnu::cold]] void timers_reserve(Loop& loop)
{
    loop.watchers.timers.reserve(Dropper{loop, timer_dropped});
}

[[gnu::cold, gnu::noinline]] void timer_make_room(Loop& loop, ev_timer* w)
{
    timers_reserve(loop);
    timer_start(loop, w);
    reports_make(loop);
}

[[gnu::cold, gnu::noinline]] void timer_refuse(Loop& loop, ev_timer* w)
{
    error_report(loop, Error::time, EV_TIMER, base(w),
                 "(libev) ev_timer_start: illegal repeat or timeout");
}

void timer_start(Loop& loop, ev_timer* w)
{
    if (w->active) return;
    if (unlikely(loop.watchers.timers.full())) return timer_make_room(loop, w);
    bool legal = w->repeat >= 0 && w->at == w->at;  // not NaN
    if (unlikely(!legal)) return timer_refuse(loop, w);

    w->at += loop.clock.mono;
    watcher_count(loop, base(w));
    loop.watchers.timers.push(timed(w));  // makes w->active its index
}

// Slow path: an event is pending, or the watcher is not in this heap: then it
// is not active, or the caller passed a wrong loop.
[[gnu::cold, gnu::noinline]] bool timed_found(Loop& loop,
                                              const Heap<TimeWatcher>& heap,
                                              TimeWatcher* w, int type,
                                              const char* text)
{
    pending_drop(loop, base(w));
    if (heap.contains(w)) return true;
    if (w->active) error_report(loop, Error::other_loop, type, base(w), text);
    return false;
}

[[gnu::cold, gnu::noinline]] bool timer_found(Loop& loop, ev_timer* w)
{
    return timed_found(loop, loop.watchers.timers, timed(w), EV_TIMER,
                       "(libev) ev_timer: active in another loop");
}

inline void timer_remove(Loop& loop, ev_timer* w)
{
    int place = w->active;
    watcher_stop(loop, base(w));
    w->at -= loop.clock.mono;
    loop.watchers.timers.drop(timed(w), place);
}

[[gnu::cold, gnu::noinline]] void timer_stop_slow(Loop& loop, ev_timer* w)
{
    if (timer_found(loop, w)) timer_remove(loop, w);
}

[[gnu::noinline]] void timer_stop(Loop& loop, ev_timer* w)
{
    bool usual = loop.watchers.timers.has(timed(w), watcher_key(base(w)));
    if (unlikely(!usual)) return timer_stop_slow(loop, w);
    timer_remove(loop, w);
}

// Slow path of timer_again: anything but putting off a timer whose heap entry
// is marked.
[[gnu::cold, gnu::noinline]] void timer_again_slow(Loop& loop, ev_timer* w)
{
    if (!(w->repeat > 0)) return timer_stop(loop, w);

    auto& timers = loop.watchers.timers;
    pending_drop(loop, base(w));
    if (!w->active) {
        w->at = w->repeat;
        timer_start(loop, w);
    } else if (timers.contains(timed(w))) {
        timers.put_off_first(timed(w), loop.clock.mono + w->repeat);
    } else {
        timer_found(loop, w);  // no: it reports the wrong loop
    }
}

void timer_again(Loop& loop, ev_timer* w)
{
    ev_tstamp at = loop.clock.mono + w->repeat;
    bool later =
        at > loop.clock.mono && loop.watchers.timers.put_off(timed(w), at);
    if (unlikely(!later)) timer_again_slow(loop, w);
}

ev_tstamp timer_remaining(const Loop& loop, const ev_timer* w)
{
    return w->at - (w->active ? loop.clock.mono : 0);
}

[[gnu::noinline]] void timers_requeue_all(Loop& loop)
{
    loop.watchers.timers.requeue_all();
}

// A late repeating timer fires once, not once per period. `counted` is a
// constant, so that a loop without metrics does not test it for each timer. The
// allocator may leave by longjmp: so the event is queued before the change.
[[gnu::always_inline]] inline void timers_queue_due(Loop& loop, bool counted)
{
    auto& timers = loop.watchers.timers;
    ev_tstamp now = loop.clock.mono;
    Expired expired(loop);
    Dropper drop{loop, timer_dropped};
    Lateness late;
    while (TimeWatcher* first = timers.due(now, drop)) {
        auto* w = reinterpret_cast<ev_timer*>(first);
        if (counted) lateness_add(loop, late, now - timers.top_at());
        bool once = !(w->repeat > 0);
        if (once) pending_drop(loop, base(w));
        pending_feed(loop, base(w), EV_TIMER);
        if (!once) {
            w->at = max(now, w->at + w->repeat);  // now, if the sum is NaN
            timers.adjust_top();
        } else {
            timers.drop_top();
            watcher_stop(loop, base(w));
            w->at -= now;
        }
    }
    if (counted) lateness_note(loop, late);
    expired.reverse(loop);
}

[[gnu::noinline]] void timers_expire_counted(Loop& loop)
{
    timers_queue_due(loop, true);
}

[[gnu::noinline]] void timers_expire(Loop& loop)
{
    if (unlikely(lateness_wanted(loop))) return timers_expire_counted(loop);
    timers_queue_due(loop, false);
}

void timers_reify(Loop& loop)
{
    auto& timers = loop.watchers.timers;
    if (!timers.empty() && timers.top_at() < loop.clock.mono)
        timers_expire(loop);
}

[[gnu::cold]] void timers_shift(Loop& loop, ev_tstamp by)
{
    loop.watchers.timers.shift(by);
}

constexpr Kind timer_kind = {
    .type = EV_TIMER,
    .size = sizeof(ev_timer),
    .name = "ev_timer",
    .counted_as = 1,
    .heap = offsetof(Kinds, timers),
    .stop = metered ? stop_by<ev_timer, ev_timer_stop> : nullptr,
    .describe = inspected ? timer_describe : nullptr,
};

}}  // evi

// The C API.

void ev_timer_start(EV_P_ ev_timer* w) EV_NOEXCEPT
{
    evi::timer_start(evi::entry(EV_A_ w), w);
}

void ev_timer_stop(EV_P_ ev_timer* w) EV_NOEXCEPT
{
    if (evi::at_rest(w)) return;
    evi::timer_stop(evi::entry(EV_A_ w), w);
}

void ev_timer_again(EV_P_ ev_timer* w) EV_NOEXCEPT
{
    evi::timer_again(evi::entry(EV_A_ w), w);
}

ev_tstamp ev_timer_remaining(EV_P_ ev_timer* w) EV_NOEXCEPT
{
    return evi::timer_remaining(evi::entry(EV_A_ w), w);
}
