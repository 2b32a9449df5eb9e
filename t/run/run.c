/* ev_run: how many iterations, how long they wait, what it returns. */
#define _GNU_SOURCE
#include <unistd.h>

#include "calls.h"
#include "spy.h"

static const ev_tstamp never = 100.; /* a timer that no test waits for */

/* R1.12: a run without references still does one iteration, in which it
 * polls without blocking; it returns 0. */
static void test_run_without_references_does_one_iteration(void** state)
{
    (void)state;
    struct ev_loop* loop = loop_new(0);

    for (unsigned i = 1; i <= 3; ++i) {
        spy_reset();
        assert_int_equal(ev_run(loop, i == 3 ? EVRUN_ONCE : 0), 0);
        assert_did_not_wait();
        assert_int_equal(ev_iteration(loop), i);
    }
    ev_loop_destroy(loop);
}

/* R1.13: the result is the number of references at the end. */
static void test_run_returns_number_of_references(void** state)
{
    (void)state;
    struct ev_loop* loop = loop_new(0);
    ev_prepare prepare[3];

    for (int i = 0; i < 3; ++i) {
        prepare_init(&prepare[i], "prepare", note);
        ev_prepare_start(loop, &prepare[i]);
        assert_int_equal(ev_run(loop, EVRUN_NOWAIT), i + 1);
    }
    ev_ref(loop), ev_ref(loop);
    assert_int_equal(ev_run(loop, EVRUN_NOWAIT), 5);
    ev_unref(loop), ev_unref(loop);
    ev_prepare_stop(loop, &prepare[1]);
    assert_int_equal(ev_run(loop, EVRUN_NOWAIT), 2);
    calls_clear();
    ev_loop_destroy(loop);
}

static void stop_prepare(struct ev_loop* loop, ev_watcher* w, int revents)
{
    (void)revents;
    ev_prepare_stop(loop, (ev_prepare*)w->data);
}

/* R1.13: at the end of the run, that is, after the last callback. */
static void test_run_counts_references_after_callbacks(void** state)
{
    (void)state;
    struct ev_loop* loop = loop_new(0);
    ev_prepare prepare;
    ev_watcher stopper;

    prepare_init(&prepare, "prepare", note);
    ev_prepare_start(loop, &prepare);
    fed_init(&stopper, "stopper", stop_prepare, 0);
    stopper.data = &prepare;
    ev_feed_event(loop, &stopper, EV_CUSTOM);
    assert_int_equal(ev_run(loop, EVRUN_NOWAIT), 0);
    ev_loop_destroy(loop);
}

/* R1.14: NOWAIT does exactly one iteration that never blocks, also together
 * with ONCE, and whatever is active. */
static void test_run_nowait_never_blocks(void** state)
{
    static const int flags[] = {EVRUN_NOWAIT, EVRUN_NOWAIT | EVRUN_ONCE};
    (void)state;
    struct ev_loop* loop = loop_new(0);
    ev_timer timer;

    timer_init(&timer, "timer", note, never, 0.);
    ev_timer_start(loop, &timer);
    for (unsigned i = 0; i < 2; ++i) {
        spy_reset();
        assert_int_equal(ev_run(loop, flags[i]), 1);
        assert_did_not_wait();
        assert_int_equal(ev_iteration(loop), i + 1);
    }
    ev_loop_destroy(loop);
}

/* R1.14: nor does it sleep, though the loop is to collect events. */
static void test_run_nowait_never_sleeps(void** state)
{
    (void)state;
    struct ev_loop* loop = loop_new(0);
    ev_timer timer;

    ev_set_io_collect_interval(loop, never);
    ev_set_timeout_collect_interval(loop, never);
    timer_init(&timer, "timer", note, never, 0.);
    ev_timer_start(loop, &timer);
    spy_reset();
    ev_run(loop, EVRUN_NOWAIT);
    assert_int_equal(spy_sleeps, 0);
    assert_did_not_wait();
    ev_loop_destroy(loop);
}

/* R1.15: ONCE does exactly one iteration, which blocks until a file is
 * ready; more could be done, but not in this run. */
static void test_run_once_ends_with_the_first_event(void** state)
{
    (void)state;
    struct ev_loop* loop = loop_new(0);
    ev_io io;
    int fd[2];

    assert_return_code(pipe(fd), 0);
    assert_int_equal(write(fd[1], "", 1), 1);
    io_init(&io, "io", note, fd[0], EV_READ);
    ev_io_start(loop, &io);
    spy_reset();
    assert_int_equal(ev_run(loop, EVRUN_ONCE), 1);
    assert_int_equal(spy_waits, 1);
    assert_true(spy_asked != 0);
    assert_calls("io");
    ev_loop_destroy(loop);
    close(fd[0]), close(fd[1]);
}

/* Runs with ONCE until something was called: the number of polls. The run
 * may come back a moment before the time, but not over and over. */
static int polls_until_called(struct ev_loop* loop)
{
    spy_reset();
    for (int i = 0; i < 1000 && !calls[0]; ++i) {
        ev_run(loop, EVRUN_ONCE);
        assert_int_equal(spy_waits, i + 1);
    }
    return spy_waits;
}

/* R1.15: ONCE waits no longer than to the next timer, and the wait does not
 * end in a burst of empty iterations. */
static void test_run_once_waits_for_the_next_timer(void** state)
{
    (void)state;
    struct ev_loop* loop = loop_new(0);
    ev_timer soon, late;

    timer_init(&soon, "soon", note, .02, 0.);
    timer_init(&late, "late", note, never, 0.);
    ev_timer_start(loop, &late);
    ev_timer_start(loop, &soon);
    ev_tstamp start = ev_now(loop);
    assert_true(polls_until_called(loop) <= 3);
    assert_true(ev_now(loop) - start >= .02 - 1e-5);
    assert_calls("soon");
    ev_loop_destroy(loop);
}

/* R1.15: likewise to the next periodic. */
static void test_run_once_waits_for_the_next_periodic(void** state)
{
    (void)state;
    struct ev_loop* loop = loop_new(0);
    ev_periodic soon;
    ev_timer late;

    ev_periodic_init(&soon, 0, ev_now(loop) + .02, 0., 0);
    named(&soon, "soon", note);
    timer_init(&late, "late", note, never, 0.);
    ev_timer_start(loop, &late);
    ev_periodic_start(loop, &soon);
    assert_true(polls_until_called(loop) <= 3);
    assert_true(ev_now(loop) >= soon.offset);
    assert_calls("soon");
    ev_loop_destroy(loop);
}

/* R1.15: and what it asks the kernel for is that time, rounded by no more
 * than a millisecond. */
static void test_run_once_asks_for_time_to_next_timer(void** state)
{
    (void)state;
    struct ev_loop* loop = loop_new(0);
    ev_timer timer;

    timer_init(&timer, "timer", note, .0204, 0.);
    ev_timer_start(loop, &timer);
    spy_reset();
    ev_run(loop, EVRUN_ONCE);
    assert_true(spy_asked <= .0214 + 1e-6);
    calls_clear();
    ev_loop_destroy(loop);
}

/* R1.16: what is pending on entry comes first, ahead of fork and prepare
 * watchers, whatever the priorities, and once in a run. */
static void test_run_pending_on_entry_comes_first(void** state)
{
    (void)state;
    struct ev_loop* loop = loop_new(0);
    ev_watcher fed;
    ev_fork forked;
    ev_prepare prepare;

    fed_init(&fed, "fed", note, EV_MINPRI);
    fork_init(&forked, "fork", note);
    prepare_init(&prepare, "prepare", note);
    ev_set_priority(&forked, EV_MAXPRI);
    ev_set_priority(&prepare, EV_MAXPRI);
    ev_fork_start(loop, &forked);
    ev_prepare_start(loop, &prepare);
    ev_loop_fork(loop);
    ev_feed_event(loop, &fed, EV_CUSTOM);
    ev_run(loop, EVRUN_NOWAIT);
    assert_calls("fed fork prepare");
    ev_loop_destroy(loop);
}

/* R1.16: it does not shorten the wait: ONCE still blocks for a new event. */
static void test_run_once_with_pending_on_entry_still_blocks(void** state)
{
    (void)state;
    struct ev_loop* loop = loop_new(0);
    ev_watcher fed;
    ev_timer timer;

    fed_init(&fed, "fed", note, 0);
    timer_init(&timer, "timer", note, .05, 0.);
    ev_timer_start(loop, &timer);
    ev_feed_event(loop, &fed, EV_CUSTOM);
    spy_reset();
    ev_run(loop, EVRUN_ONCE);
    assert_int_equal(spy_waits, 1);
    assert_true(spy_asked > 0);
    calls[3] = 0; /* the timer may come one iteration later */
    assert_calls("fed");
    ev_loop_destroy(loop);
}

static const Test tests[] = {
    EACH(test_run_without_references_does_one_iteration),
    EACH(test_run_returns_number_of_references),
    EACH(test_run_counts_references_after_callbacks),
    EACH(test_run_nowait_never_blocks),
    EACH(test_run_nowait_never_sleeps),
    EACH(test_run_once_ends_with_the_first_event),
    EACH(test_run_once_waits_for_the_next_timer),
    EACH(test_run_once_waits_for_the_next_periodic),
    EACH(test_run_once_asks_for_time_to_next_timer),
    EACH(test_run_pending_on_entry_comes_first),
    EACH(test_run_once_with_pending_on_entry_still_blocks),
};

HARNESS_MAIN("run", tests)
