// Loops with a clock of their own, for tests: see relev/virtual.cc.

#ifndef EVI_VIRTUAL_HH
#define EVI_VIRTUAL_HH

#include "../core/clock.hh"
#include "shared.hh"

#if EV_RELEV_ENABLE

namespace evi { namespace {

// Invariant: `real` is the loop's own backend; valid if `used`.
struct Virtual {
    bool used;
    bool manual;               // only relev_virtual_advance moves the clock
    ev_tstamp patience;        // how long events are waited for before it moves
    Shared<ev_tstamp> mono;    // the clock
    Shared<ev_tstamp> offset;  // of wall time, from `mono`
    Backend backend;           // the loop's: `real` with another wait
    const Backend* real;
};

// The loop's clocks at this moment. From any thread.
ev_tstamp mono_of(const Loop&);
ev_tstamp wall_of(const Loop&);

}}  // evi

#else

namespace evi { namespace {

inline ev_tstamp mono_of(const Loop&) { return time_mono(); }
inline ev_tstamp wall_of(const Loop&) { return time_wall(); }

}}  // evi

#endif

#endif
