// Noticing a fork, and renewing in the child what it shares with its parent.

#ifndef EVI_FORK_HH
#define EVI_FORK_HH

#include "boundary.hh"

namespace evi { namespace {

void fork_look(Loop&);     // is this another process?
bool fork_flagged(Loop&);  // is the kernel state perhaps a parent's?
bool fork_inherited(Loop&, int process);  // or what it opened?
void fork_rebuild(Loop&);  // all kernel state; then the fork is dealt with

inline void fork_check(Loop& loop)
{
    if (unlikely(loop.pid)) fork_look(loop);  // with EVFLAG_FORKCHECK
}

inline void fork_renew(Loop& loop)
{
    if (unlikely(loop.forked)) fork_rebuild(loop);
}

}}  // evi

#endif
