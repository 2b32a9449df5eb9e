// The two clocks of a loop, and what happens when they part.

#ifndef EVI_CLOCK_HH
#define EVI_CLOCK_HH

#include "boundary.hh"

namespace evi { namespace {

ev_tstamp time_wall();  // since the epoch

void clock_init(Loop&);

// Renews the loop's time. Without a monotonic clock, a wall clock that went
// back, or forth by more than `longest` (plus a second), has jumped. True: some
// time has passed since that was said last.
bool clock_update(Loop&, ev_tstamp longest);

void clock_suspect(Loop&);  // have the next update read both clocks

void time_sleep(ev_tstamp delay);

}}  // evi

#endif
