// A turn that finds nothing to do, with N callbacks before the poll and as
// many after it.

#include "quiet.hh"

#include <vector>

namespace bench { namespace {

long hooked;

void prepared(lib::Loop, lib::Prepare&, int) { ++hooked; }
void checked(lib::Loop, lib::Check&, int) { ++hooked; }

void hooks(Run& run)
{
    std::vector<lib::Prepare> prepares(size_t(run.get("n", 5)));
    std::vector<lib::Check> checks(prepares.size());
    Quiet quiet(lib::loop_new());
    for (auto& w : prepares) w.set<prepared>(quiet.loop), w.start(quiet.loop);
    for (auto& w : checks) w.set<checked>(quiet.loop), w.start(quiet.loop);
    run.measure([&](long turns) {
        for (long i = 0; i < turns; ++i) lib::turn(quiet.loop);
    });
    for (auto& w : prepares) w.drop(quiet.loop);
    for (auto& w : checks) w.drop(quiet.loop);
}

const Workload workload = {"hooks", hooks};

}}  // bench
