// Functions that other threads pass to a loop, by what each library has for
// that; where there is nothing, by a queue with a lock.

#include "bench.hh"
#include "lib.hh"

#include <pthread.h>
#include <sched.h>

#include <atomic>
#include <vector>

namespace bench { namespace {

using lib::Loop;

// Threads post as fast as they can, and the loop runs what comes.
struct Posted : lib::Task {
    struct Crowd* crowd;
};

struct Crowd {
    Loop loop;
    lib::Poster poster;
    long left;
};

void posted_run(lib::Task& task)
{
    Crowd& crowd = *static_cast<Posted&>(task).crowd;
    if (!--crowd.left) lib::stop(crowd.loop);
}

struct Sender {
    pthread_t thread;
    Crowd* crowd;
    std::vector<Posted> tasks;
};

void* sender_run(void* argument)
{
    Sender& sender = *static_cast<Sender*>(argument);
    for (Posted& task : sender.tasks) {
        task.crowd = sender.crowd;
        sender.crowd->poster.post<posted_run>(task);
    }
    return nullptr;
}

void post_flood(Run& run)
{
    Crowd crowd = {};
    std::vector<Sender> senders(size_t(run.get("threads", 1)));
    crowd.loop = lib::loop_threaded();
    crowd.poster.open(crowd.loop);
    crowd.poster.enter();
    run.measure([&](long posts) {
        run.pause();
        long each = posts / long(senders.size()) + 1;
        crowd.left = each * long(senders.size());
        for (Sender& sender : senders) {
            sender.crowd = &crowd;
            sender.tasks.assign(size_t(each), Posted());
        }
        run.resume();
        for (Sender& sender : senders)
            must(!pthread_create(&sender.thread, nullptr, sender_run, &sender),
                 "thread");
        lib::run(crowd.loop);
        for (Sender& sender : senders) pthread_join(sender.thread, nullptr);
    });
    crowd.poster.leave();
    crowd.poster.close(crowd.loop);
    lib::loop_free(crowd.loop);
}

// Two loops in two threads pass a task to each other in turn: an operation is
// there and back, and its wall time is what counts.
struct End : lib::Task {
    Loop loop;
    lib::Poster poster;
    End* other;
    std::atomic<long> left;
};

End ends[2];

// It runs in the loop of `end`, which passes the other one's to that.
void end_run(lib::Task& task)
{
    End& end = static_cast<End&>(task);
    if (--end.left >= 0) end.other->poster.post<end_run>(*end.other);
    if (end.left <= 0) lib::stop(end.loop);
}

std::atomic<bool> entered;

void* end_thread(void* argument)
{
    End& end = *static_cast<End*>(argument);
    end.poster.enter();
    entered = true;
    lib::run(end.loop);
    end.poster.leave();
    return nullptr;
}

void post_latency(Run& run)
{
    for (int i = 0; i < 2; ++i) {
        End& end = ends[i];
        end.other = &ends[!i];
        end.loop = lib::loop_threaded();
        end.poster.open(end.loop);
    }
    run.measure([&](long trips) {
        pthread_t there;
        ends[0].left = trips, ends[1].left = trips;
        entered = false;
        must(!pthread_create(&there, nullptr, end_thread, &ends[1]), "thread");
        while (!entered) sched_yield();
        ends[0].poster.enter();
        ends[1].poster.post<end_run>(ends[1]);
        lib::run(ends[0].loop);
        ends[0].poster.leave();
        pthread_join(there, nullptr);
        for (End& end : ends) lib::turn(end.loop);  // the last, unanswered
    });
    for (End& end : ends) {
        end.poster.close(end.loop);
        lib::loop_free(end.loop);
    }
}

const Workload workloads[] = {
    {"post", post_flood},
    {"post-latency", post_latency},
};

}}  // bench
