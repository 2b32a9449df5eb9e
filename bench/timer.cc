// Timers: N of them, with what servers do to them.

#include "bench.hh"
#include "lib.hh"

#include <vector>

namespace bench { namespace {

using lib::Loop;

// To start one costs the benchmark only a step along an array.
struct Start {
    lib::Timer* timer;
    double after;
};

struct Timers {
    explicit Timers(long n);
    ~Timers() { lib::loop_free(loop); }

    long count() const { return long(all.size()); }

    Loop loop;
    std::vector<lib::Timer> all;
    std::vector<Start> starts;       // in order, with random timeouts
    std::vector<Start> in_disorder;  // the same
    Random random;
};

long expired;

void timer_expired(Loop, lib::Timer&, int) { ++expired; }

Timers::Timers(long n) : loop(lib::loop_new()), all(size_t(n))
{
    for (lib::Timer& timer : all) {
        timer.set<timer_expired>(loop);
        starts.push_back({&timer, random.between(10, 60)});
    }
    in_disorder = starts;
    for (size_t i = all.size(); i > 1; --i)
        std::swap(in_disorder[i - 1],
                  in_disorder[size_t(random.below(long(i)))]);
}

// From none to N, each with a random timeout. An operation is a start.
void timer_start(Run& run)
{
    Timers timers(run.get("n", 1000));
    run.measure([&](long starts) {
        for (long done = 0; done < starts; done += timers.count()) {
            for (auto [timer, after] : timers.starts)
                timer->start(timers.loop, after);
            run.pause();
            for (auto [timer, after] : timers.in_disorder)
                timer->stop(timers.loop);
            run.resume();
        }
    });
}

// From N to none, in random order. An operation is a stop.
void timer_stop(Run& run)
{
    Timers timers(run.get("n", 1000));
    run.measure([&](long stops) {
        for (long done = 0; done < stops; done += timers.count()) {
            run.pause();
            for (auto [timer, after] : timers.starts)
                timer->start(timers.loop, after);
            run.resume();
            for (auto [timer, after] : timers.in_disorder)
                timer->stop(timers.loop);
        }
    });
}

// Inactivity: N connections have a timeout each, and every event restarts one.
// There is a turn of the loop after 64 events. An operation is a restart.
// With alike=1 all have the same timeout, else they are random.
void timer_again(Run& run)
{
    Timers timers(run.get("n", 1000));
    if (run.get("alike", 0)) {
        lib::expect(timers.loop, 60);
        for (Start& start : timers.in_disorder) start.after = 60;
    }
    for (auto [timer, after] : timers.in_disorder)
        timer->again(timers.loop, after);
    lib::turn(timers.loop);

    const Start* const end = timers.in_disorder.data() + timers.count();
    const Start* next = timers.in_disorder.data();
    run.measure([&](long events) {
        for (long i = 0; i < events; ++i) {
            next->timer->again(timers.loop, next->after);
            if (++next == end) next = timers.in_disorder.data();
            if (i % 64 == 0) lib::turn(timers.loop);
        }
    });
    for (auto& timer : timers.all) timer.drop(timers.loop);
}

// N timers, all due within a moment, in random order; one turn finds them due.
// An operation is an expiry.
void timer_expire(Run& run)
{
    Timers timers(run.get("n", 1000));
    run.measure([&](long times) {
        for (long done = 0; done < times; done += timers.count()) {
            run.pause();
            lib::turn(timers.loop);  // for the time
            for (auto& timer : timers.all)
                timer.start(timers.loop, timers.random.between(.001, .011));
            elapse(.02);
            expired = 0;
            run.resume();
            while (expired < timers.count()) lib::once(timers.loop);
        }
    });
}

// N timers that repeat every 10 to 20 ms; a turn every millisecond finds a
// part of them due. An operation is an expiry.
void timer_repeat(Run& run)
{
    Timers timers(run.get("n", 1000));
    lib::turn(timers.loop);
    for (auto& timer : timers.all)
        timer.every(timers.loop, timers.random.between(.01, .02));
    run.measure([&](long times) {
        expired = 0;
        while (expired < times) {
            run.pause();
            elapse(.001);
            run.resume();
            lib::turn(timers.loop);
        }
    });
    for (auto& timer : timers.all) timer.drop(timers.loop);
}

const Workload workloads[] = {
    {"timer-start", timer_start},   {"timer-stop", timer_stop},
    {"timer-again", timer_again},   {"timer-expire", timer_expire},
    {"timer-repeat", timer_repeat},
};

}}  // bench
