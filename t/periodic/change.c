/* ev_periodic: its members changed while it is active, ev_periodic_again. */

#include "calls.h"
#include "clock.h"

static const double grain = (double)clock_grain / clock_ns;

static void pass_time(struct ev_loop* loop, double s)
{
    clock_advance(s);
    turn(loop);
}

static ev_tstamp reschedule(ev_periodic* w, ev_tstamp now)
{
    (void)w;
    calls_note("r", 0);
    return now + 5;
}

static void test_periodic_interval_changed_counts_from_next_firing(void** state)
{
    /* R1.77: offset and interval may be changed at any time; the change counts
     * from the next firing. */
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    ev_tstamp now = ev_now(loop);
    ev_periodic a = periodic_of("a", now + 0.25, 1);
    (void)state;

    ev_periodic_start(loop, &a);
    a.offset = now + 0.125;
    a.interval = 0.5;
    pass_time(loop, 0.1875);
    assert_calls("");
    assert_true(ev_periodic_at(&a) == now + 0.25);
    pass_time(loop, 0.125);
    assert_calls("a");
    assert_true(ev_periodic_at(&a) == now + 0.625);
    ev_loop_destroy(loop);
}

static void test_periodic_change_counts_from_again(void** state)
{
    /* R1.77: or from ev_periodic_again. */
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    ev_tstamp now = ev_now(loop);
    ev_periodic a = periodic_of("a", now + 0.5, 1);
    (void)state;

    ev_periodic_start(loop, &a);
    a.offset = now + 0.25;
    ev_periodic_again(loop, &a);
    assert_true(ev_periodic_at(&a) == now + 0.25);
    a.reschedule_cb = reschedule;
    ev_periodic_again(loop, &a);
    assert_calls("r");
    assert_true(ev_periodic_at(&a) == now + 5);
    a.reschedule_cb = NULL;
    a.interval = 0;
    ev_periodic_again(loop, &a);
    assert_true(ev_periodic_at(&a) == now + 0.25);
    pass_time(loop, 0.25 + grain);
    assert_calls("a");
    assert_false(ev_is_active(&a));
    ev_loop_destroy(loop);
}

static void test_periodic_reschedule_set_counts_from_next_firing(void** state)
{
    /* R1.77: the same for reschedule_cb. */
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    ev_tstamp now = ev_now(loop);
    ev_periodic a = periodic_of("a", now + 0.25, 0);
    (void)state;

    ev_periodic_start(loop, &a);
    a.reschedule_cb = reschedule;
    pass_time(loop, 0.5);
    assert_calls("ra");
    assert_true(ev_is_active(&a));
    assert_true(ev_periodic_at(&a) == now + 5.5);
    ev_loop_destroy(loop);
}

static void test_periodic_made_absolute_fires_a_last_time(void** state)
{
    /* R1.77: changing to interval 0 without callback makes that firing the
     * last. */
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    ev_periodic a = periodic_of("a", ev_now(loop) + 0.25, 1);
    (void)state;

    ev_periodic_start(loop, &a);
    a.interval = 0;
    clock_advance(0.5);
    assert_int_equal(turn(loop), 0);
    assert_calls("a");
    assert_false(ev_is_active(&a));
    ev_loop_destroy(loop);
}

static ev_periodic other;

static void again_other(EV_P_ ev_timer* w, int revents)
{
    note_timer(EV_A_ w, revents);
    assert_true(ev_is_pending(&other));
    ev_periodic_again(EV_A_ & other);
    assert_false(ev_is_pending(&other));
}

static void test_periodic_again_clears_a_pending_event(void** state)
{
    /* R1.77: ev_periodic_again also clears a pending event. */
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    ev_tstamp now = ev_now(loop);
    ev_timer first = timer_of("f", -1, 0);
    (void)state;

    ev_set_cb(&first, again_other);
    ev_set_priority(&first, 1);
    for (int absolute = 0; absolute < 2; ++absolute) {
        other = periodic_of("o", now + 0.25, absolute ? 0 : 2);
        ev_periodic_start(loop, &other);
        ev_timer_set(&first, -1, 0);
        ev_timer_start(loop, &first);
        if (!absolute) clock_advance(0.5);
        turn(loop);
        assert_calls("f");
        assert_true(ev_is_active(&other)); /* absolute: started again */
        assert_true(ev_periodic_at(&other) == now + (absolute ? .25 : 2.25));
        ev_periodic_stop(loop, &other);
    }
    ev_loop_destroy(loop);
}

static void stop_itself(EV_P_ ev_periodic* w, int revents)
{
    note_periodic(EV_A_ w, revents);
    ev_periodic_stop(EV_A_ w);
}

static void test_periodic_stopped_in_its_callback_is_done(void** state)
{
    /* R1.77: rescheduled before the callback, it can be stopped there. */
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    ev_periodic a = periodic_of("a", 0, 0.25);
    (void)state;

    ev_set_cb(&a, stop_itself);
    ev_periodic_start(loop, &a);
    clock_advance(0.5);
    assert_int_equal(turn(loop), 0);
    assert_calls("a");
    pass_time(loop, 1);
    assert_calls("");
    ev_loop_destroy(loop);
}

static const Test tests[] = {
    EACH(test_periodic_interval_changed_counts_from_next_firing),
    EACH(test_periodic_change_counts_from_again),
    EACH(test_periodic_reschedule_set_counts_from_next_firing),
    EACH(test_periodic_made_absolute_fires_a_last_time),
    EACH(test_periodic_again_clears_a_pending_event),
    EACH(test_periodic_stopped_in_its_callback_is_done),
};

HARNESS_MAIN("periodic_change", tests)
