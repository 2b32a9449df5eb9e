/* ev_periodic and a wall clock that is set while the loop runs.
 *
 * The loop may read the wall clock less often than the monotonic one, so a
 * jump here always comes with a second that really passes.
 */

#include "calls.h"
#include "clock.h"

/* A jump must be noticed by the clocks, with and without a timerfd. */
static const unsigned flags[] = {0, EVFLAG_NOTIMERFD};

static struct ev_loop* loop;
static ev_periodic absolute, every, asked;
static ev_timer timer;
static ev_tstamp start; /* loop time at the start of a test */

/* One hour's events, and a callback that wants to be called in ten minutes. */
static ev_tstamp reschedule(ev_periodic* w, ev_tstamp now)
{
    (void)w;
    calls_note("r", 0);
    return now + 600;
}

static void watch_all(unsigned flag)
{
    clock_freeze();
    loop = loop_fresh(flag);
    start = ev_now(loop);
    absolute = periodic_of("a", start + 1800, 0);
    every = periodic_of("e", start + 100, 600);
    asked = periodic_of("c", 0, 0);
    asked.reschedule_cb = reschedule;
    timer = timer_of("t", 900, 0);
    ev_periodic_start(loop, &absolute);
    ev_periodic_start(loop, &every);
    ev_periodic_start(loop, &asked);
    ev_timer_start(loop, &timer);
    turn(loop);
    assert_calls("r");
}

/* A second passes, and the wall clock is put forward by that much. */
static void jump(double s)
{
    clock_advance(1);
    clock_jump(s);
    turn(loop);
}

static void test_periodic_clock_put_forward_skips_rounds(void** state)
{
    /* R1.74: interval and callback periodics are recomputed without an
     * event for what was skipped, the callback called once; absolute ones now
     * past fire; timers do not notice. */
    (void)state;
    for (int i = 0; i < 2; ++i) {
        watch_all(flags[i]);
        jump(3600);
        assert_calls("ra");
        assert_true(ev_now(loop) == start + 3601);
        assert_true(ev_periodic_at(&every) == start + 3700);
        assert_true(ev_periodic_at(&asked) == start + 3601 + 600);
        assert_true(ev_timer_remaining(loop, &timer) == 899);
        turn(loop);
        assert_calls("");
        ev_loop_destroy(loop);
    }
}

static void test_periodic_clock_put_forward_absolute_not_reached(void** state)
{
    /* R1.74: absolute ones now past fire, and no others. */
    (void)state;
    watch_all(0);
    jump(1700);
    assert_calls("r");
    assert_true(ev_periodic_at(&absolute) == start + 1800);
    clock_advance(99.5);
    turn(loop);
    assert_calls("a");
    ev_loop_destroy(loop);
}

static void test_periodic_clock_put_back_repeats_rounds(void** state)
{
    /* R1.75: interval and callback periodics are recomputed from the
     * earlier time, absolute ones keep their date; timers do not notice. */
    (void)state;
    for (int i = 0; i < 2; ++i) {
        watch_all(flags[i]);
        jump(-3600);
        assert_calls("r");
        assert_true(ev_now(loop) == start - 3599);
        assert_true(ev_periodic_at(&absolute) == start + 1800);
        assert_true(ev_periodic_at(&every) == start - 3500);
        assert_true(ev_periodic_at(&asked) == start - 3599 + 600);
        assert_true(ev_timer_remaining(loop, &timer) == 899);
        clock_advance(100);
        turn(loop);
        assert_calls("e");
        ev_loop_destroy(loop);
    }
}

static void test_periodic_timer_ignores_jumps(void** state)
{
    /* R1.74, R1.75: timers do not notice, they fire by monotonic time. */
    (void)state;
    for (int i = 0; i < 2; ++i) {
        clock_freeze();
        loop = loop_fresh(0);
        timer = timer_of("t", 10, 0);
        ev_timer_start(loop, &timer);
        jump(i ? 3600 : -3600);
        assert_calls("");
        clock_advance(9);
        turn(loop);
        assert_calls("");
        clock_advance(0.25);
        turn(loop);
        assert_calls("t");
        ev_loop_destroy(loop);
    }
}

/* An interval periodic due in 1.25 s and every 100 s: a second passes, and
 * the wall clock is put forward by s. */
static void jump_over(double s, const char* expected)
{
    clock_freeze();
    loop = loop_fresh(0);
    start = ev_now(loop);
    every = periodic_of("e", start + 1.25, 100);
    ev_periodic_start(loop, &every);
    jump(s);
    assert_calls(expected);
    assert_true(ev_now(loop) == start + 1 + s);
    assert_true(ev_periodic_at(&every) == start + 101.25);
    ev_loop_destroy(loop);
}

static void test_periodic_small_deviation_is_no_jump(void** state)
{
    /* R1.76: with less than 1 s an interval periodic passed by fires in the
     * ordinary way; with 1 s or more it is skipped. */
    (void)state;
    jump_over(0.5, "e");
    jump_over(1 - 1. / 64, "e");
    jump_over(1, "");
    jump_over(1.25, "");
}

static void test_periodic_small_deviation_back_keeps_due_time(void** state)
{
    /* R1.76: less than 1 s backward, and nothing is recomputed. */
    (void)state;
    clock_freeze();
    loop = loop_fresh(0);
    start = ev_now(loop);
    every = periodic_of("e", start, 1.5);
    ev_periodic_start(loop, &every);
    clock_advance(1.75);
    turn(loop);
    assert_calls("e");
    clock_advance(0.5);
    clock_jump(-0.9375); /* before start + 1.5 again */
    turn(loop);
    assert_calls("");
    assert_true(ev_periodic_at(&every) == start + 3);
    ev_loop_destroy(loop);
}

static void test_periodic_deviations_do_not_add_up(void** state)
{
    /* R1.76: what counts is the deviation between two readings. */
    (void)state;
    clock_freeze();
    loop = loop_fresh(0);
    start = ev_now(loop);
    asked = periodic_of("c", 0, 0);
    asked.reschedule_cb = reschedule;
    ev_periodic_start(loop, &asked);
    assert_calls("r");
    for (int i = 0; i < 6; ++i) jump(0.75);
    for (int i = 0; i < 6; ++i) jump(-0.75);
    assert_calls("");
    assert_true(ev_now(loop) == start + 12);
    jump(-1);
    assert_calls("r");
    ev_loop_destroy(loop);
}

static const Test tests[] = {
    EACH(test_periodic_clock_put_forward_skips_rounds),
    EACH(test_periodic_clock_put_forward_absolute_not_reached),
    EACH(test_periodic_clock_put_back_repeats_rounds),
    EACH(test_periodic_timer_ignores_jumps),
    EACH(test_periodic_small_deviation_is_no_jump),
    EACH(test_periodic_small_deviation_back_keeps_due_time),
    EACH(test_periodic_deviations_do_not_add_up),
};

HARNESS_MAIN("periodic_jump", tests)
