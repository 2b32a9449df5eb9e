/* ev_timer: the rounds of repeating timers, and changes of repeat. */

#include "calls.h"
#include "clock.h"

static const double grain = (double)clock_grain / clock_ns;

static void pass_time(struct ev_loop* loop, double s)
{
    clock_advance(s);
    turn(loop);
}

static void test_timer_repeating_late_keeps_its_phase(void** state)
{
    /* R1.61: late by less than repeat: due at the old due time plus repeat. */
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    ev_timer a = timer_of("a", 1, 0.25);
    (void)state;

    ev_timer_start(loop, &a);
    pass_time(loop, 1.125);
    assert_calls("a");
    assert_true(ev_timer_remaining(loop, &a) == 0.125);
    pass_time(loop, 0.125);
    assert_calls("");
    pass_time(loop, grain);
    assert_calls("a");
    assert_true(ev_timer_remaining(loop, &a) == 0.25 - grain);
    ev_loop_destroy(loop);
}

static void test_timer_repeating_almost_a_round_late_keeps_phase(void** state)
{
    /* R1.61: also if the next round is due a moment later. */
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    ev_timer a = timer_of("a", 0.25, 0.25);
    (void)state;

    ev_timer_start(loop, &a);
    pass_time(loop, 0.5 - grain);
    assert_calls("a");
    assert_true(ev_timer_remaining(loop, &a) == grain);
    pass_time(loop, 2 * grain);
    assert_calls("a");
    assert_true(ev_timer_remaining(loop, &a) == 0.25 - grain);
    ev_loop_destroy(loop);
}

static void test_timer_repeating_very_late_fires_once(void** state)
{
    /* R1.62: late by more than repeat: missed rounds are dropped, the next is
     * due now, that is once the clock has moved: this is the new phase. */
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    ev_timer a = timer_of("a", 0.25, 0.25);
    (void)state;

    ev_timer_start(loop, &a);
    pass_time(loop, 1.125);
    assert_calls("a");
    assert_true(ev_timer_remaining(loop, &a) == 0);
    turn(loop);
    assert_calls("");
    pass_time(loop, grain);
    assert_calls("a");
    assert_true(ev_timer_remaining(loop, &a) == 0.25 - grain);
    pass_time(loop, grain);
    assert_calls("");
    ev_loop_destroy(loop);
}

static void test_timer_repeat_cleared_makes_it_one_shot(void** state)
{
    /* R1.67: repeat is read on expiry: set to 0, this is the last. */
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    ev_timer a = timer_of("a", 0.25, 0.25);
    (void)state;

    ev_timer_start(loop, &a);
    a.repeat = 0;
    clock_advance(0.5);
    assert_int_equal(turn(loop), 0);
    assert_calls("a");
    assert_false(ev_is_active(&a));
    ev_loop_destroy(loop);
}

static void test_timer_repeat_set_makes_one_shot_repeat(void** state)
{
    /* R1.67: set on a one-shot timer, it repeats. */
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    ev_timer a = timer_of("a", 0.25, 0);
    (void)state;

    ev_timer_start(loop, &a);
    a.repeat = 0.5;
    pass_time(loop, 0.25 + grain);
    assert_calls("a");
    assert_true(ev_is_active(&a));
    assert_true(ev_timer_remaining(loop, &a) == 0.5 - grain);
    ev_loop_destroy(loop);
}

static ev_tstamp new_repeat;

static void change_repeat(EV_P_ ev_timer* w, int revents)
{
    note_timer(EV_A_ w, revents);
    w->repeat = new_repeat;
}

static void test_timer_repeat_changed_in_callback_counts_later(void** state)
{
    /* R1.67: it is rescheduled before the callback, so a change made there
     * counts from the expiry after. */
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    ev_timer a = timer_of("a", 0.25, 0.25);
    (void)state;

    ev_set_cb(&a, change_repeat);
    new_repeat = 1;
    ev_timer_start(loop, &a);
    pass_time(loop, 0.25 + grain);
    assert_calls("a");
    assert_true(ev_timer_remaining(loop, &a) == 0.25 - grain);
    pass_time(loop, 0.25);
    assert_calls("a");
    assert_true(ev_timer_remaining(loop, &a) == 1 - grain);
    ev_loop_destroy(loop);
}

static void test_timer_repeat_cleared_in_callback_fires_again(void** state)
{
    /* R1.67: set to 0 in the callback, one more expiry is to come. */
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    ev_timer a = timer_of("a", 0.25, 0.25);
    (void)state;

    ev_set_cb(&a, change_repeat);
    new_repeat = 0;
    ev_timer_start(loop, &a);
    pass_time(loop, 0.25 + grain);
    assert_calls("a");
    assert_true(ev_is_active(&a));
    pass_time(loop, 0.25);
    assert_calls("a");
    assert_false(ev_is_active(&a));
    pass_time(loop, 1);
    assert_calls("");
    ev_loop_destroy(loop);
}

static const Test tests[] = {
    EACH(test_timer_repeating_late_keeps_its_phase),
    EACH(test_timer_repeating_almost_a_round_late_keeps_phase),
    EACH(test_timer_repeating_very_late_fires_once),
    EACH(test_timer_repeat_cleared_makes_it_one_shot),
    EACH(test_timer_repeat_set_makes_one_shot_repeat),
    EACH(test_timer_repeat_changed_in_callback_counts_later),
    EACH(test_timer_repeat_cleared_in_callback_fires_again),
};

HARNESS_MAIN("timer_repeat", tests)
