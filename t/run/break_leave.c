/* Leaving a run in the middle of a callback, by longjmp. */
#include "frozen.h"
#include "leave.h"

static jmp_buf landing;

static void jump(struct ev_loop* loop, ev_watcher* w, int revents)
{
    note(loop, w, revents);
    assert_false(ev_is_pending(w));
    longjmp(landing, 1);
}

/* R1.53: a callback may leave a run by longjmp: the watcher just called is
 * no longer pending, the others still are and come first in the next run.
 * The depth stays one too high. */
static void test_leave_by_longjmp_from_pending_on_entry(void** state)
{
    (void)state;
    struct ev_loop* loop = loop_new(0);

    for (unsigned i = 1; i <= 2; ++i) {
        feed_four(loop, jump);
        if (!setjmp(landing)) {
            ev_run(loop, 0);
            fail();
        }
        assert_works_on(loop, i);
    }
    ev_loop_destroy(loop);
}

/* R1.53: the same in the pass of an iteration, where the events have come
 * from the loop itself. */
static void test_leave_by_longjmp_from_iteration(void** state)
{
    (void)state;
    struct ev_loop* loop = loop_new(0);
    ev_check check;
    ev_timer timer, repeating;

    calls_clear();
    check_init(&check, "check", jump);
    timer_init(&timer, "timer", note, -1., 0.);
    timer_init(&repeating, "repeating", note, -2., 100.);
    ev_check_start(loop, &check);
    ev_timer_start(loop, &timer);
    ev_timer_start(loop, &repeating);
    if (!setjmp(landing)) {
        ev_run(loop, 0);
        fail();
    }
    assert_calls("check");
    assert_true(ev_is_active(&check) && ev_is_active(&repeating));
    assert_false(ev_is_active(&timer));
    ev_check_stop(loop, &check);
    assert_int_equal(ev_run(loop, EVRUN_NOWAIT), 1);
    assert_calls("repeating timer");
    ev_loop_destroy(loop);
}

/* R1.53: by ev_invoke_pending alone, outside any run, the depth is 0 before
 * and after. */
static void test_leave_by_longjmp_from_invoke_pending(void** state)
{
    (void)state;
    struct ev_loop* loop = loop_new(0);

    feed_four(loop, jump);
    if (!setjmp(landing)) {
        ev_invoke_pending(loop);
        fail();
    }
    assert_works_on(loop, 0);
    ev_loop_destroy(loop);
}

static void break_and_jump(struct ev_loop* loop, ev_watcher* w, int revents)
{
    note(loop, w, revents);
    ev_break(loop, EVBREAK_ONE);
    longjmp(landing, 1);
}

static void run_and_land(struct ev_loop* loop, ev_watcher* w, int revents)
{
    static ev_watcher inner;

    note(loop, w, revents);
    fed_init(&inner, "inner", break_and_jump, 0);
    ev_feed_event(loop, &inner, EV_CUSTOM);
    if (!setjmp(landing)) {
        ev_run(loop, 0);
        fail();
    }
    calls_add("landed");
    ev_feed_event(loop, &low, EV_CUSTOM);
}

/* R1.54: a break of an inner run that was left by longjmp stays set: when
 * the jump lands in a callback of the outer run, that ends after its pass. */
static void test_leave_inner_run_with_break_ends_outer(void** state)
{
    (void)state;
    clock_freeze();
    struct ev_loop* loop = loop_new(0);
    ev_timer outer, later;

    calls_clear();
    fed_init(&low, "low", note, -1);
    timer_init(&outer, "outer", run_and_land, -1., 0.);
    timer_init(&later, "later", note, .02, 0.);
    ev_timer_start(loop, &outer);
    ev_timer_start(loop, &later);
    assert_int_equal(ev_run(loop, 0), 1);
    assert_calls("outer inner landed low");
    assert_int_equal(ev_depth(loop), 1);
    assert_int_equal(ev_run(loop, 0), 0);
    assert_calls("later");
    ev_loop_destroy(loop);
    clock_thaw();
}

static const Test tests[] = {
    EACH(test_leave_by_longjmp_from_pending_on_entry),
    EACH(test_leave_by_longjmp_from_iteration),
    EACH(test_leave_by_longjmp_from_invoke_pending),
    EACH(test_leave_inner_run_with_break_ends_outer),
};

HARNESS_MAIN("break_leave", tests)
