// What the loop's steps ask of the kinds of watchers. A kind that is compiled
// out answers with empty stubs.

#ifndef EVI_PHASES_HH
#define EVI_PHASES_HH

#include "boundary.hh"

namespace evi { namespace {

// How long until the next one is due: `forever`, or less; negative: late.
ev_tstamp timers_due_in(const Loop&);  // or earlier, if some were put off
ev_tstamp periodics_due_in(const Loop&);

// Timers that were put off do not count as due. The first: move those that
// seem to be; true: there were any. The second: leave none in front.
bool timers_settle(Loop&);
void timers_settle_all(Loop&);
void timers_trim(Loop&);  // gives memory back

// Queue what is due.
void timers_reify(Loop&);
void periodics_reify(Loop&);
void idles_reify(Loop&);

void timers_shift(Loop&, ev_tstamp by);  // all due later by so much
void periodics_reschedule(Loop&);        // the wall clock jumped
bool periodics_jumped(const Loop&);      // that is still to be done

// Prepare, check, fork and cleanup watchers: queue all, or queue and invoke.
void hooks_queue(Loop&, const Hooklist&, int event);
void hooks_invoke(Loop&, const Hooklist&, int event);

// Queue what was marked from outside the loop.
void signals_feed(Loop&);
void asyncs_feed(Loop&);

}}  // evi

#endif
