/* The libevent emulation: timers, signals, events made active by hand. */

#include <signal.h>

#include "event_help.h"

static void test_event_timer_fires_once(void** state)
{
    /* R2.77: a timer event fires once with EV_TIMEOUT and fd -1. */
    struct event_base* base = base_new();
    struct event ev;
    Log log;
    struct timeval tv = milliseconds(10);
    (void)state;

    assert_int_equal(EV_TIMEOUT, 0x100);
    event_log(&ev, base, -1, 0, &log);
    double began = base_now(base);
    assert_int_equal(evtimer_add(&ev, &tv), 0);
    assert_int_equal(evtimer_pending(&ev, NULL), EV_TIMEOUT);
    assert_int_equal(event_base_dispatch(base), 1);
    assert_log(log, 1, -1, EV_TIMEOUT);
    assert_int_equal(log.pending, 0);
    assert_true(ev_time() - began >= 0.009);
    event_base_free(base);
}

static void test_event_timer_of_zero_fires_at_once(void** state)
{
    /* R2.77: zero time means at once. */
    struct event_base* base = base_new();
    struct event ev;
    Log log;
    struct timeval tv = milliseconds(0);
    (void)state;

    event_log(&ev, base, -1, 0, &log);
    timeout_add(&ev, &tv);
    assert_int_equal(event_base_dispatch(base), 1);
    assert_log(log, 1, -1, EV_TIMEOUT);
    event_base_free(base);
}

static void test_event_timer_in_the_past_fires_at_once(void** state)
{
    /* Our rule for mistakes: a negative time is none; 4.33 aborts. */
    struct event_base* base = base_new();
    struct event ev;
    Log log;
    struct timeval tv = {.tv_sec = -5, .tv_usec = 0};
    (void)state;

    event_log(&ev, base, -1, 0, &log);
    event_add(&ev, &tv);
    assert_int_equal(event_base_dispatch(base), 1);
    assert_int_equal(event_base_once(base, -1, 0, log_call, &log, &tv), 0);
    assert_int_equal(event_base_dispatch(base), 1);
    assert_int_equal(log.calls, 2);
    event_base_free(base);
}

static void test_event_timer_added_again_is_rearmed(void** state)
{
    /* R2.77: adding again re-arms: the earlier time no longer counts. */
    struct event_base* base = base_new();
    struct event ev;
    Log log;
    struct timeval soon = milliseconds(1), late = milliseconds(20);
    (void)state;

    event_log(&ev, base, -1, 0, &log);
    double began = base_now(base);
    event_add(&ev, &soon);
    event_add(&ev, &late);
    assert_int_equal(event_base_dispatch(base), 1);
    assert_int_equal(log.calls, 1);
    assert_true(ev_time() - began >= 0.018);
    event_base_free(base);
}

static void test_event_timer_deleted_is_silent(void** state)
{
    /* R2.77: deletion cancels. */
    struct event_base* base = base_new();
    struct event ev;
    Log log;
    struct timeval tv = milliseconds(0);
    (void)state;

    event_log(&ev, base, -1, 0, &log);
    event_add(&ev, &tv);
    assert_int_equal(timeout_del(&ev), 0);
    assert_int_equal(event_base_dispatch(base), 1);
    assert_int_equal(log.calls, 0);
    event_base_free(base);
}

static void signal_persists(short events)
{
    struct event_base* base = base_new();
    struct event ev;
    Log log;

    event_log(&ev, base, SIGUSR1, events, &log);
    assert_int_equal(signal_add(&ev, NULL), 0);
    assert_int_equal(signal_pending(&ev, NULL), EV_SIGNAL);
    for (int i = 1; i <= 2; ++i) {
        raise(SIGUSR1);
        while (log.calls < i) event_base_loop(base, EVLOOP_ONCE);
        assert_log(log, i, SIGUSR1, EV_SIGNAL);
        assert_int_equal(log.pending, EV_SIGNAL);
    }
    assert_int_equal(signal_del(&ev), 0);
    assert_int_equal(event_base_dispatch(base), 1);
    event_base_free(base);
}

static void test_event_signal_persists(void** state)
{
    /* R2.80: signal events persist with and without EV_PERSIST; the callback's
     * fd is the signal. */
    (void)state;
    signal_persists(EV_SIGNAL | EV_PERSIST);
    signal_persists(EV_SIGNAL);
}

static void test_event_signal_that_is_none_is_refused(void** state)
{
    /* Our rule for mistakes: refused; 4.33 aborts. */
    struct event_base* base = base_new();
    struct event ev;
    Log log;
    (void)state;

    event_log(&ev, base, 100000, EV_SIGNAL, &log);
    assert_int_equal(event_add(&ev, NULL), -1);
    assert_int_equal(event_all(&ev), 0);
    assert_int_equal(event_base_dispatch(base), 1);
    event_base_free(base);
}

static void test_event_active_calls_back_with_these_events(void** state)
{
    /* R2.81: event_active queues the callback with the given events, ready or
     * not, called in the next iteration; the call count is ignored. */
    struct event_base* base = base_new();
    struct event ev;
    Log log;
    int fds[2];
    (void)state;

    pipe_open(fds);
    event_log(&ev, base, fds[0], EV_READ | EV_WRITE | EV_PERSIST, &log);
    event_active(&ev, EV_READ, 3);
    assert_int_equal(log.calls, 0);
    event_base_loop(base, EVLOOP_NONBLOCK);
    assert_log(log, 1, fds[0], EV_READ);
    assert_int_equal(log.res, EV_READ);

    event_active(&ev, EV_READ | EV_WRITE, 1);
    event_base_loop(base, EVLOOP_NONBLOCK);
    assert_log(log, 2, fds[0], EV_READ | EV_WRITE);

    event_active(&ev, EV_TIMEOUT, 1);
    event_base_loop(base, EVLOOP_NONBLOCK);
    assert_log(log, 3, fds[0], EV_TIMEOUT);

    event_active(&ev, 0, 1);
    event_base_loop(base, EVLOOP_NONBLOCK);
    assert_int_equal(log.calls, 3);
    pipe_close(fds);
    event_base_free(base);
}

static void test_event_active_signal_calls_back(void** state)
{
    /* R2.81: the same for a signal event. */
    struct event_base* base = base_new();
    struct event ev;
    Log log;
    (void)state;

    event_log(&ev, base, SIGUSR2, EV_SIGNAL, &log);
    event_active(&ev, EV_SIGNAL, 1);
    event_base_loop(base, EVLOOP_NONBLOCK);
    assert_log(log, 1, SIGUSR2, EV_SIGNAL);
    event_base_free(base);
}

static void test_event_active_deleted_is_silent(void** state)
{
    /* R2.81: event_del cancels it. */
    struct event_base* base = base_new();
    struct event ev;
    Log log;
    int fds[2];
    (void)state;

    pipe_open(fds);
    event_log(&ev, base, fds[0], EV_READ | EV_PERSIST, &log);
    event_add(&ev, NULL);
    event_active(&ev, EV_READ, 1);
    event_del(&ev);
    assert_int_equal(event_base_dispatch(base), 1);
    assert_int_equal(log.calls, 0);
    pipe_close(fds);
    event_base_free(base);
}

static void test_event_active_unasked_deleted_is_silent(void** state)
{
    /* R2.81: so it does for events that were not those of event_set, and for
     * an event that was not added; 4.33 calls its callback. */
    struct event_base* base = base_new();
    struct event ev;
    Log log;
    (void)state;

    event_log(&ev, base, -1, 0, &log);
    event_active(&ev, EV_READ | EV_TIMEOUT, 1);
    event_del(&ev);
    event_base_loop(base, EVLOOP_NONBLOCK);
    assert_int_equal(log.calls, 0);
    event_base_free(base);
}

static void test_event_priorities_are_accepted(void** state)
{
    /* R2.82: priorities are stored and have no effect; all priority functions
     * give 0. */
    struct event_base* base = base_new();
    struct event low, high;
    Log first, second;
    struct timeval tv = milliseconds(0);
    (void)state;

    assert_int_equal(event_priority_init(8), 0);
    assert_int_equal(event_base_priority_init(base, 8), 0);
    event_log(&low, base, -1, 0, &first);
    event_log(&high, base, -1, 0, &second);
    assert_int_equal(event_priority_set(&low, 7), 0);
    assert_int_equal(low.ev_pri, 7);
    assert_int_equal(ev_priority(&low.to), 0);
    event_add(&low, &tv);
    event_add(&high, &tv);
    assert_int_equal(event_base_dispatch(base), 1);
    assert_int_equal(first.calls + second.calls, 2);
    event_base_free(base);
}

static void test_event_once_calls_back_once(void** state)
{
    /* R2.83: one call with the fd and the events or EV_TIMEOUT; fd -1 is a pure
     * timeout; a null time waits for ever. */
    struct event_base* base = base_new();
    Log log = {0};
    struct timeval tv = milliseconds(2), after = milliseconds(10);
    int fds[2];
    (void)state;

    pipe_open(fds);
    event_base_once(base, fds[0], EV_READ, log_call, &log, NULL);
    event_base_loopexit(base, &after);
    assert_int_equal(event_base_dispatch(base), 0);
    assert_int_equal(log.calls, 0);
    pipe_fill(fds);
    assert_int_equal(event_base_dispatch(base), 1);
    assert_log(log, 1, fds[0], EV_READ);

    event_base_once(base, -1, EV_TIMEOUT, log_call, &log, &tv);
    assert_int_equal(event_base_dispatch(base), 1);
    assert_log(log, 2, -1, EV_TIMEOUT);

    char byte;
    assert_int_equal(read(fds[0], &byte, 1), 1);
    event_base_once(base, fds[0], EV_READ, log_call, &log, &tv);
    assert_int_equal(event_base_dispatch(base), 1);
    assert_log(log, 3, fds[0], EV_TIMEOUT);
    pipe_close(fds);
    event_base_free(base);
}

static const Test tests[] = {
    EACH(test_event_timer_fires_once),
    EACH(test_event_timer_of_zero_fires_at_once),
    OURS(test_event_timer_in_the_past_fires_at_once),
    EACH(test_event_timer_added_again_is_rearmed),
    EACH(test_event_timer_deleted_is_silent),
    EACH(test_event_signal_persists),
    OURS(test_event_signal_that_is_none_is_refused),
    EACH(test_event_active_calls_back_with_these_events),
    EACH(test_event_active_signal_calls_back),
    EACH(test_event_active_deleted_is_silent),
    OURS(test_event_active_unasked_deleted_is_silent),
    EACH(test_event_priorities_are_accepted),
    EACH(test_event_once_calls_back_once),
};

HARNESS_MAIN("event timers, signals, by hand", tests)
