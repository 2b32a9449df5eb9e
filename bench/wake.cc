// Waking a loop: from the same loop, from another thread, by a signal.

#include "bench.hh"
#include "lib.hh"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>

namespace bench { namespace {

using lib::Loop;

std::atomic<long> woken;
void async_woken(Loop, lib::Async&, int)
{
    woken.store(woken.load(std::memory_order_relaxed) + 1);
}

// A send from the loop's own thread, and the turn that delivers it.
void async_same(Run& run)
{
    Loop loop = lib::loop_new();
    lib::Async async;
    async.set<async_woken>(loop);
    async.start(loop);
    lib::turn(loop);
    run.measure([&](long sends) {
        for (long i = 0; i < sends; ++i) {
            async.send(loop);
            lib::once(loop);
        }
    });
    async.drop(loop);
    lib::loop_free(loop);
}

// Another thread sends as fast as it can; the loop delivers what it can.
struct Flood {
    Loop loop;
    lib::Async async;
    long sends;
    std::atomic<bool> over;
};

void* flood_sender(void* argument)
{
    Flood& flood = *static_cast<Flood*>(argument);
    for (long i = 0; i < flood.sends; ++i) flood.async.send(flood.loop);
    flood.over = true;
    flood.async.send(flood.loop);
    return nullptr;
}

void async_flood(Run& run)
{
    Flood flood;
    flood.loop = lib::loop_threaded();
    flood.async.set<async_woken>(flood.loop);
    flood.async.start(flood.loop);
    run.measure([&](long sends) {
        pthread_t sender;
        flood.sends = sends;
        flood.over = false;
        must(!pthread_create(&sender, nullptr, flood_sender, &flood), "thread");
        while (!flood.over) lib::once(flood.loop);
        pthread_join(sender, nullptr);
    });
    run.report("deliveries", double(woken));
    flood.async.drop(flood.loop);
    lib::loop_free(flood.loop);
}

// Two loops in two threads wake each other in turn: an operation is there and
// back, and its wall time is what counts.
struct Side {
    Loop loop;
    lib::Async async;
    Side* other;
    std::atomic<long> left;
};

Side* side_of(lib::Async& async);
Side sides[2];

Side* side_of(lib::Async& async)
{
    return &async == &sides[0].async ? &sides[0] : &sides[1];
}

void side_woken(Loop loop, lib::Async& async, int)
{
    Side* side = side_of(async);
    if (--side->left >= 0) side->other->async.send(side->other->loop);
    if (side->left <= 0) lib::stop(loop);
}

void* side_run(void* argument)
{
    lib::run(static_cast<Side*>(argument)->loop);
    return nullptr;
}

void async_latency(Run& run)
{
    for (int i = 0; i < 2; ++i) {
        Side& side = sides[i];
        side.other = &sides[!i];
        side.loop = lib::loop_threaded();
        side.async.set<side_woken>(side.loop);
        side.async.start(side.loop);
    }
    run.measure([&](long trips) {
        pthread_t there;
        sides[0].left = trips, sides[1].left = trips;
        must(!pthread_create(&there, nullptr, side_run, &sides[1]), "thread");
        sides[1].async.send(sides[1].loop);
        lib::run(sides[0].loop);
        pthread_join(there, nullptr);
        for (Side& side : sides) lib::turn(side.loop);  // the last, unanswered
    });
    for (Side& side : sides) {
        side.async.drop(side.loop);
        lib::loop_free(side.loop);
    }
}

// A signal that the program sends itself, and the turn that delivers it.
void signal_seen(Loop, lib::Signal&, int) { ++woken; }

void signals(Run& run)
{
    Loop loop = lib::loop_default();
    lib::Signal watcher;
    watcher.set<signal_seen>(loop, SIGUSR1);
    watcher.start(loop);
    lib::turn(loop);
    run.measure([&](long times) {
        for (long i = 0; i < times; ++i) {
            long before = woken;
            kill(getpid(), SIGUSR1);
            while (woken == before) lib::once(loop);
        }
    });
    watcher.drop(loop);
    lib::loop_free(loop);
}

const Workload workloads[] = {
    {"async-same", async_same},
    {"async-flood", async_flood},
    {"async-latency", async_latency},
    {"signal", signals},
};

}}  // bench
