/* References, which keep a run going; and the counters of a loop. */
#define _GNU_SOURCE
#include <unistd.h>

#include "kinds.h"
#include "spy.h"

static const ev_tstamp never = 100.; /* a timer that no test waits for */

/* R1.17: with all references taken away a run does one iteration that does
 * not block, and returns 0, active timers or not. */
static void test_run_unreferenced_watchers_do_not_hold_it(void** state)
{
    (void)state;
    struct ev_loop* loop = loop_new(0);
    ev_timer timer;

    timer_init(&timer, "timer", note, never, 0.);
    ev_timer_start(loop, &timer);
    ev_unref(loop);
    spy_reset();
    assert_int_equal(ev_run(loop, 0), 0);
    assert_did_not_wait();
    assert_int_equal(ev_iteration(loop), 1);
    assert_true(ev_is_active(&timer));
    ev_ref(loop);
    ev_timer_stop(loop, &timer);
    assert_int_equal(ev_run(loop, 0), 0);
    ev_loop_destroy(loop);
}

static int rounds;

static void unref_in_third_round(struct ev_loop* loop, ev_watcher* w,
                                 int revents)
{
    (void)w, (void)revents;
    if (++rounds == 3) ev_unref(loop);
}

/* R1.17: one extra reference keeps it going until it is given back, even
 * when the watchers that are active hold none. */
static void test_run_extra_reference_holds_it(void** state)
{
    (void)state;
    struct ev_loop* loop = loop_new(0);
    ev_timer timer;

    timer_init(&timer, "timer", unref_in_third_round, .001, .001);
    ev_timer_start(loop, &timer);
    ev_unref(loop);
    ev_ref(loop);
    rounds = 0;
    assert_int_equal(ev_run(loop, 0), 0);
    assert_int_equal(rounds, 3);
    ev_ref(loop);
    ev_timer_stop(loop, &timer);
    ev_loop_destroy(loop);
}

/* An embed watcher has inner watchers of its own, which hold some too. */
static void assert_references(const Kind* kind, int before, int now)
{
    if (strcmp(kind->name, "embed") == 0) assert_true(now > before);
    else assert_int_equal(now, before + kind_holds(kind));
}

/* R1.18: every active watcher of every kind holds one reference, but for
 * cleanup watchers, which hold none; stopping gives it back. */
static void test_reference_is_held_by_each_active_watcher(void** state)
{
    (void)state;
    struct ev_loop* loop = loop_default(0);
    ev_prepare other;

    kinds_open();
    prepare_init(&other, "other", note);
    ev_prepare_start(loop, &other);
    for (int i = 0; i < kinds_count; ++i) {
        Any any;
        kind_init(&kinds[i], &any);
        assert_int_equal(ev_run(loop, EVRUN_NOWAIT), 1);
        kinds[i].start(loop, &any);
        assert_true(ev_is_active(&any));
        assert_references(&kinds[i], 1, ev_run(loop, EVRUN_NOWAIT));
        kinds[i].stop(loop, &any);
        assert_false(ev_is_active(&any));
        assert_int_equal(ev_run(loop, EVRUN_NOWAIT), 1);
    }
    calls_clear();
    ev_prepare_stop(loop, &other);
    kinds_close();
    ev_loop_destroy(loop);
}

/* R1.18: watchers of different kinds add up. */
static void test_reference_of_all_kinds_add_up(void** state)
{
    (void)state;
    struct ev_loop* loop = loop_default(0);
    Any any[kinds_count];
    int held = 0;

    kinds_open();
    for (int i = 0; i < kinds_count; ++i) {
        kind_init(&kinds[i], &any[i]);
        kinds[i].start(loop, &any[i]);
        int now = ev_run(loop, EVRUN_NOWAIT);
        assert_references(&kinds[i], held, now);
        held = now;
    }
    for (int i = 0; i < kinds_count; ++i) kinds[i].stop(loop, &any[i]);
    assert_int_equal(ev_run(loop, EVRUN_NOWAIT), 0);
    calls_clear();
    kinds_close();
    ev_loop_destroy(loop);
}

static unsigned iteration_at_release, iteration_at_acquire;

static void on_release(struct ev_loop* loop) EV_NOEXCEPT
{
    iteration_at_release = ev_iteration(loop);
}

static void on_acquire(struct ev_loop* loop) EV_NOEXCEPT
{
    iteration_at_acquire = ev_iteration(loop);
}

static void note_iteration(struct ev_loop* loop, ev_watcher* w, int revents)
{
    (void)revents;
    *(unsigned*)w->data = ev_iteration(loop);
}

/* R1.19: the iteration is counted just before the wait: prepare callbacks
 * see the old number, release and check callbacks the new one. */
static void test_iteration_is_counted_before_the_wait(void** state)
{
    (void)state;
    struct ev_loop* loop = loop_new(0);
    ev_prepare prepare;
    ev_check check;
    unsigned at_prepare = 99, at_check = 99;

    prepare_init(&prepare, "", note_iteration);
    check_init(&check, "", note_iteration);
    prepare.data = &at_prepare, check.data = &at_check;
    ev_prepare_start(loop, &prepare);
    ev_check_start(loop, &check);
    ev_set_loop_release_cb(loop, on_release, on_acquire);
    for (unsigned i = 0; i < 3; ++i) {
        ev_run(loop, EVRUN_NOWAIT);
        assert_int_equal(at_prepare, i);
        assert_int_equal(iteration_at_release, i + 1);
        assert_int_equal(iteration_at_acquire, i + 1);
        assert_int_equal(at_check, i + 1);
        assert_int_equal(ev_iteration(loop), i + 1);
    }
    ev_loop_destroy(loop);
}

/* R1.19: ev_invoke_pending is no iteration. */
static void test_iteration_is_not_counted_by_invoke_pending(void** state)
{
    (void)state;
    struct ev_loop* loop = loop_new(0);
    ev_watcher fed;

    fed_init(&fed, "fed", note, 0);
    ev_feed_event(loop, &fed, EV_CUSTOM);
    ev_invoke_pending(loop);
    assert_calls("fed");
    assert_int_equal(ev_iteration(loop), 0);
    ev_run(loop, EVRUN_NOWAIT);
    ev_feed_event(loop, &fed, EV_CUSTOM);
    ev_invoke_pending(loop);
    assert_int_equal(ev_iteration(loop), 1);
    calls_clear();
    ev_loop_destroy(loop);
}

static unsigned depths[4], depths_seen;

static void note_depth(struct ev_loop* loop, ev_watcher* w, int revents)
{
    (void)revents;
    assert_true(depths_seen < 4);
    depths[depths_seen++] = ev_depth(loop);
    if (w->data && depths_seen == 1) {
        ev_run(loop, EVRUN_NOWAIT);
        depths[depths_seen++] = ev_depth(loop);
    }
}

/* R1.20: the depth is 0 outside, 1 in callbacks of a run, 2 in those of a
 * run inside it, and falls back when that returns. */
static void test_depth_counts_nested_runs(void** state)
{
    (void)state;
    struct ev_loop* loop = loop_new(0);
    ev_check check;

    check_init(&check, "nest", note_depth);
    ev_check_start(loop, &check);
    depths_seen = 0;
    assert_int_equal(ev_depth(loop), 0);
    ev_run(loop, EVRUN_NOWAIT);
    assert_int_equal(depths_seen, 3);
    assert_int_equal(depths[0], 1);
    assert_int_equal(depths[1], 2);
    assert_int_equal(depths[2], 1);
    assert_int_equal(ev_depth(loop), 0);
    ev_loop_destroy(loop);
}

/* R1.20: in callbacks run by ev_invoke_pending or ev_invoke outside any run
 * it is 0. */
static void test_depth_is_zero_in_callbacks_outside_a_run(void** state)
{
    (void)state;
    struct ev_loop* loop = loop_new(0);
    ev_watcher fed;

    fed_init(&fed, NULL, note_depth, 0);
    ev_feed_event(loop, &fed, EV_CUSTOM);
    depths_seen = 0;
    ev_invoke_pending(loop);
    ev_invoke(loop, &fed, EV_CUSTOM);
    assert_int_equal(depths_seen, 2);
    assert_int_equal(depths[0], 0);
    assert_int_equal(depths[1], 0);
    ev_loop_destroy(loop);
}

static const Test tests[] = {
    EACH(test_run_unreferenced_watchers_do_not_hold_it),
    EACH(test_run_extra_reference_holds_it),
    EACH(test_reference_is_held_by_each_active_watcher),
    EACH(test_reference_of_all_kinds_add_up),
    EACH(test_iteration_is_counted_before_the_wait),
    EACH(test_iteration_is_not_counted_by_invoke_pending),
    EACH(test_depth_counts_nested_runs),
    EACH(test_depth_is_zero_in_callbacks_outside_a_run),
};

HARNESS_MAIN("run_references", tests)
