/* Leaving the syserr callback, or a reschedule callback, by longjmp while
 * timers and periodics are collected that are due.
 */

#include "calls.h"
#include "clock.h"

static jmp_buf back;

static void leave(const char* what)
{
    assert_true(what && *what);
    longjmp(back, 1);
}

static struct ev_loop* begin(void)
{
    clock_freeze();
    ev_set_syserr_cb(leave);
    return loop_fresh(0);
}

static void end(struct ev_loop* loop)
{
    ev_set_syserr_cb(NULL);
    ev_loop_destroy(loop);
}

/* A turn that is left, and what goes on with its events. */
static void turn_left(struct ev_loop* loop)
{
    if (!setjmp(back)) {
        turn(loop);
        fail();
    }
    assert_calls("");
}

static ev_tstamp past(ev_periodic* w, ev_tstamp now)
{
    (void)w;
    return now - 100;
}

static ev_tstamp soon(ev_periodic* w, ev_tstamp now)
{
    (void)w;
    return now + 0.5;
}

static ev_tstamp away(ev_periodic* w, ev_tstamp now)
{
    (void)w, (void)now;
    longjmp(back, 1);
}

static ev_periodic* periodic_new(struct ev_loop* loop, const char* letter,
                                 double after)
{
    ev_periodic* w = (ev_periodic*)malloc(sizeof *w);
    assert_non_null(w);
    *w = periodic_of(letter, ev_now(loop) + after, 0);
    ev_periodic_start(loop, w);
    return w;
}

static void periodic_gone(struct ev_loop* loop, ev_periodic* w)
{
    ev_periodic_stop(loop, w);
    memset(w, 0xee, sizeof *w);
    free(w);
}

static void test_expire_left_by_a_report_loses_no_periodic(void** state)
{
    /* R3.11: a reschedule callback gives a time of the past; the report of that
     * is left. What was due is called in the next run, once. */
    struct ev_loop* loop = begin();
    ev_periodic bad = periodic_of("b", 0, 0), late = periodic_of("l", 0, 0);
    (void)state;

    bad.reschedule_cb = soon;
    ev_periodic_start(loop, &bad);
    ev_periodic* early = periodic_new(loop, "e", 0.25);
    late.offset = ev_now(loop) + 0.75;
    ev_periodic_start(loop, &late);
    bad.reschedule_cb = past;
    clock_advance(1);
    turn_left(loop);
    assert_true(ev_is_pending(early) && ev_is_pending(&bad));
    assert_true(ev_is_pending(&late));
    bad.reschedule_cb = soon;
    turn(loop);
    assert_calls("ebl");
    periodic_gone(loop, early);
    clock_advance(1);
    turn(loop);
    assert_calls("b");
    end(loop);
}

static void test_expire_left_by_a_report_keeps_none_that_is_freed(void** state)
{
    /* R3.11: watchers that are stopped and freed after that are not called. */
    struct ev_loop* loop = begin();
    ev_periodic bad = periodic_of("b", 0, 0);
    (void)state;

    bad.reschedule_cb = soon;
    ev_periodic_start(loop, &bad);
    ev_periodic* early = periodic_new(loop, "e", 0.25);
    ev_periodic* later = periodic_new(loop, "l", 2);
    bad.reschedule_cb = past;
    clock_advance(1);
    turn_left(loop);
    periodic_gone(loop, early);
    bad.reschedule_cb = soon;
    turn(loop);
    assert_calls("b");
    clock_advance(2);
    turn(loop);
    assert_int_equal(strlen(calls_take()), 2);
    periodic_gone(loop, later);
    end(loop);
}

static void test_expire_left_by_a_reschedule_callback_keeps_none(void** state)
{
    /* R3.11: the same if the reschedule callback itself leaves. */
    struct ev_loop* loop = begin();
    ev_periodic bad = periodic_of("b", 0, 0);
    (void)state;

    bad.reschedule_cb = soon;
    ev_periodic_start(loop, &bad);
    ev_periodic* early = periodic_new(loop, "e", 0.25);
    bad.reschedule_cb = away;
    clock_advance(1);
    turn_left(loop);
    ev_verify(loop);
    periodic_gone(loop, early);
    bad.reschedule_cb = soon;
    turn(loop);
    assert_calls("b");
    end(loop);
}

static void test_expire_timers_left_by_a_report_keep_none(void** state)
{
    /* R3.11, R3.9: a timer that was initialized again while active is reported
     * when it is due; the others that are due are called once. */
    struct ev_loop* loop = begin();
    ev_timer bad = timer_of("b", 0.25, 0), late = timer_of("l", 0.75, 0);
    ev_timer* early = (ev_timer*)malloc(sizeof *early);
    (void)state;

    assert_non_null(early);
    *early = timer_of("e", 0.5, 0);
    ev_timer_start(loop, early);
    ev_timer_start(loop, &bad);
    ev_timer_start(loop, &late);
    bad = timer_of("B", 5, 0);
    clock_advance(1);
    turn_left(loop);
    assert_true(ev_is_pending(early) && ev_is_pending(&late));
    ev_timer_stop(loop, early);
    memset(early, 0xee, sizeof *early);
    free(early);
    assert_int_equal(turn(loop), 0);
    assert_calls("l");
    end(loop);
}

static void test_expire_jump_left_by_a_reschedule_callback_is_made_up(void** s)
{
    /* R3.11: the wall clock was set, and a reschedule callback leaves while all
     * are recomputed: the order is sound, and the rest follow soon. */
    struct ev_loop* loop = begin();
    ev_periodic bad = periodic_of("b", 0, 0),
                hourly = periodic_of("h", 0, 3600);
    (void)s;

    bad.reschedule_cb = soon;
    ev_periodic_start(loop, &hourly);
    ev_periodic_start(loop, &bad);
    bad.reschedule_cb = away;
    clock_jump(-1e6);
    clock_advance(0.625);
    turn_left(loop);
    ev_verify(loop);
    bad.reschedule_cb = soon;
    clock_advance(0.625);
    turn(loop);
    ev_verify(loop);
    assert_true(ev_periodic_at(&hourly) <= ev_now(loop) + 3600);
    assert_true(ev_periodic_at(&bad) <= ev_now(loop) + 0.5);
    end(loop);
}

static const Test tests[] = {
    OURS(test_expire_left_by_a_report_loses_no_periodic),
    OURS(test_expire_left_by_a_report_keeps_none_that_is_freed),
    OURS(test_expire_left_by_a_reschedule_callback_keeps_none),
    OURS(test_expire_jump_left_by_a_reschedule_callback_is_made_up),
    OURS_CORRUPTS(test_expire_timers_left_by_a_report_keep_none),
};

HARNESS_MAIN("expire_leave", tests)
