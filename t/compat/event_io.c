/* The libevent emulation: events of file descriptors. */

#include "event_help.h"

static void test_event_io_is_called_once(void** state)
{
    /* R2.75: without EV_PERSIST the event is deleted before its callback runs,
     * called once with fd, events and arg; ev_res holds the events. */
    struct event_base* base = base_new();
    struct event ev;
    Log log;
    int fds[2];
    (void)state;

    pipe_open(fds);
    event_log(&ev, base, fds[0], EV_READ, &log);
    assert_int_equal(event_add(&ev, NULL), 0);
    assert_int_equal(event_all(&ev), EV_READ);
    pipe_fill(fds);
    assert_int_equal(event_base_dispatch(base), 1);
    assert_log(log, 1, fds[0], EV_READ);
    assert_int_equal(log.res, EV_READ);
    assert_int_equal(log.pending, 0);
    assert_int_equal(event_all(&ev), 0);
    pipe_close(fds);
    event_base_free(base);
}

static void test_event_io_added_twice_is_added_once(void** state)
{
    /* R2.75: adding twice is adding once. */
    struct event_base* base = base_new();
    struct event ev;
    Log log;
    int fds[2];
    (void)state;

    pipe_open(fds);
    event_log(&ev, base, fds[1], EV_WRITE, &log);
    assert_int_equal(event_add(&ev, NULL), 0);
    assert_int_equal(event_add(&ev, NULL), 0);
    assert_int_equal(event_base_dispatch(base), 1);
    assert_log(log, 1, fds[1], EV_WRITE);
    pipe_close(fds);
    event_base_free(base);
}

static void test_event_io_persistent_stays_until_deleted(void** state)
{
    /* R2.76: with EV_PERSIST it stays until event_del, which may be repeated
     * and followed by event_add. */
    struct event_base* base = base_new();
    struct event ev;
    Log log;
    int fds[2];
    (void)state;

    pipe_open(fds);
    pipe_fill(fds);
    event_log(&ev, base, fds[0], EV_READ | EV_PERSIST, &log);
    event_add(&ev, NULL);
    for (int i = 1; i <= 3; ++i) {
        assert_int_equal(event_base_loop(base, EVLOOP_ONCE), 0);
        assert_log(log, i, fds[0], EV_READ);
        assert_int_equal(log.pending, EV_READ);
    }
    assert_int_equal(event_del(&ev), 0);
    assert_int_equal(event_del(&ev), 0);
    assert_int_equal(ev.ev_flags, EVLIST_INIT);
    assert_int_equal(event_base_loop(base, EVLOOP_ONCE), 1);
    assert_int_equal(log.calls, 3);

    event_add(&ev, NULL);
    assert_int_equal(event_base_loop(base, EVLOOP_ONCE), 0);
    assert_int_equal(log.calls, 4);
    event_del(&ev);
    pipe_close(fds);
    event_base_free(base);
}

static void test_event_io_before_timeout_removes_it(void** state)
{
    /* R2.78: io with a timeout: io comes first and removes the timeout. */
    struct event_base* base = base_new();
    struct event ev;
    Log log;
    struct timeval tv = milliseconds(1000000);
    int fds[2];
    (void)state;

    pipe_open(fds);
    pipe_fill(fds);
    event_log(&ev, base, fds[0], EV_READ, &log);
    event_add(&ev, &tv);
    assert_int_equal(event_all(&ev), EV_READ | EV_TIMEOUT);
    assert_int_equal(event_base_dispatch(base), 1);
    assert_log(log, 1, fds[0], EV_READ);
    assert_int_equal(event_all(&ev), 0);
    pipe_close(fds);
    event_base_free(base);
}

static void test_event_timeout_before_io_removes_it(void** state)
{
    /* R2.78: io with a timeout: the timeout comes first and removes the io. */
    struct event_base* base = base_new();
    struct event ev;
    Log log;
    struct timeval tv = milliseconds(5);
    int fds[2];
    (void)state;

    pipe_open(fds);
    event_log(&ev, base, fds[0], EV_READ, &log);
    event_add(&ev, &tv);
    assert_int_equal(event_base_dispatch(base), 1);
    assert_log(log, 1, fds[0], EV_TIMEOUT);
    assert_int_equal(log.pending, 0);
    pipe_fill(fds);
    assert_int_equal(event_base_dispatch(base), 1);
    assert_int_equal(log.calls, 1);
    pipe_close(fds);
    event_base_free(base);
}

static void test_event_add_null_takes_the_timeout_away(void** state)
{
    /* R2.78: event_add with a null time takes a timeout away that was set, and
     * keeps the io. */
    struct event_base* base = base_new();
    struct event ev;
    Log log;
    struct timeval tv = milliseconds(1), after = milliseconds(10);
    int fds[2];
    (void)state;

    pipe_open(fds);
    event_log(&ev, base, fds[0], EV_READ, &log);
    event_add(&ev, &tv);
    assert_int_equal(event_add(&ev, NULL), 0);
    assert_int_equal(event_all(&ev), EV_READ);
    event_base_loopexit(base, &after);
    assert_int_equal(event_base_dispatch(base), 0);
    assert_int_equal(log.calls, 0);
    pipe_fill(fds);
    assert_int_equal(event_base_dispatch(base), 1);
    assert_log(log, 1, fds[0], EV_READ);
    pipe_close(fds);
    event_base_free(base);
}

static void test_event_persistent_with_timeout_is_deleted_by_it(void** state)
{
    /* R2.79: with EV_PERSIST and a timeout, io does not re-arm the timeout,
     * and the timeout deletes the event altogether. */
    struct event_base* base = base_new();
    struct event ev;
    Log log;
    struct timeval tv = milliseconds(20), late = milliseconds(1000000);
    int fds[2];
    (void)state;

    pipe_open(fds);
    pipe_fill(fds);
    event_log(&ev, base, fds[0], EV_READ | EV_PERSIST, &log);
    event_add(&ev, &late);
    assert_int_equal(event_base_loop(base, EVLOOP_ONCE), 0);
    assert_log(log, 1, fds[0], EV_READ);
    assert_int_equal(log.pending, EV_READ | EV_TIMEOUT);

    double began = base_now(base);
    event_add(&ev, &tv);
    /* Readiness goes on all the time and would put the timeout off for ever. */
    assert_int_equal(event_base_dispatch(base), 1);
    assert_int_equal(log.events, EV_TIMEOUT);
    assert_true(log.calls > 1);
    assert_true(ev_time() - began >= 0.018);
    assert_int_equal(event_all(&ev), 0);
    pipe_close(fds);
    event_base_free(base);
}

static void free_event(int fd, short events, void* arg)
{
    (void)fd, (void)events;
    free(arg);
}

static void test_event_may_be_freed_in_its_callback(void** state)
{
    /* R2.75: it is deleted before, so its memory may be given back. */
    struct event_base* base = base_new();
    struct event* ev = malloc(sizeof *ev);
    struct timeval tv = milliseconds(1000000);
    int fds[2];
    (void)state;

    pipe_open(fds);
    pipe_fill(fds);
    event_set(ev, fds[0], EV_READ, free_event, ev);
    event_base_set(base, ev);
    event_add(ev, &tv);
    assert_int_equal(event_base_dispatch(base), 1);
    pipe_close(fds);
    event_base_free(base);
}

static void test_event_io_of_closed_fd_is_called_and_deleted(void** state)
{
    /* Our rule for errors: reported by a callback, not by an abort. */
    struct event_base* base = base_new();
    struct event ev;
    Log log;
    int fds[2];
    (void)state;

    pipe_open(fds);
    pipe_close(fds);
    event_log(&ev, base, fds[0], EV_READ | EV_PERSIST, &log);
    event_add(&ev, NULL);
    assert_int_equal(event_base_dispatch(base), 1);
    assert_int_equal(log.calls, 1);
    assert_int_equal(event_all(&ev), 0);
    event_base_free(base);
}

static const Test tests[] = {
    EACH(test_event_io_is_called_once),
    EACH(test_event_io_added_twice_is_added_once),
    EACH(test_event_io_persistent_stays_until_deleted),
    EACH(test_event_io_before_timeout_removes_it),
    EACH(test_event_timeout_before_io_removes_it),
    EACH(test_event_add_null_takes_the_timeout_away),
    EACH(test_event_persistent_with_timeout_is_deleted_by_it),
    EACH(test_event_may_be_freed_in_its_callback),
    OURS(test_event_io_of_closed_fd_is_called_and_deleted),
};

HARNESS_MAIN("event io", tests)
