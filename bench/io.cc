// Watchers of descriptors: what they cost the program that changes them.

#include "bench.hh"
#include "lib.hh"

#include <unistd.h>

#include <vector>

namespace bench { namespace {

using lib::Loop, lib::readable, lib::writable;

struct Wire : lib::Io {
    Pair fds;
};

void wire_ready(Loop, lib::Io&, int) {}

// N watchers, each on a socket that was just opened, as one from accept is.
struct Wires {
    explicit Wires(long n) : loop(lib::loop_new()), all(size_t(n)) {}
    ~Wires() { lib::loop_free(loop); }

    void open()
    {
        for (Wire& wire : all) wire.fds.open();
    }

    void start()
    {
        for (Wire& wire : all) {
            wire.set<wire_ready>(loop, wire.fds.here, readable);
            wire.start(loop);
        }
    }

    void close()
    {
        for (Wire& wire : all) wire.drop(loop), wire.fds.close();
        lib::turn(loop);
    }

    Loop loop;
    std::vector<Wire> all;
};

// A new descriptor: start, and the turn that tells the kernel.
void io_start(Run& run)
{
    Wires wires(run.get("n", 1000));
    run.measure([&](long starts) {
        for (long done = 0; done < starts; done += long(wires.all.size())) {
            run.pause();
            wires.open();
            run.resume();
            wires.start();
            lib::turn(wires.loop);
            run.pause();
            wires.close();
            run.resume();
        }
    });
}

// A descriptor's life: start, turn, stop, close, and the turn after it.
void io_life(Run& run)
{
    Wires wires(run.get("n", 1000));
    run.measure([&](long lives) {
        for (long done = 0; done < lives; done += long(wires.all.size())) {
            run.pause();
            wires.open();
            run.resume();
            wires.start();
            lib::turn(wires.loop);
            wires.close();
        }
    });
}

// Another mask for each of N watchers in turn, and a turn of the loop after
// every round. An operation is a change.
void io_modify(Run& run)
{
    Wires wires(run.get("n", 1000));
    wires.open();
    wires.start();
    lib::turn(wires.loop);
    // Writable, too, would be ready at once: fill the other direction.
    char full[4096] = {};
    for (Wire& wire : wires.all)
        while (write(wire.fds.here, full, sizeof full) > 0) {}

    int events = readable;
    run.measure([&](long changes) {
        for (long done = 0; done < changes; done += long(wires.all.size())) {
            events ^= writable;
            for (Wire& wire : wires.all) wire.change(wires.loop, events);
            lib::turn(wires.loop);
        }
    });
    wires.close();
}

// Start and stop with no turn between: nothing for the kernel to know.
void io_churn(Run& run)
{
    Wires wires(1);
    Wire& wire = wires.all[0];
    wires.open();
    wires.start();
    wire.stop(wires.loop);
    run.measure([&](long times) {
        for (long i = 0; i < times; ++i) {
            wire.start(wires.loop);
            wire.stop(wires.loop);
            if (i % 100 == 0) lib::turn(wires.loop);
        }
    });
    wires.close();
}

// As a proxy does: there is something to write, so ask for EV_WRITE; a turn;
// written, so ask no more. An operation is on, turn and off.
void toggle_readable(Loop, lib::Duplex&) {}
void toggle_writable(Loop loop, lib::Duplex& both) { both.write_off(loop); }

void toggle(Run& run)
{
    Loop loop = lib::loop_new();
    Pair pair;
    lib::Duplex both;
    pair.open();
    both.set<toggle_readable, toggle_writable>(loop, pair.here);
    both.read_on(loop);
    run.measure([&](long times) {
        for (long i = 0; i < times; ++i) {
            both.write_on(loop);
            lib::once(loop);
        }
    });
    both.drop(loop);
    lib::loop_free(loop);
    pair.close();
}

const Workload workloads[] = {
    {"io-start", io_start}, {"io-life", io_life}, {"io-modify", io_modify},
    {"io-churn", io_churn}, {"toggle", toggle},
};

}}  // bench
