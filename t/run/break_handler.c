/* ev_break in a signal handler between the prepare watchers and the wait: the
 * loop does not wait. 4.33 waits, if nothing else wakes it. */
#define _GNU_SOURCE
#include <signal.h>

#include "fds.h"
#include "frozen.h"

/* Where the handler runs. */
enum { in_reschedule, in_release, before_wait, in_sleep, moments };

/* Who observes the wait. */
enum { hooks = 1, invoker = 2, io_interval = 4, timeout_interval = 8 };

static struct ev_loop* loop;
static int moment; /* of the signal; -1: it came */
static int guard_calls;

static void handle(int signum)
{
    (void)signum;
    ev_break(loop, EVBREAK_ALL);
}

static void comes_if(int now)
{
    if (moment != now) return;
    moment = -1;
    raise(SIGUSR1);
}

static ev_tstamp reschedule(ev_periodic* w, ev_tstamp now)
{
    (void)w;
    comes_if(in_reschedule);
    return now + 10000;
}

static void release(EV_P)
{
    (void)EV_A;
    comes_if(in_release);
}

static void acquire(EV_P) { (void)EV_A; }

static void invoke(EV_P) { ev_invoke_pending(EV_A); }

static int wait_begins(const char* name)
{
    comes_if(strcmp(name, "nanosleep") ? before_wait : in_sleep);
    return 0;
}

static void guard_note(EV_P_ ev_timer* w, int revents)
{
    (void)w, (void)revents;
    ++guard_calls;
    ev_break(EV_A_ EVBREAK_ALL);
}

static void ignore_periodic(EV_P_ ev_periodic* w, int revents)
{
    (void)EV_A, (void)w, (void)revents;
}

static void ignore_async(EV_P_ ev_async* w, int revents)
{
    (void)EV_A, (void)w, (void)revents;
}

static void observe(int who)
{
    if (who & hooks) ev_set_loop_release_cb(loop, release, acquire);
    if (who & invoker) ev_set_invoke_pending_cb(loop, invoke);
    if (who & io_interval) ev_set_io_collect_interval(loop, 0.125);
    if (who & timeout_interval) ev_set_timeout_collect_interval(loop, 0.125);
}

/* Runs the loop until the signal comes. True: it returned, and did not wait. */
static int returns_at_once(int who, int when, int channel)
{
    ev_periodic periodic;
    ev_async waker;
    ev_timer guard;
    Io io;
    int p[2];

    clock_freeze();
    waits_call = NULL;
    loop = loop_new(0);
    pipe_open(p);
    io_on(loop, &io, p[0], EV_READ);
    ev_periodic_init(&periodic, ignore_periodic, 0., 0., reschedule);
    ev_periodic_start(loop, &periodic);
    ev_timer_init(&guard, guard_note, 20., 0.);
    ev_timer_start(loop, &guard);
    ev_async_init(&waker, ignore_async);
    if (channel) ev_async_start(loop, &waker);
    observe(who);
    turn(loop);
    guard_calls = 0;
    moment = when;
    waits_call = wait_begins;
    clock_jump(100.); /* the periodic is scheduled again in the iteration */
    if (when != in_sleep) clock_advance(1.); /* else it does not sleep */
    ev_run(loop, 0);
    waits_call = NULL;
    int came = moment == -1;
    ev_loop_destroy(loop);
    both_close(p);
    clock_thaw();
    return came && !guard_calls;
}

static const struct sigaction breaking = {.sa_handler = handle};

static void assert_returns(int who, int when, int channel)
{
    struct sigaction was;
    sigaction(SIGUSR1, &breaking, &was);
    int at_once = returns_at_once(who, when, channel);
    sigaction(SIGUSR1, &was, NULL);
    if (!at_once)
        fail_msg("who: %d, when: %d, channel: %d", who, when, channel);
}

static void test_break_in_handler_before_the_wait_is_armed_ends_it(void** state)
{
    /* R4.8, A8: the handler runs in a reschedule callback, after the prepare
     * watchers and before the loop can be woken. */
    (void)state;
    for (int who = 0; who < 16; ++who) {
        assert_returns(who, in_reschedule, 1);
        assert_returns(who, in_reschedule, 0);
    }
}

static void test_break_in_handler_in_release_ends_the_wait(void** state)
{
    /* R4.8, A8: in the release callback, which is next to the wait. */
    (void)state;
    for (int who = 0; who < 16; ++who) {
        if (!(who & hooks)) continue;
        assert_returns(who, in_release, 1);
        assert_returns(who, in_release, 0);
    }
}

static void test_break_in_handler_just_before_the_wait_ends_it(void** state)
{
    /* R4.8: with no code in between; with a channel to wake the loop. */
    (void)state;
    for (int who = 0; who < 16; ++who) assert_returns(who, before_wait, 1);
}

static void test_break_in_handler_while_collecting_ends_the_wait(void** state)
{
    /* R4.8, A8: during the sleep of an I/O collect interval. */
    (void)state;
    for (int who = 0; who < 16; ++who) {
        if (!(who & io_interval)) continue;
        assert_returns(who, in_sleep, 1);
        assert_returns(who, in_sleep, 0);
    }
}

static const Test tests[] = {
    OURS(test_break_in_handler_before_the_wait_is_armed_ends_it),
    OURS(test_break_in_handler_in_release_ends_the_wait),
    OURS(test_break_in_handler_just_before_the_wait_ends_it),
    OURS(test_break_in_handler_while_collecting_ends_the_wait),
};

HARNESS_MAIN("run_break_handler", tests)
