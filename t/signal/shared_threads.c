/* One signal in several loops, each in its own thread. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "signal_help.h"

enum { count = 8, rounds = 30 };

static const struct timespec moment = {0, 1000000};

typedef struct Worker {
    pthread_t thread;
    struct ev_loop* loop;
    ev_async end;
    atomic_int ready, calls, lost;
} Worker;

static Worker workers[count];

static void on_signal(struct ev_loop* loop, ev_signal* w, int revents)
{
    (void)loop, (void)revents;
    atomic_fetch_add(&((Worker*)w->data)->calls, 1);
}

static void on_end(struct ev_loop* loop, ev_async* w, int revents)
{
    (void)w, (void)revents;
    ev_break(loop, EVBREAK_ALL);
}

static void worker_init(Worker* worker, ev_signal* w)
{
    ev_signal_init(w, on_signal, SIGUSR1);
    w->data = worker;
    atomic_store(&worker->calls, 0), atomic_store(&worker->lost, 0);
}

static void* work(void* arg)
{
    Worker* worker = arg;
    ev_signal w;
    worker_init(worker, &w);
    ev_signal_start(worker->loop, &w);
    atomic_store(&worker->ready, 1);
    ev_run(worker->loop, 0);
    ev_signal_stop(worker->loop, &w);
    return NULL;
}

static void workers_begin(void* (*run)(void*))
{
    for (int i = 0; i < count; ++i) {
        Worker* worker = &workers[i];
        worker->loop = loop_new(0);
        ev_async_init(&worker->end, on_end);
        ev_async_start(worker->loop, &worker->end);
        atomic_store(&worker->ready, 0);
        assert_false(pthread_create(&worker->thread, NULL, run, worker));
    }
    for (int i = 0; i < count; ++i)
        while (!atomic_load(&workers[i].ready)) nanosleep(&moment, NULL);
}

static void workers_end(void)
{
    for (int i = 0; i < count; ++i) {
        ev_async_send(workers[i].loop, &workers[i].end);
        pthread_join(workers[i].thread, NULL);
        ev_loop_destroy(workers[i].loop);
    }
    assert_true(disposition(SIGUSR1).sa_handler == SIG_DFL);
    signals_reset();
}

static void test_signal_shared_by_threads_wakes_each(void** state)
{
    /* R2.43, R2.45: each of the loops, which wait in threads of their own, gets
     * each signal of the process. */
    (void)state;
    signals_reset();
    workers_begin(work);
    for (int n = 1; n <= rounds; ++n) {
        if (n % 3) kill(getpid(), SIGUSR1);
        else ev_feed_signal(SIGUSR1);
        for (int i = 0; i < count; ++i)
            while (atomic_load(&workers[i].calls) < n) nanosleep(&moment, NULL);
    }
    for (int i = 0; i < count; ++i)
        assert_int_equal(atomic_load(&workers[i].calls), rounds);
    workers_end();
}

static atomic_int finished;

/* After a start, the watcher gets a signal sooner or later. */
static void* start_and_stop(void* arg)
{
    Worker* worker = arg;
    struct sigaction now;
    ev_signal w;
    worker_init(worker, &w);
    for (int i = 0; i < rounds; ++i) {
        int before = atomic_load(&worker->calls);
        ev_signal_start(worker->loop, &w);
        sigaction(SIGUSR1, NULL, &now);
        if (now.sa_handler == SIG_DFL) atomic_fetch_add(&worker->lost, 1);
        while (atomic_load(&worker->calls) == before && i % 2)
            ev_run(worker->loop, EVRUN_ONCE);
        ev_signal_stop(worker->loop, &w);
    }
    atomic_store(&worker->ready, 1);
    ev_run(worker->loop, 0);
    return NULL;
}

static void* storm(void* kills)
{
    while (!atomic_load(&finished)) {
        if (kills) kill(getpid(), SIGUSR1);
        else ev_feed_signal(SIGUSR1);
        nanosleep(&moment, NULL);
    }
    return NULL;
}

static void test_signal_shared_starts_and_stops_in_a_storm(void** state)
{
    /* R3.6: start and stop in threads while signals storm. No signal takes the
     * default action: this loop keeps a watcher. */
    pthread_t storms[2];
    struct ev_loop* loop = loop_new(0);
    Worker own;
    ev_signal w;

    (void)state;
    signals_reset();
    worker_init(&own, &w);
    ev_signal_start(loop, &w);
    atomic_store(&finished, 0);
    for (int i = 0; i < 2; ++i)
        assert_false(pthread_create(&storms[i], NULL, storm, i ? &own : NULL));
    workers_begin(start_and_stop);
    for (int i = 0; i < count; ++i) {
        ev_async_send(workers[i].loop, &workers[i].end);
        pthread_join(workers[i].thread, NULL);
        assert_true(atomic_load(&workers[i].calls) >= rounds / 2);
        assert_int_equal(atomic_load(&workers[i].lost), 0);
        ev_loop_destroy(workers[i].loop);
    }
    atomic_store(&finished, 1);
    for (int i = 0; i < 2; ++i) pthread_join(storms[i], NULL);
    ev_run(loop, EVRUN_NOWAIT);
    assert_true(atomic_load(&own.calls) > 0);
    ev_signal_stop(loop, &w);
    ev_loop_destroy(loop);
    signals_reset();
}

static void* live(void* arg)
{
    Worker* worker = arg;
    ev_signal w;
    worker_init(worker, &w);
    for (int i = 0; i < rounds; ++i) {
        struct ev_loop* loop = ev_loop_new((unsigned)backend);
        ev_signal_start(loop, &w);
        ev_run(loop, EVRUN_NOWAIT);
        if (i % 2) ev_signal_stop(loop, &w);
        ev_loop_destroy(loop);
        ev_signal_init(&w, on_signal, SIGUSR1);
    }
    atomic_store(&worker->ready, 1);
    ev_run(worker->loop, 0);
    return NULL;
}

static void test_signal_shared_loops_come_and_go_in_a_storm(void** state)
{
    /* R3.6: no notifier uses a loop that is destroyed, while others have the
     * signal. */
    pthread_t feeder;
    (void)state;
    signals_reset();
    atomic_store(&finished, 0);
    assert_false(pthread_create(&feeder, NULL, storm, NULL));
    workers_begin(live);
    for (int i = 0; i < count; ++i) {
        ev_async_send(workers[i].loop, &workers[i].end);
        pthread_join(workers[i].thread, NULL);
        ev_loop_destroy(workers[i].loop);
    }
    atomic_store(&finished, 1);
    pthread_join(feeder, NULL);
    signals_reset();
}

static const Test tests[] = {
    OURS(test_signal_shared_by_threads_wakes_each),
    OURS(test_signal_shared_starts_and_stops_in_a_storm),
    OURS(test_signal_shared_loops_come_and_go_in_a_storm),
};

HARNESS_MAIN("signal_shared_threads", tests)
