/* relev_fd_forget of a thread, while another one waits: built with
 * ThreadSanitizer. What the wait hands to the kernel is not changed.
 */
#define _GNU_SOURCE 1
#include <pthread.h>

#include "fds.h"
#include "relev.h"

enum { rounds = 3000 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void acquire(struct ev_loop* loop) EV_NOEXCEPT
{
    (void)loop;
    pthread_mutex_lock(&lock);
}

static void release(struct ev_loop* loop) EV_NOEXCEPT
{
    (void)loop;
    pthread_mutex_unlock(&lock);
}

static int ending;

static void on_async(struct ev_loop* loop, ev_async* w, int revents)
{
    (void)revents;
    if (ending) ev_async_stop(loop, w);
}

static void* run(void* loop)
{
    acquire(loop);
    ev_run(loop, 0);
    release(loop);
    return NULL;
}

/* Once with a change that fails, and is kept until the loop is acquired. */
static void round_play(struct ev_loop* loop, ev_async* waker, int fails)
{
    int p[2], q[2];
    Io reader, writer;
    pipe_open(p), pipe_open(q);
    close(q[0]);
    acquire(loop);
    io_on(loop, &reader, p[0], EV_READ);
    if (fails) io_on(loop, &writer, q[1], EV_WRITE);
    release(loop);
    ev_async_send(loop, waker);
    byte_put(p[1]);
    acquire(loop);
    assert_int_equal(relev_fd_forget(loop, p[0]), 1);
    assert_int_equal(relev_fd_forget(loop, q[1]), fails);
    release(loop);
    both_close(p), close(q[1]);
}

static void test_kqueue_forget_during_a_wait_changes_nothing(void** state)
{
    struct ev_loop* loop = loop_new(0);
    pthread_t thread;
    ev_async waker;
    (void)state;

    ev_set_loop_release_cb(loop, release, acquire);
    ev_async_init(&waker, on_async);
    ev_async_start(loop, &waker);
    assert_int_equal(pthread_create(&thread, NULL, run, loop), 0);
    for (int i = 0; i < rounds; ++i) round_play(loop, &waker, i % 2);
    acquire(loop);
    ending = 1;
    release(loop);
    ev_async_send(loop, &waker);
    pthread_join(thread, NULL);
    ev_loop_destroy(loop);
}

static const Test tests[] = {
    EACH(test_kqueue_forget_during_a_wait_changes_nothing)};

HARNESS_MAIN("kqueue_forget", tests)
