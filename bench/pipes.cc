// The classic of libevent: of N pipes, A carry a message, each reader of which
// writes one into the next pipe, W times in all. An operation is an event. With
// THREADS, each thread has such a loop of its own.

#include "bench.hh"
#include "lib.hh"

#include <pthread.h>
#include <unistd.h>

#include <memory>
#include <vector>

namespace bench { namespace {

using lib::Loop;

// As much as a source reads at once, so that two messages stay two.
constexpr char message[16] = "a message";

struct Pipe : lib::Source {
    struct Pipes* all;
    int own, next;
};

struct Pipes {
    Pipes(long n, long active);
    ~Pipes();

    void move(long events);

    Loop loop;
    std::vector<Pipe> pipes;
    long active, wanted = 0;
    long writes = 0, awaited = 0;
};

void pipe_read(Loop loop, lib::Source& source, const char* got, ssize_t length)
{
    Pipe& pipe = static_cast<Pipe&>(source);
    Pipes& all = *pipe.all;
    must(length == sizeof message, "read");
    if (!--all.awaited) lib::stop(loop);
    if (!all.writes) return;
    --all.writes;
    must(write(pipe.next, got, sizeof message) == sizeof message, "write");
}

Pipes::Pipes(long n, long active)
    : loop(lib::loop_new()), pipes(size_t(n)), active(active)
{
    for (Pipe& pipe : pipes) pipe.own = open_pipe();
    for (size_t i = 0; i < pipes.size(); ++i) {
        pipes[i].next = pipes[(i + 1) % pipes.size()].own;
        pipes[i].all = this;
        pipes[i].set<pipe_read>(loop, pipes[i].own);
        pipes[i].start(loop);
    }
    lib::turn(loop);
}

Pipes::~Pipes()
{
    for (Pipe& pipe : pipes) pipe.drop(loop);
    lib::loop_free(loop);
    for (Pipe& pipe : pipes) close(pipe.own);
}

void Pipes::move(long events)
{
    size_t first = size_t(active < events ? active : events);
    size_t space = pipes.size() / first;
    awaited = events;
    writes = events - long(first);
    for (size_t i = 0; i < first; ++i)
        must(write(pipes[i * space].own, message, sizeof message)
                 == sizeof message,
             "write");
    lib::run(loop);
}

void* move_in_thread(void* argument)
{
    Pipes& pipes = *static_cast<Pipes*>(argument);
    pipes.move(pipes.wanted);
    return nullptr;
}

void pipes(Run& run)
{
    Pipes pipes(run.get("n", 100), run.get("active", 1));
    run.measure([&](long events) { pipes.move(events); });
}

void pipes_in_threads(Run& run)
{
    long threads = run.get("threads", 2);
    std::vector<std::unique_ptr<Pipes>> all;
    std::vector<pthread_t> ids((size_t(threads)));
    for (long i = 0; i < threads; ++i)
        all.push_back(
            std::make_unique<Pipes>(run.get("n", 100), run.get("active", 1)));
    run.measure([&](long events) {
        for (size_t i = 0; i < ids.size(); ++i) {
            all[i]->wanted = events / threads;
            must(
                !pthread_create(&ids[i], nullptr, move_in_thread, all[i].get()),
                "thread");
        }
        for (pthread_t id : ids) pthread_join(id, nullptr);
    });
}

// Two ends that send each other a message: an operation is there and back.
struct Ball : lib::Source {
    int own;
    long left;
};

void ball_caught(Loop loop, lib::Source& source, const char* got,
                 ssize_t length)
{
    Ball& ball = static_cast<Ball&>(source);
    must(length == sizeof message, "read");
    if (ball.left-- > 0)
        must(write(ball.own, got, sizeof message) == sizeof message, "write");
    else lib::stop(loop);
}

void ping_pong(Run& run)
{
    Loop loop = lib::loop_new();
    Pair pair;
    pair.open();
    Ball ping, pong;
    ping.own = pair.here, pong.own = pair.there;
    for (Ball* ball : {&ping, &pong}) {
        ball->set<ball_caught>(loop, ball->own);
        ball->start(loop);
    }
    run.measure([&](long trips) {
        ping.left = trips - 1, pong.left = trips;
        must(write(ping.own, message, sizeof message) == sizeof message,
             "write");
        lib::run(loop);
    });
    for (Ball* ball : {&ping, &pong}) ball->drop(loop);
    lib::loop_free(loop);
    pair.close();
}

const Workload workloads[] = {
    {"pipes", pipes},
    {"threads", pipes_in_threads},
    {"ping-pong", ping_pong},
};

}}  // bench
