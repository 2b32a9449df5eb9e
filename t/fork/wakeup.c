/* Fork: ev_async and ev_signal in the child and in the parent. */
#define _GNU_SOURCE 1
#include <pthread.h>
#include <stdatomic.h>

#include "fds.h"
#include "forked.h"

enum { sends = 5 };

/* A loop with an async watcher or a signal watcher, and two gates. */
typedef struct Wakeup {
    struct ev_loop* loop;
    ev_async async;
    ev_signal signal;
    atomic_int calls;
    Gate to_parent, to_child;
} Wakeup;

static void async_note(struct ev_loop* loop, ev_async* w, int revents)
{
    Wakeup* wakeup = w->data;
    (void)revents;
    atomic_fetch_add(&wakeup->calls, 1);
    ev_break(loop, EVBREAK_ONE);
}

static void signal_note(struct ev_loop* loop, ev_signal* w, int revents)
{
    Wakeup* wakeup = w->data;
    (void)revents;
    atomic_fetch_add(&wakeup->calls, 1);
    ev_break(loop, EVBREAK_ONE);
}

static void wakeup_new(Wakeup* wakeup, unsigned flags)
{
    wakeup->loop = loop_new(flags);
    wakeup->to_parent = gate_new();
    wakeup->to_child = gate_new();
    atomic_store(&wakeup->calls, 0);
    ev_async_init(&wakeup->async, async_note);
    wakeup->async.data = wakeup;
    ev_signal_init(&wakeup->signal, signal_note, SIGUSR1);
    wakeup->signal.data = wakeup;
}

static void wakeup_free(Wakeup* wakeup)
{
    ev_async_stop(wakeup->loop, &wakeup->async);
    signal(SIGUSR1, SIG_IGN); /* drops one that is blocked and not read */
    ev_signal_stop(wakeup->loop, &wakeup->signal);
    signal(SIGUSR1, SIG_DFL);
    ev_loop_destroy(wakeup->loop);
    gate_free(&wakeup->to_parent), gate_free(&wakeup->to_child);
}

/* Sends, each time after the send before has been handled. */
static void* thread_send(void* arg)
{
    const struct timespec moment = {0, 1000000};
    Wakeup* wakeup = arg;

    for (int i = 0; i < sends; ++i) {
        nanosleep(&moment, NULL);
        ev_async_send(wakeup->loop, &wakeup->async);
        while (atomic_load(&wakeup->calls) <= i) nanosleep(&moment, NULL);
    }
    return NULL;
}

static void async_child_sends(void* arg)
{
    Wakeup* wakeup = arg;
    pthread_t thread;

    ev_loop_fork(wakeup->loop);
    turn(wakeup->loop);
    gate_open(&wakeup->to_parent);
    child_check(gate_pass(&wakeup->to_child));
    child_check(!pthread_create(&thread, NULL, thread_send, wakeup));
    for (int i = 0; i < sends; ++i) ev_run(wakeup->loop, 0);
    pthread_join(thread, NULL);
    child_check(atomic_load(&wakeup->calls) == sends);

    gate_open(&wakeup->to_parent); /* now it is the parent's turn to send */
    child_check(gate_pass(&wakeup->to_child));
    unsigned before = ev_iteration(wakeup->loop);
    run_for(wakeup->loop, 0.01);
    child_check(ev_iteration(wakeup->loop) - before < 5);
    child_check(atomic_load(&wakeup->calls) == sends);
}

static void test_fork_async_sent_in_child_wakes_child_only(void** state)
{
    /* R2.32: the child has a wake-up channel of its own; its sends, also from
     * a thread into a blocked loop, wake the child only: the parent's loop
     * makes no extra iterations. And the other way round. */
    Wakeup wakeup;

    (void)state;
    wakeup_new(&wakeup, 0);
    ev_async_start(wakeup.loop, &wakeup.async);
    turn(wakeup.loop);
    pid_t pid = child_fork(async_child_sends, &wakeup);
    assert_true(gate_pass(&wakeup.to_parent));
    unsigned before = ev_iteration(wakeup.loop);
    gate_open(&wakeup.to_child);
    run_for(wakeup.loop, 0.05);
    assert_true(gate_pass(&wakeup.to_parent));
    turn(wakeup.loop);
    assert_in_range(ev_iteration(wakeup.loop) - before, 2, 4);
    assert_int_equal(atomic_load(&wakeup.calls), 0);

    for (int i = 1; i <= sends; ++i) {
        ev_async_send(wakeup.loop, &wakeup.async);
        run_once(wakeup.loop);
        assert_int_equal(atomic_load(&wakeup.calls), i);
    }
    ev_async_send(wakeup.loop, &wakeup.async);
    gate_open(&wakeup.to_child);
    assert_child_passes(pid);
    turn(wakeup.loop);
    assert_int_equal(atomic_load(&wakeup.calls), sends + 1);
    wakeup_free(&wakeup);
}

static void async_child_called(void* arg)
{
    Wakeup* wakeup = arg;
    child_check(gate_pass(&wakeup->to_child));
    ev_loop_fork(wakeup->loop);
    run_once(wakeup->loop);
    child_check(atomic_load(&wakeup->calls) == 1);
    child_check(!ev_async_pending(&wakeup->async));
    turn(wakeup->loop);
    child_check(atomic_load(&wakeup->calls) == 1);
}

static void async_before_fork_check(int parent_first)
{
    Wakeup wakeup;

    wakeup_new(&wakeup, 0);
    ev_async_start(wakeup.loop, &wakeup.async);
    turn(wakeup.loop);
    ev_async_send(wakeup.loop, &wakeup.async);
    pid_t pid = child_fork(async_child_called, &wakeup);
    if (!parent_first) {
        gate_open(&wakeup.to_child);
        assert_child_passes(pid);
    }
    run_once(wakeup.loop);
    assert_int_equal(atomic_load(&wakeup.calls), 1);
    if (parent_first) {
        gate_open(&wakeup.to_child);
        assert_child_passes(pid);
    }
    turn(wakeup.loop);
    assert_int_equal(atomic_load(&wakeup.calls), 1);
    wakeup_free(&wakeup);
}

static void test_fork_async_sent_before_fork_delivered_in_both(void** state)
{
    /* R2.32: a send made before the fork and not yet handled is delivered in
     * both processes, whichever looks first. */
    (void)state;
    async_before_fork_check(0);
    async_before_fork_check(1);
}

static void signal_child_waits(void* arg)
{
    Wakeup* wakeup = arg;

    ev_loop_fork(wakeup->loop);
    turn(wakeup->loop);
    gate_open(&wakeup->to_parent);
    ev_run(wakeup->loop, 0);
    child_check(atomic_load(&wakeup->calls) == 1);
    gate_open(&wakeup->to_parent);
    child_check(gate_pass(&wakeup->to_child));
    unsigned before = ev_iteration(wakeup->loop);
    run_for(wakeup->loop, 0.01);
    child_check(ev_iteration(wakeup->loop) - before < 5);
    child_check(atomic_load(&wakeup->calls) == 1);
}

static void signals_apart_check(unsigned flags)
{
    Wakeup wakeup;

    wakeup_new(&wakeup, flags);
    ev_signal_start(wakeup.loop, &wakeup.signal);
    turn(wakeup.loop);
    pid_t pid = child_fork(signal_child_waits, &wakeup);
    assert_true(gate_pass(&wakeup.to_parent));
    unsigned before = ev_iteration(wakeup.loop);
    kill(pid, SIGUSR1);
    assert_true(gate_pass(&wakeup.to_parent));
    run_for(wakeup.loop, 0.01);
    assert_in_range(ev_iteration(wakeup.loop) - before, 1, 4);
    assert_int_equal(atomic_load(&wakeup.calls), 0);

    kill(getpid(), SIGUSR1);
    run_once(wakeup.loop);
    assert_int_equal(atomic_load(&wakeup.calls), 1);
    kill(getpid(), SIGUSR1);
    gate_open(&wakeup.to_child);
    assert_child_passes(pid);
    run_once(wakeup.loop);
    assert_int_equal(atomic_load(&wakeup.calls), 2);
    wakeup_free(&wakeup);
}

static void test_fork_signal_reaches_watcher_of_its_process_only(void** state)
{
    /* R2.33: signal watchers go on in the child after ev_loop_fork: a signal
     * to the child calls the child's watcher only, one to the parent the
     * parent's only. */
    (void)state;
    signals_apart_check(0);
}

static void test_fork_signalfd_reaches_watcher_of_its_process_only(void** state)
{
    /* R2.34: the same for a loop with EVFLAG_SIGNALFD. */
    (void)state;
    signals_apart_check(EVFLAG_SIGNALFD);
}

static const Test tests[] = {
    EACH(test_fork_async_sent_in_child_wakes_child_only),
    EACH(test_fork_async_sent_before_fork_delivered_in_both),
    EACH(test_fork_signal_reaches_watcher_of_its_process_only),
    EACH(test_fork_signalfd_reaches_watcher_of_its_process_only),
};

HARNESS_MAIN("fork_wakeup", tests)
