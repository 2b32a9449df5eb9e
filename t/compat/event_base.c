/* The libevent emulation: bases, and how loops begin and end. */

#include "event_help.h"

static void test_event_init_first_is_the_default_loop(void** state)
{
    /* R2.74: the first event_init gives the default loop, later ones new
     * loops; event_set stores the latest; the first cannot be freed. */
    struct event ev;
    Log log = {0};
    (void)state;

    memset(&ev, 0x55, sizeof ev);
    event_set(&ev, 0, EV_READ, log_call, &log);
    assert_null(ev.ev_base);

    void* first = event_init();
    assert_ptr_equal(first, ev_default_loop(0));
    event_set(&ev, 0, EV_READ, log_call, &log);
    assert_ptr_equal(ev.ev_base, first);

    struct event_base* other = event_base_new();
    event_set(&ev, 0, EV_READ, log_call, &log);
    assert_ptr_equal(ev.ev_base, first);

    void* second = event_init();
    assert_non_null(second);
    assert_ptr_not_equal(second, first);
    event_set(&ev, 0, EV_READ, log_call, &log);
    assert_ptr_equal(ev.ev_base, second);

    event_base_free(first);
    assert_ptr_equal(ev_default_loop(0), first);
    assert_true(ev_now(first) > 0);
    event_base_free(other);
    event_base_free(second);
}

static void test_event_base_freed_falls_back_to_the_first(void** state)
{
    /* R2.74, ours: no event is given a base that was freed. */
    struct event ev;
    Log log = {0};
    (void)state;

    void* first = event_init();
    void* second = event_init();
    event_base_free(second);
    event_set(&ev, 0, EV_READ, log_call, &log);
    assert_ptr_not_equal(ev.ev_base, second);
    assert_non_null(ev.ev_base);
    if (first != ev_default_loop(0)) event_base_free(first);
}

static void test_event_without_base_is_refused(void** state)
{
    /* Our rule for mistakes: refused, where 4.33 crashes. */
    struct event ev;
    Log log = {0};
    struct timeval tv = milliseconds(1);
    (void)state;

    event_set(&ev, -1, 0, log_call, &log);
    ev.ev_base = NULL;
    assert_int_equal(event_add(&ev, &tv), -1);
    assert_int_equal(event_pending(&ev, EV_TIMEOUT, &tv), 0);
    event_active(&ev, EV_TIMEOUT, 1);
    assert_int_equal(event_del(&ev), 0);
    assert_int_equal(event_base_once(NULL, -1, 0, log_call, &log, &tv), -1);
    assert_int_equal(event_base_loop(NULL, 0), -1);
    assert_int_equal(event_base_loopexit(NULL, NULL), -1);
    assert_int_equal(log.calls, 0);
}

static void test_event_set_fills_the_members(void** state)
{
    /* R2.74: version and method; event_set puts the flags to EVLIST_INIT and
     * keeps what it was given. */
    struct event ev;
    Log log = {0};
    (void)state;

    assert_string_equal(event_get_version(), "4.33");
    assert_string_equal(event_get_method(), "libev");
    assert_string_equal(event_base_get_method(NULL), "libev");

    memset(&ev, 0x55, sizeof ev);
    event_set(&ev, 7, EV_READ | EV_PERSIST, log_call, &log);
    assert_int_equal(ev.ev_flags, EVLIST_INIT);
    assert_true(event_initialized(&ev));
    assert_int_equal(ev.ev_events, EV_READ | EV_PERSIST);
    assert_int_equal(EVENT_FD(&ev), 7);
    assert_int_equal(ev.ev_res, 0);
    assert_int_equal(ev.ev_pri, 0);
    assert_ptr_equal(event_get_callback(&ev), log_call);
    assert_ptr_equal(ev.ev_arg, &log);
}

static void test_event_bases_are_independent(void** state)
{
    /* R2.85: bases are independent; an inactive event can be moved. */
    struct event_base* one = base_new();
    struct event_base* two = base_new();
    struct event ev;
    Log log;
    struct timeval now = milliseconds(0);
    (void)state;

    event_log(&ev, one, -1, 0, &log);
    assert_int_equal(event_base_set(two, &ev), 0);
    event_add(&ev, &now);
    assert_int_equal(event_base_loop(one, EVLOOP_NONBLOCK), 1);
    assert_int_equal(log.calls, 0);
    assert_int_equal(event_base_dispatch(two), 1);
    assert_int_equal(log.calls, 1);

    assert_int_equal(event_base_set(one, &ev), 0);
    event_add(&ev, &now);
    assert_int_equal(event_base_dispatch(one), 1);
    assert_int_equal(log.calls, 2);
    event_base_free(one);
    event_base_free(two);
}

static void test_event_added_cannot_change_base(void** state)
{
    /* Our rule for mistakes: an event that is added or due stays where it is;
     * 4.33 loses it. */
    struct event_base* one = base_new();
    struct event_base* two = base_new();
    struct event ev;
    Log log;
    struct timeval tv = milliseconds(1000);
    (void)state;

    event_log(&ev, one, -1, 0, &log);
    event_add(&ev, &tv);
    assert_int_equal(event_base_set(two, &ev), -1);
    event_del(&ev);
    event_active(&ev, EV_READ, 1);
    assert_int_equal(event_base_set(two, &ev), -1);
    event_del(&ev);
    assert_int_equal(event_base_set(two, &ev), 0);
    event_base_free(one);
    event_base_free(two);
}

static void test_event_pending_stores_the_present(void** state)
{
    /* R2.85: event_pending with a time pointer stores the loop's present time
     * if there is a timeout, and nothing otherwise. */
    struct event_base* base = base_new();
    struct event ev;
    Log log;
    struct timeval tv = milliseconds(1000000), got = {7, 7};
    (void)state;

    event_log(&ev, base, -1, 0, &log);
    assert_int_equal(event_pending(&ev, EV_TIMEOUT, &got), 0);
    assert_int_equal(got.tv_sec, 7);
    event_add(&ev, &tv);
    assert_int_equal(event_pending(&ev, EV_TIMEOUT, &got), EV_TIMEOUT);
    assert_int_equal(got.tv_sec, (long)ev_now((struct ev_loop*)base));
    assert_in_range(got.tv_usec, 0, 999999);
    assert_int_equal(event_pending(&ev, EV_READ, NULL), 0);
    event_del(&ev);
    event_base_free(base);
}

static void test_event_loop_tells_whether_events_are_left(void** state)
{
    /* R2.84: 0 while something is still active, 1 when nothing is; the flags
     * are those of ev_run. */
    struct event_base* base = base_new();
    struct event ev;
    Log log;
    int fds[2];
    (void)state;

    pipe_open(fds);
    assert_int_equal(EVLOOP_NONBLOCK, EVRUN_NOWAIT);
    assert_int_equal(EVLOOP_ONCE, EVRUN_ONCE);
    assert_int_equal(event_base_loop(base, EVLOOP_NONBLOCK), 1);
    event_log(&ev, base, fds[0], EV_READ | EV_PERSIST, &log);
    event_add(&ev, NULL);
    assert_int_equal(event_base_loop(base, EVLOOP_NONBLOCK), 0);
    assert_int_equal(log.calls, 0);
    pipe_fill(fds);
    assert_int_equal(event_base_loop(base, EVLOOP_ONCE), 0);
    assert_int_equal(log.calls, 1);
    event_del(&ev);
    assert_int_equal(event_base_loop(base, 0), 1);
    assert_int_equal(event_base_dispatch(base), 1);
    pipe_close(fds);
    event_base_free(base);
}

static void test_event_loopexit_ends_the_loop(void** state)
{
    /* R2.84: loopexit ends the loop after a time, with null at once. */
    struct event_base* base = base_new();
    struct event ev;
    Log log;
    struct timeval tv = milliseconds(20);
    int fds[2];
    (void)state;

    pipe_open(fds);
    event_log(&ev, base, fds[0], EV_READ, &log);
    event_add(&ev, NULL);
    assert_int_equal(event_base_loopexit(base, NULL), 0);
    assert_int_equal(event_base_loop(base, 0), 0);

    double began = base_now(base);
    assert_int_equal(event_base_loopexit(base, &tv), 0);
    assert_int_equal(event_base_loop(base, 0), 0);
    assert_true(ev_time() - began >= 0.018);
    assert_int_equal(log.calls, 0);
    event_del(&ev);
    pipe_close(fds);
    event_base_free(base);
}

static void test_event_functions_without_base_use_the_latest(void** state)
{
    /* R2.74, R2.84: event_loop, event_dispatch, event_loopexit and event_once
     * are for the base of the latest event_init. */
    struct timeval now = milliseconds(0), later = milliseconds(1000000);
    struct event ev;
    Log log = {0};
    (void)state;

    void* base = event_init();
    event_set(&ev, -1, 0, log_call, &log);
    event_add(&ev, &later);
    assert_int_equal(event_loopexit(NULL), 0);
    assert_int_equal(event_loop(0), 0);
    event_del(&ev);
    assert_int_equal(event_once(-1, EV_TIMEOUT, log_call, &log, &now), 0);
    assert_int_equal(event_dispatch(), 1);
    assert_log(log, 1, -1, EV_TIMEOUT);
    if (base != ev_default_loop(0)) event_base_free(base);
}

static const Test tests[] = {
    ONCE(test_event_init_first_is_the_default_loop),
    OURS_ONCE(test_event_base_freed_falls_back_to_the_first),
    OURS_ONCE(test_event_without_base_is_refused),
    ONCE(test_event_set_fills_the_members),
    EACH(test_event_bases_are_independent),
    OURS(test_event_added_cannot_change_base),
    EACH(test_event_pending_stores_the_present),
    EACH(test_event_loop_tells_whether_events_are_left),
    EACH(test_event_loopexit_ends_the_loop),
    ONCE(test_event_functions_without_base_use_the_latest),
};

HARNESS_MAIN("event base", tests)
