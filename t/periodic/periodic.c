/* ev_periodic: when it is due, by date, interval or reschedule callback. See
 * periodic_jump.c for a wall clock that is set. */

#include <math.h>

#include "calls.h"
#include "clock.h"
#include "frozen.h"

static const double grain = (double)clock_grain / clock_ns;

static void pass_time(struct ev_loop* loop, double s)
{
    clock_advance(s);
    turn(loop);
}

static void test_periodic_due_exactly_now_waits(void** state)
{
    /* R1.57: it fires when now is later than its due time, not equal. */
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    ev_tstamp now = ev_now(loop);
    ev_periodic a = periodic_of("a", now + 0.25, 0);
    ev_periodic b = periodic_of("b", now + 0.25, 1000);
    (void)state;

    ev_periodic_start(loop, &a);
    ev_periodic_start(loop, &b);
    pass_time(loop, 0.25);
    assert_true(ev_now(loop) == now + 0.25);
    assert_calls("");
    pass_time(loop, grain);
    assert_calls("ab");
    assert_int_equal(calls_revents, EV_PERIODIC);
    ev_loop_destroy(loop);
}

static void test_periodic_absolute_fires_once(void** state)
{
    /* R1.70: once when wall time is past offset, and stops itself; `at` is
     * absolute wall time whether active or not. */
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    ev_tstamp due = ev_now(loop) + 0.5;
    ev_periodic a = periodic_of("a", due, 0);
    (void)state;

    ev_periodic_start(loop, &a);
    assert_true(ev_periodic_at(&a) == due);
    pass_time(loop, 0.25);
    assert_calls("");
    ev_periodic_stop(loop, &a);
    assert_true(ev_periodic_at(&a) == due);
    ev_periodic_start(loop, &a);
    clock_advance(0.5);
    assert_int_equal(turn(loop), 0);
    assert_calls("a");
    assert_false(ev_is_active(&a));
    assert_true(ev_periodic_at(&a) == due);
    pass_time(loop, 1);
    assert_calls("");
    ev_loop_destroy(loop);
}

static void test_periodic_absolute_in_the_past_fires_at_once(void** state)
{
    /* R1.70: at once if that is past already. */
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    ev_periodic a = periodic_of("a", 1, 0);
    (void)state;

    waits_clear();
    ev_periodic_start(loop, &a);
    ev_run(loop, EVRUN_ONCE);
    assert_calls("a");
    assert_true(waits.polled == 0);
    ev_loop_destroy(loop);
}

static void test_periodic_again_starts_an_inactive_one(void** state)
{
    /* R1.70: ev_periodic_again also starts an inactive one. */
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    ev_periodic a = periodic_of("a", ev_now(loop) + 0.25, 0);
    (void)state;

    ev_periodic_again(loop, &a);
    assert_true(ev_is_active(&a));
    pass_time(loop, 0.5);
    assert_calls("a");
    ev_loop_destroy(loop);
}

static void test_periodic_interval_is_due_at_the_next_multiple(void** state)
{
    /* R1.71: due at the smallest offset + N * interval strictly later than
     * now. */
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    static const double offsets[] = {0, 0.125, 0.375, 2.25, -0.25, 1e6, 3e9};
    ev_tstamp now = ev_now(loop);
    (void)state;

    for (int i = 0; i < 8; ++i) {
        ev_tstamp offset = i < 7 ? offsets[i] : now;
        ev_periodic a = periodic_of("a", offset, 0.5);
        ev_periodic_start(loop, &a);
        assert_true(ev_periodic_at(&a) > now);
        assert_true(ev_periodic_at(&a) <= now + 0.5);
        assert_true(fmod(ev_periodic_at(&a) - offset, 0.5) == 0);
        assert_true(i < 7 || ev_periodic_at(&a) == now + 0.5);
        ev_periodic_stop(loop, &a);
    }
    ev_loop_destroy(loop);
}

static ev_tstamp at_in_callback;

static void note_at(EV_P_ ev_periodic* w, int revents)
{
    note_periodic(EV_A_ w, revents);
    assert_true(ev_is_active(w));
    at_in_callback = ev_periodic_at(w);
}

static void test_periodic_interval_missed_rounds_give_one_event(void** state)
{
    /* R1.71: missed rounds give one event, and ev_periodic_at already shows
     * the next time in the callback. */
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    ev_tstamp now = ev_now(loop);
    ev_periodic a = periodic_of("a", now + 0.25, 0.5);
    (void)state;

    ev_set_cb(&a, note_at);
    ev_periodic_start(loop, &a);
    assert_true(ev_periodic_at(&a) == now + 0.25);
    pass_time(loop, 0.375);
    assert_calls("a");
    assert_true(at_in_callback == now + 0.75);
    pass_time(loop, 2);
    assert_calls("a");
    assert_true(at_in_callback == now + 2.75);
    turn(loop);
    assert_calls("");
    pass_time(loop, 0.375 + grain);
    assert_calls("a");
    ev_loop_destroy(loop);
}

static void test_periodic_interval_never_due_at_the_present(void** state)
{
    /* R1.71: strictly later than now, also when it has just fired. */
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    ev_tstamp now = ev_now(loop);
    ev_periodic a = periodic_of("a", now, 0.5);
    (void)state;

    ev_periodic_start(loop, &a);
    pass_time(loop, 1); /* this very moment is a multiple too */
    assert_calls("a");
    assert_true(ev_periodic_at(&a) == now + 1.5);
    ev_loop_destroy(loop);
}

static void test_periodic_interval_too_small_to_count(void** state)
{
    /* R1.71: an interval below what a time can tell apart is due at the next
     * time there is, or now. */
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    static const double intervals[] = {1e-3, 1e-6, 1e-7, 1e-9, 1e-15, 1e-300};
    ev_tstamp now = ev_now(loop);
    (void)state;

    for (int i = 0; i < 6; ++i) {
        ev_periodic a = periodic_of("a", now - 1. / 3, intervals[i]);
        ev_periodic_start(loop, &a);
        assert_true(ev_periodic_at(&a) >= now);
        assert_true(ev_periodic_at(&a) <= now + intervals[i] + 1e-6);
        pass_time(loop, 0); /* nothing that goes on for ever */
        ev_periodic_stop(loop, &a);
    }
    ev_loop_destroy(loop);
}

static ev_tstamp asked_at, answer;
static ev_periodic* asked_for;

static ev_tstamp reschedule(ev_periodic* w, ev_tstamp now)
{
    calls_note("r", 0);
    asked_for = w;
    asked_at = now;
    return now + answer;
}

static void test_periodic_reschedule_is_asked_for_each_time(void** state)
{
    /* R1.72: called with watcher and loop time on start, and on each expiry
     * before the watcher's callback; offset and interval are ignored. */
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    ev_tstamp now = ev_now(loop);
    ev_periodic a = periodic_of("a", 1, 0.0625);
    (void)state;

    a.reschedule_cb = reschedule;
    answer = 0.5;
    ev_periodic_start(loop, &a);
    assert_calls("r");
    assert_true(asked_for == &a && asked_at == now);
    assert_true(ev_periodic_at(&a) == now + 0.5);
    pass_time(loop, 0.25);
    assert_calls("");
    answer = 4;
    pass_time(loop, 0.375);
    assert_calls("ra");
    assert_true(asked_at == now + 0.625 && asked_at == ev_now(loop));
    assert_true(ev_periodic_at(&a) == now + 4.625);
    ev_loop_destroy(loop);
}

static void test_periodic_reschedule_past_on_start_is_due_at_once(void** state)
{
    /* R1.73: on start a result in the past is accepted and due at once (so it
     * is asked again in that iteration). */
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    ev_periodic a = periodic_of("a", 0, 0);
    (void)state;

    a.reschedule_cb = reschedule;
    answer = -100;
    waits_clear();
    ev_periodic_start(loop, &a);
    assert_true(ev_periodic_at(&a) == ev_now(loop) - 100);
    answer = 100;
    ev_run(loop, EVRUN_ONCE);
    assert_calls("rra");
    assert_true(waits.polled == 0);
    ev_loop_destroy(loop);
}

static void test_periodic_reschedule_to_now_waits_for_the_clock(void** state)
{
    /* R1.73: on expiry a result equal to now is accepted, and fires once the
     * clock has moved. */
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    ev_periodic a = periodic_of("a", 0, 0);
    (void)state;

    a.reschedule_cb = reschedule;
    answer = 0;
    ev_periodic_start(loop, &a);
    pass_time(loop, grain);
    assert_calls("rra");
    turn(loop);
    assert_calls("");
    pass_time(loop, grain);
    assert_calls("ra");
    ev_loop_destroy(loop);
}

static const Test tests[] = {
    EACH(test_periodic_due_exactly_now_waits),
    EACH(test_periodic_absolute_fires_once),
    EACH(test_periodic_absolute_in_the_past_fires_at_once),
    EACH(test_periodic_again_starts_an_inactive_one),
    EACH(test_periodic_interval_is_due_at_the_next_multiple),
    EACH(test_periodic_interval_missed_rounds_give_one_event),
    EACH(test_periodic_interval_never_due_at_the_present),
    EACH(test_periodic_interval_too_small_to_count),
    EACH(test_periodic_reschedule_is_asked_for_each_time),
    EACH(test_periodic_reschedule_past_on_start_is_due_at_once),
    EACH(test_periodic_reschedule_to_now_waits_for_the_clock),
};

HARNESS_MAIN("periodic", tests)
