// The two clocks of a loop, and clock jumps.

#ifndef EVI_CLOCK_HH
#define EVI_CLOCK_HH

#include "c_api.hh"

namespace evi { namespace {

ev_tstamp time_wall();  // since the epoch
ev_tstamp time_mono();

void clock_init(Loop&);

// Updates the loop's time. `longest`: the time that may have passed; without a
// monotonic clock, a larger step (by a second) or a step backwards is a jump.
// Returns true about twice a second, for periodic housekeeping.
bool clock_update(Loop&, ev_tstamp longest);

void clock_suspect(Loop&);  // makes the next update read both clocks

void time_sleep(ev_tstamp delay);

}}  // evi

#endif
