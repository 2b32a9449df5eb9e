// relev_prepare and relev_backend_fd: the loop of another library waits for
// this one.
//
// relev_prepare does what precedes the wait, and says how long that may take.
// The next ev_run does it again, as in any iteration, so nothing is kept
// between the two. If something else has to be done first, such as replacing
// the kernel objects after a fork, the wait is 0, and ev_run does it.

#include "../core/clock.hh"
#include "../core/fds.hh"
#include "../core/fork.hh"
#include "../core/lifetime.hh"
#include "../core/run.hh"
#include "../core/wakeup.hh"
#include "../watchers/steps.hh"
#include "progress.hh"
#include "state.hh"

#if EV_RELEV_ENABLE

namespace evi { namespace {

// Does the next iteration begin with work?
[[gnu::cold]] bool outside_due(const Loop& loop)
{
    return loop.pending.mask || wakeup_due(loop) || periodics_jumped(loop);
}

// Will it replace the kernel objects?
[[gnu::cold]] bool outside_rebuilds(Loop& loop)
{
    fork_check(loop);
    return fork_bits(loop) || process_changed(loop)
        || (loop.fork_checked && fork_flagged(loop));
}

[[gnu::cold]] ev_tstamp outside_limit(Loop& loop)
{
    auto* limit = loop.backend->outer_limit;
    return limit ? limit(loop) : forever;
}

// From the arming on, notifiers write, until an iteration has waited. If none
// follows, that costs a write, and no state is wrong.
[[gnu::cold]] ev_tstamp outside_prepare(Loop& loop)
{
    if (outside_due(loop) || outside_rebuilds(loop)) return 0;
    hooks_invoke(loop, loop.watchers.prepares, EV_PREPARE);
    if (outside_rebuilds(loop)) return 0;

    loop.embedded = true;
    fds_reify(loop);
    if (clock_update(loop, forever) && fast_code) trim(loop);
    timers_requeue_all(loop);
    wakeup_arm(loop);
    if (outside_due(loop) || loop.watchers.idles.count) return 0;
    ev_tstamp wait = min(block_time(loop), outside_limit(loop));
    assert(wait >= 0 && wait < forever);
    if (wait > 0) progress_wait_outside(loop);
    return wait;
}

}}  // evi

// The C API.

[[gnu::cold]] ev_tstamp relev_prepare(struct ev_loop* loop)
{
    return evi::outside_prepare(evi::entry(loop));
}

[[gnu::cold]] int relev_backend_fd(struct ev_loop* loop) EV_NOEXCEPT
{
    if (!loop) return evi::failed(EINVAL);
    int fd = evi::entry(loop).backend_fd;
    return fd < 0 ? evi::failed(ENOTSUP) : fd;
}

#endif
