// Noticing a fork, and renewing in the child what it shares with its parent.

#ifndef EVI_FORK_HH
#define EVI_FORK_HH

#include "boundary.hh"

namespace evi { namespace {

void fork_check(Loop&);    // with EVFLAG_FORKCHECK: is this another process?
bool fork_flagged(Loop&);  // is the kernel state perhaps a parent's?
void fork_renew(Loop&);    // if a fork is flagged: all kernel state, then done

}}  // evi

#endif
