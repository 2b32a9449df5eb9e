/* ev_io: the thread of a loop is canceled while the loop replaces what it has
 * in the kernel: close(2) is a cancellation point. Another thread runs it. */
#define _GNU_SOURCE
#include <pthread.h>

#include "fds.h"
#include "frames.h"
#include "kernel.h"

static struct ev_loop* loop;
static ev_async waker;
static int p[2], wakes;
static Io io;
static int closes, canceled_at; /* calls of close in the thread */
static __thread int in_thread;

int close(int fd)
{
    if (in_thread && ++closes == canceled_at) {
        pthread_cancel(pthread_self());
        pthread_testcancel();
    }
    return kernel_close(fd);
}

static int fds_open(void)
{
    int count = 0;
    for (int fd = 0; fd < 1024; ++fd) count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

static void wake_note(EV_P_ ev_async* w, int revents)
{
    (void)EV_A, (void)w, (void)revents;
    ++wakes;
}

static void* thread_run(void* unused)
{
    (void)unused;
    pthread_cleanup_push(forget_frames, NULL);
    in_thread = 1;
    turn(loop);
    in_thread = 0;
    pthread_cleanup_pop(0);
    return NULL;
}

static void run_canceled(int at)
{
    pthread_t thread;
    closes = 0;
    canceled_at = at;
    assert_int_equal(pthread_create(&thread, NULL, thread_run, NULL), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
}

static void begin(void)
{
    loop = loop_new(0);
    pipe_open(p);
    io_on(loop, &io, p[0], EV_READ);
    ev_async_init(&waker, wake_note);
    ev_async_start(loop, &waker);
    turn(loop);
}

/* The loop is as good as new. */
static void finish(int fds)
{
    for (int i = 0; i < 3; ++i) {
        turn(loop);
        io.calls = wakes = 0;
        byte_put(p[1]);
        ev_async_send(loop, &waker);
        turn(loop);
        assert_took(&io, EV_READ);
        assert_int_equal(wakes, 1);
        bytes_drain(p[0]);
        turn(loop);
        assert_took(&io, 0);
        assert_int_equal(wakes, 1);
    }
    assert_int_equal(fds_open(), fds);
    ev_verify(loop);
    ev_loop_destroy(loop);
    both_close(p);
}

static void test_io_canceled_in_renewal_after_fork_works_on(void** state)
{
    /* R4.3: at each close of an iteration after ev_loop_fork: no fd is lost,
     * and all is watched. */
    (void)state;
    for (int at = 1; at <= 4; ++at) {
        begin();
        int fds = fds_open();
        ev_loop_fork(loop);
        run_canceled(at);
        finish(fds);
    }
}

static void test_io_canceled_in_rebuilding_the_set_works_on(void** state)
{
    /* R4.3: at each close of an iteration that finds a stale event. */
    Io other;
    int q[2];
    (void)state;
    for (int at = 1; at <= 2; ++at) {
        begin();
        int fds = fds_open();
        pipe_open(q);
        io_on(loop, &other, q[0], EV_READ);
        turn(loop);
        int copy = dup(q[0]);
        io_off(loop, &other);
        close(q[0]);
        byte_put(q[1]); /* the copy is reported under the old number */
        run_canceled(at);
        run_canceled(at);
        close(copy), close(q[1]);
        assert_took(&other, 0);
        finish(fds);
    }
}

static const Test tests[] = {
    OURS(test_io_canceled_in_renewal_after_fork_works_on),
    OURS(test_io_canceled_in_rebuilding_the_set_works_on),
};

HARNESS_MAIN("io_renewed_threads", tests)
