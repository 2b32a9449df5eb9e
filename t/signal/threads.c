/* ev_feed_signal in a thread while the loop's own thread stops its watchers
 * and destroys the loop.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdatomic.h>

#include "forked.h"
#include "kernel.h"
#include "signal_help.h"

static const struct timespec moment = {0, 1000000};

static __thread int held; /* this thread's next write is */
static atomic_int writing, go_on;
static atomic_int moments = 30; /* that it is held for at most */

/* Held until told to go on, or long enough for the loop to be destroyed. */
ssize_t write(int fd, const void* data, size_t n)
{
    if (!held) return kernel_write(fd, data, n);
    held = 0;
    atomic_store(&writing, 1);
    for (int i = 0; i < atomic_load(&moments) && !atomic_load(&go_on); ++i)
        nanosleep(&moment, NULL);
    ssize_t done = kernel_write(fd, data, n);
    atomic_store(&writing, 0);
    return done;
}

static void* feed_held(void* unused)
{
    held = 1;
    ev_feed_signal(SIGUSR1);
    return unused;
}

static pthread_t feeder;

/* From here on the loop is all but blocked, so that the feeder writes. */
static void feed_when_blocked(struct ev_loop* loop) EV_NOEXCEPT
{
    ev_set_loop_release_cb(loop, NULL, NULL);
    if (pthread_create(&feeder, NULL, feed_held, NULL)) abort();
    while (!atomic_load(&writing)) nanosleep(&moment, NULL);
}

/* A loop that a thread is about to wake. */
static struct ev_loop* loop_held(ev_signal* w)
{
    struct ev_loop* loop = loop_new(0);
    int timed_out;
    ev_timer soon;

    signals_reset();
    atomic_store(&writing, 0), atomic_store(&go_on, 0);
    signal_begin(loop, w, "a", SIGUSR1);
    drive_start(loop, &soon, 0.001, &timed_out);
    ev_set_loop_release_cb(loop, feed_when_blocked, NULL);
    ev_run(loop, EVRUN_ONCE);
    ev_timer_stop(loop, &soon);
    return loop;
}

static void test_signal_threads_stop_waits_for_no_notifier(void** state)
{
    /* R3.6: the loop goes on, and may be woken by a notifier that found the
     * watcher active. A watcher that starts then is called once at most. */
    ev_signal w;
    (void)state;
    atomic_store(&moments, 500); /* shorter than a wait that gives up */
    struct ev_loop* loop = loop_held(&w);
    ev_signal_stop(loop, &w);
    atomic_store(&moments, 30);
    assert_true(atomic_load(&writing));
    ev_signal_start(loop, &w);
    atomic_store(&go_on, 1);
    pthread_join(feeder, NULL);
    calls_clear();
    for (int i = 0; i < 3; ++i) ev_run(loop, EVRUN_NOWAIT);
    assert_true(strlen(calls) <= 1);
    ev_loop_destroy(loop);
    signals_reset();
}

static void test_signal_threads_notifier_is_done_when_the_loop_is(void** state)
{
    /* R3.6: neither the loop nor its descriptors are used by a notifier once
     * the loop was destroyed, be it with the watcher active. */
    (void)state;
    for (int stopped = 0; stopped < 2; ++stopped) {
        ev_signal w;
        struct ev_loop* loop = loop_held(&w);
        if (stopped) ev_signal_stop(loop, &w);
        ev_loop_destroy(loop);
        int late = atomic_load(&writing);
        atomic_store(&go_on, 1);
        pthread_join(feeder, NULL);
        signals_reset();
        assert_false(late);
    }
}

static ev_signal held_watcher;

static void child_stops(void* loop)
{
    ev_signal_stop(loop, &held_watcher);
    ev_loop_destroy(loop);
}

static void child_told_stops(void* loop)
{
    ev_loop_fork(loop);
    ev_run(loop, EVRUN_NOWAIT);
    child_stops(loop);
}

static void test_signal_threads_child_does_not_wait_for_a_lost_one(void** state)
{
    /* R3.4: threads that a fork left behind are not waited for. */
    struct ev_loop* loop = loop_held(&held_watcher);

    (void)state;
    int first = child_status(child_fork(child_stops, loop));
    int second = child_status(child_fork(child_told_stops, loop));
    atomic_store(&go_on, 1);
    pthread_join(feeder, NULL);
    child_stops(loop);
    signals_reset();
    assert_int_equal(first, 0);
    assert_int_equal(second, 0);
}

static atomic_int finished;

static void* feed_on(void* unused)
{
    while (!atomic_load(&finished)) ev_feed_signal(SIGUSR1);
    return unused;
}

static void live(int stop)
{
    struct ev_loop* loop = loop_new(0);
    ev_signal w;

    signal_begin(loop, &w, "a", SIGUSR1);
    ev_run(loop, EVRUN_NOWAIT);
    ev_run(loop, EVRUN_NOWAIT);
    if (stop) ev_signal_stop(loop, &w);
    ev_loop_destroy(loop);
    calls_clear();
}

static void test_signal_threads_feed_while_loops_come_and_go(void** state)
{
    /* R3.6: no feeder touches a loop that is gone; nor does it keep one from
     * going. */
    pthread_t threads[2];

    (void)state;
    signals_reset();
    atomic_store(&finished, 0);
    for (int i = 0; i < 2; ++i)
        assert_false(pthread_create(&threads[i], NULL, feed_on, NULL));
    for (int i = 0; i < 200; ++i) live(i % 2);
    atomic_store(&finished, 1);
    for (int i = 0; i < 2; ++i) pthread_join(threads[i], NULL);
    signals_reset();
}

static atomic_int handovers, unhandled;

static void* take_turns(void* loop)
{
    struct sigaction now;
    ev_signal w;

    ev_signal_init(&w, signal_note, SIGUSR1);
    for (int taken = 0; taken < 200;) {
        ev_signal_start(loop, &w);
        if (!ev_is_active(&w)) break;
        sigaction(SIGUSR1, NULL, &now);
        if (now.sa_handler == SIG_DFL) atomic_fetch_add(&unhandled, 1);
        ev_signal_stop(loop, &w);
        ++taken;
        atomic_fetch_add(&handovers, 1);
    }
    return NULL;
}

static void test_signal_threads_handed_over_has_a_handler(void** state)
{
    /* R3.6: an active watcher has its handler, whichever loop stops. */
    struct ev_loop* loops[2] = {loop_new(0), loop_new(0)};
    pthread_t threads[2];

    (void)state;
    signals_reset();
    atomic_store(&handovers, 0), atomic_store(&unhandled, 0);
    for (int i = 0; i < 2; ++i)
        assert_false(pthread_create(&threads[i], NULL, take_turns, loops[i]));
    for (int i = 0; i < 2; ++i) pthread_join(threads[i], NULL);
    for (int i = 0; i < 2; ++i) ev_loop_destroy(loops[i]);
    signals_reset();
    assert_int_equal(atomic_load(&handovers), 400);
    assert_int_equal(atomic_load(&unhandled), 0);
}

static const Test tests[] = {
    OURS(test_signal_threads_stop_waits_for_no_notifier),
    OURS(test_signal_threads_notifier_is_done_when_the_loop_is),
    EACH(test_signal_threads_child_does_not_wait_for_a_lost_one),
    OURS(test_signal_threads_feed_while_loops_come_and_go),
    OURS(test_signal_threads_handed_over_has_a_handler),
};

HARNESS_MAIN("signal_threads", tests)
