// A turn that finds nothing to do and does not block.

#include "quiet.hh"

namespace bench { namespace {

void turn(Run& run)
{
    Quiet quiet(lib::loop_new());
    run.measure([&](long turns) {
        for (long i = 0; i < turns; ++i) lib::turn(quiet.loop);
    });
}

const Workload workload = {"turn", turn};

}}  // bench
