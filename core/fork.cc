// After a fork the child shares its parent's epoll set, inotify instance and
// wake-up channel. A change to these would affect the parent too. So the child
// does not use them, and replaces them before its first change.

#include "fork.hh"

#include "report.hh"
#include "wakeup.hh"

namespace evi { namespace {

[[gnu::noinline]] void fork_detect(Loop& loop)
{
    if (loop.pid == getpid()) return;
    loop.pid = getpid();
    loop.forked = true;
}

[[gnu::cold]] bool fork_flagged(Loop& loop)
{
    fork_check(loop);
    return loop.forked;
}

// Detects a fork also without ev_loop_fork. For slow paths only: it costs a
// system call.
[[gnu::cold]] bool fork_inherited(Loop& loop, int process)
{
    assert(process);
    return fork_flagged(loop) || process != getpid();
}

[[gnu::cold]] void fork_rebuild(Loop& loop)
{
    mistakes_hold(loop);
    ios_stop_internal(loop);
    loop.backend->fork(loop);  // a report may leave it: then once more
    loop.forked = false;
    wakeup_fork(loop);
    for (int i = 0; const Kind* kind = kind_at(i); ++i)
        if (kind->fork) kind->fork(loop);
    mistakes_release(loop);
}

}}  // evi

// The C API.

[[gnu::cold]] void ev_loop_fork(EV_P) EV_NOEXCEPT
{
    evi::entry(EV_A).forked = true;
}
