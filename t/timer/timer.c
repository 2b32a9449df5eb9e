/* ev_timer: when a timer is due, and the order of several. See timer_repeat.c
 * for the rounds of repeating timers, timer_at.c for the members. */

#include "calls.h"
#include "clock.h"
#include "frozen.h"

static const double grain = (double)clock_grain / clock_ns;

static void test_timer_due_exactly_now_waits(void** state)
{
    /* R1.57: a timer fires when now is later than its due time, not equal. */
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    ev_timer a = timer_of("a", 0.25, 0), b = timer_of("b", 0.25, 0.25);
    (void)state;

    ev_timer_start(loop, &a);
    ev_timer_start(loop, &b);
    clock_advance(0.25);
    turn(loop);
    assert_calls("");
    assert_true(ev_timer_remaining(loop, &a) == 0);
    clock_advance(grain);
    turn(loop);
    assert_calls("ab");
    assert_int_equal(calls_revents, EV_TIMER);
    ev_loop_destroy(loop);
}

static void test_timer_zero_timeout_fires_once_the_clock_moved(void** state)
{
    /* R1.58: a timeout of zero does not block, and fires as soon as the clock
     * moves. */
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    ev_timer a = timer_of("a", 0, 0);
    (void)state;

    ev_timer_start(loop, &a);
    waits_clear();
    ev_run(loop, EVRUN_ONCE);
    assert_calls("");
    assert_true(waits.polled == 0 && waits.slept == 0);
    clock_advance(grain);
    turn(loop);
    assert_calls("a");
    assert_false(ev_is_active(&a));
    ev_loop_destroy(loop);
}

static void test_timer_negative_timeout_does_not_block(void** state)
{
    /* R1.58: a timeout below zero does not block and fires next iteration. */
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    ev_timer a = timer_of("a", -3, 0);
    (void)state;

    waits_clear();
    ev_timer_start(loop, &a);
    ev_run(loop, EVRUN_ONCE);
    assert_calls("a");
    assert_int_equal(ev_iteration(loop), 1);
    assert_true(waits.polled == 0 && waits.slept == 0);
    ev_loop_destroy(loop);
}

static void restart_in_the_past(EV_P_ ev_timer* w, int revents)
{
    note_timer(EV_A_ w, revents);
    ev_timer_set(w, -1, 0);
    ev_timer_start(EV_A_ w);
}

static void test_timer_restarting_itself_fires_once_per_iteration(void** state)
{
    /* R1.58: started in a timer callback, never called in the same pass. */
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    ev_timer a = timer_of("a", -1, 0);
    (void)state;

    ev_set_cb(&a, restart_in_the_past);
    ev_timer_start(loop, &a);
    for (int i = 0; i < 3; ++i) {
        assert_int_equal(turn(loop), 1);
        assert_calls("a");
        assert_true(ev_is_active(&a));
    }
    ev_loop_destroy(loop);
}

static ev_timer started, starter;

static void start_another(EV_P_ ev_timer* w, int revents)
{
    note_timer(EV_A_ w, revents);
    ev_timer_start(EV_A_ & started);
}

static void test_timer_started_by_a_timer_waits_for_next_turn(void** state)
{
    /* R1.58: started in a timer callback, never called in the same pass. */
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    (void)state;

    starter = timer_of("a", -1, 0);
    ev_set_cb(&starter, start_another);
    started = timer_of("b", -2, 0);
    ev_timer_start(loop, &starter);
    turn(loop);
    assert_calls("a");
    turn(loop);
    assert_calls("b");
    ev_loop_destroy(loop);
}

static int references;

static void count_references(EV_P_ ev_timer* w, int revents)
{
    note_timer(EV_A_ w, revents);
    assert_false(ev_is_active(w));
    assert_false(ev_is_pending(w));
    references = ev_run(EV_A_ EVRUN_NOWAIT);
}

static ev_timer queued;

static void look_at_queued(EV_P_ ev_check* w, int revents)
{
    note_check(EV_A_ w, revents);
    assert_false(ev_is_active(&queued));
    assert_true(ev_is_pending(&queued));
    ev_check_stop(EV_A_ w); /* not again in the nested run */
}

static void test_timer_one_shot_is_stopped_when_queued(void** state)
{
    /* R1.59: inactive already in callbacks ahead of its own in the pass. */
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    ev_check before = check_of("c");
    (void)state;

    ev_set_cb(&before, look_at_queued);
    queued = timer_of("a", -1, 0);
    ev_set_cb(&queued, count_references);
    ev_timer_start(loop, &queued);
    ev_check_start(loop, &before);
    references = -1;
    assert_int_equal(turn(loop), 0);
    assert_calls("ca");
    assert_int_equal(references, 0);
    ev_loop_destroy(loop);
}

static void test_timer_repeating_stays_active_in_callback(void** state)
{
    /* R1.59: only a one-shot timer is stopped when it becomes pending. */
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    ev_timer a = timer_of("a", -1, 1);
    (void)state;

    ev_timer_start(loop, &a);
    assert_int_equal(turn(loop), 1);
    assert_calls("a");
    assert_true(ev_is_active(&a));
    ev_loop_destroy(loop);
}

static void test_timer_order_is_by_due_time(void** state)
{
    /* R1.60: of one iteration's timers the earliest due is called first. */
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    static const double after[] = {.5, .125, .75, .25, .625, .375, .0625};
    static const char* letters[] = {"d", "a", "f", "b", "e", "c", "A"};
    ev_timer w[7];
    (void)state;

    for (int i = 0; i < 7; ++i) {
        w[i] = timer_of(letters[i], after[i], i % 2 ? 0 : 8);
        ev_timer_start(loop, &w[i]);
    }
    clock_advance(1);
    turn(loop);
    assert_calls("Aabcdef");
    ev_loop_destroy(loop);
}

static void test_timer_order_of_two_equal_is_by_start(void** state)
{
    /* R1.60: of exactly two with equal due time the one started first. */
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    ev_timer a = timer_of("a", 0.5, 0), b = timer_of("b", 0.25, 0);
    (void)state;

    ev_timer_start(loop, &a);
    clock_advance(0.25);
    ev_now_update(loop);
    ev_timer_start(loop, &b);
    clock_advance(0.5);
    turn(loop);
    assert_calls("ab");
    ev_timer_set(&a, 0.25, 0.25);
    ev_timer_set(&b, 0.25, 0);
    ev_timer_start(loop, &b);
    ev_timer_start(loop, &a);
    clock_advance(0.5);
    turn(loop);
    assert_calls("ba");
    ev_loop_destroy(loop);
}

static void test_timer_order_is_by_priority_first(void** state)
{
    /* R1.60: priority goes before due time. */
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    ev_timer low = timer_of("l", 0.125, 0), mid = timer_of("m", 0.25, 0);
    ev_timer high = timer_of("h", 0.5, 0);
    (void)state;

    ev_set_priority(&low, -1);
    ev_set_priority(&high, 1);
    ev_timer_start(loop, &low);
    ev_timer_start(loop, &mid);
    ev_timer_start(loop, &high);
    clock_advance(1);
    turn(loop);
    assert_calls("hml");
    ev_loop_destroy(loop);
}

static void test_timer_order_survives_stopping_others(void** state)
{
    /* R1.60: stopping any others keeps the order of those that are left. */
    ev_timer w[26];
    char expected[27];
    unsigned seed = 1;
    (void)state;

    for (int round = 0; round < 200; ++round) {
        clock_freeze();
        struct ev_loop* loop = loop_fresh(0);
        int left = 0;
        for (int i = 0; i < 26; ++i)
            w[i] = timer_of(letter_of((char)('a' + i)), (i + 1) * grain, 0);
        for (int i = 0; i < 26; ++i) /* in a scattered order */
            ev_timer_start(loop, &w[(i * 11 + round) % 26]);
        for (int i = 0; i < 26; ++i) {
            seed = seed * 1103515245u + 12345u;
            if (seed >> 16 & 1) ev_timer_stop(loop, &w[i]);
            else expected[left++] = (char)('a' + i);
        }
        expected[left] = 0;
        clock_advance(1);
        turn(loop);
        assert_calls(expected);
        ev_loop_destroy(loop);
    }
}

static const Test tests[] = {
    EACH(test_timer_due_exactly_now_waits),
    EACH(test_timer_zero_timeout_fires_once_the_clock_moved),
    EACH(test_timer_negative_timeout_does_not_block),
    EACH(test_timer_restarting_itself_fires_once_per_iteration),
    EACH(test_timer_started_by_a_timer_waits_for_next_turn),
    EACH(test_timer_one_shot_is_stopped_when_queued),
    EACH(test_timer_repeating_stays_active_in_callback),
    EACH(test_timer_order_is_by_due_time),
    EACH(test_timer_order_of_two_equal_is_by_start),
    EACH(test_timer_order_is_by_priority_first),
    EACH(test_timer_order_survives_stopping_others),
};

HARNESS_MAIN("timer", tests)
