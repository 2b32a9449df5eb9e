// What a loop is doing now, for other threads, and the callback that is called
// after slow callbacks.

#ifndef EVI_PROGRESS_HH
#define EVI_PROGRESS_HH

#include "../core/c_api.hh"

#include <stdint.h>
#include <atomic>

#if EV_RELEV_ENABLE

namespace evi { namespace {

// Written by the loop's thread, read by any, by signal handlers of the loop's
// thread and in forked children. Nobody waits: the loop writes the slot that is
// not valid, and makes it the valid one.
struct Progress {
    struct Slot {
        std::atomic<unsigned> iteration;
        std::atomic<int> state;
        std::atomic<int> type;
        std::atomic<const void*> callback;
        std::atomic<long> since_sec;
        std::atomic<long> since_nsec;
    };

    std::atomic<bool> enabled;
    std::atomic<unsigned> version;  // slots[version % 2] is valid
    Slot slots[2];

    Running running;  // the innermost callback; of the loop's thread
    ev_tstamp ended;  // the last callback
    ev_tstamp threshold;
    relev_slow_cb* slow;  // null: none
    void* slow_data;
};

void progress_wait_outside(Loop&);  // another loop waits for this one

}}  // evi

#endif

#endif
