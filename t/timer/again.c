/* ev_timer_again: a new round, or none. */

#include "calls.h"
#include "clock.h"

static const double grain = (double)clock_grain / clock_ns;

static ev_timer other;
static ev_tstamp repeat_before_again; /* what `other` is given then */

static void again_other(EV_P_ ev_timer* w, int revents)
{
    note_timer(EV_A_ w, revents);
    assert_true(ev_is_pending(&other));
    if (repeat_before_again > 0) other.repeat = repeat_before_again;
    ev_timer_again(EV_A_ & other);
    assert_false(ev_is_pending(&other));
}

/* Lets `other` expire, and a timer called before it say ev_timer_again. */
static void again_while_pending(struct ev_loop* loop)
{
    ev_timer first = timer_of("f", -1, 0);
    ev_set_cb(&first, again_other);
    ev_set_priority(&first, 1);
    ev_timer_start(loop, &first);
    turn(loop);
    assert_calls("f");
}

static void test_timer_again_on_repeating_starts_a_new_round(void** state)
{
    /* R1.65: repeating: due at loop time plus repeat. */
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    ev_timer a = timer_of("a", 5, 0.5), b = timer_of("b", 0.125, 8);
    (void)state;

    ev_timer_start(loop, &a);
    ev_timer_start(loop, &b);
    clock_advance(0.125);
    ev_now_update(loop);
    clock_advance(0.0625);
    ev_timer_again(loop, &a);
    ev_timer_again(loop, &b);
    assert_true(ev_timer_remaining(loop, &a) == 0.5);
    assert_true(ev_timer_remaining(loop, &b) == 8);
    clock_advance(0.4375);
    assert_int_equal(turn(loop), 2);
    assert_calls("");
    clock_advance(grain);
    turn(loop);
    assert_calls("a");
    ev_loop_destroy(loop);
}

static void test_timer_again_on_one_shot_stops_it(void** state)
{
    /* R1.65: not repeating: it is stopped, and the time left is kept. */
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    ev_timer a = timer_of("a", 0.5, 0);
    (void)state;

    ev_timer_start(loop, &a);
    clock_advance(0.125);
    ev_now_update(loop);
    ev_timer_again(loop, &a);
    assert_false(ev_is_active(&a));
    assert_true(a.at == 0.375);
    assert_int_equal(turn(loop), 0);
    ev_loop_destroy(loop);
}

static void test_timer_again_on_active_clears_its_event(void** state)
{
    /* R1.65: on an active timer it clears a pending event. */
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    (void)state;

    other = timer_of("o", -1, 0.5);
    ev_timer_start(loop, &other);
    again_while_pending(loop);
    assert_true(ev_is_active(&other));
    assert_true(ev_timer_remaining(loop, &other) == 0.5);
    ev_timer_stop(loop, &other);

    other = timer_of("o", 5, 0);
    ev_timer_start(loop, &other);
    ev_feed_event(loop, &other, EV_TIMER);
    ev_timer_again(loop, &other);
    assert_false(ev_is_active(&other));
    assert_int_equal(turn(loop), 0);
    assert_calls("");
    ev_loop_destroy(loop);
}

static void test_timer_again_on_inactive_starts_with_repeat(void** state)
{
    /* R1.66: with a repeat it starts with repeat as the timeout. */
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    ev_timer a = timer_of("a", 99, 0.25);
    (void)state;

    ev_timer_again(loop, &a);
    assert_true(ev_is_active(&a));
    assert_true(ev_timer_remaining(loop, &a) == 0.25);
    ev_timer_stop(loop, &a);
    ev_timer_set(&a, -1, 0.25);
    ev_timer_again(loop, &a);
    assert_int_equal(turn(loop), 1);
    assert_calls("");
    ev_loop_destroy(loop);
}

static void test_timer_again_on_inactive_one_shot_does_nothing(void** state)
{
    /* R1.66: without a repeat nothing else happens. */
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    ev_timer a = timer_of("a", 0.5, 0);
    (void)state;

    ev_timer_again(loop, &a);
    assert_false(ev_is_active(&a));
    assert_true(a.at == 0.5);
    assert_int_equal(turn(loop), 0);
    ev_loop_destroy(loop);
}

static void test_timer_again_on_inactive_clears_its_event(void** state)
{
    /* R1.66: on an inactive timer it clears a pending event. */
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    (void)state;

    other = timer_of("o", -1, 0);
    ev_timer_start(loop, &other);
    again_while_pending(loop);
    assert_false(ev_is_active(&other));
    assert_int_equal(turn(loop), 0);
    assert_calls("");
    ev_loop_destroy(loop);
}

static void test_timer_again_restarting_clears_its_event(void** state)
{
    /* R1.66: also where it starts the timer: an expired one is not called for
     * the expiry that is past. */
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    (void)state;

    other = timer_of("o", -1, 0);
    ev_timer_start(loop, &other);
    repeat_before_again = 0.5;
    again_while_pending(loop);
    repeat_before_again = 0;
    assert_true(ev_is_active(&other));
    assert_true(ev_timer_remaining(loop, &other) == 0.5);
    turn(loop);
    assert_calls("");
    clock_advance(0.5 + grain);
    turn(loop);
    assert_calls("o");
    ev_loop_destroy(loop);
}

static const Test tests[] = {
    EACH(test_timer_again_on_repeating_starts_a_new_round),
    EACH(test_timer_again_on_one_shot_stops_it),
    EACH(test_timer_again_on_active_clears_its_event),
    EACH(test_timer_again_on_inactive_starts_with_repeat),
    EACH(test_timer_again_on_inactive_one_shot_does_nothing),
    EACH(test_timer_again_on_inactive_clears_its_event),
    EACH(test_timer_again_restarting_clears_its_event),
};

HARNESS_MAIN("timer_again", tests)
