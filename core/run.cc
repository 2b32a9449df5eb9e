// ev_run. The steps and their order are those listed in man/ev_run.3.

#include "run.hh"

#include "../watchers/steps.hh"
#include "cancel.hh"
#include "clock.hh"
#include "fds.hh"
#include "fork.hh"
#include "lifetime.hh"
#include "pending.hh"
#include "wakeup.hh"
#include "watcher.hh"

namespace evi { namespace {

constexpr ev_tstamp block_max = 60;    // then check whether the clock jumped
constexpr ev_tstamp block_most = 1e6;  // no overflow in any unit of a kernel
constexpr ev_tstamp block_least = 1e-6;

// Must the loop not wait, because there is work?
bool busy(const Loop& loop)
{
    return !loop.active || wakeup_due(loop) || loop.watchers.idles.count;
}

// Is a timer or periodic active?
bool timed(const Loop& loop)
{
    return !loop.watchers.timers.empty()
        || !loop.watchers.periodics.heap.empty();
}

[[gnu::noinline]] ev_tstamp block_time(const Loop& loop)
{
    const Kinds& all = loop.watchers;
    ev_tstamp wait = min(all.timers.due_in(loop.clock.mono),
                         all.periodics.heap.due_in(loop.clock.wall));
    wait = max(min(wait, block_max), loop.timeout_collect);
    wait = min(wait, loop.fds.errors_pending ? errors_wait : block_most);
    return wait <= 0 ? 0 : max(wait, block_least);
}

// Sleeps so that two polls are at least io_collect apart, but never past the
// next timer. Returns how long it slept.
[[gnu::cold]] ev_tstamp collect_io(const Loop& loop, ev_tstamp wait,
                                   ev_tstamp worked)
{
    ev_tstamp delay =
        min(loop.io_collect - worked, wait - loop.backend->min_wait);
    if (!(loop.io_collect > 0 && delay > 0)) return 0;
    assert(delay < wait);
    if (clock_virtual(loop)) virtual_sleep(loop, delay);
    else time_sleep(delay);
    return delay;
}

// Updates the time; about twice a second also frees memory left by a burst.
void time_renew(Loop& loop, ev_tstamp longest)
{
    bool due = clock_update(loop, longest);
    if (unlikely(due && fast_code)) trim(loop);
}

// Waits for at most `wait`, and queues the I/O events.
void wait_events(Loop& loop, ev_tstamp wait)
{
    debug_wait(loop, true);
    trace_poll_begin(loop, wait);
    loop.backend->poll(loop, wait);
    trace_poll_end(loop);
    debug_wait(loop, false);
    wakeup_disarm(loop);
    time_renew(loop, wait);  // a longer sleep than that is a time jump
}

// The same without waiting, and without a system call if no fd is watched but
// the wake-up channel: what that reports is in memory, too. In an embedded loop
// the kernel may have events that nobody wants, which would wake the outer
// loop.
[[gnu::noinline]] void poll_wakeup(Loop& loop)
{
    const ev_io& io = loop.wakeup.io;
    bool needed = loop.embedded || loop.wakeup.written.load(in_order)
               || (io.active && loop.fds.table[io.fd].shared);
    if (needed) return wait_events(loop, 0);

    cancel_point();  // as in the system call
    if (unlikely(metered && loop.relev)) observers_polled(loop);
    wakeup_disarm(loop);
    time_renew(loop, 0);
}

inline void poll_events(Loop& loop)
{
    bool watched = loop.fds.watched > loop.wakeup.io.active;
    if (unlikely(!watched)) poll_wakeup(loop);
    else wait_events(loop, 0);
}

// Arms the wake-up, then checks for a notification that came before: from the
// arming on, a signal, ev_async_send or ev_break writes.
void wait_armed(Loop& loop, ev_tstamp wait)
{
    wakeup_arm(loop);
    bool due = wakeup_due(loop) || broken(loop);
    wait_events(loop, unlikely(due) ? 0 : wait);
}

// The user can observe clock reads, and where a wait ends (hooks, a collect
// interval, or no monotonic clock).
[[gnu::cold]] void block_visibly(Loop& loop, int flags)
{
    ev_tstamp last = loop.clock.mono;
    time_renew(loop, forever);
    ev_tstamp worked = loop.clock.mono - last;  // the time the callbacks took
    timers_requeue_all(loop);

    bool at_once = flags & EVRUN_NOWAIT || busy(loop);
    ev_tstamp wait = at_once ? 0 : block_time(loop);
    ev_tstamp slept = collect_io(loop, wait, worked);
    ++loop.iterations;
    wait_armed(loop, wait - slept);
}

// Can the program distinguish an iteration without events from a long wait?
bool iterations_visible(const Loop& loop, int flags)
{
    return flags & EVRUN_ONCE || loop.watchers.prepares.count
        || loop.watchers.checks.count;
}

// If nobody can detect it, the loop may also wake up for a timer that was put
// off.
[[gnu::noinline]] void block_timed(Loop& loop, int flags)
{
    time_renew(loop, forever);
    if (iterations_visible(loop, flags)) timers_requeue_all(loop);
    ev_tstamp wait = block_time(loop);
    if (wait > 0) wait_armed(loop, wait);
    else poll_events(loop);
}

// How long to wait if no time is set for anything. Without a limit the kernel
// needs no timer. But some users of the loop would miss an iteration a minute,
// and an ev_break by a signal handler would be missed if nothing can wake it.
ev_tstamp block_untimed(const Loop& loop, int flags)
{
    bool visible = iterations_visible(loop, flags) || !loop.wakeup.open;
    return visible ? block_max : forever;
}

inline void block_unobserved(Loop& loop, int flags)
{
    ++loop.iterations;
    if (flags & EVRUN_NOWAIT || busy(loop)) poll_events(loop);
    else if (timed(loop) || loop.fds.errors_pending) block_timed(loop, flags);
    else wait_armed(loop, block_untimed(loop, flags));
}

[[gnu::cold, gnu::noinline]] void block_observed(Loop& loop, int flags)
{
    bool by_user = !inspected || loop.observed & observed_by_user;
    if (by_user) block_visibly(loop, flags);
    else block_unobserved(loop, flags);
    if (loop.observed & observed_by_relev) observers_woke(loop);
}

void block(Loop& loop, int flags)
{
    assert(loop.depth);
    if (unlikely(observable && loop.observed))
        return block_observed(loop, flags);
    block_unobserved(loop, flags);
}

int run(Loop& loop, int flags)
{
    ++loop.depth;
    debug_run(loop, true);
    loop.breaking = EVBREAK_CANCEL;
    if (unlikely(periodics_jumped(loop))) clock_suspect(loop);
    events_dispatch(loop);  // events fed before this call

    do {
        verify_each_iteration(loop);
        fork_check(loop);
        if (fork_bits(loop) & fork_seen) forks_invoke(loop);
        hooks_invoke(loop, loop.watchers.prepares, EV_PREPARE);
        if (loop.breaking) break;

        fork_renew(loop);  // a child must not change its parent's kernel state
        fds_reify(loop);
        block(loop, flags);

        timers_reify(loop);
        periodics_reify(loop);
        idles_reify(loop);
        if (hooks_used && loop.watchers.checks.count)
            hooks_queue(loop, loop.watchers.checks, EV_CHECK);
        events_dispatch(loop);  // last queued, first dispatched: check is first
    } while (loop.active && !loop.breaking
             && !(flags & (EVRUN_ONCE | EVRUN_NOWAIT)));

    if (loop.breaking == EVBREAK_ONE) loop.breaking = EVBREAK_CANCEL;
    --loop.depth;
    debug_run(loop, false);
    return loop.active;
}

}}  // evi

// The C API.

int ev_run(EV_P_ int flags)
{
    return evi::debug_guard(evi::entry(EV_A), flags, evi::run);
}

void ev_break(EV_P_ int how) EV_NOEXCEPT
{
    evi::Loop& ours = evi::entry(EV_A);
    ours.breaking = how;
    evi::wakeup_break(ours);
}
