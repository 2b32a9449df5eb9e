/* Virtual time: the clock of a loop made by relev_loop_new_virtual. */

#include <errno.h>

#include "calls.h"
#include "relev.h"

static const double start = 1e9, hour = 3600, near = 1e-5;

static struct ev_loop* begin(unsigned flags)
{
    struct ev_loop* loop = relev_loop_new_virtual(backend | flags, start);
    assert_non_null(loop);
    assert_true(ev_now(loop) == start && ev_backend(loop) == backend);
    calls_clear();
    return loop;
}

/* It is that late since the start, and not more. */
static void assert_passed(struct ev_loop* loop, double seconds)
{
    assert_true(ev_now(loop) >= start + seconds);
    assert_true(ev_now(loop) < start + seconds + near);
}

/* What happened in an hour: who, and when. */
static struct {
    int timers, periodics, onces, count;
    struct {
        char who;
        ev_tstamp when;
    } events[20000];
} seen, first;

static void see(struct ev_loop* loop, char who, int* count)
{
    assert_true(seen.count < 20000);
    seen.events[seen.count].who = who;
    seen.events[seen.count++].when = ev_now(loop);
    ++*count;
}

static void on_timer(struct ev_loop* loop, ev_timer* w, int revents)
{
    (void)revents;
    see(loop, *(const char*)w->data, &seen.timers);
}

static void on_periodic(struct ev_loop* loop, ev_periodic* w, int revents)
{
    (void)revents;
    see(loop, *(const char*)w->data, &seen.periodics);
}

static void on_once(int revents, void* loop)
{
    assert_int_equal(revents, EV_TIMER);
    see((struct ev_loop*)loop, 'o', &seen.onces);
    ev_once((struct ev_loop*)loop, -1, 0, 50, on_once, loop);
}

/* Returns how many iterations it took. */
static unsigned hour_run(struct ev_loop* loop)
{
    ev_timer a = timer_of("a", 1, 1), b = timer_of("b", 0, 7), end;
    ev_periodic p = periodic_of("p", 0, 60);
    ev_timer_init(&end, run_end, hour + .5, 0.);
    ev_set_cb(&a, on_timer), ev_set_cb(&b, on_timer);
    ev_set_cb(&p, on_periodic);
    memset(&seen, 0, sizeof seen);
    ev_timer_start(loop, &a), ev_timer_start(loop, &b);
    ev_timer_start(loop, &end), ev_periodic_start(loop, &p);
    ev_once(loop, -1, 0, 50, on_once, loop);
    ev_run(loop, 0);
    return ev_iteration(loop);
}

static void test_virtual_hour_is_the_same_each_time(void** state)
{
    /* Nothing waits, and each run has the same events at the same times. */
    double began = monotonic();
    unsigned iterations = 0;
    (void)state;

    for (int i = 0; i < 100; ++i) {
        struct ev_loop* loop = begin(0);
        unsigned now = hour_run(loop);
        assert_passed(loop, hour + .5);
        ev_loop_destroy(loop);
        if (!i) first = seen, iterations = now;
        assert_int_equal(now, iterations);
        assert_memory_equal(&seen, &first, sizeof seen);
    }
    assert_int_equal(first.timers, 3600 + 1 + 3600 / 7);
    assert_int_equal(first.periodics, 60);
    assert_int_equal(first.onces, 3600 / 50);
    assert_true(iterations <= (unsigned)first.count + 1);
    assert_true(monotonic() - began < hour);
}

static void test_virtual_clock_moves_to_what_is_next(void** state)
{
    /* At once, also over more than the minute that a loop waits at most; the
     * events of one time come in one iteration, in their usual order. */
    struct ev_loop* loop = begin(0);
    ev_timer a = timer_of("a", 0, 0), b = timer_of("b", 100, 0);
    ev_timer c = timer_of("c", 250, 0);
    ev_periodic p = periodic_of("p", start + 250, 0);
    (void)state;

    ev_timer_start(loop, &a), ev_timer_start(loop, &b);
    ev_timer_start(loop, &c), ev_periodic_start(loop, &p);
    assert_true(ev_run(loop, EVRUN_ONCE));
    assert_calls("a");
    assert_passed(loop, 0);
    ev_run(loop, EVRUN_ONCE);
    assert_calls("b");
    assert_passed(loop, 100);
    ev_run(loop, EVRUN_NOWAIT);
    assert_passed(loop, 100);
    assert_false(ev_run(loop, 0));
    assert_passed(loop, 250);
    assert_calls("pc");
    assert_int_equal(ev_iteration(loop), 4);
    ev_loop_destroy(loop);
}

static void test_virtual_timer_that_was_put_off_expires_later(void** state)
{
    struct ev_loop* loop = begin(0);
    ev_timer a = timer_of("a", 0, 90), b = timer_of("b", 60, 0);
    (void)state;

    ev_timer_again(loop, &a);
    ev_timer_start(loop, &b);
    ev_run(loop, EVRUN_ONCE);
    assert_calls("b");
    ev_timer_again(loop, &a);
    while (*calls == 0) ev_run(loop, EVRUN_ONCE);
    assert_passed(loop, 150);
    assert_calls("a");
    ev_loop_destroy(loop);
}

static void test_virtual_clock_by_hand_stands_still(void** state)
{
    /* ev_run returns when nothing is ready; what is due at the time to which
     * the clock is moved expires, once for several expiries that were missed.
     */
    struct ev_loop* loop = begin(RELEV_MANUAL);
    ev_timer a = timer_of("a", 60, 0), b = timer_of("b", 7, 7);
    ev_periodic p = periodic_of("p", start + 120, 0);
    (void)state;

    ev_timer_start(loop, &a), ev_timer_start(loop, &b);
    ev_periodic_start(loop, &p);
    assert_true(ev_run(loop, 0) && ev_run(loop, EVRUN_ONCE));
    assert_passed(loop, 0);
    assert_int_equal(relev_virtual_advance(loop, 59), 0);
    assert_true(ev_now(loop) == start);
    assert_true(relev_time(loop) == start + 59);
    ev_run(loop, 0);
    assert_calls("bb");
    assert_passed(loop, 59);
    assert_true(ev_timer_remaining(loop, &b) > 7 - near);
    ev_timer_stop(loop, &b);
    relev_virtual_advance(loop, 1), ev_run(loop, EVRUN_NOWAIT);
    assert_calls("a");
    relev_virtual_advance(loop, 60), ev_run(loop, 0);
    assert_calls("p");
    assert_false(ev_run(loop, 0));
    ev_loop_destroy(loop);
}

static void on_zero(struct ev_loop* loop, ev_watcher* w, int revents)
{
    note(loop, w, revents);
    if (strlen(calls) < 5) ev_timer_start(loop, (ev_timer*)w);
}

static void test_virtual_timers_of_no_time_expire(void** state)
{
    /* Each in the next iteration, as with a clock that moves. */
    struct ev_loop* loop = begin(RELEV_MANUAL);
    ev_timer a;
    (void)state;

    timer_init(&a, "a", on_zero, 0, 0);
    ev_timer_start(loop, &a);
    ev_run(loop, 0);
    assert_calls("aaaaa");
    assert_int_equal(ev_iteration(loop), 5);
    assert_passed(loop, 0);
    ev_loop_destroy(loop);
}

static void slow(struct ev_loop* loop, ev_watcher* w, int revents)
{
    ev_tstamp mono = relev_monotonic(loop), now = ev_now(loop);
    note(loop, w, revents);
    assert_int_equal(relev_virtual_advance(loop, 3), 0);
    assert_true(ev_now(loop) == now);
    assert_true(relev_monotonic(loop) == mono + 3);
    assert_true(relev_time(loop) >= start + 4);
}

static void test_virtual_callback_takes_time(void** state)
{
    /* Timers count from ev_now, which is old then. */
    struct ev_loop* loop = begin(0);
    ev_timer a, b = timer_of("b", 2, 0), c = timer_of("c", 4.5, 0);
    (void)state;

    timer_init(&a, "a", slow, 1, 0);
    ev_timer_start(loop, &a), ev_timer_start(loop, &b);
    ev_timer_start(loop, &c);
    ev_run(loop, EVRUN_ONCE), ev_run(loop, EVRUN_ONCE);
    assert_calls("ab");
    assert_passed(loop, 4);
    relev_virtual_advance(loop, .25), ev_now_update(loop);
    assert_passed(loop, 4.25);
    ev_suspend(loop), relev_virtual_advance(loop, 10), ev_resume(loop);
    ev_run(loop, 0);
    assert_calls("c");
    assert_passed(loop, 14.5);
    ev_loop_destroy(loop);
}

static void test_virtual_wall_clock_is_set(void** state)
{
    /* Timers do not see it; a periodic with an interval is rescheduled, and one
     * of a time that is passed expires. Less than a second is no jump. */
    struct ev_loop* loop = begin(RELEV_MANUAL);
    ev_timer a = timer_of("a", 50, 0);
    ev_periodic p = periodic_of("p", 0, 100),
                q = periodic_of("q", start + 9, 0);
    (void)state;

    ev_timer_start(loop, &a);
    ev_periodic_start(loop, &p), ev_periodic_start(loop, &q);
    assert_int_equal(relev_virtual_set_wall(loop, start + 500), 0);
    assert_true(ev_now(loop) == start);
    ev_run(loop, 0);
    assert_calls("q");
    assert_true(ev_now(loop) >= start + 500 && ev_now(loop) < start + 501);
    assert_true(ev_periodic_at(&p) == start + 600);
    relev_virtual_set_wall(loop, start - 1000), ev_run(loop, 0);
    assert_true(ev_periodic_at(&p) == start - 900);
    relev_virtual_set_wall(loop, start - 1000.5), ev_run(loop, 0);
    assert_true(ev_periodic_at(&p) == start - 900);
    assert_calls("");
    relev_virtual_advance(loop, 50), ev_run(loop, 0);
    assert_calls("a");
    ev_loop_destroy(loop);
}

static jmp_buf away;
static int leaves;

static ev_tstamp reschedule(ev_periodic* w, ev_tstamp now)
{
    (void)w;
    if (leaves && leaves--) longjmp(away, 1);
    return now + 10;
}

static void test_virtual_jump_is_seen_again_after_a_longjmp(void** state)
{
    struct ev_loop* loop = begin(RELEV_MANUAL);
    ev_periodic p = periodic_of("p", 0, 0);
    (void)state;

    p.reschedule_cb = reschedule;
    ev_periodic_start(loop, &p);
    relev_virtual_set_wall(loop, start - 500);
    leaves = 1;
    if (!setjmp(away)) ev_run(loop, 0), fail();
    ev_run(loop, 0);
    assert_true(ev_periodic_at(&p) == start - 490);
    ev_loop_destroy(loop);
}

static const Test tests[] = {
    EACH(test_virtual_hour_is_the_same_each_time),
    EACH(test_virtual_clock_moves_to_what_is_next),
    EACH(test_virtual_timer_that_was_put_off_expires_later),
    EACH(test_virtual_clock_by_hand_stands_still),
    EACH(test_virtual_timers_of_no_time_expire),
    EACH(test_virtual_callback_takes_time),
    EACH(test_virtual_wall_clock_is_set),
    EACH(test_virtual_jump_is_seen_again_after_a_longjmp),
};

HARNESS_MAIN("relev_virtual", tests)
