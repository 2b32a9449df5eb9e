/* Sends that come when the loop has decided to block, and does not block yet:
 * while it reads the clock.
 */
#define _GNU_SOURCE
#include <signal.h>

#include "calls.h"
#include "kernel.h"

static int
    looks_left; /* at the clock; at the last of them the hook is called */
static void (*look_hook)(void);

int clock_gettime(clockid_t id, struct timespec* ts)
{
    int result = kernel_clock_gettime(id, ts);
    if (looks_left && !--looks_left) look_hook();
    return result;
}

static struct ev_loop* loop;
static ev_async async;
static ev_signal fed;

static void async_called(struct ev_loop* l, ev_async* w, int revents)
{
    (void)l, (void)w;
    assert_int_equal(revents, EV_ASYNC);
    calls_add("a");
}

static void signal_called(struct ev_loop* l, ev_signal* w, int revents)
{
    (void)l, (void)w;
    assert_int_equal(revents, EV_SIGNAL);
    calls_add("s");
}

static void send_async(void) { ev_async_send(loop, &async); }

static void feed_signal(void) { ev_feed_signal(SIGUSR1); }

static void nothing(struct ev_loop* l) EV_NOEXCEPT { (void)l; }

/* The hook is called at the first look, before a short wait, at the second,
 * after it, or at the third, before a long one; the call that it asks for comes
 * without that wait. */
static void each_look(void (*hook)(void), const char* expected)
{
    look_hook = hook;
    for (int look = 1; look <= 3; ++look) {
        ev_timer late, tick;
        int timed_out, ticked;
        drive_start(loop, &late, 2., &timed_out);
        drive_start(loop, &tick, 0.001, &ticked);
        looks_left = look;
        for (int i = 0; i < 3 && !calls[0] && !timed_out; ++i)
            ev_run(loop, EVRUN_ONCE);
        assert_false(timed_out);
        assert_calls(expected);
        ev_timer_stop(loop, &tick);
        ev_timer_stop(loop, &late);
    }
}

static void begin(void)
{
    calls_clear();
    loop = loop_new(0);
    ev_async_init(&async, async_called);
    ev_async_start(loop, &async);
    ev_signal_init(&fed, signal_called, SIGUSR1);
    ev_signal_start(loop, &fed);
    ev_run(loop, EVRUN_NOWAIT);
}

static void end(void)
{
    ev_async_stop(loop, &async);
    ev_signal_stop(loop, &fed);
    ev_loop_destroy(loop);
}

static void test_async_sent_between_look_and_wait_is_not_lost(void** state)
{
    /* R2.67: every send is followed by a call, R2.63: and a blocked loop is
     * woken, whatever the loop was about to do. */
    (void)state;
    begin();
    each_look(send_async, "a");
    each_look(feed_signal, "s");
    end();
}

static void test_async_sent_between_release_and_wait_is_not_lost(void** state)
{
    /* R1.43: likewise with callbacks around the wait. */
    (void)state;
    begin();
    ev_set_loop_release_cb(loop, nothing, nothing);
    each_look(send_async, "a");
    each_look(feed_signal, "s");
    end();
}

static void test_async_sent_between_naps_is_not_lost(void** state)
{
    /* R1.86: and if the loop is to collect events. */
    (void)state;
    begin();
    ev_set_io_collect_interval(loop, 0.0005);
    each_look(send_async, "a");
    each_look(feed_signal, "s");
    end();
}

static const Test tests[] = {
    EACH(test_async_sent_between_look_and_wait_is_not_lost),
    EACH(test_async_sent_between_release_and_wait_is_not_lost),
    EACH(test_async_sent_between_naps_is_not_lost),
};

HARNESS_MAIN("async_between", tests)
