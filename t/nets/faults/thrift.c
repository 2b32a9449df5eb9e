/* Every system call that the library makes is counted: an iteration makes one,
 * the wait, or none if nothing has to be waited for. The clock is no system
 * call (it is counted in t/run/calls.c).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>

#include "../../harness/fds.h"
#include "../../harness/forked.h"
#include "inject.h"

enum { turns = 100 };

/* The calls since inject_reset, but for readings of the clock. */
static int calls_made(void)
{
    int count = 0;
    for (int i = 0; i < call_count; ++i)
        if (i != call_clock_gettime) count += inject_calls(i);
    return count;
}

static void assert_calls_a_turn(int calls, struct ev_loop* loop, int flags)
{
    for (int i = 0; i < 3; ++i) ev_run(loop, flags);
    inject_reset();
    for (int i = 0; i < turns; ++i) ev_run(loop, flags);
    if (calls_made() == calls * turns) return;
    for (int i = 0; i < call_count; ++i)
        if (inject_calls(i))
            print_message("# %s: %d\n", inject_names[i], inject_calls(i));
    fail_msg("%d calls in %d iterations", calls_made(), turns);
}

static void assert_one_call_a_turn(struct ev_loop* loop, int flags)
{
    assert_calls_a_turn(1, loop, flags);
}

static void silent(struct ev_loop* loop, ev_watcher* w, int revents)
{
    (void)loop, (void)w, (void)revents;
}

/* R2.1: fds that stay as they are cost only the wait. */
static void test_thrift_ready_fds_cost_one_call_a_turn(void** state)
{
    static const int flags[] = {EVRUN_NOWAIT, EVRUN_ONCE};
    int s[2];
    Io in, out;

    (void)state;
    assert_true(inject_library_is_found());
    pair_open(s);
    byte_put(s[1]);
    struct ev_loop* loop = loop_new(0);
    io_on(loop, &in, s[0], EV_READ);
    io_on(loop, &out, s[1], EV_WRITE);
    for (int i = 0; i < 2; ++i) assert_one_call_a_turn(loop, flags[i]);
    assert_int_equal(in.calls, 2 * (turns + 3));
    io_off(loop, &in), io_off(loop, &out);
    ev_loop_destroy(loop);
    both_close(s);
}

/* R1.18: nor do watchers of other kinds that have nothing to do. */
static void test_thrift_other_kinds_cost_nothing(void** state)
{
    typedef union ev_any_watcher Any;
    Any any[8];
    int s[2];
    Io in;

    (void)state;
    pair_open(s);
    byte_put(s[1]);
    struct ev_loop* loop = loop_new(0);
    io_on(loop, &in, s[0], EV_READ);
    for (int i = 0; i < 8; ++i) ev_init(&any[i].w, silent);
    ev_timer_set(&any[0].timer, 1000., 1000.);
    ev_timer_start(loop, &any[0].timer);
    ev_periodic_set(&any[1].periodic, 0., 1e6, 0);
    ev_periodic_start(loop, &any[1].periodic);
    ev_signal_set(&any[2].signal, SIGUSR1);
    ev_signal_start(loop, &any[2].signal);
    ev_async_start(loop, &any[3].async);
    ev_prepare_start(loop, &any[4].prepare);
    ev_check_start(loop, &any[5].check);
    ev_fork_start(loop, &any[6].fork);
    assert_one_call_a_turn(loop, EVRUN_ONCE);
    ev_idle_start(loop, &any[7].idle);
    assert_one_call_a_turn(loop, EVRUN_ONCE);
    ev_idle_stop(loop, &any[7].idle);
    ev_signal_stop(loop, &any[2].signal);
    io_off(loop, &in);
    ev_loop_destroy(loop);
    both_close(s);
}

/* R2.6: stopping and starting again in one iteration is no change. */
static void restart(struct ev_loop* loop, ev_io* w, int revents)
{
    assert_int_equal(revents, EV_READ);
    ev_io_stop(loop, w);
    ev_io_start(loop, w);
}

static void test_thrift_fds_restarted_cost_nothing(void** state)
{
    int s[2];
    ev_io in;

    (void)state;
    pair_open(s);
    byte_put(s[1]);
    struct ev_loop* loop = loop_new(0);
    ev_io_init(&in, restart, s[0], EV_READ);
    ev_io_start(loop, &in);
    assert_one_call_a_turn(loop, EVRUN_ONCE);
    ev_io_stop(loop, &in);
    ev_loop_destroy(loop);
    both_close(s);
}

/* R1.65: a timeout put off at every event costs only the event. */
static ev_timer timeout;

static void put_off(struct ev_loop* loop, ev_io* w, int revents)
{
    (void)w, (void)revents;
    ev_timer_again(loop, &timeout);
}

static void test_thrift_timers_put_off_cost_nothing(void** state)
{
    int s[2];
    ev_io in;

    (void)state;
    pair_open(s);
    byte_put(s[1]);
    struct ev_loop* loop = loop_new(0);
    ev_init((ev_watcher*)&timeout, silent);
    timeout.repeat = 50.;
    ev_timer_again(loop, &timeout);
    ev_io_init(&in, put_off, s[0], EV_READ);
    ev_io_start(loop, &in);
    assert_one_call_a_turn(loop, EVRUN_ONCE);
    ev_io_stop(loop, &in);
    ev_timer_stop(loop, &timeout);
    ev_loop_destroy(loop);
    both_close(s);
}

static int sends;

static void send_again(struct ev_loop* loop, ev_async* w, int revents)
{
    (void)revents;
    ++sends;
    ev_async_send(loop, w);
}

/* R2.63: a loop that is sent to while it works is not written to; and it does
 * not ask the kernel, unless it watches a descriptor. */
static void test_thrift_sends_to_a_busy_loop_cost_nothing(void** state)
{
    ev_async async;
    int s[2];
    Io in;

    (void)state;
    pair_open(s);
    struct ev_loop* loop = loop_new(0);
    ev_async_init(&async, send_again);
    ev_async_start(loop, &async);
    run_for(loop, .001); /* it has blocked before */
    ev_async_send(loop, &async);
    sends = 0;
    assert_calls_a_turn(0, loop, EVRUN_ONCE);
    assert_true(sends >= turns);
    io_on(loop, &in, s[0], EV_READ);
    assert_one_call_a_turn(loop, EVRUN_ONCE);
    assert_true(sends >= 2 * turns);
    io_off(loop, &in);
    ev_async_stop(loop, &async);
    ev_loop_destroy(loop);
    both_close(s);
}

static void fork_note(EV_P_ ev_fork* w, int revents)
{
    *(int*)w->data += revents == EV_FORK;
    (void)EV_A;
}

static void page_comes_late(void* unused)
{
    ev_fork fork;
    int forks = 0;

    (void)unused;
    inject_set((Fault){call_mmap, 1, ENOMEM, 1});
    struct ev_loop* first = ev_loop_new(backend | EVFLAG_FORKCHECK);
    child_check(first && inject_hits() > 0);
    inject_reset();
    ev_fork_init(&fork, fork_note);
    fork.data = &forks;
    ev_fork_start(first, &fork);
    struct ev_loop* second = ev_loop_new(backend | EVFLAG_FORKCHECK);
    child_check(second);
    for (int i = 0; i < 3; ++i) ev_run(first, EVRUN_NOWAIT);
    child_check(!forks);
}

/* R4.4: there is no memory for the page that detects forks when the first loop
 * is made, and later there is: no loop takes that for a fork. The first test:
 * the page is made once in a process. */
static void test_fault_no_page_at_first_is_no_fork(void** state)
{
    (void)state;
    assert_true(inject_library_is_found());
    inject_reset();
    assert_child_passes(child_fork(page_comes_late, NULL));
}

static const Test tests[] = {
    OURS_ONCE(test_fault_no_page_at_first_is_no_fork),
    OURS(test_thrift_ready_fds_cost_one_call_a_turn),
    OURS(test_thrift_other_kinds_cost_nothing),
    OURS(test_thrift_fds_restarted_cost_nothing),
    OURS(test_thrift_timers_put_off_cost_nothing),
    OURS(test_thrift_sends_to_a_busy_loop_cost_nothing),
};

HARNESS_MAIN("thrift", tests)
