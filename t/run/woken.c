/* What ends a wait without a limit: ev_async, ev_signal, and ev_break in a
 * signal handler of the program.
 */
#define _GNU_SOURCE
#include "endless.h"

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
    spy_hook = NULL;
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

static void own_signal_at_change(void)
{
    spy_ctl_hook = NULL;
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
    spy_ctl_hook = own_signal_at_change;
    assert_true(asked_for(0, byte_comes) == 0);
    assert_null(spy_ctl_hook);
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
    EACH(test_run_without_limit_ends_for_async_and_signal),
    OURS(test_run_without_limit_ends_for_a_foreign_handler),
    OURS_ONCE(test_run_does_not_wait_after_a_foreign_handler),
    EACH(test_run_that_nothing_can_wake_waits_a_minute_at_most),
};

HARNESS_MAIN("run_woken", tests)
