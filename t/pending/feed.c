/* Feeding events, outside and inside a pass, and invoking by hand. */
#include "calls.h"

/* R1.30: a watcher that is not active can be fed: it becomes pending, holds
 * no reference, is called with exactly the fed bits and stays inactive. */
static void test_feed_inactive_watcher_is_called(void** state)
{
    (void)state;
    struct ev_loop* loop = loop_new(0);
    ev_timer w;

    timer_init(&w, "w", note, 7., 8.);
    ev_feed_event(loop, &w, EV_CUSTOM | EV_WRITE);
    assert_true(ev_is_pending(&w));
    assert_false(ev_is_active(&w));
    assert_int_equal(ev_pending_count(loop), 1);
    assert_int_equal(ev_run(loop, 0), 0);
    assert_calls("w");
    assert_int_equal(calls_revents, EV_CUSTOM | EV_WRITE);
    assert_false(ev_is_pending(&w));
    assert_false(ev_is_active(&w));
    assert_true(w.at == 7. && w.repeat == 8.);
    ev_loop_destroy(loop);
}

/* R1.30: to stop it takes the event away; its settings stay as they are, and
 * no reference is given back that it never held. */
static void test_feed_inactive_watcher_stopped_is_not_called(void** state)
{
    (void)state;
    struct ev_loop* loop = loop_new(0);
    ev_timer timer;
    ev_io io;

    timer_init(&timer, "timer", note, 7., 8.);
    io_init(&io, "io", note, 0, EV_READ);
    ev_set_priority(&io, 1);
    ev_feed_event(loop, &timer, EV_TIMER);
    ev_feed_event(loop, &io, EV_READ);
    ev_timer_stop(loop, &timer);
    ev_io_stop(loop, &io);
    assert_false(ev_is_pending(&timer) || ev_is_pending(&io));
    ev_ref(loop);
    assert_int_equal(ev_run(loop, EVRUN_NOWAIT), 1);
    assert_calls("");
    assert_true(timer.at == 7. && timer.repeat == 8.);
    assert_true(io.fd == 0 && io.events & EV_READ && ev_priority(&io) == 1);
    ev_loop_destroy(loop);
}

static ev_watcher other, high, same, low; /* fed by the callbacks below */

static void feed_self_once(struct ev_loop* loop, ev_watcher* w, int revents)
{
    note(loop, w, revents);
    assert_false(ev_is_pending(w));
    if (revents == EV_CUSTOM) ev_feed_event(loop, w, EV_WRITE);
}

/* R1.31: the mark is cleared before the callback runs, so a callback may feed
 * its own watcher: it is called again in the same pass, and is the next. */
static void test_feed_own_watcher_is_called_again_next(void** state)
{
    (void)state;
    struct ev_loop* loop = loop_new(0);
    ev_watcher w;

    fed_init(&other, "other", note, 0);
    fed_init(&w, "w", feed_self_once, 0);
    ev_feed_event(loop, &other, EV_CUSTOM);
    ev_feed_event(loop, &w, EV_CUSTOM);
    ev_invoke_pending(loop);
    assert_calls("ww other");
    ev_loop_destroy(loop);
}

static void feed_others(struct ev_loop* loop, ev_watcher* w, int revents)
{
    note(loop, w, revents);
    ev_feed_event(loop, &low, EV_CUSTOM);
    ev_feed_event(loop, &high, EV_CUSTOM);
    ev_feed_event(loop, &same, EV_CUSTOM);
}

/* R1.32: what a callback feeds is called in the running pass: first that of
 * higher priority, then that of the same one, ahead of older entries, and
 * that of a lower one when its turn comes. */
static void test_feed_in_callback_is_handled_in_the_pass(void** state)
{
    (void)state;
    struct ev_loop* loop = loop_new(0);
    ev_watcher w, older, older_low;

    fed_init(&w, "w", feed_others, 0);
    fed_init(&older, "older", note, 0);
    fed_init(&older_low, "older-low", note, -1);
    fed_init(&high, "high", note, 2);
    fed_init(&same, "same", note, 0);
    fed_init(&low, "low", note, -1);
    ev_feed_event(loop, &older_low, EV_CUSTOM);
    ev_feed_event(loop, &older, EV_CUSTOM);
    ev_feed_event(loop, &w, EV_CUSTOM);
    ev_invoke_pending(loop);
    assert_calls("w high same older low older-low");
    assert_int_equal(ev_pending_count(loop), 0);
    ev_loop_destroy(loop);
}

/* R1.32: after any feed the pass looks again from the highest priority, also
 * when it has come down to a lower one. */
static void test_feed_high_in_low_callback_interrupts_the_low(void** state)
{
    (void)state;
    struct ev_loop* loop = loop_new(0);
    ev_watcher w, older_low;

    fed_init(&w, "w", feed_others, -2);
    fed_init(&older_low, "older-low", note, -2);
    fed_init(&high, "high", note, 2);
    fed_init(&same, "middle", note, 0);
    fed_init(&low, "low", note, -1);
    ev_feed_event(loop, &older_low, EV_CUSTOM);
    ev_feed_event(loop, &w, EV_CUSTOM);
    ev_invoke_pending(loop);
    assert_calls("w high middle low older-low");
    ev_loop_destroy(loop);
}

/* R1.32: this holds for the pass of an iteration as well. */
static void test_feed_in_check_callback_is_handled_in_iteration(void** state)
{
    (void)state;
    struct ev_loop* loop = loop_new(0);
    ev_check check;
    ev_timer timer;

    fed_init(&high, "high", note, 1);
    fed_init(&same, "same", note, 0);
    fed_init(&low, "low", note, -1);
    check_init(&check, "check", feed_others);
    timer_init(&timer, "timer", note, -1., 0.);
    ev_check_start(loop, &check);
    ev_timer_start(loop, &timer);
    ev_run(loop, EVRUN_NOWAIT);
    assert_calls("check high same timer low");
    ev_loop_destroy(loop);
}

static void restart_timer(struct ev_loop* loop, ev_watcher* w, int revents)
{
    ev_timer* timer = (ev_timer*)w->data;
    (void)revents;
    calls_add("restart");
    assert_false(ev_is_active(timer));
    assert_true(ev_is_pending(timer));
    ev_timer_set(timer, 100., 0.);
    ev_timer_start(loop, timer);
    assert_true(ev_is_active(timer));
    assert_true(ev_is_pending(timer));
}

static void note_active(struct ev_loop* loop, ev_watcher* w, int revents)
{
    assert_int_equal(revents, EV_TIMER);
    assert_true(ev_is_active(w));
    note(loop, w, revents);
}

/* R1.34: start does not cancel: a pending one-shot timer that an earlier
 * callback starts again gets its call, and is active with the new timeout
 * meanwhile. */
static void test_start_of_pending_timer_does_not_cancel(void** state)
{
    (void)state;
    struct ev_loop* loop = loop_new(0);
    ev_check check;
    ev_timer timer;

    timer_init(&timer, "timer", note_active, -1., 0.);
    check_init(&check, "", restart_timer);
    check.data = &timer;
    ev_timer_start(loop, &timer);
    ev_check_start(loop, &check);
    assert_int_equal(ev_run(loop, EVRUN_NOWAIT), 2);
    assert_calls("restart timer");
    assert_true(ev_is_active(&timer));
    assert_true(ev_timer_remaining(loop, &timer) > 50);
    ev_loop_destroy(loop);
}

/* R1.37: ev_invoke calls at once, with the given bits, and changes nothing:
 * what is pending stays pending and is delivered later. */
static void test_invoke_calls_at_once_and_keeps_pending(void** state)
{
    (void)state;
    struct ev_loop* loop = loop_new(0);
    ev_watcher w;
    ev_timer active;

    fed_init(&w, "w", note, 0);
    ev_invoke(loop, &w, EV_CUSTOM | EV_READ);
    assert_calls("w");
    assert_int_equal(calls_revents, EV_CUSTOM | EV_READ);
    assert_false(ev_is_active(&w) || ev_is_pending(&w));

    ev_feed_event(loop, &w, EV_WRITE);
    ev_invoke(loop, &w, EV_READ);
    assert_calls("w");
    assert_int_equal(calls_revents, EV_READ);
    assert_true(ev_is_pending(&w));
    ev_invoke_pending(loop);
    assert_calls("w");
    assert_int_equal(calls_revents, EV_WRITE);

    timer_init(&active, "active", note, 100., 0.);
    ev_timer_start(loop, &active);
    ev_invoke(loop, &active, EV_TIMER);
    assert_calls("active");
    assert_true(ev_is_active(&active));
    ev_loop_destroy(loop);
}

static void note_new(struct ev_loop* loop, ev_watcher* w, int revents)
{
    (void)loop, (void)w, (void)revents;
    calls_add("new");
}

/* R1.37: the callback is looked up at the time of the call. */
static void test_invoke_uses_callback_set_while_pending(void** state)
{
    (void)state;
    struct ev_loop* loop = loop_new(0);
    ev_watcher w;

    fed_init(&w, "old", note, 0);
    ev_feed_event(loop, &w, EV_CUSTOM);
    ev_set_cb(&w, note_new);
    ev_invoke_pending(loop);
    assert_calls("new");
    ev_loop_destroy(loop);
}

static const Test tests[] = {
    EACH(test_feed_inactive_watcher_is_called),
    EACH(test_feed_inactive_watcher_stopped_is_not_called),
    EACH(test_feed_own_watcher_is_called_again_next),
    EACH(test_feed_in_callback_is_handled_in_the_pass),
    EACH(test_feed_high_in_low_callback_interrupts_the_low),
    EACH(test_feed_in_check_callback_is_handled_in_iteration),
    EACH(test_start_of_pending_timer_does_not_cancel),
    EACH(test_invoke_calls_at_once_and_keeps_pending),
    EACH(test_invoke_uses_callback_set_while_pending),
};

HARNESS_MAIN("pending_feed", tests)
