// Counters and times of a loop, for relev_metrics_read.

#ifndef EVI_METRICS_HH
#define EVI_METRICS_HH

#include "../core/c_api.hh"

#if EV_RELEV_ENABLE

namespace evi { namespace {

// Level 1 counts callbacks by the lowest bit of their events, which is quick.
// Callbacks of internal watchers are not counted: those of the loop have the
// highest priority, where each watcher is checked, and the others call
// metrics_inner. Beside other observers, and at level 2, the kind is known.
struct Metrics {
    int level;
    uint64_t iterations;
    unsigned iterations_seen;  // the loop's counter then
    uint64_t polls;
    uint64_t at_once;     // those of them that could not wait
    uint64_t most;        // pending events; level 2
    uint64_t by_bit[32];  // callbacks, by the lowest bit of a kind or event
    uint64_t once;        // callbacks of ev_once
    uint64_t callback_times[RELEV_BUCKETS];
    uint64_t iteration_times[RELEV_BUCKETS];  // without those that took none
    uint64_t lateness[RELEV_BUCKETS];

    // Times by the loop's own monotonic clock. From the wake-up to the next
    // wait the loop works; all other time is waiting.
    bool awake;
    ev_tstamp began;  // when metrics were enabled
    ev_tstamp woke;   // the last time
    ev_tstamp ended;  // the last callback; level 2
    ev_tstamp working;
    ev_tstamp late;
    ev_tstamp calling;
    ev_tstamp longest;
    const void* longest_callback;
    int longest_type;
};

int kind_index(int event);         // RELEV_KIND_ of an event bit
const char* kind_name(int index);  // such as "timer"; null: there is none

void iterations_note(const Loop&, Metrics&);
int metrics_read(Loop&, struct relev_metrics&);  // returns the level

}}  // evi

#endif

#endif
