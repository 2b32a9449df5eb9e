/* ev_async_send to a loop that never had an active ev_async: it has no wake-up
 * channel, and there is nobody to call.
 */
#include "harness.h"

#include <unistd.h>

static int called;
static ev_async never_started;

static void note(struct ev_loop* loop, ev_async* w, int revents)
{
    (void)loop, (void)w, (void)revents;
    ++called;
}

static void timeout(struct ev_loop* loop, ev_timer* w, int revents)
{
    (void)loop, (void)w, (void)revents;
}

/* Called while the loop is about to block: then a send would write. */
static void release(struct ev_loop* loop)
{
    ev_async_send(loop, &never_started);
}

static void acquire(struct ev_loop* loop) { (void)loop; }

static struct ev_loop* loop_unopened(void)
{
    struct ev_loop* loop = loop_new(0);
    called = 0;
    ev_async_init(&never_started, note);
    ev_set_loop_release_cb(loop, release, acquire);
    return loop;
}

static void test_async_send_without_channel_writes_nowhere(void** state)
{
    /* R2.66: a send to a stopped watcher calls nobody. Without a channel it
     * must not reach any fd either, 0 least of all. */
    struct ev_loop* loop = loop_unopened();
    int p[2], input = dup(0);
    char byte;

    (void)state;
    assert_int_equal(pipe(p), 0);
    assert_int_equal(dup2(p[1], 0), 0);
    for (int i = 0; i < 3; ++i) ev_run(loop, EVRUN_NOWAIT);
    assert_int_equal(dup2(input, 0), 0);
    close(input), close(p[1]);
    assert_int_equal(read(p[0], &byte, 1), 0);
    close(p[0]);

    assert_int_equal(ev_pending_count(loop), 0);
    assert_int_equal(called, 0);
    ev_loop_destroy(loop);
}

static void test_async_send_without_channel_lets_loop_block(void** state)
{
    /* R2.66: nor does such a send keep the loop from blocking later. */
    struct ev_loop* loop = loop_unopened();
    ev_timer timer;

    (void)state;
    ev_run(loop, EVRUN_NOWAIT);
    ev_set_loop_release_cb(loop, NULL, NULL);
    ev_async_send(loop, &never_started);
    ev_run(loop, EVRUN_NOWAIT);

    unsigned before = ev_iteration(loop);
    ev_timer_init(&timer, timeout, 0.02, 0.);
    ev_timer_start(loop, &timer);
    ev_run(loop, 0);
    assert_true(ev_iteration(loop) - before <= 3);
    assert_int_equal(called, 0);
    ev_loop_destroy(loop);
}

/* 4.33 has no such defense: it is the caller's mistake there. */
static const Test tests[] = {
    OURS(test_async_send_without_channel_writes_nowhere),
    OURS(test_async_send_without_channel_lets_loop_block),
};

HARNESS_MAIN("async_unopened", tests)
