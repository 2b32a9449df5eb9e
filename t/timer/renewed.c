/* Timers and periodics that are initialized or set again while they are active,
 * mistakes, and then left alone, stopped or started.
 */

#include "calls.h"
#include "clock.h"

static struct ev_loop* begin(void)
{
    clock_freeze();
    return loop_fresh(0);
}

static void pass(struct ev_loop* loop, double seconds)
{
    clock_advance(seconds);
    turn(loop);
}

/* Until nothing is due any more; each of the letters was called, and nobody
 * for ever. */
static void assert_ends(struct ev_loop* loop, const char* letters)
{
    for (int i = 0; i < 40; ++i) pass(loop, 1);
    assert_true(strlen(calls) < 20);
    for (; *letters; ++letters) assert_non_null(strchr(calls, *letters));
    calls_clear();
    assert_int_equal(turn(loop), 0);
    ev_verify(loop);
}

static void test_renewed_timers_are_survived(void** state)
{
    /* R3.9: initialized again while active, at each place in the heap, and then
     * started, stopped or left alone: no circle, no growth, no crash; the
     * others are called. */
    (void)state;
    for (int i = 0; i < 9 * 4; ++i) {
        struct ev_loop* loop = begin();
        ev_timer w[9];
        for (int k = 0; k < 9; ++k) {
            w[k] = timer_of(k == i / 4 ? "x" : "t", 1 + k, 0);
            ev_timer_start(loop, &w[k]);
        }
        ev_timer* x = &w[i / 4];
        *x = timer_of("x", 5, 0);
        if (i % 4 == 1) ev_timer_start(loop, x);
        if (i % 4 == 2) ev_timer_stop(loop, x);
        if (i % 4 == 3) x->repeat = 3, ev_timer_again(loop, x), x->repeat = 0;
        assert_ends(loop, i % 2 ? "tx" : "t");
        ev_loop_destroy(loop);
    }
}

static void test_renewed_periodics_are_survived(void** state)
{
    /* R3.9: the same for periodics. */
    (void)state;
    for (int i = 0; i < 9 * 4; ++i) {
        struct ev_loop* loop = begin();
        ev_tstamp now = ev_now(loop);
        ev_periodic w[9];
        for (int k = 0; k < 9; ++k) {
            w[k] = periodic_of(k == i / 4 ? "x" : "t", now + 1 + k, 0);
            ev_periodic_start(loop, &w[k]);
        }
        ev_periodic* x = &w[i / 4];
        *x = periodic_of("x", now + 5, 0);
        if (i % 4 == 1) ev_periodic_start(loop, x);
        if (i % 4 == 2) ev_periodic_stop(loop, x);
        if (i % 4 == 3) ev_periodic_again(loop, x);
        assert_ends(loop, i % 2 ? "tx" : "t");
        ev_loop_destroy(loop);
    }
}

static void test_renewed_periodic_set_is_due_as_started(void** state)
{
    /* R3.9: ev_periodic_set of an active one: it is due as it was started, and
     * goes on by what was set. */
    struct ev_loop* loop = begin();
    ev_tstamp now = ev_now(loop);
    ev_periodic a = periodic_of("a", now + 2, 0);
    ev_periodic b = periodic_of("b", now + 2, 16);
    (void)state;

    ev_periodic_start(loop, &a);
    ev_periodic_start(loop, &b);
    ev_periodic_set(&a, now + 0.5, 4., NULL);
    ev_periodic_set(&b, now + 8, 0., NULL);
    ev_verify(loop);
    pass(loop, 1);
    assert_calls("");
    pass(loop, 1.5);
    assert_int_equal(strlen(calls), 2);
    calls_clear();
    assert_true(ev_is_active(&a) && !ev_is_active(&b));
    assert_true(ev_periodic_at(&a) == now + 4.5);
    pass(loop, 2.5);
    assert_calls("a");
    ev_loop_destroy(loop);
}

enum { some = 100 };

static ev_timer timers[some];

static void test_renewed_among_many_leave_the_order(void** state)
{
    /* R3.9, R1.60: when the entries that are nobody's are dropped, which comes
     * before the heap grows, the others stay in order. */
    struct ev_loop* loop = begin();
    (void)state;

    for (int i = 0; i < 20 * some; ++i) {
        int k = i % some, after = 1 + k * 37 % some;
        if (i >= some && k % 3) continue;
        timers[k] = timer_of("t", k % 3 ? after : 1000, 0);
        ev_timer_start(loop, &timers[k]);
    }
    for (int second = 1; second <= some; ++second) {
        size_t due = 0;
        for (int k = 0; k < some; ++k)
            due += k % 3 && 1 + k * 37 % some == second;
        pass(loop, 0.5);
        assert_calls("");
        pass(loop, 0.5 + 1. / 64);
        assert_int_equal(strlen(calls_take()), due);
        clock_advance(-1. / 64);
    }
    ev_loop_destroy(loop);
}

static void test_renewed_then_stopped_is_inactive(void** state)
{
    /* R3.9: the entry that fills the gap is its own old one. */
    struct ev_loop* loop = begin();
    ev_tstamp now = ev_now(loop);
    ev_timer timers[2];
    ev_periodic periodics[2];
    (void)state;

    for (int i = 0; i < 3; ++i) {
        ev_tstamp after = i == 0 ? 11 : i == 1 ? 20 : 10;
        timers[i > 0] = timer_of("t", after, 0);
        periodics[i > 0] = periodic_of("p", now + after, 0);
        ev_timer_start(loop, &timers[i > 0]);
        ev_periodic_start(loop, &periodics[i > 0]);
    }
    for (int i = 0; i < 2; ++i) {
        ev_timer_stop(loop, &timers[i]);
        ev_periodic_stop(loop, &periodics[i]);
        assert_false(ev_is_active(&timers[i]) || ev_is_active(&periodics[i]));
    }
    assert_ends(loop, "");
    ev_loop_destroy(loop);
}

static const Test tests[] = {
    OURS_CORRUPTS(test_renewed_timers_are_survived),
    OURS_CORRUPTS(test_renewed_periodics_are_survived),
    CORRUPTS(test_renewed_periodic_set_is_due_as_started),
    OURS_CORRUPTS(test_renewed_then_stopped_is_inactive),
    OURS_CORRUPTS(test_renewed_among_many_leave_the_order),
};

HARNESS_MAIN("timer_renewed", tests)
