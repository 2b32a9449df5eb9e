// The callbacks that took most time, at level 2 of the metrics.

#ifndef EVI_CALLBACKS_HH
#define EVI_CALLBACKS_HH

#include "../core/c_api.hh"
#include "shared.hh"

#if EV_RELEV_ENABLE

namespace evi { namespace {

// A reader reads `callback` before and after the rest: the loop's thread makes
// it null while it uses the entry for another callback.
struct Busy {
    Shared<const void*, true> callback;
    Shared<int, true> type;
    Shared<uint64_t, true> calls;
    Shared<ev_tstamp, true> total;
    Shared<ev_tstamp, true> longest;
};

// Invariant: all[1 .. used) have a callback; all[0] is the sum of those that
// were replaced.
struct Callbacks {
    Busy all[RELEV_CALLBACKS];
    int used;
};

void callback_note(Callbacks&, const void* callback, int type, ev_tstamp took);
void callbacks_clear(Callbacks&);

// Returns how many there are, the longest total first.
int callbacks_copy(const Callbacks&,
                   struct relev_callback (&to)[RELEV_CALLBACKS]);

}}  // evi

#endif

#endif
