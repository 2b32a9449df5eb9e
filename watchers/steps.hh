// The functions that the steps of the loop call in the kinds of watchers. A
// kind that is compiled out has empty stubs.

#ifndef EVI_STEPS_HH
#define EVI_STEPS_HH

#include "../core/c_api.hh"

namespace evi { namespace {

// Moves heap entries of timers that were put off: their heap's due_in is exact
// then.
void timers_requeue_all(Loop&);

// Queue the events that are due.
void timers_reify(Loop&);
void periodics_reify(Loop&);
void idles_reify(Loop&);

void timers_shift(Loop&, ev_tstamp by);  // all expire later by that time
void periodics_reschedule(Loop&);        // after a jump of the wall clock
bool periodics_jumped(const Loop&);      // rescheduling is incomplete

// Prepare, check, fork and cleanup watchers: queue all, or queue and dispatch.
void hooks_queue(Loop&, Hooklist&, int type);
void hooks_invoke(Loop&, Hooklist&, int type);
void forks_invoke(Loop&);
void cleanups_invoke(Loop&);                  // the loop is being destroyed
void cleanups_invoke_each(Loop&, Hooklist&);  // and no other event

// Queue events that were marked by signal handlers or other threads.
void signals_feed(Loop&);
void asyncs_feed(Loop&);

}}  // evi

#endif
