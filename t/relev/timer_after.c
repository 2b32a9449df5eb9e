/* relev_timer_after: a timer that counts from now, not from the loop's time. */

#include <math.h>

#include "calls.h"
#include "clock.h"
#include "relev.h"

static const double grain = (double)clock_grain / clock_ns;

static void test_timer_after_counts_from_the_call(void** state)
{
    /* 2.5: however old the loop's time is, it is never early. */
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    ev_timer a = timer_of("a", 0, 0), b = timer_of("b", 1, 0);
    ev_tstamp now = ev_now(loop);
    (void)state;

    clock_advance(.75);
    relev_timer_after(loop, &a, 1);
    ev_timer_start(loop, &b);
    assert_true(ev_now(loop) == now); /* others see the same time as before */
    assert_true(ev_timer_remaining(loop, &a) == 1.75);
    clock_advance(.5);
    turn(loop);
    assert_calls("b");
    clock_advance(.5);
    turn(loop);
    assert_calls("");
    clock_advance(grain);
    assert_int_equal(turn(loop), 0);
    assert_calls("a");
    ev_loop_destroy(loop);
}

static void test_timer_after_repeats(void** state)
{
    /* 2.5: the first time counts from the call, w->repeat from there. */
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    ev_timer a = timer_of("a", 9, 2);
    (void)state;

    clock_advance(.25);
    relev_timer_after(loop, &a, 1);
    clock_advance(1 + grain);
    turn(loop);
    assert_calls("a");
    assert_true(ev_timer_remaining(loop, &a) == 2 - grain);
    ev_timer_stop(loop, &a);
    ev_loop_destroy(loop);
}

static void test_timer_after_of_an_active_timer_restarts_it(void** state)
{
    /* 2.5: earlier or later than before, and with one reference. */
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    ev_timer a = timer_of("a", 5, 0);
    (void)state;

    ev_timer_start(loop, &a);
    relev_timer_after(loop, &a, 1);
    assert_true(ev_timer_remaining(loop, &a) == 1);
    relev_timer_after(loop, &a, 8);
    assert_true(ev_timer_remaining(loop, &a) == 8);
    assert_int_equal(relev_refs(loop), 1);
    ev_verify(loop);
    ev_timer_stop(loop, &a);
    ev_loop_destroy(loop);
}

static ev_timer other;

static void puts_off_other(struct ev_loop* loop, ev_watcher* w, int revents)
{
    note(loop, w, revents);
    assert_true(ev_is_pending(&other));
    relev_timer_after(loop, &other, 1);
    assert_false(ev_is_pending(&other));
}

static void test_timer_after_cancels_a_pending_event(void** state)
{
    /* 2.5: what expired before the call is not called early. */
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    ev_timer first;
    (void)state;

    other = timer_of("o", -1, 0);
    timer_init(&first, "f", puts_off_other, -1, 0);
    ev_set_priority(&first, 1);
    ev_timer_start(loop, &first);
    ev_timer_start(loop, &other);
    turn(loop);
    assert_calls("f");
    clock_advance(1 + grain);
    turn(loop);
    assert_calls("o");
    ev_loop_destroy(loop);
}

static int errors, error_code;

static void on_error(struct ev_loop* loop, const struct relev_error* error,
                     void* data)
{
    (void)loop, (void)data;
    ++errors;
    error_code = error->code;
}

static void test_timer_after_that_is_illegal_is_refused(void** state)
{
    /* 2.5: as by ev_timer_start; a timer of another loop is left alone. */
    clock_freeze();
    struct ev_loop *loop = loop_fresh(0), *theirs = loop_new(0);
    ev_timer a = timer_of("a", 3, 0), b = timer_of("b", 3, 0);
    (void)state;

    errors = 0;
    relev_set_error_cb(loop, on_error, NULL);
    relev_timer_after(loop, &a, NAN);
    assert_false(ev_is_active(&a));
    assert_int_equal(errors, 1);
    assert_int_equal(error_code, RELEV_E_TIME);
    ev_timer_start(theirs, &b);
    relev_timer_after(loop, &b, 1);
    assert_int_equal(errors, 2);
    assert_int_equal(error_code, RELEV_E_OTHER_LOOP);
    assert_true(ev_timer_remaining(theirs, &b) == 3);
    ev_verify(theirs);
    ev_timer_stop(theirs, &b);
    ev_loop_destroy(theirs);
    ev_loop_destroy(loop);
}

static double began, ended;

static void ends(struct ev_loop* loop, ev_timer* w, int revents)
{
    (void)loop, (void)w, (void)revents;
    ended = monotonic();
}

static void takes_long(struct ev_loop* loop, ev_timer* w, int revents)
{
    (void)w, (void)revents;
    ev_sleep(.03);
    began = monotonic();
    ev_set_cb(&other, ends);
    relev_timer_after(loop, &other, .02);
}

static void test_timer_after_a_long_callback_is_not_early(void** state)
{
    /* 2.5: in true time; ev_timer_start would be early by 30 ms. */
    clock_thaw();
    struct ev_loop* loop = loop_new(0);
    ev_timer first;
    (void)state;

    other = timer_of("o", 0, 0);
    ev_timer_init(&first, takes_long, 0., 0.);
    ev_timer_start(loop, &first);
    ended = 0;
    ev_run(loop, 0);
    assert_true(ended - began >= .02 - 1e-9);
    ev_loop_destroy(loop);
}

static const Test tests[] = {
    EACH(test_timer_after_counts_from_the_call),
    EACH(test_timer_after_repeats),
    EACH(test_timer_after_of_an_active_timer_restarts_it),
    EACH(test_timer_after_cancels_a_pending_event),
    EACH(test_timer_after_that_is_illegal_is_refused),
    EACH(test_timer_after_a_long_callback_is_not_early),
};

HARNESS_MAIN("relev_timer_after", tests)
