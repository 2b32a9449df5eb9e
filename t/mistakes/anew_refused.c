/* A watcher that was refused, initialised again before it is told. */

#include "anew_help.h"

static void refused(void)
{
    begin();
    ev_io w[] = {io_of("a", -1, EV_READ), io_of("b", -7, EV_READ),
                 io_of("c", one[0], 0x7000)};
    for (int i = 0; i < 3; ++i) ev_io_start(loop, &w[i]);
    told_next(FD_RANGE, EV_IO, &w[0], -1);
    told_next(FD_RANGE, EV_IO, &w[1], -7);
    assert_told(MASK, EV_IO, &w[2], one[0]);
    for (int i = 0; i < 100; ++i) {
        anew(&w[i % 3], "x", -1);
        told_next(REINIT, EV_IO, &w[i % 3], -1);
        told_more(FD_RANGE, EV_IO, &w[i % 3], -1); /* refused, too */
        assert_reports(0);
    }
    turn_leaves(loop, 0);
    assert_calls("xxx");
    assert_int_equal(calls_revents, EV_ERROR | EV_READ | EV_WRITE);

    for (int i = 0; i < 3; ++i) ev_io_start(loop, &w[i]);
    ev_io_init(&w[0], note_io, -1, EV_READ);
    ev_io_stop(loop, &w[0]);
    ev_io_stop(loop, &w[2]);
    anew(&w[1], "r", one[0]);
    turn_leaves(loop, 1);
    assert_calls("r");
    for (int i = 0; i < 3; ++i) told_next(FD_RANGE, EV_IO, &w[i], -1);
    told_next(REINIT, EV_IO, &w[0], -1);
    assert_told(REINIT, EV_IO, &w[1], one[0]);
    stop_all(w, 3);
    end();
}

static void test_anew_io_refused_is_refused_once(void** state)
{
    /* R3.9: one that is refused may be started again or stopped before the loop
     * has told it so. */
    (void)state;
    made_twice(refused);
}

static void refused_then_legal(void)
{
    begin();
    ev_io w = io_of("w", -1, EV_READ);
    ev_io_start(loop, &w);
    anew(&w, "W", one[0]); /* nobody else is there */
    turn_leaves(loop, 1);
    assert_calls("W");
    told_next(FD_RANGE, EV_IO, &w, -1);
    assert_told(REINIT, EV_IO, &w, one[0]);
    ev_io_stop(loop, &w);
    end();
}

static void test_anew_io_refused_is_served_on_a_legal_fd(void** state)
{
    /* R3.9: the error of the past is not told to a watcher that is legal. */
    (void)state;
    made_twice(refused_then_legal);
}

static const Test tests[] = {
    OURS(test_anew_io_refused_is_refused_once),
    OURS(test_anew_io_refused_is_served_on_a_legal_fd),
};

HARNESS_MAIN("mistakes_anew_refused", tests)
