/* Very many sends, and what they cost, with either kind of wake-up channel: an
 * eventfd, or a pipe where there is none, here one that is soon full.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/ioctl.h>

#include "drive.h"
#include "kernel.h"
#include "spy.h"

enum { all = 100000, page = 4096, rounds = 2 * page / 8 };

static int no_eventfd;
static int pipe_end;      /* to read from, of the latest pipe */
static atomic_int writes; /* system calls, of anybody */

#ifdef __linux__

int eventfd(unsigned value, int flags)
{
    if (!no_eventfd) return (int)syscall(SYS_eventfd2, value, flags);
    errno = ENOSYS;
    return -1;
}

int pipe2(int ends[2], int flags)
{
    int result = (int)syscall(SYS_pipe2, ends, flags);
    if (!result) fcntl(pipe_end = ends[0], F_SETPIPE_SZ, page);
    return result;
}

int pipe(int ends[2]) { return pipe2(ends, 0); }

#else

static int pipe_new(int ends[2]) { NEXT_RETURNS(int, pipe, (int*), (ends)); }

int pipe(int ends[2])
{
    int result = pipe_new(ends);
    pipe_end = ends[0];
    return result;
}

#endif

ssize_t write(int fd, const void* data, size_t size)
{
    atomic_fetch_add(&writes, 1);
    return kernel_write(fd, data, size);
}

static struct ev_loop* loop;
static ev_async async;
static ev_signal fed;
static atomic_int made;            /* sends begun */
static int seen;                   /* of these, as the latest call saw it */
static atomic_int asyncs, signals; /* calls */

static void async_called(struct ev_loop* l, ev_async* w, int revents)
{
    (void)l, (void)w;
    assert_int_equal(revents, EV_ASYNC);
    seen = atomic_load(&made);
    atomic_fetch_add(&asyncs, 1);
}

static void signal_called(struct ev_loop* l, ev_signal* w, int revents)
{
    (void)l, (void)w;
    assert_int_equal(revents, EV_SIGNAL);
    atomic_fetch_add(&signals, 1);
}

static void begin(int pipes)
{
    no_eventfd = pipes;
    atomic_store(&made, 0);
    atomic_store(&asyncs, 0);
    atomic_store(&signals, 0);
    seen = 0;
    loop = loop_new(0);
    ev_async_init(&async, async_called);
    ev_async_start(loop, &async);
    ev_signal_init(&fed, signal_called, SIGUSR1);
    ev_signal_start(loop, &fed);
}

static void end(void)
{
    ev_async_stop(loop, &async);
    ev_signal_stop(loop, &fed);
    ev_loop_destroy(loop);
    no_eventfd = 0;
}

static void* send_all(void* unused)
{
    (void)unused;
    for (int i = 0; i < all; ++i) {
        atomic_fetch_add(&made, 1);
        ev_async_send(loop, &async);
    }
    return NULL;
}

static void test_async_hundred_thousand_sends_lose_none(void** state)
{
    /* R2.67: every send is followed by a call; the loop sleeps again when all
     * is over. */
    (void)state;
    for (int pipes = 0; pipes < 2; ++pipes) {
        pthread_t thread;
        begin(pipes);
        assert_false(pthread_create(&thread, NULL, send_all, NULL));
        int complete = run_until(loop, &seen, all);
        pthread_join(thread, NULL);
        assert_true(complete);
        ev_run(loop, EVRUN_NOWAIT); /* for a send made after the last look */
        int calls = atomic_load(&asyncs);
        assert_in_range(calls, 1, all);

        unsigned before = ev_iteration(loop);
        run_for(loop, 0.005);
        assert_true(ev_iteration(loop) - before < 5);
        assert_int_equal(atomic_load(&asyncs), calls);
        end();
    }
}

/* Both at once, so that the channel is written to twice before the loop looks;
 * then waits for both calls. */
static void* send_pairs(void* unused)
{
    (void)unused;
    for (int i = 1; i <= rounds; ++i) {
        double give_up = monotonic() + drive_patience;
        ev_async_send(loop, &async);
        ev_feed_signal(SIGUSR1);
        while ((atomic_load(&asyncs) < i || atomic_load(&signals) < i)
               && monotonic() < give_up)
            sched_yield();
        if (monotonic() >= give_up) break;
    }
    return NULL;
}

static void test_async_woken_again_and_again_needs_no_reading(void** state)
{
    /* R2.63: a send wakes a blocked loop, however many have before, and however
     * often the channel was written to since the loop read it last. */
    (void)state;
    for (int pipes = 0; pipes < 2; ++pipes) {
        pthread_t thread;
        int timed_out, before = 0;
        ev_timer late;
        begin(pipes);
        assert_false(pthread_create(&thread, NULL, send_pairs, NULL));
        drive_start(loop, &late, 2 * drive_patience, &timed_out);
        while (!timed_out
               && (atomic_load(&asyncs) < rounds
                   || atomic_load(&signals) < rounds)) {
            ev_run(loop, EVRUN_ONCE);
            drive_on(loop, &late, asyncs + signals, &before);
        }
        ev_timer_stop(loop, &late);
        pthread_join(thread, NULL);
        assert_int_equal(atomic_load(&asyncs), rounds);
        assert_int_equal(atomic_load(&signals), rounds);
        end();
    }
}

static void send_both(void)
{
    ev_async_send(loop, &async);
    ev_feed_signal(SIGUSR1);
}

static void test_async_sent_within_each_wait_ends_it(void** state)
{
    /* R2.63: likewise with every send coming when the loop is about to sleep,
     * so that each writes to the channel. A pipe must not fill up: not every
     * kernel wakes who waits when a write fails. */
    (void)state;
    for (int pipes = 0; pipes < 2; ++pipes) {
        int timed_out;
        ev_timer late;
        begin(pipes);
        drive_start(loop, &late, drive_patience, &timed_out);
        for (int i = 1, before = 0; i <= rounds; ++i) {
            drive_on(loop, &late, i, &before);
            spy_hook = send_both;
            ev_run(loop, EVRUN_ONCE);
            spy_hook = NULL;
            assert_false(timed_out);
            assert_int_equal(atomic_load(&asyncs), i);
            assert_int_equal(atomic_load(&signals), i);
        }
        int left = 0;
        if (pipes) assert_int_equal(ioctl(pipe_end, FIONREAD, &left), 0);
        assert_true(left < 64);
        ev_timer_stop(loop, &late);
        end();
    }
}

static void sends_to_itself(struct ev_loop* l, ev_async* w, int revents)
{
    async_called(l, w, revents);
    ev_async_send(l, w);
    ev_feed_signal(SIGUSR1);
}

static void test_async_sent_while_the_loop_works_writes_nothing(void** state)
{
    /* R2.64: a send in a callback gives one more call, in the next iteration;
     * a loop that does not block need not be woken. */
    (void)state;
    for (int pipes = 0; pipes < 2; ++pipes) {
        begin(pipes);
        run_for(loop, 0.001); /* it has blocked before */
        ev_set_cb(&async, sends_to_itself);
        ev_async_send(loop, &async);
        ev_run(loop, EVRUN_ONCE);
        atomic_store(&writes, 0);
        for (int i = 0; i < 100; ++i) ev_run(loop, EVRUN_ONCE);
        assert_int_equal(atomic_load(&asyncs), 101);
        assert_int_equal(atomic_load(&signals), 100);
        assert_int_equal(atomic_load(&writes), 0);
        end();
    }
}

static const Test tests[] = {
    EACH(test_async_hundred_thousand_sends_lose_none),
    EACH(test_async_woken_again_and_again_needs_no_reading),
    EACH(test_async_sent_within_each_wait_ends_it),
    EACH(test_async_sent_while_the_loop_works_writes_nothing),
};

HARNESS_MAIN("async_flood", tests)
