// ev_periodic: called at points in wall time: once at `offset`, at every
// offset + n * interval, or at the times that reschedule_cb returns.
//
// w->at is the next of these, also while inactive. When the wall clock is set,
// the last two sorts are computed again. On Linux a timerfd reports that at
// once: with TFD_TIMER_CANCEL_ON_SET it becomes readable then.

#include "../core/clock.hh"
#include "../core/pending.hh"
#include "../core/phases.hh"
#include "../core/watcher.hh"

#if EV_USE_TIMERFD
#include <sys/timerfd.h>
#endif

#if EV_PERIODIC_ENABLE

namespace evi { namespace {

constexpr auto periodic_renewed =
    "(libev) ev_periodic: initialized while active";

#if EV_USE_TIMERFD

// Within the range of time_t and of the kernel (292 years).
constexpr auto far_away =
    static_cast<time_t>(sizeof(time_t) > 4 ? 1ll << 33 : 0x7fffffff);

bool clock_notice_open(Periodics& p)
{
    p.fd = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC);
    return p.fd >= 0;
}

// Makes the fd readable when the clock is set; clears an earlier event.
void clock_notice_arm(const Periodics& p)
{
    itimerspec never = {};
    never.it_value.tv_sec = far_away;
    timerfd_settime(p.fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never,
                    nullptr);
}

#else

bool clock_notice_open(Periodics&) { return false; }
void clock_notice_arm(const Periodics&) {}

#endif

void periodics_notice(Loop&);

void clock_was_set(Loop& loop, ev_io* w, int revents)
{
    if (revents & EV_ERROR && !io_restart_internal(loop, w)) {
        loop.watchers.periodics.open = loop.watchers.periodics.tried = false;
        periodics_notice(loop);
    }
    if (loop.watchers.periodics.open) clock_notice_arm(loop.watchers.periodics);
    clock_suspect(loop);
    clock_update(loop, forever);
}

// Called when the first periodic starts. Without a timerfd, the loop detects a
// clock change when it reads the wall clock.
void periodics_notice(Loop& loop)
{
    Periodics& p = loop.watchers.periodics;
    if (p.tried || loop.flags & EVFLAG_NOTIMERFD) return;

    p.tried = true;
    p.open = clock_notice_open(p);
    if (!p.open) return;
    clock_notice_arm(p);
    ev_init(&p.io, (Callback<ev_io, clock_was_set>()));
    io_start_internal(loop, &p.io, p.fd);
}

ev_tstamp floor_of(ev_tstamp x)
{
    if (!(x > -4e15 && x < 4e15)) return x;  // whole already
    auto whole = static_cast<ev_tstamp>(static_cast<long long>(x));
    return whole - (whole > x);
}

// The first offset + n * interval later than now.
ev_tstamp periodic_next(const ev_periodic* w, ev_tstamp now)
{
    assert(w->interval > 0);
    ev_tstamp past = now - w->offset;
    ev_tstamp n = floor_of(past / w->interval);
    if (past - past == 0 && n - n != 0) return now;  // n is infinite
    ev_tstamp at = w->offset + n * w->interval;
    for (int tries = 2; at <= now && tries; --tries) at += w->interval;
    return max(at, now);  // an interval below the resolution of the time
}

ev_tstamp periodic_first(ev_periodic* w, ev_tstamp now)
{
    if (w->reschedule_cb) return w->reschedule_cb(w, now);
    return w->interval > 0 ? periodic_next(w, now) : w->offset;
}

void periodic_start(Loop& loop, ev_periodic* w)
{
    if (w->active) return;
    if (!w->reschedule_cb && !(w->interval >= 0))
        return mistake("(libev) ev_periodic_start: illegal interval");

    periodics_notice(loop);
    ev_tstamp at = periodic_first(w, loop.clock.wall);
    if (at != at)
        return mistake("(libev) ev_periodic_start: time is not a number");
    w->at = at;
    int dropped = loop.watchers.periodics.heap.reserve();
    loop.active -= dropped;
    watcher_start(loop, base(w), 1);
    loop.watchers.periodics.heap.push(w);  // makes w->active its index
    if (dropped) mistake(periodic_renewed);
}

void periodic_stop(Loop& loop, ev_periodic* w)
{
    pending_drop(loop, base(w));
    if (!w->active) return;
    if (!loop.watchers.periodics.heap.contains(w))
        return mistake("(libev) ev_periodic_stop: active in another loop");

    loop.watchers.periodics.heap.remove(w);
    watcher_stop(loop, base(w));
}

ev_tstamp periodics_due_in(const Loop& loop)
{
    auto& heap = loop.watchers.periodics.heap;
    return heap.empty() ? forever : heap.top_at() - loop.clock.wall;
}

// Mistakes are stored in `wrong`, and reported at the end: the report may
// longjmp.

// A NaN would break the order of the heap.
ev_tstamp number(ev_tstamp at, ev_tstamp now, const char*& wrong)
{
    if (at == at) return at;
    wrong = "(libev) ev_periodic: time is not a number";
    return now;
}

// A time before `now` would be due at once, again and again: it becomes now.
ev_tstamp reschedule(ev_periodic* w, ev_tstamp now, const char*& wrong)
{
    ev_tstamp at = w->reschedule_cb(w, now);
    if (at >= now) return at;
    wrong = "(libev) ev_periodic: reschedule callback returned a past time";
    return now;
}

// Several missed intervals give one event.
[[gnu::noinline]] void periodics_expire(Loop& loop)
{
    auto& heap = loop.watchers.periodics.heap;
    ev_tstamp now = loop.clock.wall;
    const char* wrong = nullptr;

    expired_begin(loop);
    while (!heap.empty() && heap.top_at() < now) {
        ev_periodic* w = heap.top();
        if (!heap.top_kept()) {
            heap.drop_top();
            --loop.active;
            wrong = periodic_renewed;
            continue;
        }
        bool repeats = w->reschedule_cb || w->interval > 0;
        if (repeats) {
            ev_tstamp at = w->reschedule_cb
                             ? reschedule(w, now, wrong)
                             : number(periodic_next(w, now), now, wrong);
            if (!heap.contains(w)) continue;  // reschedule_cb stopped it
            w->at = at;
            heap.adjust(w);
        } else {
            periodic_stop(loop, w);
        }
        expired_push(loop, base(w));
    }
    expired_feed(loop, EV_PERIODIC);  // latest first, as pending is a stack
    if (unlikely(wrong != nullptr)) mistake(wrong);
}

void periodics_reify(Loop& loop)
{
    auto& heap = loop.watchers.periodics.heap;
    if (!heap.empty() && heap.top_at() < loop.clock.wall)
        periodics_expire(loop);
}

// Computes all new times first, and then changes the heap, since a callback may
// longjmp. In that case the next clock update starts again.
void periodics_reschedule(Loop& loop)
{
    Periodics& p = loop.watchers.periodics;
    ev_tstamp now = loop.clock.wall;
    const char* wrong = nullptr;

    p.jumped = true;
    p.times.count = 0;
    for (int k = p.heap.begin(); k < p.heap.end(); ++k) {
        ev_periodic* w = p.heap.at(k);
        ev_tstamp at = w->at;
        if (w->reschedule_cb) at = number(w->reschedule_cb(w, now), now, wrong);
        else if (w->interval > 0)
            at = number(periodic_next(w, now), now, wrong);
        p.times.push({w, at});
    }
    for (int i = 0, k = p.heap.begin(); k < p.heap.end(); ++k, ++i)
        if (i < p.times.count && p.heap.at(k) == p.times[i].w)
            p.heap.at(k)->at = p.times[i].at;
    p.heap.rebuild();
    p.times.free();
    p.jumped = false;
    if (wrong) mistake(wrong);
}

bool periodics_jumped(const Loop& loop)
{
    return loop.watchers.periodics.jumped;
}

void periodics_close(Loop& loop)
{
    Periodics& p = loop.watchers.periodics;
    if (p.open && p.io.fd >= 0) close(p.fd);
    p.open = p.tried = false;
}

void periodics_fork(Loop& loop)
{
    Periodics& p = loop.watchers.periodics;
    if (!p.open) return;

    io_stop_internal(loop, &p.io);
    periodics_close(loop);
    periodics_notice(loop);
    clock_suspect(loop);  // a clock change in between was not reported
}

void periodics_free(Loop& loop)
{
    periodics_close(loop);
    loop.watchers.periodics.heap.free();
    loop.watchers.periodics.times.free();
}

void periodics_verify(Loop& loop) { loop.watchers.periodics.heap.verify(); }

constexpr Kind periodic_kind = {
    .name = "periodic",
    .fork = periodics_fork,
    .destroy = periodics_free,
    .verify = periodics_verify,
};

}}  // evi

// The C API.

void ev_periodic_start(EV_P_ ev_periodic* w) EV_NOEXCEPT
{
    evi::periodic_start(evi::self(EV_A), w);
}

void ev_periodic_stop(EV_P_ ev_periodic* w) EV_NOEXCEPT
{
    evi::periodic_stop(evi::self(EV_A), w);
}

void ev_periodic_again(EV_P_ ev_periodic* w) EV_NOEXCEPT
{
    evi::periodic_stop(evi::self(EV_A), w);
    evi::periodic_start(evi::self(EV_A), w);
}

#else

namespace evi { namespace {

ev_tstamp periodics_due_in(const Loop&) { return forever; }
void periodics_reify(Loop&) {}
void periodics_reschedule(Loop&) {}
bool periodics_jumped(const Loop&) { return false; }
constexpr Kind periodic_kind = {"periodic", nullptr, nullptr, nullptr};

}}  // evi

#endif
