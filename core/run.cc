// ev_run. The steps, and their order, are those of man/ev_run.3.

#include "clock.hh"
#include "fds.hh"
#include "fork.hh"
#include "life.hh"
#include "pending.hh"
#include "phases.hh"
#include "wakeup.hh"
#include "watcher.hh"

namespace evi { namespace {

constexpr ev_tstamp block_max = 60;    // then look whether the clock jumped
constexpr ev_tstamp block_most = 1e6;  // what a kernel can count in any unit

// EV_ERROR must not wait for other events; but if the watcher is started again
// at once and the kernel goes on refusing it, that must not be a busy loop.
constexpr ev_tstamp block_errors = .01;

// How long to block: until the next timer, or not at all if there is work.
ev_tstamp block_time(const Loop& loop, int flags)
{
    bool busy = flags & EVRUN_NOWAIT || !loop.active
             || loop.wakeup.missed.load(in_order) || loop.watchers.idles.count
             || loop.fds.always_ready.count;
    if (busy) return 0;

    ev_tstamp wait = min(timers_due_in(loop), periodics_due_in(loop));
    wait = min(wait, block_max);
    wait = min(max(wait, loop.timeout_collect), block_most);
    if (loop.fds.killed) wait = min(wait, block_errors);
    // The kernel cannot wait for less than its tick; what is due cannot wait.
    return wait <= 0 ? 0 : max(wait, loop.backend->min_wait);
}

// Sleeps so that two polls are as far apart as the user asked, but never past
// the next timer. Returns for how long.
ev_tstamp collect_io(const Loop& loop, ev_tstamp wait, ev_tstamp worked)
{
    ev_tstamp nap =
        min(loop.io_collect - worked, wait - loop.backend->min_wait);
    if (!(loop.io_collect > 0 && nap > 0)) return 0;
    assert(nap < wait);
    time_sleep(nap);
    return nap;
}

void block(Loop& loop, int flags)
{
    assert(loop.depth);
    ev_tstamp last = loop.clock.mono;
    clock_update(loop, forever);
    ev_tstamp worked = loop.clock.mono - last;  // the time the callbacks took
    wakeup_arm(loop);  // from here on a signal or ev_async must write

    ev_tstamp wait = block_time(loop, flags);
    ev_tstamp slept = collect_io(loop, wait, worked);
    ++loop.iterations;
    loop.backend->poll(loop, wait - slept);  // queues the I/O events
    fds_feed_ready(loop);

    wakeup_disarm(loop);
    clock_update(loop, wait);  // a longer sleep than that is a time jump
}

int run(Loop& loop, int flags)
{
    ++loop.depth;
    loop.breaking = EVBREAK_CANCEL;
    pass_invoke(loop);  // what was fed before this call

    do {
        verify_each_turn(loop);
        fork_check(loop);
        if (loop.forked) hooks_invoke(loop, loop.watchers.forks, EV_FORK);
        hooks_invoke(loop, loop.watchers.prepares, EV_PREPARE);
        if (loop.breaking) break;

        fork_renew(loop);  // a child must not disturb its parent's kernel state
        fds_reify(loop);
        block(loop, flags);

        timers_reify(loop);
        periodics_reify(loop);
        idles_reify(loop);
        hooks_queue(loop, loop.watchers.checks, EV_CHECK);
        pass_invoke(loop);  // last queued, first called: check leads
    } while (loop.active && !loop.breaking
             && !(flags & (EVRUN_ONCE | EVRUN_NOWAIT)));

    if (loop.breaking == EVBREAK_ONE) loop.breaking = EVBREAK_CANCEL;
    --loop.depth;
    return loop.active;
}

}}  // evi

// The C API.

int ev_run(EV_P_ int flags) { return evi::run(evi::self(EV_A), flags); }

void ev_break(EV_P_ int how) noexcept { evi::self(EV_A).breaking = how; }
