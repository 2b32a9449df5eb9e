/* ev_suspend and ev_resume: the time between does not count for timers. */

#include "calls.h"
#include "clock.h"

static const double grain = (double)clock_grain / clock_ns;

static void test_suspend_and_resume_update_loop_time(void** state)
{
    /* R1.84: both update loop time. */
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    ev_tstamp now = ev_now(loop);
    (void)state;

    clock_advance(1);
    ev_suspend(loop);
    assert_true(ev_now(loop) == now + 1);
    clock_advance(10);
    ev_resume(loop);
    assert_true(ev_now(loop) == now + 11);
    ev_loop_destroy(loop);
}

static void test_suspend_leaves_timers_their_time(void** state)
{
    /* R1.84: resume shifts all timers by the time in between. */
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    ev_timer a = timer_of("a", 1, 0), b = timer_of("b", 2, 4);
    ev_timer idle = timer_of("i", 3, 0);
    (void)state;

    ev_timer_start(loop, &a);
    ev_timer_start(loop, &b);
    clock_advance(0.5);
    ev_suspend(loop);
    assert_true(ev_timer_remaining(loop, &a) == 0.5);
    clock_advance(100);
    ev_resume(loop);
    assert_true(ev_timer_remaining(loop, &a) == 0.5);
    assert_true(ev_timer_remaining(loop, &b) == 1.5);
    assert_true(ev_timer_remaining(loop, &idle) == 3);
    clock_advance(0.5);
    turn(loop);
    assert_calls("");
    clock_advance(1);
    turn(loop);
    assert_calls("a");
    clock_advance(grain);
    turn(loop);
    assert_calls("b");
    ev_loop_destroy(loop);
}

static void test_suspend_keeps_an_overdue_timer_overdue(void** state)
{
    /* R1.84: the time left is unchanged, below zero too. */
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    ev_timer a = timer_of("a", 0.5, 0);
    (void)state;

    ev_timer_start(loop, &a);
    clock_advance(0.75);
    ev_suspend(loop);
    clock_advance(1);
    ev_resume(loop);
    assert_true(ev_timer_remaining(loop, &a) == -0.25);
    turn(loop);
    assert_calls("a");
    ev_loop_destroy(loop);
}

static ev_tstamp reschedule(ev_periodic* w, ev_tstamp now)
{
    (void)w;
    calls_note("r", 0);
    return now + 5;
}

static void test_suspend_makes_periodics_lose_their_rounds(void** state)
{
    /* R1.84: interval and callback periodics are recomputed, losing their
     * missed events; absolute ones now past fire. */
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    ev_tstamp now = ev_now(loop);
    ev_periodic every = periodic_of("e", now + 1, 7), asked = every;
    ev_periodic past = periodic_of("p", now + 50, 0);
    ev_periodic future = periodic_of("f", now + 150, 0);
    (void)state;

    asked.data = "c";
    asked.reschedule_cb = reschedule;
    ev_periodic_start(loop, &every);
    ev_periodic_start(loop, &asked);
    ev_periodic_start(loop, &past);
    ev_periodic_start(loop, &future);
    assert_calls("r");
    ev_suspend(loop);
    assert_calls("");
    clock_advance(100);
    ev_resume(loop);
    assert_calls("r");
    assert_true(ev_periodic_at(&every) == now + 106);
    assert_true(ev_periodic_at(&asked) == now + 105);
    turn(loop);
    assert_calls("p");
    clock_advance(5.5);
    turn(loop);
    assert_calls("rc");
    clock_advance(1);
    turn(loop);
    assert_calls("e");
    assert_true(ev_is_active(&future));
    ev_loop_destroy(loop);
}

static const Test tests[] = {
    EACH(test_suspend_and_resume_update_loop_time),
    EACH(test_suspend_leaves_timers_their_time),
    EACH(test_suspend_keeps_an_overdue_timer_overdue),
    EACH(test_suspend_makes_periodics_lose_their_rounds),
};

HARNESS_MAIN("suspend", tests)
