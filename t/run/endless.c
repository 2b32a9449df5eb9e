/* How long the loop waits if no time is set for anything: without a limit,
 * unless a function of the program would miss the iteration once a minute.
 */
#define _GNU_SOURCE
#include "endless.h"

static void test_run_with_files_alone_waits_without_limit(void** state)
{
    /* R1.15: blocks until something happens; nobody can tell that the loop
     * does not read the clock meanwhile. 4.33 waits for a minute. */
    (void)state;
    begin();
    for (int i = 0; i < 20; ++i) {
        assert_true(is_endless(asked_for(0, byte_comes)));
        assert_took(&end, EV_READ);
        assert_int_equal(ev_iteration(loop), i + 1);
    }
    finish();
}

static void test_run_once_waits_a_minute_at_most(void** state)
{
    /* R1.15: EVRUN_ONCE returns, though nothing happened. */
    (void)state;
    begin();
    assert_true(is_minute(asked_for(EVRUN_ONCE, byte_comes)));
    assert_took(&end, EV_READ);
    finish();
}

static void hook_ignore(struct ev_loop* l, ev_watcher* w, int revents)
{
    (void)l, (void)w, (void)revents;
}

static void test_run_with_hooks_waits_a_minute_at_most(void** state)
{
    /* R1.21: prepare and check watchers are called in every iteration: at least
     * once a minute, as with 4.33. A fork watcher is not. */
    ev_prepare prepare;
    ev_check check;
    ev_fork fork;
    (void)state;
    begin();
    ev_prepare_init(&prepare, 0);
    ev_set_cb((ev_watcher*)&prepare, hook_ignore);
    ev_check_init(&check, 0);
    ev_set_cb((ev_watcher*)&check, hook_ignore);
    ev_fork_init(&fork, 0);
    ev_set_cb((ev_watcher*)&fork, hook_ignore);

    ev_prepare_start(loop, &prepare);
    assert_true(is_minute(asked_for(0, byte_comes)));
    ev_prepare_stop(loop, &prepare);
    ev_check_start(loop, &check);
    assert_true(is_minute(asked_for(0, byte_comes)));
    ev_check_stop(loop, &check);
    ev_fork_start(loop, &fork);
    assert_true(is_endless(asked_for(0, byte_comes)));
    finish();
}

static void test_run_with_release_callbacks_waits_a_minute_at_most(void** state)
{
    /* R1.43: the functions around the wait are called in every iteration. */
    (void)state;
    begin();
    ev_set_loop_release_cb(loop, ev_now_update, ev_now_update);
    assert_true(is_minute(asked_for(0, byte_comes)));
    ev_set_loop_release_cb(loop, NULL, NULL);
    finish();
}

static void test_run_never_with_a_channel_waits_a_minute_at_most(void** state)
{
    /* R4.8: nothing could end a longer wait if a signal handler calls ev_break
     * just before it. */
    (void)state;
    begin_without_channel();
    assert_true(is_minute(asked_for(0, byte_comes)));
    ev_async_start(loop, &waker);
    ev_async_stop(loop, &waker); /* once is enough */
    double wait = asked_for(0, byte_comes);
    assert_true(ON_REFERENCE ? is_minute(wait) : is_endless(wait));
    finish();
}

static int dispatched;

static void dispatch(struct ev_loop* l)
{
    ++dispatched;
    ev_invoke_pending(l);
}

static void test_run_with_a_dispatcher_waits_a_minute_at_most(void** state)
{
    /* R1.41: it is called in every iteration, also with nothing pending. */
    (void)state;
    begin();
    dispatched = 0;
    ev_set_invoke_pending_cb(loop, dispatch);
    assert_true(is_minute(asked_for(0, byte_comes)));
    assert_true(dispatched > 0);
    finish();
}

static void time_ignore(struct ev_loop* l, ev_timer* w, int revents)
{
    (void)l, (void)w, (void)revents;
}

static void date_ignore(struct ev_loop* l, ev_periodic* w, int revents)
{
    (void)l, (void)w, (void)revents;
}

static void test_run_with_a_time_waits_for_it(void** state)
{
    /* R1.15: at most to the next timer, and the loop reads the clock once a
     * minute; a timer that was put off counts, too. */
    ev_timer timer;
    (void)state;
    begin();
    ev_timer_init(&timer, time_ignore, 20., 20.);
    ev_timer_start(loop, &timer);
    double wait = asked_for(0, byte_comes);
    assert_true(wait > 15 && wait <= 20.1);
    ev_timer_again(loop, &timer);
    wait = asked_for(0, byte_comes);
    assert_true(wait > 15 && wait <= 20.1);
    ev_timer_stop(loop, &timer);

    ev_timer_set(&timer, 500., 0.);
    ev_timer_start(loop, &timer);
    assert_true(is_minute(asked_for(0, byte_comes)));
    ev_timer_stop(loop, &timer);
    assert_true(is_endless(asked_for(0, byte_comes)));
    finish();
}

static void test_run_with_a_late_date_waits_a_minute_at_most(void** state)
{
    /* R1.15: as with a timer. 4.33 has a timerfd, and waits for the date. */
    ev_periodic date;
    (void)state;
    begin();
    ev_periodic_init(&date, date_ignore, ev_now(loop) + 1000, 0., NULL);
    ev_periodic_start(loop, &date);
    assert_true(is_minute(asked_for(0, byte_comes)));
    ev_periodic_stop(loop, &date);
    assert_true(is_endless(asked_for(0, byte_comes)));
    finish();
}

static const Test tests[] = {
    OURS(test_run_with_files_alone_waits_without_limit),
    EACH(test_run_once_waits_a_minute_at_most),
    EACH(test_run_with_hooks_waits_a_minute_at_most),
    EACH(test_run_with_release_callbacks_waits_a_minute_at_most),
    EACH(test_run_never_with_a_channel_waits_a_minute_at_most),
    EACH(test_run_with_a_dispatcher_waits_a_minute_at_most),
    EACH(test_run_with_a_time_waits_for_it),
    OURS(test_run_with_a_late_date_waits_a_minute_at_most),
};

HARNESS_MAIN("run_endless", tests)
