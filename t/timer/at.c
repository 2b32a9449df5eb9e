/* ev_timer: what `at` holds, ev_timer_remaining, and from when it counts. */

#include "calls.h"
#include "clock.h"

static const double grain = (double)clock_grain / clock_ns;

static void test_timer_at_is_absolute_only_while_active(void** state)
{
    /* R1.63: relative while inactive, absolute monotonic time while active;
     * stop leaves the time left. */
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    ev_timer a = timer_of("a", 0.5, 0.25);
    (void)state;

    assert_true(a.at == 0.5);
    ev_timer_start(loop, &a);
    assert_true(a.at == clock_mono() + 0.5);
    clock_advance(0.125);
    ev_timer_stop(loop, &a);
    assert_true(a.at == 0.5); /* the loop has not read the clock */
    ev_timer_start(loop, &a);
    ev_now_update(loop);
    ev_timer_stop(loop, &a);
    assert_true(a.at == 0.375);
    ev_loop_destroy(loop);
}

static void test_timer_stop_and_start_pause_and_continue(void** state)
{
    /* R1.63: stop plus start pauses and continues a timer. */
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    ev_timer a = timer_of("a", 0.5, 0);
    (void)state;

    ev_timer_start(loop, &a);
    clock_advance(0.375);
    turn(loop);
    ev_timer_stop(loop, &a);
    clock_advance(100);
    turn(loop);
    ev_timer_start(loop, &a);
    clock_advance(0.125);
    turn(loop);
    assert_calls("");
    clock_advance(grain);
    turn(loop);
    assert_calls("a");
    ev_loop_destroy(loop);
}

static void test_timer_expired_holds_its_lateness(void** state)
{
    /* R1.63: after expiry of a one-shot timer `at` is the lateness, so that
     * starting it again without setting it makes it fire at once. */
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    ev_timer a = timer_of("a", 0.5, 0);
    (void)state;

    ev_timer_start(loop, &a);
    clock_advance(0.75);
    turn(loop);
    assert_calls("a");
    assert_true(a.at == -0.25);
    ev_timer_start(loop, &a);
    turn(loop);
    assert_calls("a");
    ev_loop_destroy(loop);
}

static void test_timer_remaining_of_inactive_is_the_setting(void** state)
{
    /* R1.64: of an inactive timer, the configured value. */
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    ev_timer a = timer_of("a", 0.5, 7);
    (void)state;

    assert_true(ev_timer_remaining(loop, &a) == 0.5);
    clock_advance(1);
    ev_now_update(loop);
    assert_true(ev_timer_remaining(loop, &a) == 0.5);
    ev_timer_set(&a, -2, 0);
    assert_true(ev_timer_remaining(loop, &a) == -2);
    ev_loop_destroy(loop);
}

static void test_timer_remaining_follows_the_cached_time(void** state)
{
    /* R1.64: of an active timer, due time minus loop time as cached, negative
     * when overdue. */
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    ev_timer a = timer_of("a", 0.5, 0);
    (void)state;

    ev_timer_start(loop, &a);
    clock_advance(0.125);
    assert_true(ev_timer_remaining(loop, &a) == 0.5);
    ev_now_update(loop);
    assert_true(ev_timer_remaining(loop, &a) == 0.375);
    clock_advance(0.5);
    ev_now_update(loop);
    assert_true(ev_timer_remaining(loop, &a) == -0.125);
    assert_true(ev_is_active(&a));
    ev_loop_destroy(loop);
}

static ev_timer other;
static int update_first;

static void start_after_work(EV_P_ ev_timer* w, int revents)
{
    note_timer(EV_A_ w, revents);
    clock_advance(0.5); /* long work */
    if (update_first) ev_now_update(EV_A);
    ev_timer_start(EV_A_ & other);
}

static void test_timer_counts_from_the_cached_time(void** state)
{
    /* R1.68: timeouts count from loop time, so that after long work a short
     * timer may be due at once, unless ev_now_update is called before. */
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    ev_timer worker = timer_of("w", -1, 0);
    (void)state;

    ev_set_cb(&worker, start_after_work);
    for (update_first = 0; update_first < 2; ++update_first) {
        other = timer_of("o", 0.25, 0);
        ev_timer_set(&worker, -1, 0);
        ev_timer_start(loop, &worker);
        turn(loop);
        assert_calls("w");
        turn(loop);
        assert_calls(update_first ? "" : "o");
    }
    clock_advance(0.25 + grain);
    turn(loop);
    assert_calls("o");
    ev_loop_destroy(loop);
}

static const Test tests[] = {
    EACH(test_timer_at_is_absolute_only_while_active),
    EACH(test_timer_stop_and_start_pause_and_continue),
    EACH(test_timer_expired_holds_its_lateness),
    EACH(test_timer_remaining_of_inactive_is_the_setting),
    EACH(test_timer_remaining_follows_the_cached_time),
    EACH(test_timer_counts_from_the_cached_time),
};

HARNESS_MAIN("timer_at", tests)
