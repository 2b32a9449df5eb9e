/* The collect intervals: the loop waits longer to find more at once. */

#include <unistd.h>

#include "calls.h"
#include "clock.h"
#include "frozen.h"

static const double least = 1e-3; /* no backend waits for less in one call */

static void test_collect_timeout_stretches_the_wait(void** state)
{
    /* R1.85: a blocking wait is never made shorter for the sake of a timer or
     * periodic, so timers come late by up to it. */
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    ev_timer a = timer_of("a", 0.125, 0), b = timer_of("b", 0.375, 0);
    ev_periodic p = periodic_of("p", ev_now(loop) + 0.25, 0);
    (void)state;

    ev_set_timeout_collect_interval(loop, 0.5);
    ev_timer_start(loop, &a);
    ev_timer_start(loop, &b);
    ev_periodic_start(loop, &p);
    waits_clear();
    ev_run(loop, EVRUN_ONCE);
    assert_calls("pab");
    assert_true(waits.polls == 1 && waits.polled == 0.5);
    ev_loop_destroy(loop);
}

static void test_collect_timeout_leaves_longer_waits_alone(void** state)
{
    /* R1.85: it is a lower bound, nothing is added to a longer wait. */
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    ev_timer a = timer_of("a", 0.75, 0);
    (void)state;

    ev_set_timeout_collect_interval(loop, 0.5);
    ev_timer_start(loop, &a);
    waits_clear();
    ev_run(loop, EVRUN_ONCE);
    assert_calls("a");
    assert_true(waits.polls == 1 && waits.polled == 0.75);

    ev_set_timeout_collect_interval(loop, 0);
    ev_timer_set(&a, 0.25, 0);
    ev_timer_start(loop, &a);
    waits_clear();
    ev_run(loop, EVRUN_ONCE);
    assert_calls("a");
    assert_true(waits.polls == 1 && waits.polled == 0.25);
    ev_loop_destroy(loop);
}

static void test_collect_timeout_delays_what_is_due(void** state)
{
    /* R1.85: also if one is due already. */
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    ev_timer a = timer_of("a", -1, 0);
    (void)state;

    ev_set_timeout_collect_interval(loop, 0.5);
    ev_timer_start(loop, &a);
    waits_clear();
    ev_run(loop, EVRUN_ONCE);
    assert_calls("a");
    assert_true(waits.polls == 1 && waits.polled == 0.5);
    ev_loop_destroy(loop);
}

static void test_collect_timeout_ignores_when_a_timer_put_off_was_due(
    void** state)
{
    /* R1.85: it is a lower bound of the wait until the next timer is due. The
     * time that an earlier timer was put off from does not count. */
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    ev_timer a = timer_of("a", 0.125, 2), b = timer_of("b", 0.75, 0);
    (void)state;

    ev_timer_start(loop, &a);
    ev_timer_start(loop, &b);
    ev_timer_again(loop, &a);
    ev_set_timeout_collect_interval(loop, 0.5);
    waits_clear();
    ev_run(loop, EVRUN_ONCE);
    assert_calls("b");
    assert_true(waits.polls == 1 && waits.polled == 0.75);
    ev_loop_destroy(loop);
}

static void test_collect_timeout_is_ended_by_fd_events(void** state)
{
    /* R1.85: fd events end the wait as usual. */
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    ev_timer a = timer_of("a", 0.125, 0);
    int fds[2];
    (void)state;

    assert_int_equal(pipe(fds), 0);
    assert_int_equal(write(fds[1], "x", 1), 1);
    ev_io io = io_of("i", fds[0], EV_READ);
    ev_set_timeout_collect_interval(loop, 0.5);
    ev_timer_start(loop, &a);
    ev_io_start(loop, &io);
    waits_clear();
    ev_run(loop, EVRUN_ONCE);
    assert_calls("i");
    assert_int_equal(waits.polls + waits.sleeps, 0);
    close(fds[0]), close(fds[1]);
    ev_loop_destroy(loop);
}

/* Neither kind of collecting makes this iteration wait. */
static void assert_no_wait(struct ev_loop* loop, int flags)
{
    ev_set_timeout_collect_interval(loop, 0.5);
    ev_set_io_collect_interval(loop, 0.5);
    waits_clear();
    ev_run(loop, flags);
    assert_true(waits.polled == 0 && waits.slept == 0);
    assert_int_equal(waits.sleeps, 0);
}

static void test_collect_does_not_make_nowait_wait(void** state)
{
    /* R1.85, R1.86: NOWAIT, idle watchers and missing references still mean
     * no wait and no sleep. */
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    ev_timer a = timer_of("a", 2, 0);
    ev_idle idle = idle_of("i");
    (void)state;

    assert_no_wait(loop, 0); /* no references */
    ev_timer_start(loop, &a);
    assert_no_wait(loop, EVRUN_NOWAIT);
    ev_idle_start(loop, &idle);
    assert_no_wait(loop, EVRUN_ONCE);
    ev_idle_stop(loop, &idle);
    ev_unref(loop);
    assert_no_wait(loop, 0);
    ev_ref(loop);
    assert_calls("i");
    ev_loop_destroy(loop);
}

static void test_collect_io_sleeps_before_the_poll(void** state)
{
    /* R1.86: an iteration that would block sleeps first; what it slept it does
     * not wait for again. */
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    ev_timer a = timer_of("a", 2, 0);
    (void)state;

    ev_set_io_collect_interval(loop, 0.5);
    ev_timer_start(loop, &a);
    waits_clear();
    ev_run(loop, EVRUN_ONCE);
    assert_true(waits.sleeps == 1 && waits.slept == 0.5);
    assert_true(waits.polls == 1 && waits.polled == 1.5);
    assert_calls("a");
    ev_loop_destroy(loop);
}

static void test_collect_io_sleeps_though_fds_are_ready(void** state)
{
    /* R1.86: that far apart are the polls, whatever is ready meanwhile. */
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    int fds[2];
    (void)state;

    assert_int_equal(pipe(fds), 0);
    ev_io io = io_of("i", fds[1], EV_WRITE);
    ev_io_start(loop, &io);
    ev_set_io_collect_interval(loop, 0.5);
    waits_clear();
    for (int i = 1; i <= 3; ++i) {
        ev_run(loop, EVRUN_ONCE);
        assert_calls("i");
        assert_true(waits.sleeps == i && waits.slept == 0.5 * i);
    }
    assert_int_equal(waits.polls, 0);
    close(fds[0]), close(fds[1]);
    ev_loop_destroy(loop);
}

static void work(EV_P_ ev_prepare* w, int revents)
{
    note_prepare(EV_A_ w, revents);
    clock_advance(0.375);
}

static void test_collect_io_counts_the_time_worked(void** state)
{
    /* R1.86: counted from the previous time update. */
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    ev_prepare prepare = prepare_of("p");
    ev_timer a = timer_of("a", 4, 0);
    (void)state;

    ev_set_cb(&prepare, work);
    ev_prepare_start(loop, &prepare);
    ev_timer_start(loop, &a);
    ev_set_io_collect_interval(loop, 0.5);
    waits_clear();
    ev_run(loop, EVRUN_ONCE);
    assert_true(waits.sleeps == 1 && waits.slept == 0.125);

    ev_set_io_collect_interval(loop, 0.25);
    waits_clear();
    ev_timer_again(loop, &a); /* stops it */
    ev_timer_set(&a, 4, 0);
    ev_timer_start(loop, &a);
    ev_run(loop, EVRUN_ONCE);
    assert_int_equal(waits.sleeps, 0);
    ev_loop_destroy(loop);
}

static void test_collect_io_sleeps_not_beyond_a_timer(void** state)
{
    /* R1.86: but never beyond the next timer. */
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    ev_timer a = timer_of("a", 0.25, 0);
    (void)state;

    ev_set_io_collect_interval(loop, 0.5);
    ev_timer_start(loop, &a);
    waits_clear();
    ev_run(loop, EVRUN_ONCE);
    assert_calls("a");
    assert_true(waits.slept >= 0.125 && waits.slept <= 0.25);
    assert_true(waits.slept + waits.polled <= 0.25 + least);

    ev_timer_set(&a, -1, 0);
    ev_timer_start(loop, &a);
    waits_clear();
    ev_run(loop, EVRUN_ONCE);
    assert_calls("a");
    assert_true(waits.slept == 0 && waits.polled == 0);
    ev_loop_destroy(loop);
}

static void test_collect_intervals_take_true_time(void** state)
{
    /* R1.85, R1.86: the same without virtual time: at least that long. */
    clock_thaw();
    struct ev_loop* loop = loop_fresh(0);
    ev_timer a = timer_of("a", 0.001, 0);
    (void)state;

    for (int io = 0; io < 2; ++io) {
        ev_set_timeout_collect_interval(loop, io ? 0 : 0.02);
        ev_set_io_collect_interval(loop, io ? 0.02 : 0);
        ev_timer_set(&a, io ? 0.03 : 0.001, 0);
        ev_now_update(loop);
        ev_timer_start(loop, &a);
        double start = clock_mono();
        ev_run(loop, EVRUN_ONCE);
        assert_calls("a");
        assert_true(clock_mono() - start >= 0.0199);
    }
    ev_loop_destroy(loop);
}

static const Test tests[] = {
    EACH(test_collect_timeout_stretches_the_wait),
    EACH(test_collect_timeout_leaves_longer_waits_alone),
    EACH(test_collect_timeout_delays_what_is_due),
    EACH(test_collect_timeout_ignores_when_a_timer_put_off_was_due),
    EACH(test_collect_timeout_is_ended_by_fd_events),
    EACH(test_collect_does_not_make_nowait_wait),
    EACH(test_collect_io_sleeps_before_the_poll),
    EACH(test_collect_io_sleeps_though_fds_are_ready),
    EACH(test_collect_io_counts_the_time_worked),
    EACH(test_collect_io_sleeps_not_beyond_a_timer),
    EACH(test_collect_intervals_take_true_time),
};

HARNESS_MAIN("collect", tests)
