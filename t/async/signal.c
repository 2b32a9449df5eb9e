/* Async watchers sent by signal handlers. */

#include "calls.h"
#include "spoil.h"

#include <signal.h>

static void async_note(struct ev_loop* loop, ev_async* w, int revents)
{
    (void)loop;
    assert_int_equal(revents, EV_ASYNC);
    assert_false(ev_async_pending(w));
    calls_add(w->data);
}

static void async_begin(struct ev_loop* loop, ev_async* w, const char* name)
{
    ev_async_init(w, async_note);
    w->data = (void*)name;
    ev_async_start(loop, w);
}

static struct ev_loop* handler_loop;
static ev_async* handler_async;
static int errno_kept;

static void sending_handler(int signum)
{
    (void)signum;
    spoiling = 1;
    errno = ENOTTY;
    ev_async_send(handler_loop, handler_async);
    errno_kept = errno == ENOTTY;
    spoiling = 0;
}

static void raise_when_blocked(struct ev_loop* loop) EV_NOEXCEPT
{
    ev_set_loop_release_cb(loop, NULL, NULL);
    raise(SIGUSR1);
}

static void test_async_sent_in_a_signal_handler_wakes_the_loop(void** state)
{
    /* R2.65: a send is allowed in a signal handler, wakes the loop and keeps
     * errno. The release callback runs when the loop is all but blocked. */
    struct ev_loop* loop = loop_new(0);
    ev_async a;

    (void)state;
    calls_clear();
    async_begin(loop, &a, "a");
    handler_loop = loop;
    handler_async = &a;
    signal(SIGUSR1, sending_handler);
    for (int blocked = 0; blocked < 2; ++blocked) {
        errno_kept = 0;
        if (blocked) ev_set_loop_release_cb(loop, raise_when_blocked, NULL);
        else raise(SIGUSR1);
        assert_true(run_once(loop));
        assert_calls("a");
        assert_true(errno_kept);
    }
    signal(SIGUSR1, SIG_DFL);
    ev_async_stop(loop, &a);
    ev_loop_destroy(loop);
}

static const Test tests[] = {
    EACH(test_async_sent_in_a_signal_handler_wakes_the_loop),
};

HARNESS_MAIN("async_signal", tests)
