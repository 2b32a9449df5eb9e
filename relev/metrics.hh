// Counters and times of a loop, for relev_metrics_read.

#ifndef EVI_METRICS_HH
#define EVI_METRICS_HH

#include "../core/c_api.hh"
#include "shared.hh"

#if EV_RELEV_ENABLE

namespace evi { namespace {

// Level 1 counts callbacks by the lowest bit of their events, which is quick.
// Callbacks of internal watchers are not counted: those of the loop have the
// highest priority, where each watcher is checked, and the others call
// metrics_inner. Beside other observers, and at level 2, the kind is known.
//
// The loop's thread writes these numbers, any thread reads them.
struct Metrics {
    Counter by_bit[32];  // callbacks, by the lowest bit of a kind or event
    Shared<int> level;
    Counter iterations;
    Counter most;          // pending events; level 2
    Counter once;          // callbacks of ev_once
    Counter changes;       // of descriptors, given to the backend
    Counter canceled[32];  // events, by their lowest bit
    Counter callback_times[RELEV_BUCKETS];
    Counter iteration_times[RELEV_BUCKETS];  // without those that took none
    Counter lateness[RELEV_BUCKETS];
    Shared<ev_tstamp> began;  // when metrics were enabled
    Shared<ev_tstamp> working;
    Shared<ev_tstamp> late;
    Shared<ev_tstamp> calling;

    // When the loop last began to wait, as far as references show.
    Counter active[RELEV_KINDS];
    Counter fds;

    // Of the loop's thread. Times are by the loop's own monotonic clock. From
    // the wake-up to the next wait the loop works; all other time is waiting.
    bool awake;
    bool brief;       // the events that are being dispatched count in by_bit
    ev_tstamp woke;   // the last time
    ev_tstamp ended;  // the last callback; level 2
    int references;   // when the watchers were counted
    int recount;      // iterations until they may be counted again
};

int kind_index(int event);         // RELEV_KIND_ of an event bit
const char* kind_name(int index);  // such as "timer"; null: there is none

void watchers_count(Loop&);                            // metrics_count.cc
int metrics_read(const Loop&, struct relev_metrics&);  // returns the level

}}  // evi

#endif

#endif
