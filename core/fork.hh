// Detecting a fork, and replacing in the child what it shares with its parent.

#ifndef EVI_FORK_HH
#define EVI_FORK_HH

#include "boundary.hh"

namespace evi { namespace {

void fork_detect(Loop&);   // sets `forked` if the process id changed
bool fork_flagged(Loop&);  // may the kernel state belong to the parent?
bool fork_inherited(Loop&, int process);  // the same; and what `process` opened
void fork_rebuild(Loop&);  // replaces all kernel state, and clears `forked`

inline void fork_check(Loop& loop)
{
    if (unlikely(loop.pid)) fork_detect(loop);  // with EVFLAG_FORKCHECK
}

inline void fork_renew(Loop& loop)
{
    if (unlikely(loop.forked)) fork_rebuild(loop);
}

}}  // evi

#endif
