// Tasks of other threads: the part of a loop's state that its thread uses.

#ifndef EVI_POST_HH
#define EVI_POST_HH

#include "../core/c_api.hh"

#if EV_RELEV_ENABLE

namespace evi { namespace {

constexpr bool postable = EV_ASYNC_ENABLE;

#if EV_ASYNC_ENABLE

// Invariant: `last` is valid if `rest` is not null.
struct Posts {
    relev_task* rest;  // were taken, and have not run yet; oldest first
    relev_task* last;  // of these
    char apart[64];    // other threads read `wake`, in another cache line
    ev_async wake;     // internal
};

#else
struct Posts {};
#endif

}}  // evi

#endif

#endif
