/* The callbacks of a loop: invoke-pending, release and acquire. */
#define _GNU_SOURCE
#include <unistd.h>

#include "calls.h"
#include "spy.h"

static int passes;

static void count_and_invoke(struct ev_loop* loop)
{
    ++passes;
    ev_invoke_pending(loop);
}

static void count_only(struct ev_loop* loop)
{
    (void)loop;
    ++passes;
}

static int passes_of_run(struct ev_loop* loop)
{
    passes = 0;
    ev_run(loop, EVRUN_NOWAIT);
    calls_clear();
    return passes;
}

/* R1.41: the invoke-pending callback makes every pass: at the start of a run
 * and at the end of an iteration, always; after prepare if there are prepare
 * watchers, after fork if a fork is flagged and there are fork watchers. */
static void test_invoke_pending_cb_makes_every_pass(void** state)
{
    (void)state;
    struct ev_loop* loop = loop_new(0);
    ev_prepare prepare;
    ev_check check;
    ev_fork forked;

    ev_set_invoke_pending_cb(loop, count_and_invoke);
    assert_int_equal(passes_of_run(loop), 2);
    ev_loop_fork(loop);
    assert_int_equal(passes_of_run(loop), 2);

    check_init(&check, "check", note);
    ev_check_start(loop, &check);
    assert_int_equal(passes_of_run(loop), 2);
    prepare_init(&prepare, "prepare", note);
    ev_prepare_start(loop, &prepare);
    assert_int_equal(passes_of_run(loop), 3);

    fork_init(&forked, "fork", note);
    ev_fork_start(loop, &forked);
    assert_int_equal(passes_of_run(loop), 3);
    ev_loop_fork(loop);
    assert_int_equal(passes_of_run(loop), 4);
    ev_prepare_stop(loop, &prepare);
    ev_loop_fork(loop);
    assert_int_equal(passes_of_run(loop), 3);
    ev_loop_destroy(loop);
}

/* R1.41: of these, the pass on entry is made once per run, not in every
 * iteration. */
static void test_invoke_pending_cb_in_two_iterations_of_a_run(void** state)
{
    (void)state;
    struct ev_loop* loop = loop_new(0);
    ev_timer first, second;

    ev_set_invoke_pending_cb(loop, count_and_invoke);
    timer_init(&first, "first", note, -1., 0.);
    timer_init(&second, "second", note, .02, 0.);
    ev_timer_start(loop, &first);
    ev_timer_start(loop, &second);
    passes = 0;
    ev_run(loop, 0);
    assert_calls("first second");
    assert_int_equal(passes, 1 + (int)ev_iteration(loop));
    ev_loop_destroy(loop);
}

static struct ev_loop* called_for;

static void remember_loop(struct ev_loop* loop) { called_for = loop; }

/* R1.41: it is told the loop, and that of another loop is not its business.
 * To set ev_invoke_pending restores the default. */
static void test_invoke_pending_cb_belongs_to_its_loop(void** state)
{
    (void)state;
    struct ev_loop *loop = loop_new(0), *other = loop_new(0);
    ev_watcher w;

    fed_init(&w, "w", note, 0);
    ev_set_invoke_pending_cb(loop, remember_loop);
    called_for = NULL;
    ev_run(other, EVRUN_NOWAIT);
    assert_null(called_for);
    ev_feed_event(loop, &w, EV_CUSTOM);
    ev_run(loop, EVRUN_NOWAIT);
    assert_ptr_equal(called_for, loop);
    assert_calls("");

    called_for = NULL;
    ev_set_invoke_pending_cb(loop, ev_invoke_pending);
    ev_run(loop, EVRUN_NOWAIT);
    assert_null(called_for);
    assert_calls("w");
    ev_loop_destroy(other), ev_loop_destroy(loop);
}

/* R1.42: if the callback does not invoke, events stay pending over several
 * iterations and merge, until someone invokes them; none is lost. */
static void test_invoke_pending_cb_that_does_not_keeps_events(void** state)
{
    (void)state;
    struct ev_loop* loop = loop_new(0);
    ev_timer timer;
    ev_check check;
    ev_io io;
    int fd[2];

    assert_return_code(pipe(fd), 0);
    assert_int_equal(write(fd[1], "", 1), 1);
    timer_init(&timer, "timer", note, -1., 0.);
    check_init(&check, "check", note);
    io_init(&io, "io", note, fd[0], EV_READ);
    ev_set_priority(&timer, 1);
    ev_set_priority(&io, -1);
    ev_timer_start(loop, &timer);
    ev_check_start(loop, &check);
    ev_io_start(loop, &io);

    ev_set_invoke_pending_cb(loop, count_only);
    ev_run(loop, EVRUN_NOWAIT);
    assert_int_equal(ev_pending_count(loop), 3);
    ev_feed_event(loop, &io, EV_CUSTOM);
    ev_run(loop, EVRUN_NOWAIT);
    ev_run(loop, EVRUN_NOWAIT);
    assert_int_equal(ev_pending_count(loop), 3);
    assert_true(ev_is_pending(&timer));
    assert_false(ev_is_active(&timer));
    assert_calls("");

    ev_invoke_pending(loop);
    assert_calls("timer check io");
    assert_int_equal(calls_revents, EV_READ | EV_CUSTOM);
    assert_int_equal(ev_pending_count(loop), 0);
    ev_loop_destroy(loop);
    close(fd[0]), close(fd[1]);
}

static ev_watcher fed;

static void on_release(struct ev_loop* loop) EV_NOEXCEPT
{
    (void)loop;
    calls_add("release");
}

static void on_acquire(struct ev_loop* loop) EV_NOEXCEPT
{
    (void)loop;
    calls_add("acquire");
}

static void on_acquire_feed(struct ev_loop* loop) EV_NOEXCEPT
{
    calls_add("acquire");
    ev_feed_event(loop, &fed, EV_CUSTOM);
}

static void on_poll(void) { calls_add("poll"); }

/* R1.43: release and acquire are called once each in an iteration, straight
 * around the poll and never around callbacks, also with NOWAIT. */
static void test_release_and_acquire_surround_the_poll(void** state)
{
    (void)state;
    struct ev_loop* loop = loop_new(0);
    ev_watcher before;
    ev_prepare prepare;
    ev_check check;

    fed_init(&before, "fed", note, 0);
    prepare_init(&prepare, "prepare", note);
    check_init(&check, "check", note);
    ev_prepare_start(loop, &prepare);
    ev_check_start(loop, &check);
    ev_feed_event(loop, &before, EV_CUSTOM);
    ev_set_loop_release_cb(loop, on_release, on_acquire);
    spy_hook = on_poll;
    ev_run(loop, EVRUN_NOWAIT);
    assert_calls("fed prepare release poll acquire check");
    ev_invoke(loop, &before, EV_CUSTOM);
    ev_invoke_pending(loop);
    ev_now_update(loop);
    assert_calls("fed");
    spy_hook = NULL;
    ev_loop_destroy(loop);
    assert_calls("");
}

/* R1.43: once per iteration of a longer run, waits that block and waits with
 * nothing to wait for. */
static void test_release_and_acquire_in_every_iteration(void** state)
{
    (void)state;
    struct ev_loop* loop = loop_new(0);
    ev_timer timer;

    ev_set_loop_release_cb(loop, on_release, on_acquire);
    spy_hook = on_poll;
    ev_run(loop, 0);
    assert_calls("release poll acquire");

    timer_init(&timer, "timer", note, .01, 0.);
    ev_timer_start(loop, &timer);
    ev_run(loop, EVRUN_ONCE);
    calls[strlen("release poll acquire")] = 0;
    assert_calls("release poll acquire");
    spy_hook = NULL;
    ev_loop_destroy(loop);
}

/* R1.43: a null pointer turns either off, without the other. */
static void test_release_and_acquire_null_is_off(void** state)
{
    (void)state;
    struct ev_loop* loop = loop_new(0);

    ev_set_loop_release_cb(loop, on_release, NULL);
    ev_run(loop, EVRUN_NOWAIT);
    assert_calls("release");
    ev_set_loop_release_cb(loop, NULL, on_acquire);
    ev_run(loop, EVRUN_NOWAIT);
    assert_calls("acquire");
    ev_set_loop_release_cb(loop, NULL, NULL);
    ev_run(loop, EVRUN_NOWAIT);
    assert_calls("");
    ev_loop_destroy(loop);
}

/* R1.43: an event fed in the acquire callback is handled in that iteration;
 * it is queued before the timers, so it is called after them. */
static void test_acquire_feeds_event_of_that_iteration(void** state)
{
    (void)state;
    struct ev_loop* loop = loop_new(0);
    ev_timer timer;
    ev_check check;

    fed_init(&fed, "fed", note, 0);
    timer_init(&timer, "timer", note, -1., 0.);
    check_init(&check, "check", note);
    ev_timer_start(loop, &timer);
    ev_check_start(loop, &check);
    ev_set_loop_release_cb(loop, on_release, on_acquire_feed);
    ev_run(loop, EVRUN_NOWAIT);
    assert_calls("release acquire check timer fed");
    assert_int_equal(calls_revents, EV_CUSTOM);
    ev_loop_destroy(loop);
}

static const Test tests[] = {
    EACH(test_invoke_pending_cb_makes_every_pass),
    EACH(test_invoke_pending_cb_in_two_iterations_of_a_run),
    EACH(test_invoke_pending_cb_belongs_to_its_loop),
    EACH(test_invoke_pending_cb_that_does_not_keeps_events),
    EACH(test_release_and_acquire_surround_the_poll),
    EACH(test_release_and_acquire_in_every_iteration),
    EACH(test_release_and_acquire_null_is_off),
    EACH(test_acquire_feeds_event_of_that_iteration),
};

HARNESS_MAIN("pending_hooks", tests)
