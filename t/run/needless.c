/* Iterations without a system call: they need not wait, and the kernel can
 * report nothing, since the loop watches no fd but its own wake-up channel.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "calls.h"
#include "clock.h"
#include "frozen.h"

static struct ev_loop* loop;
static ev_async async;
static ev_timer timer;
static int p[2];

static void begin(void)
{
    clock_freeze();
    loop = loop_fresh(0);
    ev_async_init(&async, note_async);
    async.data = (void*)(uintptr_t) "a";
    ev_async_start(loop, &async);
    turn(loop);
    waits_clear();
}

/* So many times the kernel was asked for events since the last call. */
static int asked(void)
{
    int polls = waits.polls;
    waits_clear();
    return polls;
}

static void test_run_with_nothing_watched_asks_nothing(void** state)
{
    /* R1.12, R1.14, R1.19: an iteration that does not wait; it counts. */
    (void)state;
    clock_freeze();
    loop = loop_fresh(0);
    waits_clear();
    for (int i = 0; i < 3; ++i) turn(loop);
    ev_run(loop, 0);
    assert_int_equal(asked(), 0);
    assert_int_equal(ev_iteration(loop), 4);
    ev_loop_destroy(loop);
}

static void test_run_woken_before_it_waits_asks_nothing(void** state)
{
    /* R2.49, R2.63: a send and a signal that came before are in memory. */
    ev_signal sig;
    (void)state;
    begin();
    ev_signal_init(&sig, note_signal, SIGUSR1);
    sig.data = (void*)(uintptr_t) "s";
    ev_signal_start(loop, &sig);
    turn(loop);
    asked();
    for (int i = 0; i < 3; ++i) {
        ev_async_send(loop, &async);
        ev_run(loop, EVRUN_ONCE);
        assert_calls("a");
        raise(SIGUSR1);
        ev_run(loop, EVRUN_ONCE);
        assert_calls("s");
        turn(loop);
        assert_calls("");
    }
    assert_int_equal(asked(), 0);
    ev_signal_stop(loop, &sig);
    ev_loop_destroy(loop);
}

static void test_run_with_work_asks_nothing(void** state)
{
    /* R1.15, R1.80: an idle watcher, a timer that is due. */
    ev_idle idle = idle_of("i");
    (void)state;
    begin();
    ev_idle_start(loop, &idle);
    ev_run(loop, EVRUN_ONCE);
    assert_calls("i");
    ev_idle_stop(loop, &idle);

    timer = timer_of("t", 1, 0);
    ev_timer_start(loop, &timer);
    clock_advance(2);
    ev_run(loop, EVRUN_ONCE);
    assert_calls("t");
    assert_int_equal(asked(), 0);
    ev_loop_destroy(loop);
}

static void test_run_that_watches_an_fd_asks_once(void** state)
{
    /* R1.21: every iteration polls, while any watcher is on any fd. */
    ev_io one, two;
    (void)state;
    begin();
    assert_int_equal(pipe(p), 0);
    one = io_of("1", p[0], EV_READ);
    two = io_of("2", p[0], EV_WRITE);
    ev_io_start(loop, &one);
    turn(loop);
    ev_async_send(loop, &async);
    ev_run(loop, EVRUN_ONCE);
    assert_int_equal(asked(), 2);
    ev_io_start(loop, &two);
    ev_io_stop(loop, &one);
    turn(loop);
    assert_int_equal(asked(), 1);
    ev_io_stop(loop, &two);
    turn(loop); /* the kernel may have events that nobody wants */
    asked();
    turn(loop);
    assert_int_equal(asked(), 0);
    assert_int_equal(write(p[1], "", 1), 1);
    ev_io_start(loop, &one);
    turn(loop);
    assert_calls("a1");
    ev_io_stop(loop, &one);
    close(p[0]), close(p[1]);
    ev_loop_destroy(loop);
}

static void test_run_on_a_dead_fd_counts_it_no_more(void** state)
{
    /* R2.12: a watcher that is stopped because its fd is dead. */
    ev_io dead[2];
    (void)state;
    begin();
    assert_int_equal(pipe(p), 0);
    close(p[0]), close(p[1]);
    for (int i = 0; i < 2; ++i) {
        dead[i] = io_of("d", p[0], EV_READ);
        ev_io_start(loop, &dead[i]);
    }
    for (int i = 0; i < 3; ++i) turn(loop);
    assert_calls("dd");
    asked();
    turn(loop);
    assert_int_equal(asked(), 0);
    ev_loop_destroy(loop);
}

static void note_release(struct ev_loop* l)
{
    (void)l;
    calls_note("r", 0);
}

static void note_acquire(struct ev_loop* l)
{
    (void)l;
    calls_note("q", 0);
}

static void test_run_with_release_callbacks_polls(void** state)
{
    /* R1.43: they are called around each poll, also in NOWAIT runs. */
    (void)state;
    begin();
    ev_set_loop_release_cb(loop, note_release, note_acquire);
    turn(loop);
    ev_async_send(loop, &async);
    ev_run(loop, EVRUN_ONCE);
    assert_calls("rqrqa");
    assert_int_equal(waits.polls, 2);
    ev_loop_destroy(loop);
}

static void late_send(void)
{
    waits_over = NULL;
    ev_async_send(loop, &async);
}

static void test_run_takes_a_late_wakeup_without_waiting(void** state)
{
    /* R1.15: what a sender wrote after the wait has ended is taken by the next
     * iteration, also if that need not wait. It does not end a later wait. */
    (void)state;
    begin();
    timer = timer_of("t", 1, 0);
    ev_timer_start(loop, &timer);
    waits_over = late_send;
    ev_run(loop, EVRUN_ONCE);
    turn(loop);
    assert_int_equal(strlen(calls_take()), 2); /* "at", or 4.33: "ta" */

    timer = timer_of("t", 1, 0);
    ev_timer_start(loop, &timer);
    ev_run(loop, EVRUN_ONCE);
    assert_calls("t");
    waits_clear();
    for (int i = 0; i < 3; ++i) turn(loop);
    if (!REFERENCE) assert_int_equal(asked(), 0);
    ev_loop_destroy(loop);
}

static void test_run_embedded_takes_the_events_of_stopped_watchers(void** state)
{
    /* R2.17: an fd that nobody watches any more wakes the outer loop a few
     * times at most: for data, and for a hang-up. */
    struct ev_loop* inner = ev_loop_new(embeddable_backend());
    ev_embed embed;
    ev_io io;
    (void)state;
    begin();
    assert_int_equal(pipe(p), 0);
    io = io_of("1", p[0], EV_READ);
    ev_io_start(inner, &io);
    ev_embed_init(&embed, NULL, inner);
    ev_embed_start(loop, &embed);
    turn(loop);
    ev_io_stop(inner, &io);
    assert_int_equal(write(p[1], "", 1), 1);
    for (int i = 0; i < 2; ++i) {
        timer = timer_of("t", 1, 0);
        ev_timer_start(loop, &timer);
        for (int n = 0; n < 5; ++n) ev_run(loop, EVRUN_ONCE);
        assert_calls("t");
        if (!i) close(p[1]);
    }
    ev_embed_stop(loop, &embed);
    ev_loop_destroy(inner);
    close(p[0]);
    ev_loop_destroy(loop);
}

static void test_run_sees_a_file_with_the_number_of_its_channel(void** state)
{
    /* R2.7: the program closed the loop's wake-up channel, and watches a new
     * file that got the number. */
    ev_io io;
    int number = dup(0);
    (void)state;
    close(number);
    clock_freeze();
    loop = loop_fresh(0);
    if (ev_backend(loop) == EVBACKEND_EPOLL) number = dup(0), close(number);
    ev_async_init(&async, note_async);
    ev_async_start(loop, &async);
    turn(loop);
    close(number);
    assert_int_equal(pipe(p), 0);
    assert_int_equal(p[0], number);
    io = io_of("1", p[0], EV_READ);
    ev_io_start(loop, &io);
    turn(loop);
    calls_clear();
    assert_int_equal(write(p[1], "", 1), 1);
    turn(loop);
    assert_calls("1");
    ev_io_stop(loop, &io);
    ev_loop_destroy(loop);
    close(p[1]);
}

static const Test tests[] = {
    OURS(test_run_with_nothing_watched_asks_nothing),
    OURS(test_run_woken_before_it_waits_asks_nothing),
    OURS(test_run_with_work_asks_nothing),
    OURS(test_run_that_watches_an_fd_asks_once),
    OURS(test_run_on_a_dead_fd_counts_it_no_more),
    EACH(test_run_with_release_callbacks_polls),
    EACH(test_run_takes_a_late_wakeup_without_waiting),
    EACH(test_run_embedded_takes_the_events_of_stopped_watchers),
    EACH(test_run_sees_a_file_with_the_number_of_its_channel),
};

HARNESS_MAIN("run_needless", tests)
