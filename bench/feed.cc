// Events that the program makes itself: an operation is to feed one and to have
// its callback called, N at a time.

#include "quiet.hh"

#include <vector>

namespace bench { namespace {

long fed;

void event_fed(lib::Loop, lib::Event&, int) { ++fed; }

void feed(Run& run)
{
    std::vector<lib::Event> events(size_t(run.get("n", 100)));
    Quiet quiet(lib::loop_new());
    for (auto& event : events) event.set<event_fed>(quiet.loop);
    run.measure([&](long times) {
        for (long done = 0; done < times; done += long(events.size())) {
            for (auto& event : events) event.feed(quiet.loop);
            lib::invoke(quiet.loop);
        }
    });
}

const Workload workload = {"feed", feed};

}}  // bench
