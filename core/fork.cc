// A fork leaves the child with its parent's epoll set, inotify and wake-up
// channel. Whatever is done to these is done to the parent too, so they are
// left alone and replaced, before the child's first change reaches the kernel.

#include "fork.hh"

#include "wakeup.hh"

namespace evi { namespace {

void fork_look(Loop& loop)
{
    if (loop.pid == getpid()) return;
    loop.pid = getpid();
    loop.forked = true;
}

bool fork_flagged(Loop& loop)
{
    fork_check(loop);
    return loop.forked;
}

// Also if nobody told the loop; for slow paths, since it costs a system call.
bool fork_inherited(Loop& loop, int process)
{
    assert(process);
    return fork_flagged(loop) || process != getpid();
}

void fork_rebuild(Loop& loop)
{
    loop.forked = false;
    ios_stop_internal(loop);
    loop.backend->fork(loop);
    wakeup_fork(loop);
    for (int i = 0; const Kind* kind = kind_at(i); ++i)
        if (kind->fork) kind->fork(loop);
}

}}  // evi

// The C API.

void ev_loop_fork(EV_P) EV_NOEXCEPT { evi::self(EV_A).forked = true; }
