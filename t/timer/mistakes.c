/* Mistakes in the use of timers and periodics: survived and reported, where
 * the reference aborts. */

#include <errno.h>

#include "calls.h"
#include "clock.h"

static int reports, report_errno;

static void count_report(const char* what)
{
    assert_true(what && *what);
    ++reports;
    report_errno = errno;
}

static struct ev_loop* loop_reporting(void)
{
    clock_freeze();
    reports = report_errno = 0;
    ev_set_syserr_cb(count_report);
    return loop_fresh(0);
}

static void done(struct ev_loop* loop)
{
    ev_loop_destroy(loop);
    ev_set_syserr_cb(NULL);
}

static void test_timer_negative_repeat_is_refused(void** state)
{
    /* R1.69: a negative repeat: the start is refused, the watcher stays
     * inactive, and the mistake is reported. */
    struct ev_loop* loop = loop_reporting();
    ev_timer a = timer_of("a", -1, -0.5);
    (void)state;

    ev_timer_start(loop, &a);
    assert_false(ev_is_active(&a));
    assert_int_equal(reports, 1);
    assert_int_equal(report_errno, EINVAL);
    assert_int_equal(turn(loop), 0);
    assert_calls("");
    assert_true(a.at == -1 && a.repeat == -0.5);

    ev_timer_set(&a, -1, 0); /* and nothing is lost */
    ev_timer_start(loop, &a);
    turn(loop);
    assert_calls("a");
    assert_int_equal(reports, 1);
    done(loop);
}

static void test_timer_repeat_made_negative_ends_it(void** state)
{
    /* R1.69: a repeat that became negative while active does not abort; it is
     * not above zero, so the timer stops when it expires. */
    struct ev_loop* loop = loop_reporting();
    ev_timer a = timer_of("a", 0.25, 1);
    (void)state;

    ev_timer_start(loop, &a);
    a.repeat = -1;
    clock_advance(0.5);
    assert_int_equal(turn(loop), 0);
    assert_calls("a");
    assert_false(ev_is_active(&a));
    done(loop);
}

static void test_periodic_negative_interval_is_refused(void** state)
{
    /* R1.69: a negative interval likewise. */
    struct ev_loop* loop = loop_reporting();
    ev_periodic a = periodic_of("a", 1, -2);
    (void)state;

    ev_periodic_start(loop, &a);
    assert_false(ev_is_active(&a));
    assert_int_equal(reports, 1);
    assert_int_equal(turn(loop), 0);
    ev_periodic_again(loop, &a);
    assert_false(ev_is_active(&a));
    assert_int_equal(reports, 2);
    assert_int_equal(turn(loop), 0);
    assert_calls("");
    done(loop);
}

static ev_tstamp answer;

static ev_tstamp reschedule(ev_periodic* w, ev_tstamp now)
{
    (void)w;
    calls_note("r", 0);
    return now + answer;
}

static void test_periodic_reschedule_to_the_past_is_raised(void** state)
{
    /* R1.69: a reschedule callback returning a time before now when its
     * watcher fires: the time is raised to now, and reported. */
    struct ev_loop* loop = loop_reporting();
    ev_periodic a = periodic_of("a", 0, 0);
    (void)state;

    a.reschedule_cb = reschedule;
    answer = 0.25;
    ev_periodic_start(loop, &a);
    assert_calls("r");
    answer = -100;
    clock_advance(0.5);
    turn(loop);
    assert_calls("ra"); /* once, not for ever */
    assert_int_equal(reports, 1);
    assert_true(ev_is_active(&a));
    assert_true(ev_periodic_at(&a) == ev_now(loop));
    clock_advance(0.5);
    answer = 0; /* that is no mistake */
    turn(loop);
    assert_calls("ra");
    assert_int_equal(reports, 1);
    assert_true(ev_periodic_at(&a) == ev_now(loop));
    done(loop);
}

static void test_timer_mistakes_without_a_hook_are_survived(void** state)
{
    /* R1.69: nothing aborts in a default build. */
    struct ev_loop* loop = loop_reporting();
    ev_timer a = timer_of("a", -1, -0.5);
    ev_periodic b = periodic_of("b", 0, -1), c = periodic_of("c", 0, 0);
    (void)state;

    ev_set_syserr_cb(NULL);
    ev_timer_start(loop, &a);
    ev_periodic_start(loop, &b);
    c.reschedule_cb = reschedule;
    answer = -1;
    ev_periodic_start(loop, &c);
    assert_int_equal(turn(loop), 1);
    assert_calls("rrc");
    done(loop);
}

static const Test tests[] = {
    OURS(test_timer_negative_repeat_is_refused),
    OURS(test_timer_repeat_made_negative_ends_it),
    OURS(test_periodic_negative_interval_is_refused),
    OURS(test_periodic_reschedule_to_the_past_is_raised),
    OURS(test_timer_mistakes_without_a_hook_are_survived),
};

HARNESS_MAIN("timer_mistakes", tests)
