/* Sends to an ev_async that was never started, in a loop that never had one:
 * nobody is called, nothing is written anywhere, and later sends arrive. */

#include <fcntl.h>
#include <unistd.h>

#include "mistakes_help.h"

static ev_async async;

static struct ev_loop* loop_begin(void)
{
    ev_async_init(&async, note_async);
    async.data = (void*)"a";
    return loop_fresh(0);
}

/* Now started, it must work as any other. */
static void loop_end(struct ev_loop* loop)
{
    assert_calls("");
    ev_async_start(loop, &async);
    turn_leaves(loop, 1);
    assert_calls("");
    for (int i = 0; i < 3; ++i) {
        ev_async_send(loop, &async);
        turn_leaves(loop, 1);
        assert_calls("a");
    }
    ev_async_stop(loop, &async);
    turn_leaves(loop, 0);
    ev_loop_destroy(loop);
}

static void test_async_never_started_sent_does_not_spin(void** state)
{
    /* R2.66: the loop blocks as before. */
    struct ev_loop* loop = loop_begin();
    ev_timer end = timer_of("t", 0.03, 0);
    (void)state;

    ev_async_send(loop, &async);
    ev_timer_start(loop, &end);
    ev_run(loop, 0);
    assert_calls("t");
    assert_in_range(ev_iteration(loop), 1, 10);
    loop_end(loop);
}

static void send_release(EV_P) { ev_async_send(EV_A_ & async); }
static void send_acquire(EV_P) { (void)EV_A; }

static void test_async_never_started_sent_while_blocked_is_harmless(
    void** state)
{
    /* R2.66: what a wake-up would write goes nowhere, least of all to the
     * standard input of the program; and later sends are not lost. */
    struct ev_loop* loop = loop_begin();
    char got;
    int fds[2], saved = dup(0);
    (void)state;

    assert_int_equal(pipe(fds), 0);
    assert_int_equal(dup2(fds[1], 0), 0);
    ev_set_loop_release_cb(loop, send_release, send_acquire);
    turn_leaves(loop, 0);
    ev_set_loop_release_cb(loop, NULL, NULL);
    if (saved < 0) close(0);
    else dup2(saved, 0), close(saved);
    close(fds[1]);
    assert_int_equal(read(fds[0], &got, 1), 0); /* only the end */
    close(fds[0]);
    loop_end(loop);
}

static void test_async_stopped_memory_is_not_touched(void** state)
{
    /* R2.66: nothing of a stopped watcher is read or written later, also if a
     * send is on its way. */
    struct ev_loop* loop = loop_begin();
    ev_async* w = malloc(sizeof *w);
    (void)state;

    assert_non_null(w);
    ev_async_init(w, note_async);
    ev_async_start(loop, w);
    ev_async_send(loop, w);
    ev_async_stop(loop, w);
    memset(w, 0xee, sizeof *w);
    turn_leaves(loop, 0);
    for (size_t i = 0; i < sizeof *w; ++i)
        assert_int_equal(((unsigned char*)w)[i], 0xee);
    free(w);
    loop_end(loop);
}

static const Test tests[] = {
    OURS(test_async_never_started_sent_does_not_spin),
    OURS(test_async_never_started_sent_while_blocked_is_harmless),
    EACH(test_async_stopped_memory_is_not_touched),
};

HARNESS_MAIN("mistakes_async", tests)
