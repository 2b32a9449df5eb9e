/* A watcher stopped in a loop that it is not active in, which has another one
 * at the very same place: that one is not taken for it. And watchers that are
 * alone in their loop. */

#include "mistakes_help.h"

static struct ev_loop *mine, *wrong;

static void begin(void)
{
    calls_clear();
    mine = loop_new(0);
    wrong = loop_new(0);
}

static void end(void)
{
    turn_leaves(mine, 0);
    turn_leaves(wrong, 0);
    assert_calls("");
    ev_loop_destroy(mine);
    ev_loop_destroy(wrong);
}

static void timers_at_one_place(void)
{
    begin();
    ev_timer w = timer_of("w", -1, 0), other = timer_of("o", -1, 0);
    ev_timer_start(mine, &w);
    ev_timer_start(wrong, &other);
    ev_timer_stop(wrong, &w);
    assert_told(OTHER_LOOP, EV_TIMER, &w, -1);
    assert_true(ev_is_active(&w) && ev_is_active(&other));
    turn_leaves(wrong, 0);
    assert_calls("o");
    turn_leaves(mine, 0);
    assert_calls("w");
    end();
}

static void test_collide_timer_stops_no_other(void** state)
{
    /* R1.69: a timer is stopped in its own loop only. */
    (void)state;
    made_twice(timers_at_one_place);
}

static void periodics_at_one_place(void)
{
    begin();
    ev_periodic w = periodic_of("w", 0, 0), other = periodic_of("o", 0, 0);
    ev_periodic_start(mine, &w);
    ev_periodic_start(wrong, &other);
    ev_periodic_stop(wrong, &w);
    assert_told(OTHER_LOOP, EV_PERIODIC, &w, -1);
    assert_true(ev_is_active(&w) && ev_is_active(&other));
    turn_leaves(wrong, 0);
    assert_calls("o");
    turn_leaves(mine, 0);
    assert_calls("w");
    end();
}

static void test_collide_periodic_stops_no_other(void** state)
{
    /* R1.69: nor is a periodic. */
    (void)state;
    made_twice(periodics_at_one_place);
}

static void pending_at_one_place(int priority)
{
    begin();
    ev_timer w = timer_of("w", 0, 0), other = timer_of("o", 0, 0);
    ev_set_priority(&other, priority);
    ev_feed_event(mine, &w, EV_CUSTOM);
    ev_feed_event(wrong, &other, EV_CUSTOM);
    assert_int_equal(ev_clear_pending(wrong, &w), 0);
    ev_timer_stop(wrong, &w);
    assert_true(ev_is_pending(&w) && ev_is_pending(&other));
    turn_leaves(wrong, 0);
    assert_calls("o");
    turn_leaves(mine, 0);
    assert_calls("w");
    end();
}

static void test_collide_pending_takes_back_no_other(void** state)
{
    /* R1.35: an event is canceled in its own loop only, whatever is pending
     * elsewhere at its place, of its priority or of another. */
    (void)state;
    pending_at_one_place(0);
    pending_at_one_place(EV_MAXPRI);
    pending_at_one_place(EV_MINPRI);
}

static void test_collide_fed_in_two_loops_is_called_in_both(void** state)
{
    /* R1.30: one that is pending in another loop is queued here as well. */
    (void)state;
    begin();
    ev_timer w = timer_of("w", 0, 0);
    ev_feed_event(mine, &w, EV_CUSTOM);
    ev_feed_event(wrong, &w, EV_TIMER);
    turn_leaves(mine, 0);
    assert_calls("w");
    assert_int_equal(calls_revents, EV_CUSTOM);
    turn_leaves(wrong, 0);
    assert_calls("w");
    assert_int_equal(calls_revents, EV_TIMER);
    end();
}

static void test_collide_fed_with_any_priority_keeps_the_order(void** state)
{
    /* R1.39: a priority is clamped at the start; one that was never started
     * may be fed with any number, and counts as the nearest. */
    (void)state;
    begin();
    ev_timer first = timer_of("1", 0, 0), last = timer_of("3", 0, 0);
    ev_timer between = timer_of("2", 0, 0);
    ev_set_priority(&first, 1000), ev_set_priority(&last, -1000);
    ev_feed_event(mine, &last, EV_CUSTOM);
    ev_feed_event(mine, &first, EV_CUSTOM);
    ev_feed_event(mine, &between, EV_CUSTOM);
    ev_invoke_pending(mine);
    assert_calls("123");
    end();
}

static void timer_again_elsewhere(void)
{
    begin();
    ev_timer w = timer_of("w", 100, 1);
    ev_timer_start(mine, &w);
    ev_timer_again(wrong, &w);
    assert_told(OTHER_LOOP, EV_TIMER, &w, -1);
    assert_true(ev_timer_remaining(mine, &w) > 50);
    ev_verify(mine);
    ev_timer_stop(mine, &w);
    end();
}

static void test_collide_timer_again_elsewhere_is_refused(void** state)
{
    /* R1.65: a timer is not moved forward in a loop that does not have it. */
    (void)state;
    made_twice(timer_again_elsewhere);
}

static void timer_made_anew(double repeat, int started)
{
    struct ev_loop* loop = loop_fresh(0);
    ev_timer w = timer_of("w", -1, repeat);

    ev_timer_start(loop, &w);
    w = timer_of("W", -1, repeat);
    if (started) ev_timer_start(loop, &w);
    for (int i = 0; i < 3; ++i) turn(loop);
    assert_int_equal(*calls_take() != 0, started);
    ev_timer_stop(loop, &w);
    assert_false(ev_is_active(&w));
    turn(loop);
    assert_calls("");
    ev_loop_destroy(loop);
}

static void test_collide_timer_alone_initialized_while_active(void** state)
{
    /* R1.40: ev_init of the loop's only active timer is a mistake; started
     * again it is called, and otherwise not. */
    (void)state;
    timer_made_anew(0, 1);
    timer_made_anew(10, 1);
    timer_made_anew(0, 0);
}

static const Test tests[] = {
    OURS(test_collide_timer_stops_no_other),
    OURS(test_collide_periodic_stops_no_other),
    OURS(test_collide_pending_takes_back_no_other),
    OURS(test_collide_fed_in_two_loops_is_called_in_both),
    OURS(test_collide_fed_with_any_priority_keeps_the_order),
    OURS(test_collide_timer_again_elsewhere_is_refused),
    OURS_CORRUPTS(test_collide_timer_alone_initialized_while_active),
};

HARNESS_MAIN("mistakes_collide", tests)
