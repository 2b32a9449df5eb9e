/* Numbers that make no sense: not a number, infinite, or out of all bounds. */

#include <math.h>

#include "clock.h"
#include "mistakes_help.h"

static double result; /* of the reschedule callback */

static ev_tstamp reschedule(ev_periodic* w, ev_tstamp now)
{
    (void)w;
    return result >= 0 ? now + result : result;
}

static char was_called[256]; /* by letter */

/* For 30 ms: neither does the loop block for ever, nor does it abort. */
static void run_on(struct ev_loop* loop)
{
    ev_timer end = timer_of(".", 0.03, 0);
    memset(was_called, 0, sizeof was_called);
    ev_now_update(loop);
    ev_timer_start(loop, &end);
    while (ev_is_active(&end)) {
        ev_run(loop, EVRUN_ONCE);
        ev_verify(loop);
        for (const char* c = calls_take(); *c; ++c)
            was_called[(unsigned char)*c] = 1;
    }
    assert_true(was_called['.']);
}

static void timers(void)
{
    const double illegal[][2] = {
        {NAN, 0}, {0, NAN}, {0, -1}, {0, -INFINITY}, {NAN, NAN}};
    struct ev_loop* loop = loop_fresh(0);

    for (size_t i = 0; i < sizeof illegal / sizeof *illegal; ++i) {
        ev_timer w = timer_of("w", illegal[i][0], illegal[i][1]);
        ev_timer_start(loop, &w);
        assert_told(TIME, EV_TIMER, &w, -1);
        assert_false(ev_is_active(&w));
        ev_timer_stop(loop, &w);
    }
    turn_leaves(loop, 0);
    assert_calls("");
    ev_loop_destroy(loop);
}

static void test_numbers_illegal_timer_is_refused(void** state)
{
    /* R1.69: refused and reported. */
    (void)state;
    made_twice(timers);
}

static void test_numbers_infinite_timer_waits(void** state)
{
    /* R1.58: a timer may be due never, or have been due ever since; both do
     * not disturb others. */
    struct ev_loop* loop = loop_fresh(0);
    ev_timer never = timer_of("n", INFINITY, 0);
    ev_timer ever = timer_of("e", -INFINITY, INFINITY);
    (void)state;

    ev_timer_start(loop, &never);
    ev_timer_start(loop, &ever);
    run_on(loop);
    run_on(loop);
    ev_timer_stop(loop, &never);
    ev_timer_stop(loop, &ever);
    turn_leaves(loop, 0);
    assert_false(was_called['n']);
    ev_loop_destroy(loop);
}

static void repeats(void)
{
    const double repeat[] = {NAN, -1, -INFINITY};
    struct ev_loop* loop = loop_fresh(0);

    for (size_t i = 0; i < sizeof repeat / sizeof *repeat; ++i) {
        ev_timer w = timer_of("w", -1, 10);
        ev_timer_start(loop, &w);
        w.repeat = repeat[i];
        turn_leaves(loop, 0);
        assert_calls("w");
        ev_timer_start(loop, &w);
        assert_told(TIME, EV_TIMER, &w, -1);
        w.repeat = 10;
        ev_timer_again(loop, &w);
        w.repeat = repeat[i];
        ev_timer_again(loop, &w);
        assert_false(ev_is_active(&w));
    }
    assert_reports(0);
    ev_loop_destroy(loop);
}

static void test_numbers_repeat_made_illegal_ends_it(void** state)
{
    /* R1.67, R1.69: it is read when the timer expires: not above zero, so the
     * timer does not repeat. */
    (void)state;
    made_twice(repeats);
}

static void periodics(void)
{
    const double illegal[][2] = {{NAN, 0},  {0, NAN},       {0, -1},
                                 {NAN, 10}, {INFINITY, 10}, {-INFINITY, 1}};
    struct ev_loop* loop = loop_fresh(0);

    for (size_t i = 0; i < sizeof illegal / sizeof *illegal; ++i) {
        ev_periodic w = periodic_of("w", illegal[i][0], illegal[i][1]);
        ev_periodic_start(loop, &w);
        assert_told(TIME, EV_PERIODIC, &w, -1);
        assert_false(ev_is_active(&w));
        ev_periodic_stop(loop, &w);
    }
    turn_leaves(loop, 0);
    assert_calls("");
    ev_loop_destroy(loop);
}

static void test_numbers_illegal_periodic_is_refused(void** state)
{
    /* R1.69: refused and reported. */
    (void)state;
    made_twice(periodics);
}

static void periodic_changed(double offset, double interval)
{
    struct ev_loop* loop = loop_fresh(0);
    ev_periodic w = periodic_of("w", 0, 0.001);

    ev_periodic_start(loop, &w);
    run_on(loop);
    assert_true(was_called['w']);
    w.offset = offset, w.interval = interval;
    run_on(loop);
    run_on(loop);
    ev_suspend(loop), ev_resume(loop);
    run_on(loop);
    ev_periodic_stop(loop, &w);
    turn_leaves(loop, 0);
    ev_loop_destroy(loop);
}

static void periodics_changed(void)
{
    periodic_changed(NAN, 0.001);
    periodic_changed(INFINITY, 0.001);
    periodic_changed(0, NAN);
    periodic_changed(0, -1);
    periodic_changed(0, INFINITY);
}

static void test_numbers_periodic_made_illegal_keeps_the_loop_going(
    void** state)
{
    /* R1.77, R1.69: what was changed counts from the next firing; others are
     * called in time all the same. */
    (void)state;
    made_twice(periodics_changed);
}

static void rescheduled(void)
{
    struct ev_loop* loop = loop_fresh(0);
    ev_periodic w = periodic_of("w", 0, 0);

    w.reschedule_cb = reschedule;
    result = 0.01;
    ev_periodic_start(loop, &w);
    result = NAN;
    ev_suspend(loop), ev_resume(loop); /* recomputes all */
    run_on(loop);
    run_on(loop);
    ev_periodic_stop(loop, &w);
    turn_leaves(loop, 0);

    ev_periodic_start(loop, &w);
    assert_false(ev_is_active(&w));
    ev_loop_destroy(loop);
}

static void test_numbers_rescheduled_to_none_keeps_the_loop_going(void** state)
{
    /* R1.69: a reschedule callback whose result is not a number is a mistake
     * whenever it is asked. */
    (void)state;
    made_twice(rescheduled);
}

static ev_tstamp stop_itself(ev_periodic* w, ev_tstamp now)
{
    if (ev_is_active(w)) ev_periodic_stop(w->data, w);
    return now + 1;
}

static void test_numbers_reschedule_stopping_itself_is_survived(void** state)
{
    /* R1.72: it must not stop its own watcher; if it does, the watcher is
     * stopped and the loop goes on. */
    struct ev_loop* loop = loop_fresh(0);
    ev_periodic w = periodic_of("w", 0, 0);
    (void)state;

    clock_freeze();
    ev_now_update(loop);
    w.reschedule_cb = stop_itself;
    w.data = loop;
    ev_periodic_start(loop, &w);
    clock_advance(2);
    ev_set_cb(&w, note_periodic);
    turn_leaves(loop, 0);
    assert_false(ev_is_active(&w));
    ev_loop_destroy(loop);
    clock_thaw();
}

static void test_numbers_illegal_collect_intervals_are_survived(void** state)
{
    /* R1.85, R1.86: however long or strange the intervals are, no system call
     * refuses them and nothing aborts. */
    const double strange[] = {NAN,   INFINITY, -INFINITY, -1,
                              1e300, 1e13,     9.3e12,    1e9};
    struct ev_loop* loop = loop_fresh(0);
    int fds[2];
    (void)state;

    assert_int_equal(pipe(fds), 0);
    assert_int_equal(write(fds[1], "x", 1), 1); /* ends every wait */
    ev_io ready = io_of("r", fds[0], EV_READ);
    ev_timer soon = timer_of("t", 0.001, 0.001);
    ev_io_start(loop, &ready);
    ev_timer_start(loop, &soon);
    for (size_t i = 0; i < sizeof strange / sizeof *strange; ++i) {
        ev_set_timeout_collect_interval(loop, strange[i]);
        ev_run(loop, EVRUN_ONCE);
        ev_set_timeout_collect_interval(loop, 0);
        ev_set_io_collect_interval(loop, strange[i]);
        ev_run(loop, EVRUN_ONCE); /* the timer bounds this */
        ev_set_io_collect_interval(loop, 0);
        assert_non_null(strchr(calls_take(), 'r'));
    }
    ev_loop_destroy(loop);
    close(fds[0]), close(fds[1]);
}

static const Test tests[] = {
    OURS(test_numbers_illegal_timer_is_refused),
    OURS(test_numbers_infinite_timer_waits),
    OURS(test_numbers_repeat_made_illegal_ends_it),
    OURS(test_numbers_illegal_periodic_is_refused),
    OURS(test_numbers_periodic_made_illegal_keeps_the_loop_going),
    OURS(test_numbers_rescheduled_to_none_keeps_the_loop_going),
    OURS(test_numbers_reschedule_stopping_itself_is_survived),
    OURS(test_numbers_illegal_collect_intervals_are_survived),
};

HARNESS_MAIN("mistakes_numbers", tests)
