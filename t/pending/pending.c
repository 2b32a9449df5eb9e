/* The order in which pending watchers are called. */
#include "calls.h"

/* R1.25: a pass goes from the highest priority to the lowest, and everybody
 * gets a turn; the count sums over all priorities. */
static void test_pending_goes_from_high_to_low_priority(void** state)
{
    static const char* const names[] = {"min", "low", "zero", "high", "max"};
    static const int order[] = {0, 2, -1, 1, -2}; /* of feeding */
    (void)state;
    struct ev_loop* loop = loop_new(0);
    ev_watcher w[5];

    assert_int_equal(EV_MINPRI, -2);
    assert_int_equal(EV_MAXPRI, 2);
    for (int i = 0; i < 5; ++i) {
        fed_init(&w[i], names[order[i] + 2], note, order[i]);
        ev_feed_event(loop, &w[i], EV_CUSTOM);
        assert_int_equal(ev_pending_count(loop), i + 1);
    }
    ev_invoke_pending(loop);
    assert_calls("max high zero low min");
    assert_int_equal(ev_pending_count(loop), 0);
    ev_loop_destroy(loop);
}

/* R1.26: within one priority the last fed is the first called. */
static void test_pending_of_one_priority_last_in_first_out(void** state)
{
    (void)state;
    struct ev_loop* loop = loop_new(0);
    ev_watcher a, b, c;

    fed_init(&a, "a", note, 1);
    fed_init(&b, "b", note, 1);
    fed_init(&c, "c", note, 1);
    ev_feed_event(loop, &a, EV_CUSTOM);
    ev_feed_event(loop, &b, EV_CUSTOM);
    ev_feed_event(loop, &c, EV_CUSTOM);
    ev_invoke_pending(loop);
    assert_calls("cba");
    ev_loop_destroy(loop);
}

/* R1.26: to feed a pending watcher again adds the bits and leaves its place;
 * it is called once. */
static void test_pending_fed_again_keeps_place_and_adds_bits(void** state)
{
    (void)state;
    struct ev_loop* loop = loop_new(0);
    ev_watcher a, b;

    fed_init(&a, "a", note, 0);
    fed_init(&b, "b", note, 0);
    ev_feed_event(loop, &a, EV_READ);
    ev_feed_event(loop, &b, EV_CUSTOM);
    ev_feed_event(loop, &a, EV_CUSTOM);
    ev_feed_event(loop, &a, EV_READ | EV_TIMER);
    assert_int_equal(ev_pending_count(loop), 2);
    ev_invoke_pending(loop);
    assert_calls("ba");
    assert_int_equal(calls_revents, EV_READ | EV_CUSTOM | EV_TIMER);
    ev_loop_destroy(loop);
}

/* R1.27: prepare, check and fork watchers of one priority are called latest
 * started first. */
static void test_order_of_a_phase_is_latest_started_first(void** state)
{
    static const char* const names[] = {"a", "b", "c"};
    (void)state;
    struct ev_loop* loop = loop_new(0);
    ev_fork forked[3];
    ev_prepare prepare[3];
    ev_check check[3];

    for (int i = 0; i < 3; ++i) {
        fork_init(&forked[i], names[i], note);
        prepare_init(&prepare[i], names[i], note);
        check_init(&check[i], names[i], note);
        ev_fork_start(loop, &forked[i]);
        ev_check_start(loop, &check[i]);
        ev_prepare_start(loop, &prepare[i]);
    }
    ev_loop_fork(loop);
    ev_run(loop, EVRUN_NOWAIT);
    assert_calls("cbacbacba");
    ev_loop_destroy(loop);
}

/* R1.27: likewise idle watchers, which come after check watchers. */
static void test_order_of_idle_is_latest_first_after_check(void** state)
{
    (void)state;
    struct ev_loop* loop = loop_new(0);
    ev_idle a, b;
    ev_check first, second;

    check_init(&first, "first", note);
    check_init(&second, "second", note);
    idle_init(&a, "a", note);
    idle_init(&b, "b", note);
    ev_check_start(loop, &first);
    ev_idle_start(loop, &a);
    ev_idle_start(loop, &b);
    ev_check_start(loop, &second);
    ev_run(loop, EVRUN_NOWAIT);
    assert_calls("second first ba");
    ev_loop_destroy(loop);
}

/* R1.27: and cleanup watchers. */
static void test_order_of_cleanup_is_latest_started_first(void** state)
{
    static const char* const names[] = {"a", "b", "c"};
    (void)state;
    struct ev_loop* loop = loop_new(0);
    ev_cleanup w[3];

    for (int i = 0; i < 3; ++i) {
        ev_cleanup_init(&w[i], 0);
        named(&w[i], names[i], note);
        ev_cleanup_start(loop, &w[i]);
    }
    ev_loop_destroy(loop);
    assert_calls("cba");
}

/* R1.28: the last one moves into the place of one that is stopped; what is
 * started again goes to the end. */
static void test_order_of_prepare_after_stop_and_restart(void** state)
{
    static const char* const names[] = {"a", "b", "c", "d"};
    (void)state;
    struct ev_loop* loop = loop_new(0);
    ev_prepare w[4];

    for (int i = 0; i < 4; ++i) {
        prepare_init(&w[i], names[i], note);
        ev_prepare_start(loop, &w[i]);
    }
    ev_run(loop, EVRUN_NOWAIT);
    assert_calls("dcba");
    ev_prepare_stop(loop, &w[0]);
    ev_run(loop, EVRUN_NOWAIT);
    assert_calls("cbd");
    ev_prepare_start(loop, &w[0]);
    ev_run(loop, EVRUN_NOWAIT);
    assert_calls("acbd");
    ev_prepare_stop(loop, &w[0]);
    ev_run(loop, EVRUN_NOWAIT);
    assert_calls("cbd");
    ev_loop_destroy(loop);
}

/* R1.28: the same for check, fork and idle watchers. */
static void test_order_of_other_phases_after_stop(void** state)
{
    static const char* const names[] = {"a", "b", "c", "d"};
    (void)state;
    struct ev_loop* loop = loop_new(0);
    ev_fork forked[4];
    ev_check check[4];
    ev_idle idle[4];

    for (int i = 0; i < 4; ++i) {
        fork_init(&forked[i], names[i], note);
        check_init(&check[i], names[i], note);
        idle_init(&idle[i], names[i], note);
        ev_fork_start(loop, &forked[i]);
        ev_check_start(loop, &check[i]);
        ev_idle_start(loop, &idle[i]);
    }
    ev_fork_stop(loop, &forked[1]);
    ev_check_stop(loop, &check[0]);
    ev_idle_stop(loop, &idle[2]);
    ev_loop_fork(loop);
    ev_run(loop, EVRUN_NOWAIT);
    assert_calls("cdacbddba");
    ev_loop_destroy(loop);
}

/* R1.28: and cleanup watchers. */
static void test_order_of_cleanup_after_stop(void** state)
{
    static const char* const names[] = {"a", "b", "c", "d"};
    (void)state;
    struct ev_loop* loop = loop_new(0);
    ev_cleanup w[4];

    for (int i = 0; i < 4; ++i) {
        ev_cleanup_init(&w[i], 0);
        named(&w[i], names[i], note);
        ev_cleanup_start(loop, &w[i]);
    }
    ev_cleanup_stop(loop, &w[0]);
    ev_loop_destroy(loop);
    assert_calls("cbd");
}

/* R1.29: priority goes before kind: an expired timer of higher priority is
 * called before a check watcher of lower priority. */
static void test_order_priority_goes_before_kind(void** state)
{
    (void)state;
    struct ev_loop* loop = loop_new(0);
    ev_timer high, low;
    ev_check check, lowest;

    timer_init(&high, "high", note, -1., 0.);
    timer_init(&low, "low", note, -2., 0.);
    check_init(&check, "check", note);
    check_init(&lowest, "lowest", note);
    ev_set_priority(&high, 1);
    ev_set_priority(&low, -1);
    ev_set_priority(&lowest, -2);
    ev_timer_start(loop, &low);
    ev_timer_start(loop, &high);
    ev_check_start(loop, &lowest);
    ev_check_start(loop, &check);
    ev_run(loop, EVRUN_NOWAIT);
    assert_calls("high check low lowest");
    ev_loop_destroy(loop);
}

/* R1.29: at equal priority all periodics come before all timers, whichever
 * was due earlier; among themselves the earliest due is first. */
static void test_order_periodics_come_before_timers(void** state)
{
    static const double ages[] = {4., 2.}; /* of the periodics */
    static const char* const names[] = {"periodic4", "periodic2"};
    (void)state;
    struct ev_loop* loop = loop_new(0);
    ev_periodic periodic[2];
    ev_timer timer5, timer1;

    timer_init(&timer5, "timer5", note, -5., 0.);
    timer_init(&timer1, "timer1", note, -1., 0.);
    ev_timer_start(loop, &timer1);
    ev_timer_start(loop, &timer5);
    for (int i = 1; i >= 0; --i) {
        ev_periodic_init(&periodic[i], 0, ev_now(loop) - ages[i], 0., 0);
        named(&periodic[i], names[i], note);
        ev_periodic_start(loop, &periodic[i]);
    }
    ev_run(loop, EVRUN_NOWAIT);
    assert_calls("periodic4 periodic2 timer5 timer1");
    ev_loop_destroy(loop);
}

static const Test tests[] = {
    EACH(test_pending_goes_from_high_to_low_priority),
    EACH(test_pending_of_one_priority_last_in_first_out),
    EACH(test_pending_fed_again_keeps_place_and_adds_bits),
    EACH(test_order_of_a_phase_is_latest_started_first),
    EACH(test_order_of_idle_is_latest_first_after_check),
    EACH(test_order_of_cleanup_is_latest_started_first),
    EACH(test_order_of_prepare_after_stop_and_restart),
    EACH(test_order_of_other_phases_after_stop),
    EACH(test_order_of_cleanup_after_stop),
    EACH(test_order_priority_goes_before_kind),
    EACH(test_order_periodics_come_before_timers),
};

HARNESS_MAIN("pending", tests)
