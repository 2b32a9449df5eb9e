/* The library's own fd closed behind its back, and none left for a new one. */

#include "fds.h"

static void count_periodic(struct ev_loop* loop, ev_periodic* w, int revents)
{
    (void)loop;
    assert_int_equal(revents, EV_PERIODIC);
    ++*(int*)w->data;
}

static void test_exhausted_periodic_goes_on_without_a_timerfd(void** state)
{
    /* R1.70: the timerfd reports a clock that was set, and nothing else:
     * without it, watchers expire all the same. */
    if (forgets_closed(backend)) skip();
    struct ev_loop* loop = loop_new(0);
    int calls = 0, next = dup(0);
    ev_periodic late, due;
    (void)state;

    close(next); /* the number that the timerfd will get */
    ev_periodic_init(&late, count_periodic, 1e12, 0., NULL);
    ev_periodic_init(&due, count_periodic, 1., 0., NULL);
    late.data = due.data = &calls;
    ev_periodic_start(loop, &late);
    turn(loop);
    assert_int_equal(close(next), 0);
    rlim_t was = fds_limit((rlim_t)next);
    for (int i = 0; i < 4; ++i) assert_int_equal(turn(loop), 1);
    fds_limit(was);

    ev_periodic_start(loop, &due);
    for (int i = 0; i < 2; ++i) turn(loop);
    assert_int_equal(calls, 1);
    assert_int_equal(fcntl(next, F_GETFD), -1);
    ev_periodic_stop(loop, &late);
    assert_int_equal(turn(loop), 0);
    ev_loop_destroy(loop);
}

static const Test tests[] = {
    OURS(test_exhausted_periodic_goes_on_without_a_timerfd),
};

HARNESS_MAIN("mistakes_exhausted", tests)
