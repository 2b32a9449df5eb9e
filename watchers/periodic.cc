// ev_periodic: called at points in wall time: once at `offset`, at every
// offset + n * interval, or at the times that reschedule_cb returns.
//
// w->at is the next of these, also while inactive. When the wall clock is set,
// the last two sorts are computed again. On Linux a timerfd reports that at
// once: with TFD_TIMER_CANCEL_ON_SET it becomes readable then.

#include "../core/clock.hh"
#include "../core/fork.hh"
#include "../core/pending.hh"
#include "../core/report.hh"
#include "../core/watcher.hh"
#include "../relev/dump_watcher.hh"
#include "steps.hh"

#if EV_USE_TIMERFD
#include <sys/timerfd.h>
#endif

#if EV_PERIODIC_ENABLE

namespace evi { namespace {

#if EV_USE_TIMERFD

// Within the range of time_t and of the kernel (292 years).
constexpr auto far_away =
    static_cast<time_t>(sizeof(time_t) > 4 ? 1ll << 33 : 0x7fffffff);

[[gnu::cold]] int clock_watch_open(Loop&)
{
    return timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC);
}

// Makes the fd readable when the clock is set; clears an earlier event.
[[gnu::cold, gnu::noinline]] void clock_watch_arm(int fd)
{
    itimerspec never = {};
    never.it_value.tv_sec = far_away;
    timerfd_settime(fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never,
                    nullptr);
}

#else

int clock_watch_open(Loop&) { return -1; }
void clock_watch_arm(int) {}

#endif

[[gnu::cold, gnu::noinline]] void clock_was_set(Loop& loop, ev_io* w,
                                                int revents)
{
    if (revents & EV_ERROR) io_restart_internal(loop, w);
    if (!fork_flagged(loop)) clock_watch_arm(w->fd);
    clock_suspect(loop);
    clock_update(loop, forever);
}

// Called when the first periodic starts. Without a timerfd, the loop detects a
// clock change when it reads the wall clock.
[[gnu::cold, gnu::noinline]] void periodics_watch_clock(Loop& loop)
{
    Own& own = loop.watchers.periodics.own;
    if (own.tried || loop.flags & EVFLAG_NOTIMERFD) return;

    ev_init(&own.io, (Callback<ev_io, clock_was_set>()));
    if (own_begin(loop, own, clock_watch_open)) clock_watch_arm(own.io.fd);
}

[[gnu::cold]] ev_tstamp floor_of(ev_tstamp x)
{
    if (!(x > -4e15 && x < 4e15)) return x;  // whole already
    auto whole = static_cast<ev_tstamp>(static_cast<long long>(x));
    return whole - (whole > x);
}

// The first offset + n * interval later than now.
[[gnu::cold]] ev_tstamp periodic_next(const ev_periodic* w, ev_tstamp now)
{
    assert(w->interval > 0);
    ev_tstamp past = now - w->offset;
    ev_tstamp n = floor_of(past / w->interval);
    if (past - past == 0 && n - n != 0) return now;  // n is infinite
    ev_tstamp at = w->offset + n * w->interval;
    for (int tries = 2; at <= now && tries; --tries) at += w->interval;
    return max(at, now);  // an interval below the resolution of the time
}

[[gnu::cold]] ev_tstamp periodic_first(ev_periodic* w, ev_tstamp now)
{
    if (w->reschedule_cb) return w->reschedule_cb(w, now);
    return w->interval > 0 ? periodic_next(w, now) : w->offset;
}

[[gnu::cold]] void periodic_dropped(Loop& loop, TimeWatcher* w)
{
    watcher_dropped(loop, base(w), EV_PERIODIC,
                    "(libev) ev_periodic: initialized while active");
}

[[gnu::cold]] void periodic_start(Loop& loop, ev_periodic* w)
{
    if (w->active) return;
    if (!w->reschedule_cb && !(w->interval >= 0))
        return error_report(loop, Error::time, EV_PERIODIC, base(w),
                            "(libev) ev_periodic_start: illegal interval");

    periodics_watch_clock(loop);
    ev_tstamp at = periodic_first(w, loop.clock.wall);
    if (at != at)
        return error_report(loop, Error::time, EV_PERIODIC, base(w),
                            "(libev) ev_periodic_start: time is not a number");
    w->at = at;
    loop.watchers.periodics.heap.reserve(Dropper{loop, periodic_dropped});
    watcher_start(loop, base(w), 1);
    loop.watchers.periodics.heap.push(timed(w));  // makes w->active its index
    reports_make(loop);
}

void periodic_stop(Loop& loop, ev_periodic* w)
{
    auto& heap = loop.watchers.periodics.heap;
    bool usual = heap.has(timed(w), watcher_key(base(w)));
    if (unlikely(!usual)
        && !timed_found(loop, heap, timed(w), EV_PERIODIC,
                        "(libev) ev_periodic_stop: active in another loop"))
        return;
    int place = w->active;
    watcher_stop(loop, base(w));
    heap.drop(timed(w), place);
}

[[gnu::cold]] ev_tstamp time_wrong(Loop& loop, ev_periodic* w, ev_tstamp now,
                                   const char* text)
{
    error_note(loop, Error::time, EV_PERIODIC, base(w), text);
    return now;
}

// A NaN would break the order of the heap.
[[gnu::cold]] ev_tstamp number(Loop& loop, ev_periodic* w, ev_tstamp at)
{
    if (at == at) return at;
    return time_wrong(loop, w, loop.clock.wall,
                      "(libev) ev_periodic: time is not a number");
}

// A time before `now` would be due at once, again and again: it becomes now.
[[gnu::cold]] ev_tstamp reschedule(Loop& loop, ev_periodic* w, ev_tstamp now)
{
    ev_tstamp at = w->reschedule_cb(w, now);
    if (at >= now) return at;
    return time_wrong(
        loop, w, now,
        "(libev) ev_periodic: reschedule callback returned a past time");
}

// Several missed intervals give one event. A reschedule callback may longjmp,
// or the allocator: then those before are queued, and the others expire in the
// next iteration.
[[gnu::cold, gnu::noinline]] void periodics_expire(Loop& loop)
{
    auto& heap = loop.watchers.periodics.heap;
    ev_tstamp now = loop.clock.wall;

    Expired expired(loop);
    Dropper drop{loop, periodic_dropped};
    while (TimeWatcher* first = heap.due(now, drop)) {
        auto* w = reinterpret_cast<ev_periodic*>(first);
        bool once = !w->reschedule_cb && !(w->interval > 0);
        ev_tstamp at = w->reschedule_cb ? reschedule(loop, w, now)
                     : once             ? now
                            : number(loop, w, periodic_next(w, now));
        if (!heap.contains(timed(w))) continue;  // reschedule_cb stopped it
        if (once) pending_drop(loop, base(w));
        pending_feed(loop, base(w), EV_PERIODIC);
        if (once) {
            watcher_stop(loop, base(w));
            heap.drop_top();
        } else {
            w->at = at;
            heap.adjust(timed(w));
        }
    }
    expired.reverse(loop);
}

void periodics_reify(Loop& loop)
{
    auto& heap = loop.watchers.periodics.heap;
    if (!heap.empty() && heap.top_at() < loop.clock.wall)
        periodics_expire(loop);
}

// The heap is complete at every moment, since a callback may longjmp. In that
// case the next run or clock update starts again. One that expires sooner only
// moves to where those before it are.
[[gnu::cold]] void periodics_reschedule(Loop& loop)
{
    auto& heap = loop.watchers.periodics.heap;
    ev_tstamp now = loop.clock.wall;

    loop.watchers.periodics.jumped = true;
    for (int k = heap.begin(); k < heap.end(); ++k) {
        auto* w = reinterpret_cast<ev_periodic*>(heap.at(k));
        if (!heap.contains(timed(w))) continue;
        ev_tstamp at = w->at;
        if (w->reschedule_cb) at = number(loop, w, w->reschedule_cb(w, now));
        else if (w->interval > 0) at = number(loop, w, periodic_next(w, now));
        if (heap.contains(timed(w))) heap.put_off_first(timed(w), at);
    }
    heap.requeue_each();
    loop.watchers.periodics.jumped = false;
}

bool periodics_jumped(const Loop& l) { return l.watchers.periodics.jumped; }

[[gnu::cold]] void periodics_fork(Loop& loop)
{
    Own& own = loop.watchers.periodics.own;
    if (!own.open) return;

    own_close(own);
    periodics_watch_clock(loop);
    clock_suspect(loop);  // a clock change in between was not reported
}

[[gnu::cold]] void periodics_free(Loop& loop)
{
    own_close(loop.watchers.periodics.own);
}

constexpr Kind periodic_kind = {
    .type = EV_PERIODIC,
    .size = sizeof(ev_periodic),
    .name = "ev_periodic",
    .counted_as = 2,
    .heap = offsetof(Kinds, periodics.heap),
    .fork = periodics_fork,
    .destroy = periodics_free,
    .stop = metered ? stop_by<ev_periodic, ev_periodic_stop> : nullptr,
    .describe = inspected ? periodic_describe : nullptr,
};

}}  // evi

// The C API.

[[gnu::cold]] void ev_periodic_start(EV_P_ ev_periodic* w) EV_NOEXCEPT
{
    evi::periodic_start(evi::entry(EV_A_ w), w);
}

[[gnu::cold]] void ev_periodic_stop(EV_P_ ev_periodic* w) EV_NOEXCEPT
{
    if (evi::at_rest(w)) return;
    evi::periodic_stop(evi::entry(EV_A_ w), w);
}

[[gnu::cold]] void ev_periodic_again(EV_P_ ev_periodic* w) EV_NOEXCEPT
{
    evi::periodic_stop(evi::entry(EV_A_ w), w);
    evi::periodic_start(evi::loop_of(EV_A), w);
}

#else

namespace evi { namespace {

void periodics_reify(Loop&) {}
[[gnu::cold]] void periodics_reschedule(Loop&) {}
bool periodics_jumped(const Loop&) { return false; }
constexpr const Kind& periodic_kind = no_kind;

}}  // evi

#endif
