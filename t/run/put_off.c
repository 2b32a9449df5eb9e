/* How the loop waits when the next timer was put off: it wakes at the time
 * that it was to be due at, perhaps, but does not call that an iteration.
 */

#include <unistd.h>

#include "calls.h"
#include "clock.h"
#include "frozen.h"

static const double grain = (double)clock_grain / clock_ns;

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

static int over; /* waits, also those that found events */

static void count_over(void) { ++over; }

static void test_run_once_waits_until_a_put_off_timer_is_due(void** state)
{
    /* R1.15: ONCE does exactly one iteration, which blocks until the next
     * timer is due; R1.65: that is the time it was put off to. */
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    ev_timer a;
    (void)state;

    put_off(loop, &a, 4, 3);
    double start = clock_mono();
    unsigned before = ev_iteration(loop);
    ev_run(loop, EVRUN_ONCE);
    assert_calls("a");
    assert_int_equal(ev_iteration(loop), before + 1);
    assert_true(clock_mono() > start + 4);
    assert_true(clock_mono() <= start + 4 + 3 * grain);
    assert_true(waits.polls <= 2);
    ev_loop_destroy(loop);
}

static void test_run_once_wait_ends_at_the_moment_it_is_due(void** state)
{
    /* R1.57: due exactly now is not late; the iteration goes on until the
     * clock has moved. */
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    ev_timer a;
    (void)state;

    put_off(loop, &a, 1, grain);
    ev_run(loop, EVRUN_ONCE);
    assert_calls("a");
    assert_true(waits.polls <= 2);
    ev_loop_destroy(loop);
}

static void test_run_nowait_does_not_wait_for_a_put_off_timer(void** state)
{
    /* R1.14: NOWAIT never blocks, also when the timer seems due. */
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    ev_timer a;
    (void)state;

    put_off(loop, &a, 4, 3);
    clock_advance(2);
    waits_clear();
    ev_run(loop, EVRUN_NOWAIT);
    assert_calls("");
    assert_true(waits.polls <= 1 && waits.polled == 0);
    ev_loop_destroy(loop);
}

static void test_run_once_ends_for_a_periodic_despite_a_put_off(void** state)
{
    /* R1.15: what else is due ends the wait, though the timer was put off. */
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    ev_periodic p = periodic_of("p", ev_now(loop) + 4, 0);
    ev_timer a;
    (void)state;

    ev_periodic_start(loop, &p);
    put_off(loop, &a, 4, 3);
    ev_run(loop, EVRUN_ONCE);
    assert_calls("p");
    assert_int_equal(waits.polls, 1);
    ev_loop_destroy(loop);
}

static void test_run_once_ends_for_a_timer_despite_a_put_off(void** state)
{
    /* R1.15: likewise another timer, due at that time. */
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    ev_timer a, b = timer_of("b", 1, 0);
    (void)state;

    put_off(loop, &a, 4, 3);
    ev_timer_start(loop, &b);
    ev_run(loop, EVRUN_ONCE);
    assert_calls("b");
    assert_int_equal(waits.polls, 1);
    ev_loop_destroy(loop);
}

static void time_passes(void)
{
    count_over();
    clock_advance(2);
}

static void test_run_once_ends_for_an_fd_despite_a_put_off(void** state)
{
    /* R1.15: and a file that is ready, at a time when the timer seems due. */
    int fds[2];
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    ev_timer a;
    (void)state;

    assert_int_equal(pipe(fds), 0);
    assert_int_equal(write(fds[1], "x", 1), 1);
    ev_io io = io_of("i", fds[0], EV_READ);
    ev_io_start(loop, &io);
    put_off(loop, &a, 4, 3);
    over = 0;
    waits_over = time_passes;
    ev_run(loop, EVRUN_ONCE);
    waits_over = NULL;
    assert_calls("i");
    assert_int_equal(over, 1);
    ev_loop_destroy(loop);
    close(fds[0]), close(fds[1]);
}

static ev_async woken;
static struct ev_loop* woken_loop;

static void send(void)
{
    count_over();
    if (over == 1) ev_async_send(woken_loop, &woken);
}

static void async_called(EV_P_ ev_async* w, int revents)
{
    (void)EV_A;
    calls_note(w->data, revents);
}

static void test_run_once_is_woken_while_it_goes_on_waiting(void** state)
{
    /* R2.63: a send wakes the loop, also from a wait for a timer that was put
     * off. */
    clock_freeze();
    struct ev_loop* loop = woken_loop = loop_fresh(0);
    ev_timer a;
    (void)state;

    ev_async_init(&woken, async_called);
    woken.data = "w";
    ev_async_start(loop, &woken);
    turn(loop);
    put_off(loop, &a, 4, 3);
    over = 0;
    waits_over = send;
    ev_run(loop, EVRUN_ONCE);
    waits_over = NULL;
    assert_calls("wa"); /* sent at the end of that wait */
    ev_loop_destroy(loop);
}

static int released;

static void release(EV_P) EV_NOEXCEPT
{
    (void)EV_A;
    ++released;
}

static void test_run_once_waits_in_one_go_if_somebody_looks(void** state)
{
    /* R1.43: release and acquire are called around the wait, and an iteration
     * has one, also with an interval in which events are collected (R1.86). */
    clock_freeze();
    (void)state;
    for (int i = 0; i < 2; ++i) {
        struct ev_loop* loop = loop_fresh(0);
        ev_timer a;
        put_off(loop, &a, 4, 3);
        if (i) ev_set_io_collect_interval(loop, 0.5);
        else ev_set_loop_release_cb(loop, release, release);
        released = 0;
        ev_run(loop, EVRUN_ONCE);
        assert_calls("a");
        assert_int_equal(waits.polls, 1);
        assert_int_equal(released, i ? 0 : 2);
        ev_loop_destroy(loop);
    }
}

static void test_run_once_waits_for_the_first_of_many_put_off(void** state)
{
    /* R1.43, R1.15: the same with many, put off by any length, in any order:
     * one wait, which ends for the earliest; and they are called in turn. */
    enum { count = 200, step = 77 };
    static ev_timer a[count];
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    (void)state;

    ev_set_loop_release_cb(loop, release, release);
    for (int i = 0; i < count; ++i) {
        a[i] = timer_of("a", 1 + i % 3, 0);
        ev_timer_start(loop, &a[i]);
    }
    clock_advance(.5);
    ev_now_update(loop);
    for (int i = 0; i < count; ++i) {
        a[i].repeat = 5 + i * step % count;
        ev_timer_again(loop, &a[i]);
    }
    ev_verify(loop);
    double start = clock_mono();
    for (int i = 0; i < count; ++i) {
        waits_clear();
        ev_run(loop, EVRUN_ONCE);
        assert_calls("a");
        assert_int_equal(waits.polls, 1);
        assert_true(clock_mono() > start + 5 + i);
        for (int k = 0; k < count; ++k)
            if (k * step % count == i) ev_timer_stop(loop, &a[k]);
    }
    assert_int_equal(turn(loop), 0);
    ev_loop_destroy(loop);
}

static void leave_pending(EV_P) { (void)EV_A; }

static void test_run_once_with_events_left_pending_waits_until_it_is_due(
    void** state)
{
    /* R1.42, R1.15: a callback of ev_set_invoke_pending_cb may leave events
     * pending. They were there before the wait, so they do not end it. */
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    ev_timer a, b = timer_of("b", 60, 0);
    (void)state;

    ev_set_invoke_pending_cb(loop, leave_pending);
    ev_feed_event(loop, &b, EV_TIMER);
    put_off(loop, &a, 4, 3);
    double start = clock_mono();
    ev_run(loop, EVRUN_ONCE);
    assert_calls("");
    assert_int_equal(ev_pending_count(loop), 2);
    assert_true(clock_mono() > start + 4);
    ev_invoke_pending(loop);
    assert_calls("ab");
    ev_loop_destroy(loop);
}

static const Test tests[] = {
    EACH(test_run_once_waits_until_a_put_off_timer_is_due),
    EACH(test_run_once_wait_ends_at_the_moment_it_is_due),
    EACH(test_run_nowait_does_not_wait_for_a_put_off_timer),
    EACH(test_run_once_ends_for_a_periodic_despite_a_put_off),
    EACH(test_run_once_ends_for_a_timer_despite_a_put_off),
    EACH(test_run_once_ends_for_an_fd_despite_a_put_off),
    OURS(test_run_once_is_woken_while_it_goes_on_waiting),
    EACH(test_run_once_waits_in_one_go_if_somebody_looks),
    EACH(test_run_once_waits_for_the_first_of_many_put_off),
    EACH(test_run_once_with_events_left_pending_waits_until_it_is_due),
};

HARNESS_MAIN("run_put_off", tests)
