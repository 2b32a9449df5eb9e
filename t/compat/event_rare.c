/* The libevent emulation: events in states that programs seldom ask about. */

#include <signal.h>

#include "event_help.h"

static void test_event_signal_added_twice_is_added_once(void** state)
{
    /* R2.75: adding twice is adding once. */
    struct event_base* base = base_new();
    struct event ev;
    Log log;
    (void)state;

    event_log(&ev, base, SIGUSR1, EV_SIGNAL, &log);
    for (int i = 0; i < 2; ++i) assert_int_equal(signal_add(&ev, NULL), 0);
    raise(SIGUSR1);
    while (!log.calls) event_base_loop(base, EVLOOP_ONCE);
    assert_log(log, 1, SIGUSR1, EV_SIGNAL);
    assert_int_equal(signal_del(&ev), 0);
    assert_int_equal(event_base_dispatch(base), 1);
    event_base_free(base);
}

static void test_event_signal_error_deletes_it(void** state)
{
    /* R2.80: an error that somebody feeds to a signal event ends it. */
    struct event_base* base = base_new();
    struct event ev;
    Log log;
    (void)state;

    event_log(&ev, base, SIGUSR1, EV_SIGNAL, &log);
    assert_int_equal(signal_add(&ev, NULL), 0);
    ev_feed_event((struct ev_loop*)base, &ev, (int)EV_ERROR);
    event_base_loop(base, EVLOOP_NONBLOCK);
    assert_log(log, 1, SIGUSR1, 0);
    assert_int_equal(log.pending, 0);
    assert_int_equal(event_base_dispatch(base), 1);
    event_base_free(base);
}

static void test_event_active_but_not_added_is_pending(void** state)
{
    /* R2.85: event_pending knows of what event_active queued, and such an
     * event stays with its base until it was called; in 4.33 it may leave. */
    struct event_base *base = base_new(), *other = base_new();
    struct event ev;
    Log log;
    (void)state;

    event_log(&ev, base, -1, EV_READ, &log);
    event_active(&ev, EV_READ, 1);
    assert_int_equal(event_all(&ev), EV_READ);
    assert_int_equal(event_base_set(other, &ev), -1);
    event_base_loop(base, EVLOOP_NONBLOCK);
    assert_log(log, 1, -1, EV_READ);

    event_active(&ev, EV_TIMEOUT, 1);
    assert_int_equal(event_all(&ev), EV_TIMEOUT);
    assert_int_equal(event_base_set(other, &ev), -1);
    event_base_loop(base, EVLOOP_NONBLOCK);
    assert_log(log, 2, -1, EV_TIMEOUT);
    assert_int_equal(event_all(&ev), 0);
    assert_int_equal(event_base_set(other, &ev), 0);
    event_base_free(base);
    event_base_free(other);
}

static void test_event_base_none_is_freed_in_silence(void** state)
{
    /* R2.74: like free(3). */
    (void)state;
    event_base_free(NULL);
}

static struct event_base* init_without_backend(void)
{
    setenv("LIBEV_FLAGS", "16", 1); /* EVBACKEND_DEVPOLL */
    struct event_base* base = event_init();
    unsetenv("LIBEV_FLAGS");
    return base;
}

static void test_event_init_without_a_backend_is_null(void** state)
{
    /* R2.74, R1.5: no loop, no base, and nothing is changed: an event gets the
     * base of before, if there was one; 4.33 aborts. */
    struct event ev;
    Log log = {0};
    (void)state;

    assert_null(init_without_backend());
    event_set(&ev, -1, EV_READ, log_call, &log);
    assert_null(ev.ev_base);
    assert_int_equal(event_add(&ev, NULL), -1);

    struct event_base* base = event_init();
    assert_non_null(base);
    assert_ptr_equal(base, ev_default_loop_ptr);
    assert_null(init_without_backend());
    event_set(&ev, -1, EV_READ, log_call, &log);
    assert_ptr_equal(ev.ev_base, base);
}

static const Test tests[] = {
    EACH(test_event_signal_added_twice_is_added_once),
    EACH(test_event_signal_error_deletes_it),
    OURS(test_event_active_but_not_added_is_pending),
    ONCE(test_event_base_none_is_freed_in_silence),
    OURS_ONCE(test_event_init_without_a_backend_is_null),
};

HARNESS_MAIN("event, rare states", tests)
