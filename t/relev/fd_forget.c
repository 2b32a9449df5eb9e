/* relev_fd_forget: the watchers, their events, and the errors of a descriptor
 * that will be closed. */

#include "forget_help.h"

static void test_fd_forget_stops_the_watchers(void** state)
{
    /* 2.5: all of them, without EV_ERROR; it says how many there were. */
    ev_io a, b, c;
    (void)state;
    begin();
    a = io_of("a", ends[0], EV_READ), b = io_of("b", ends[0], EV_WRITE);
    c = io_of("c", ends[1], EV_READ);
    ev_io_start(loop, &a), ev_io_start(loop, &b), ev_io_start(loop, &c);
    turn(loop);
    assert_calls("b");
    assert_int_equal(relev_fd_forget(loop, ends[0]), 2);
    assert_false(ev_is_active(&a) || ev_is_active(&b));
    assert_int_equal(relev_refs(loop), 1);
    assert_int_equal(relev_fd_forget(loop, ends[0]), 0);
    assert_int_equal(registrations(ends[0]), 0);
    close(ends[0]);
    turn(loop);
    assert_int_equal(errors, 0);
    assert_calls("c"); /* a hang-up of the other end */
    assert_int_equal(relev_fd_forget(loop, ends[1]), 1);
    end();
}

static void test_fd_forget_of_no_watcher_does_nothing(void** state)
{
    /* 2.5: of any number; the descriptors of the library are left alone. */
    ev_async async;
    (void)state;
    begin();
    ev_async_init(&async, note_async);
    async.data = (void*)(uintptr_t) "s";
    ev_async_start(loop, &async);
    turn(loop);
    for (int fd = -2; fd < 70; ++fd)
        assert_int_equal(relev_fd_forget(loop, fd), 0);
    assert_int_equal(relev_fd_forget(loop, 1 << 29), 0);
    ev_async_send(loop, &async);
    assert_true(run_once(loop));
    assert_calls("s");
    errno = 0;
    assert_int_equal(relev_fd_forget(NULL, 0), -1);
    assert_int_equal(errno, EINVAL);
    ev_async_stop(loop, &async);
    end();
}

static int forgotten;

static void forgets(struct ev_loop* l, ev_watcher* w, int revents)
{
    note(l, w, revents);
    forgotten += relev_fd_forget(l, ends[0]);
}

static void test_fd_forget_cancels_what_is_pending(void** state)
{
    /* 2.5: the second watcher is not called; nor is one that was killed. */
    ev_io first, second;
    ev_check check;
    (void)state;
    begin();
    io_init(&first, "f", forgets, ends[0], EV_READ);
    second = io_of("s", ends[0], EV_WRITE);
    ev_set_priority(&first, 1);
    ev_io_start(loop, &first), ev_io_start(loop, &second);
    assert_int_equal(write(ends[1], "x", 1), 1);
    forgotten = 0;
    turn(loop);
    assert_calls("f");
    assert_int_equal(forgotten, 2);

    close(ends[0]);
    check_init(&check, "c", forgets);
    ev_set_priority(&check, EV_MAXPRI);
    ev_check_start(loop, &check);
    ev_io_start(loop, &second);
    forgotten = 0;
    turn(loop);
    assert_calls("c");
    assert_int_equal(forgotten, 1);
    ev_check_stop(loop, &check);
    end();
}

static int far_fd;

static void forgets_far(struct ev_loop* l, const struct relev_error* error,
                        void* data)
{
    on_error(l, error, data);
    forgotten += relev_fd_forget(l, far_fd);
}

static void test_fd_forget_cancels_reports(void** state)
{
    /* 2.5: errors of the descriptor that were not reported yet. */
    ev_io a = io_of("a", 0, EV_READ), b = io_of("b", 0, EV_READ);
    (void)state;
    begin();
    int one = dup(ends[0]), two = dup(ends[0]);
    close(one), close(two);
    far_fd = two;
    relev_set_error_cb(loop, forgets_far, NULL);
    ev_io_set(&a, one, EV_READ);
    ev_io_set(&b, two, EV_READ);
    ev_io_start(loop, &a), ev_io_start(loop, &b);
    forgotten = 0;
    while (!errors) turn(loop);
    turn(loop);
    assert_int_equal(errors, 1);
    assert_int_equal(error_number, one);
    assert_int_equal(forgotten, 1);
    assert_calls("a");
    end();
}

static void test_fd_forget_of_a_refused_watcher_stops_it(void** state)
{
    /* 2.5: it would receive EV_ERROR in the next iteration. */
    ev_io far = io_of("f", 50000, EV_READ), none = io_of("n", -1, EV_READ);
    (void)state;
    begin();
    ev_io_start(loop, &far), ev_io_start(loop, &none);
    errors = 0;
    assert_int_equal(relev_fd_forget(loop, 50000), 1);
    assert_int_equal(relev_fd_forget(loop, -1), 1);
    assert_false(ev_is_active(&far) || ev_is_active(&none));
    turn(loop);
    assert_int_equal(errors, 0);
    assert_calls("");
    end();
}

static int once_events;

static void once(int revents, void* arg)
{
    (void)arg;
    once_events |= revents;
}

static void test_fd_forget_of_ev_once_leaves_its_time(void** state)
{
    /* 2.5: a time limit still expires; without one it is freed. */
    (void)state;
    begin();
    once_events = 0;
    ev_once(loop, ends[0], EV_READ, 0., once, NULL);
    ev_once(loop, ends[0], EV_READ, -1., once, NULL);
    ev_once(loop, 50000, EV_READ, -1., once, NULL);
    assert_int_equal(relev_fd_forget(loop, ends[0]), 2);
    assert_int_equal(relev_fd_forget(loop, 50000), 1);
    assert_int_equal(relev_refs(loop), 1);
    while (!once_events) turn(loop);
    assert_int_equal(once_events, EV_TIMER);
    end();
}

static const Test tests[] = {
    EACH(test_fd_forget_stops_the_watchers),
    EACH(test_fd_forget_of_no_watcher_does_nothing),
    EACH(test_fd_forget_cancels_what_is_pending),
    EACH(test_fd_forget_cancels_reports),
    EACH(test_fd_forget_of_a_refused_watcher_stops_it),
    EACH(test_fd_forget_of_ev_once_leaves_its_time),
};

HARNESS_MAIN("relev_fd_forget", tests)
