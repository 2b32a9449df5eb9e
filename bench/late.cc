// Lateness: one timer of AFTER microseconds, OPS times, nothing else to do.
// Reports quantiles of the microseconds between due and called; below zero is
// too early.

#include "bench.hh"
#include "lib.hh"

#include <algorithm>
#include <cstdio>
#include <vector>

namespace bench { namespace {

using lib::Loop;

bool due;

void timer_due(Loop, lib::Timer&, int) { due = true; }

void late(Run& run)
{
    long after = run.get("after", 1000);
    Loop loop = lib::loop_precise();
    lib::Timer timer;
    timer.set<timer_due>(loop);
    std::vector<double> late;
    for (long i = run.get("ops", 100) + 1; i; --i) {
        lib::turn(loop);  // for the time
        double start = seconds();
        timer.start(loop, double(after) * 1e-6);
        for (due = false; !due;) lib::once(loop);
        late.push_back((seconds() - start) * 1e6 - double(after));
    }
    timer.drop(loop);
    lib::loop_free(loop);

    late.erase(late.begin());
    std::sort(late.begin(), late.end());
    for (int percent : {0, 5, 10, 25, 50, 75, 90, 95, 99, 100}) {
        char key[16];
        snprintf(key, sizeof key, "p%d", percent);
        run.report(key, late[size_t(percent) * (late.size() - 1) / 100]);
    }
}

const Workload workload = {"late", late};

}}  // bench
