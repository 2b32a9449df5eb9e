// Virtual time: a loop whose clock stands still while there is something to do,
// and then moves to the next timer or periodic at once.
//
// Such a loop has a copy of its backend with another wait: the real one asks
// the kernel without waiting, and if nothing came, the clock moves. A loop
// reads its clock on a slow path if its last reading is long ago
// (core/clock.cc); here it always is. So loops with the real clock execute no
// instruction of this.
//
// The state is complete at every moment: it is a time. A callback that runs the
// loop moves the clock on; one that leaves by longjmp leaves it where it is.

#include "virtual.hh"

#include "../core/lifetime.hh"
#include "../core/pending.hh"
#include "../core/wakeup.hh"
#include "state.hh"

#if EV_RELEV_ENABLE

namespace evi { namespace {

constexpr unsigned own_flags = RELEV_MANUAL | RELEV_WAIT_FDS;
constexpr ev_tstamp others_wait = .1;  // real seconds, with RELEV_WAIT_FDS
constexpr ev_tstamp farthest = 1e12;   // from 1970, and from the loop's start

// The least by which a time can be moved.
constexpr ev_tstamp resolution(ev_tstamp at)
{
    constexpr ev_tstamp digits = sizeof(ev_tstamp) < 8 ? 1.2e-7 : 2.3e-16;
    return max((at < 0 ? -at : at) * digits, ev_tstamp(1e-12));
}

bool clock_virtual(const Loop& loop)
{
    return loop.relev && loop.relev->time.used;
}

ev_tstamp mono_of(const Loop& loop)
{
    return clock_virtual(loop) ? loop.relev->time.mono : time_mono();
}

ev_tstamp wall_of(const Loop& loop)
{
    if (!clock_virtual(loop)) return time_wall();
    const Virtual& time = loop.relev->time;
    return time.mono + time.offset;
}

// Is something due at this very moment, within the precision of times? The
// loop takes for due what was due before.
bool due_now(const Heap<TimeWatcher>& heap, ev_tstamp now, ev_tstamp step)
{
    ev_tstamp left = heap.due_in(now);
    return left >= 0 && left < 8 * step;
}

// The real clock moves between two iterations, so what is due now expires in
// the next one. Here it moves by as little as that takes.
[[gnu::cold]] void virtual_settle(Loop& loop, Virtual& time)
{
    assert(time.used);
    const Kinds& all = loop.watchers;
    ev_tstamp step = resolution(time.mono);
    while (due_now(all.timers, time.mono, step)) time.mono += step;
    step = max(resolution(wall_of(loop)), step);
    while (due_now(all.periodics.heap, wall_of(loop), step)) time.mono += step;
}

[[gnu::cold]] void virtual_read(Loop& loop)
{
    Virtual& time = loop.relev->time;
    virtual_settle(loop, time);
    loop.clock.mono = time.mono;
    loop.clock.wall = wall_of(loop);
    clock_suspect(loop);  // the next update comes here, too
}

// A collect interval.
[[gnu::cold]] void virtual_sleep(const Loop& loop, ev_tstamp delay)
{
    Virtual& time = loop.relev->time;
    assert(time.used && delay > 0);
    if (!time.manual) time.mono += delay;
}

// The time until the next expiry, or an earlier one that was put off.
[[gnu::cold]] ev_tstamp virtual_due_in(const Loop& loop)
{
    const Kinds& all = loop.watchers;
    return min(all.timers.due_in(mono_of(loop)),
               all.periodics.heap.due_in(wall_of(loop)));
}

// Nothing is ready, and nothing is due. A handler's ev_break counts more.
[[gnu::cold]] void virtual_idle(Loop& loop, ev_tstamp timeout, ev_tstamp due)
{
    Virtual& time = loop.relev->time;
    int none = EVBREAK_CANCEL;
    assert(timeout > 0 && (time.manual || time.mono + due < farthest));
    if (!time.manual)
        time.mono += loop.fds.errors_pending ? timeout : max(timeout, due);
    else if (!loop.pending.mask)
        __atomic_compare_exchange_n(&loop.breaking, &none, int(EVBREAK_ONE),
                                    false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
}

// Events that were queued before, EV_ERROR, do not hold the clock.
[[gnu::cold]] void virtual_poll(Loop& loop, ev_tstamp timeout)
{
    const Virtual& time = loop.relev->time;
    assert(time.real && time.real != &time.backend);
    if (!(timeout > 0)) return time.real->poll(loop, timeout);

    unsigned before = pending_count(loop);
    ev_tstamp due = virtual_due_in(loop);
    bool ends = time.manual || time.mono + due < farthest;
    ev_tstamp others = loop.fds.watched ? time.patience : 0;
    time.real->poll(loop, ends ? others : timeout);
    bool ready = pending_count(loop) > before || wakeup_due(loop);
    if (ends && !ready && !broken(loop)) virtual_idle(loop, timeout, due);
}

[[gnu::cold]] void virtual_begin(Loop& loop, unsigned flags, ev_tstamp start)
{
    Virtual& time = relev_of(loop).time;
    time.used = true;
    time.manual = flags & RELEV_MANUAL;
    time.patience = flags & RELEV_WAIT_FDS ? others_wait : 0;
    time.offset = start;
    time.real = loop.backend;
    time.backend = *loop.backend;
    time.backend.poll = virtual_poll;
    loop.backend = &time.backend;
    loop.flags |= EVFLAG_NOTIMERFD;  // it would report the real clock
    virtual_read(loop);
    loop.clock.offset = start;
}

[[gnu::cold]] bool virtual_time(ev_tstamp at)
{
    return at >= -farthest && at <= farthest;
}

}}  // evi

// The C API.

[[gnu::cold]] struct ev_loop* relev_loop_new_virtual(
    unsigned int flags, ev_tstamp start) EV_NOEXCEPT
{
    if (!evi::virtual_time(start)) return evi::failed(EINVAL), nullptr;
    evi::Loop* loop = evi::dynamic_new(flags & ~evi::own_flags);
    if (!loop) return nullptr;
    evi::virtual_begin(*loop, flags, start);
    return evi::c_loop(*loop);
}

[[gnu::cold]] int relev_virtual_advance(struct ev_loop* loop,
                                        ev_tstamp by) EV_NOEXCEPT
{
    if (!loop) return evi::failed(EINVAL);
    evi::Loop& ours = evi::entry(loop);
    if (!evi::clock_virtual(ours) || !(by >= 0)
        || !evi::virtual_time(ours.relev->time.mono + by))
        return evi::failed(EINVAL);
    ours.relev->time.mono += by;
    return 0;
}

[[gnu::cold]] int relev_virtual_set_wall(struct ev_loop* loop,
                                         ev_tstamp at) EV_NOEXCEPT
{
    if (!loop) return evi::failed(EINVAL);
    evi::Loop& ours = evi::entry(loop);
    if (!evi::clock_virtual(ours) || !evi::virtual_time(at))
        return evi::failed(EINVAL);
    ours.relev->time.offset = at - ours.relev->time.mono;
    return 0;
}

[[gnu::cold]] ev_tstamp relev_time(struct ev_loop* loop) EV_NOEXCEPT
{
    return evi::wall_of(evi::entry(loop));
}

[[gnu::cold]] ev_tstamp relev_monotonic(struct ev_loop* loop) EV_NOEXCEPT
{
    return evi::mono_of(evi::entry(loop));
}

#endif
