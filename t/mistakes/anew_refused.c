/* A watcher that was refused, initialized again before it is called with the
 * error. */

#include "anew_help.h"

static int errors_told; /* calls with EV_ERROR since the last look */

static void note_error(EV_P_ ev_io* w, int revents)
{
    note_io(EV_A_ w, revents);
    if (!(revents & EV_ERROR)) return;
    assert_int_equal(revents, EV_ERROR | EV_READ | EV_WRITE);
    ++errors_told;
}

static void init(ev_io* w, const char* letter, int fd)
{
    ev_io_init(w, note_error, fd, EV_READ);
    w->data = (void*)(uintptr_t)letter;
}

static void start(ev_io* w, const char* letter, int fd)
{
    init(w, letter, fd);
    ev_io_start(loop, w);
}

static void both_close(void)
{
    close(one[0]), close(one[1]), close(two[0]), close(two[1]);
}

/* Nothing is left of what was refused. */
static void nothing_left(void)
{
    turn(loop), turn(loop);
    reports_forget();
    calls_clear();
    turn_leaves(loop, 0);
    assert_calls("");
    errors_told = 0;
}

static void started_illegal(void)
{
    ev_io w[3];
    begin();
    for (int i = 0; i < 3; ++i) start(&w[i], "x", -1 - i);
    for (int i = 0; i < 3; ++i) told_next(FD_RANGE, EV_IO, &w[i], -1 - i);
    assert_reports(0);
    for (int i = 0; i < 100; ++i) start(&w[i % 3], letter_of("abc"[i % 3]), -1);
    turn(loop), turn(loop);
    assert_int_equal(strlen(calls), 3);
    assert_int_equal(errors_told, 3);
    for (const char* c = "abc"; *c; ++c) assert_non_null(strchr(calls, *c));
    for (int i = 0; i < 3; ++i) assert_false(ev_is_active(&w[i]));
    nothing_left();
    end();
}

static void test_anew_io_refused_is_refused_once(void** state)
{
    /* R4.12: started again and again, and refused each time: it is called once.
     */
    (void)state;
    made_twice(started_illegal);
}

static void started_legal(void)
{
    ev_io w[3];
    begin();
    for (int i = 0; i < 3; ++i) start(&w[i], "x", -1);
    start(&w[1], "b", one[0]);
    reports_forget();
    turn(loop), turn(loop);
    assert_true(ev_is_active(&w[1]));
    assert_int_equal(errors_told, 2); /* of the others */
    reports_forget();
    calls_clear();
    turn_leaves(loop, 1);
    assert_calls("b");
    assert_int_equal(calls_revents, EV_READ);
    ev_io_stop(loop, &w[1]);
    nothing_left();
    end();
}

static void test_anew_io_refused_is_served_on_a_legal_fd(void** state)
{
    /* R4.12: the error of the past is not for a watcher that is legal. */
    (void)state;
    made_twice(started_legal);
}

static void legal_reported(void)
{
    ev_io w;
    begin();
    start(&w, "w", -1);
    assert_told(FD_RANGE, EV_IO, &w, -1);
    start(&w, "w", one[0]);
    turn(loop), turn(loop);
    assert_told(REINIT, EV_IO, &w, one[0]);
    assert_int_equal(errors_told, 0);
    ev_io_stop(loop, &w);
    nothing_left();
    end();
}

static void test_anew_io_refused_then_legal_is_reported_once(void** state)
{
    /* R4.12: when the old entry is met. */
    (void)state;
    made_twice(legal_reported);
}

static void left_alone(void)
{
    ev_io w[3];
    begin();
    for (int i = 0; i < 3; ++i) start(&w[i], "x", -1);
    init(&w[0], "a", -1);
    init(&w[1], "b", one[0]);
    ev_io_stop(loop, &w[0]);
    ev_io_stop(loop, &w[2]);
    turn(loop), turn(loop);
    assert_in_range(errors_told, 0, 2);
    assert_in_range(strlen(calls), 0, 2);
    nothing_left();
    end();
}

static void test_anew_io_refused_and_left_alone_leaves_nothing(void** state)
{
    /* R4.12: initialized, and not started: the loop forgets it. */
    (void)state;
    made_twice(left_alone);
}

static void legal_then_refused(void)
{
    ev_io w;
    begin();
    errors_told = 0;
    start(&w, "w", one[0]);
    turn(loop);
    calls_clear();
    start(&w, "w", -1);
    told_next(FD_RANGE, EV_IO, &w, -1);
    for (int i = 0; i < 3; ++i) turn(loop);
    reports_forget();
    assert_int_equal(errors_told, 1);
    assert_false(ev_is_active(&w));
    ev_verify(loop);
    calls_clear();
    errors_told = 0;
    ev_loop_destroy(loop); /* the first entry may be there still */
    both_close();
}

static void test_anew_io_active_then_refused_is_refused_once(void** state)
{
    /* R4.12: one that was active on a legal fd. */
    (void)state;
    made_twice(legal_then_refused);
}

static const Test tests[] = {
    OURS(test_anew_io_refused_is_refused_once),
    OURS(test_anew_io_refused_is_served_on_a_legal_fd),
    OURS(test_anew_io_refused_then_legal_is_reported_once),
    OURS(test_anew_io_refused_and_left_alone_leaves_nothing),
    OURS(test_anew_io_active_then_refused_is_refused_once),
};

HARNESS_MAIN("mistakes_anew_refused", tests)
