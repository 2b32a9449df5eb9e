/* What comes up in a wait that also ends for a timer that was put off: the
 * iteration goes on to its end then, and does not wait once more. */

#include <unistd.h>

#include "calls.h"
#include "clock.h"
#include "frozen.h"

/* Due in `first` seconds, and put off, `later` seconds from now on, by that
 * much. */
static void put_off(struct ev_loop* loop, ev_timer* w, double first,
                    double later)
{
    *w = timer_of("a", first, first);
    ev_timer_start(loop, w);
    clock_advance(later);
    ev_now_update(loop);
    ev_timer_again(loop, w);
    waits_clear();
}

static int pipe_fds[2], over;

static void time_passes_and_pipe_is_readable(void)
{
    if (over++) return;
    clock_advance(2);
    assert_int_equal(write(pipe_fds[1], "x", 1), 1);
}

static void test_run_stale_event_in_a_wait_in_vain_loses_no_other(void** state)
{
    /* R3.1: a wait ends for a timer that was put off, and for an event of a
     * closed file too, on which epoll's set is recreated, and empty: what is
     * watched is registered again before the loop waits again, so an fd that
     * gets ready is served before the timer. */
    backend = EVBACKEND_EPOLL; /* the others see no event */
    int stale[2];
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    ev_timer a;
    (void)state;

    assert_int_equal(pipe(stale), 0);
    assert_int_equal(pipe(pipe_fds), 0);
    ev_io gone = io_of("g", stale[0], EV_READ);
    ev_io io = io_of("i", pipe_fds[0], EV_READ);
    ev_io_start(loop, &gone), ev_io_start(loop, &io);
    turn(loop);
    int copy = dup(stale[0]);
    ev_io_stop(loop, &gone);
    close(stale[0]);
    assert_int_equal(write(stale[1], "x", 1), 1);

    put_off(loop, &a, 4, 3);
    over = 0;
    waits_over = time_passes_and_pipe_is_readable;
    for (int i = 0; i < 2 && !*calls; ++i) ev_run(loop, EVRUN_ONCE);
    waits_over = NULL;
    assert_calls("i");
    ev_loop_destroy(loop);
    close(copy), close(stale[1]);
    close(pipe_fds[0]), close(pipe_fds[1]);
}

static void test_run_once_interrupted_in_a_wait_in_vain_returns(void** state)
{
    /* R3.2: a signal handler of the program's own ends the wait, also at a
     * time when a timer that was put off seems due. */
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    ev_timer a;
    (void)state;

    put_off(loop, &a, 4, 3);
    double start = clock_mono();
    unsigned before = ev_iteration(loop);
    waits_interrupt = 1;
    ev_run(loop, EVRUN_ONCE);
    assert_calls("");
    assert_int_equal(waits_interrupt, 0);
    assert_int_equal(ev_iteration(loop), before + 1);
    assert_true(clock_mono() < start + 4);

    ev_run(loop, EVRUN_ONCE); /* and it is but that one wait */
    assert_calls("a");
    assert_int_equal(ev_iteration(loop), before + 2);
    ev_loop_destroy(loop);
}

static void test_run_once_interrupted_under_a_collect_interval(void** state)
{
    /* R3.2: likewise in a wait that is longer than to the next timer. */
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    ev_timer a;
    (void)state;

    ev_set_timeout_collect_interval(loop, 3);
    put_off(loop, &a, 4, 3);
    double start = clock_mono();
    waits_interrupt = 2;
    ev_run(loop, EVRUN_ONCE);
    assert_calls("");
    assert_true(clock_mono() < start + 3);
    ev_loop_destroy(loop);
}

static void test_run_once_interrupted_in_a_short_wait_returns(void** state)
{
    /* R3.2: likewise in a wait that is more precise than a millisecond. */
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    ev_timer a = timer_of("a", .05, 0);
    (void)state;

    ev_timer_start(loop, &a);
    waits_interrupt = .01;
    ev_run(loop, EVRUN_ONCE);
    assert_calls("");
    assert_true(waits_interrupt == 0);
    ev_run(loop, EVRUN_ONCE);
    assert_calls("a");
    ev_loop_destroy(loop);
}

static const Test tests[] = {
    EACH(test_run_stale_event_in_a_wait_in_vain_loses_no_other),
    EACH(test_run_once_interrupted_in_a_wait_in_vain_returns),
    EACH(test_run_once_interrupted_under_a_collect_interval),
    EACH(test_run_once_interrupted_in_a_short_wait_returns),
};

HARNESS_MAIN("run_cut_short", tests)
