// What relev_dump says of a loop.

#ifndef EVI_DUMP_LOOP_HH
#define EVI_DUMP_LOOP_HH

#include "../core/c_api.hh"

namespace evi { namespace {

struct Output;

// The time of a dump: that of the loop may be old.
struct Now {
    ev_tstamp mono;
    ev_tstamp wall;
};

void loop_dump(Output&, Loop&, const Now&);

}}  // evi

#endif
