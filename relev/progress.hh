// What a loop is doing now, for other threads, and the callback that is called
// after slow callbacks.

#ifndef EVI_PROGRESS_HH
#define EVI_PROGRESS_HH

#include "../core/c_api.hh"

#include <atomic>

#if EV_RELEV_ENABLE

namespace evi { namespace {

// Written by the loop's thread, read by any. The loop never waits: it makes
// `version` odd, writes, and makes it even. A reader tries again if the version
// was odd or has changed.
struct Progress {
    std::atomic<bool> enabled;
    std::atomic<unsigned> version;
    std::atomic<unsigned> iteration;
    std::atomic<int> state;
    std::atomic<int> type;
    std::atomic<const void*> callback;
    std::atomic<long> since_sec;
    std::atomic<long> since_nsec;

    ev_tstamp ended;  // the last callback; of the loop's thread
    ev_tstamp threshold;
    relev_slow_cb* slow;  // null: none
    void* slow_data;
};

}}  // evi

#endif

#endif
