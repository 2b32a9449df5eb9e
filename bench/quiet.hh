// A loop with a watcher that keeps it alive, and that never has an event.

#pragma once

#include "bench.hh"
#include "lib.hh"

namespace bench {

inline void never_ready(lib::Loop, lib::Io&, int) {}

struct Quiet {
    explicit Quiet(lib::Loop its) : loop(its)
    {
        pair.open();
        io.set<never_ready>(loop, pair.here, lib::readable);
        io.start(loop);
        lib::turn(loop);
    }

    ~Quiet()
    {
        io.drop(loop);
        lib::loop_free(loop);
        pair.close();
    }

    lib::Loop loop;
    Pair pair;
    lib::Io io;
};

}  // bench
