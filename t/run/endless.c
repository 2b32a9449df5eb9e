/* How long the loop waits if no time is set for anything: without a limit,
 * unless a function of the program would miss the iteration once a minute.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <unistd.h>

#include "fds.h"
#include "polls.h"

static const double minute = 60, endless = -1;

static struct ev_loop* loop;
static ev_async waker; /* with one, a signal handler can wake the loop */
static Io end;         /* its callback ends the run */
static int end_fds[2];

static void end_run(struct ev_loop* l, ev_io* w, int revents)
{
    io_note(l, w, revents);
    bytes_drain(w->fd);
    ev_break(l, EVBREAK_ALL);
}

static void byte_comes(void) { byte_put(end_fds[1]); }

static void wake_ignore(struct ev_loop* l, ev_async* w, int revents)
{
    (void)l, (void)w, (void)revents;
}

static void begin(void)
{
    loop = loop_new(0);
    ev_async_init(&waker, wake_ignore);
    ev_async_start(loop, &waker);
    pipe_open(end_fds);
    io_on(loop, &end, end_fds[0], EV_READ);
    ev_set_cb(&end.w, end_run);
}

static void finish(void)
{
    poll_hook = NULL;
    ev_async_stop(loop, &waker);
    ev_loop_destroy(loop);
    both_close(end_fds);
}

/* What the loop asks the kernel for in its only wait, which `comes` ends. */
static double asked_for(int flags, void (*comes)(void))
{
    poll_hook = comes;
    polls_reset();
    ev_run(loop, flags);
    assert_in_range(poll_count, 1, 2); /* epoll may ask first */
    poll_hook = NULL;
    return poll_asked;
}

static int is_minute(double wait) { return wait > 59 && wait <= minute; }

static int is_endless(double wait) /* 4.33 waits a minute, or longer */
{
    return REFERENCE ? wait > 59 : wait == endless;
}

static void test_run_with_files_alone_waits_without_limit(void** state)
{
    /* R1.15: blocks until something happens; nobody can tell that the loop
     * does not look at the clock meanwhile. */
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
    /* R1.15: at most to the next timer or periodic, and the loop looks at the
     * clock once a minute; a timer that was put off counts, too. */
    ev_timer timer;
    ev_periodic date;
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
    ev_periodic_init(&date, date_ignore, ev_now(loop) + 1000, 0., NULL);
    ev_periodic_start(loop, &date);
    wait = asked_for(0, byte_comes);
    assert_true(is_minute(wait) || REFERENCE); /* 4.33 has a timerfd for it */
    ev_periodic_stop(loop, &date);
    assert_true(is_endless(asked_for(0, byte_comes)));
    finish();
}

static void async_ends(struct ev_loop* l, ev_async* w, int revents)
{
    (void)w;
    assert_int_equal(revents, EV_ASYNC);
    ev_break(l, EVBREAK_ALL);
}

static ev_async async;

static void async_comes(void) { ev_async_send(loop, &async); }

static void signal_ends(struct ev_loop* l, ev_signal* w, int revents)
{
    (void)w;
    assert_int_equal(revents, EV_SIGNAL);
    ev_break(l, EVBREAK_ALL);
}

static void signal_comes(void) { raise(SIGUSR1); }

static void test_run_without_limit_ends_for_async_and_signal(void** state)
{
    /* R2.49, R2.63: whatever wakes a loop ends a wait without a limit: a send
     * and a signal that come just before it. */
    ev_signal sig;
    (void)state;
    begin();
    ev_async_init(&async, async_ends);
    ev_async_start(loop, &async);
    assert_true(is_endless(asked_for(0, async_comes)));
    ev_signal_init(&sig, signal_ends, SIGUSR1);
    ev_signal_start(loop, &sig);
    assert_true(is_endless(asked_for(0, signal_comes)));
    ev_signal_stop(loop, &sig);
    finish();
}

static void own_handler(int number)
{
    (void)number;
    ev_break(loop, EVBREAK_ALL);
}

static void own_signal_comes(void)
{
    poll_hook = NULL;
    raise(SIGALRM);
}

static void test_run_without_limit_ends_for_a_foreign_handler(void** state)
{
    /* R3.2: ev_break in a signal handler of the program ends a wait without a
     * limit, also if the signal comes just before the wait. (4.33 then waits
     * for a minute.) */
    const struct sigaction action = {.sa_handler = own_handler,
                                     .sa_flags = SA_RESTART};
    struct sigaction was;
    (void)state;
    begin();
    sigaction(SIGALRM, &action, &was);
    assert_true(is_endless(asked_for(0, own_signal_comes)));
    sigaction(SIGALRM, &was, NULL);
    assert_took(&end, 0);
    finish();
}

static void (*ctl_hook)(void); /* called before the kernel hears of an fd */

int epoll_ctl(int ep, int op, int fd, struct epoll_event* event)
{
    if (ctl_hook) ctl_hook();
    PASS_ON(int, epoll_ctl, (int, int, int, struct epoll_event*),
            (ep, op, fd, event));
}

static void own_signal_at_change(void)
{
    ctl_hook = NULL;
    raise(SIGALRM);
}

static void test_run_does_not_wait_after_a_foreign_handler(void** state)
{
    /* R3.2: the same if the signal comes earlier in the iteration. */
    const struct sigaction action = {.sa_handler = own_handler};
    struct sigaction was;
    (void)state;
    backend = EVBACKEND_EPOLL;
    begin();
    sigaction(SIGALRM, &action, &was);
    ctl_hook = own_signal_at_change;
    assert_true(asked_for(0, byte_comes) == 0);
    assert_null(ctl_hook);
    sigaction(SIGALRM, &was, NULL);
    finish();
}

static void test_run_that_nothing_can_wake_waits_a_minute_at_most(void** state)
{
    /* R3.2: without ev_async and ev_signal, a signal handler that calls
     * ev_break just before the wait cannot wake the loop. */
    (void)state;
    loop = loop_new(0);
    pipe_open(end_fds);
    io_on(loop, &end, end_fds[0], EV_READ);
    ev_set_cb(&end.w, end_run);
    assert_true(is_minute(asked_for(0, byte_comes)));
    ev_loop_destroy(loop);
    both_close(end_fds);
}

static const Test tests[] = {
    EACH(test_run_with_files_alone_waits_without_limit),
    EACH(test_run_once_waits_a_minute_at_most),
    EACH(test_run_with_hooks_waits_a_minute_at_most),
    EACH(test_run_with_release_callbacks_waits_a_minute_at_most),
    EACH(test_run_with_a_dispatcher_waits_a_minute_at_most),
    EACH(test_run_with_a_time_waits_for_it),
    EACH(test_run_without_limit_ends_for_async_and_signal),
    OURS(test_run_without_limit_ends_for_a_foreign_handler),
    OURS_ONCE(test_run_does_not_wait_after_a_foreign_handler),
    EACH(test_run_that_nothing_can_wake_waits_a_minute_at_most),
};

HARNESS_MAIN("run_endless", tests)
