/* A reschedule callback leaves the loop by longjmp, while other periodics are
 * due. */
#include <setjmp.h>

#include "calls.h"
#include "clock.h"

static jmp_buf away;
static int leaves; /* how often the callback still leaves */

static ev_tstamp leave(ev_periodic* w, ev_tstamp now)
{
    (void)w;
    if (leaves && leaves--) longjmp(away, 1);
    return now + 1000;
}

static ev_tstamp soon(ev_periodic* w, ev_tstamp now)
{
    return w->data && w->offset > now ? w->offset : now + 1000;
}

static ev_periodic asks(const char* letter, ev_tstamp at)
{
    ev_periodic w = periodic_of(letter, at, 0);
    w.reschedule_cb = soon;
    return w;
}

static void test_periodic_left_by_a_reschedule_callback_none_is_lost(
    void** state)
{
    /* R4.3: those that expired before it are queued, those after it expire in
     * the next iteration; each is told once, in any order, also the one that
     * left. */
    (void)state;
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    ev_tstamp now = ev_now(loop);
    ev_periodic a = periodic_of("a", now + 1, 0), b = asks("b", now + 2);
    ev_periodic c = asks("c", now + 3), d = periodic_of("d", now + 4, 0);

    ev_periodic_start(loop, &a), ev_periodic_start(loop, &b);
    ev_periodic_start(loop, &c), ev_periodic_start(loop, &d);
    c.reschedule_cb = leave;
    clock_advance(10.);
    leaves = 2;
    if (!setjmp(away)) turn(loop);
    assert_int_equal(leaves, 1);
    if (!setjmp(away)) turn(loop);
    assert_int_equal(leaves, 0);
    turn(loop), turn(loop);
    const char* seen = calls_take();
    assert_int_equal(strlen(seen), 4);
    for (const char* letter = "abcd"; *letter; ++letter)
        assert_non_null(strchr(seen, *letter));
    assert_false(ev_is_active(&a) || ev_is_active(&d));
    assert_true(ev_is_active(&b) && ev_is_active(&c));
    ev_periodic_stop(loop, &b), ev_periodic_stop(loop, &c);
    assert_int_equal(turn(loop), 0);
    assert_calls("");
    ev_loop_destroy(loop);
    clock_thaw();
}

static void test_periodic_stopped_after_another_left_is_not_called(void** state)
{
    /* R4.3: one that expired and was stopped then is not called: its memory is
     * the program's. */
    (void)state;
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    ev_tstamp now = ev_now(loop);
    ev_periodic a = periodic_of("a", now + 1, 0), c = asks("c", now + 3);

    ev_periodic_start(loop, &a), ev_periodic_start(loop, &c);
    c.reschedule_cb = leave;
    clock_advance(10.);
    leaves = 1;
    if (!setjmp(away)) turn(loop);
    ev_periodic_stop(loop, &a);
    memset(&a, 0xee, sizeof a);
    turn(loop);
    assert_calls("c");
    ev_periodic_stop(loop, &c);
    ev_loop_destroy(loop);
    clock_thaw();
}

static void test_periodic_left_by_a_reschedule_after_a_jump_none_is_late(
    void** state)
{
    /* R4.3: the clock is put back, and a callback leaves while all are
     * rescheduled. The next iteration reschedules them, and does not wait for
     * the times before the jump. */
    (void)state;
    clock_freeze();
    struct ev_loop* loop = loop_fresh(EVFLAG_NOTIMERFD);
    ev_periodic a = asks("a", ev_now(loop) + 5000);
    ev_periodic b = periodic_of("b", 0, 10);
    ev_periodic_start(loop, &a), ev_periodic_start(loop, &b);
    a.reschedule_cb = leave;
    leaves = 1;
    clock_advance(1);
    clock_jump(-1000);
    if (!setjmp(away)) turn(loop);
    assert_int_equal(leaves, 0);
    turn(loop);
    assert_true(ev_periodic_at(&b) <= ev_now(loop) + 10);
    ev_periodic_stop(loop, &a), ev_periodic_stop(loop, &b);
    ev_loop_destroy(loop);
}

static const Test tests[] = {
    OURS(test_periodic_left_by_a_reschedule_callback_none_is_lost),
    OURS(test_periodic_stopped_after_another_left_is_not_called),
    EACH(test_periodic_left_by_a_reschedule_after_a_jump_none_is_late),
};

HARNESS_MAIN("periodic_left", tests)
