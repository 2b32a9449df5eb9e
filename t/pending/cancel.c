/* Pending events: canceling them, priorities, starts of idle watchers. */
#include "kinds.h"

static ev_watcher* victim;

static void stop_timer(struct ev_loop* loop, ev_watcher* w, int revents)
{
    note(loop, w, revents);
    ev_timer_stop(loop, (ev_timer*)(void*)victim);
}

/* R1.30: to stop a watcher of any kind takes away its event, whether it is
 * active or was only fed. */
static void test_stop_of_any_kind_takes_fed_event_away(void** state)
{
    (void)state;
    struct ev_loop* loop = loop_default(0);

    kinds_open();
    for (int i = 0; i < kinds_count; ++i) {
        Any any;
        kind_init(&kinds[i], &any);
        ev_feed_event(loop, &any, EV_CUSTOM);
        kinds[i].stop(loop, &any);
        assert_false(ev_is_pending(&any.w));
        ev_invoke_pending(loop);
        assert_calls("");

        kinds[i].start(loop, &any);
        ev_feed_event(loop, &any, EV_CUSTOM);
        assert_true(ev_is_pending(&any.w));
        kinds[i].stop(loop, &any);
        assert_false(ev_is_pending(&any.w));
        ev_invoke_pending(loop);
        assert_calls("");
    }
    kinds_close();
    ev_loop_destroy(loop);
}

/* R1.33: to stop a pending watcher cancels the call, also in the pass that
 * would have made it. */
static void test_stop_of_pending_watcher_cancels(void** state)
{
    (void)state;
    struct ev_loop* loop = loop_new(0);
    ev_timer before, after;
    ev_check check;

    timer_init(&before, "before", note, -2., 0.);
    timer_init(&after, "after", note, -1., 0.);
    check_init(&check, "check", stop_timer);
    ev_timer_start(loop, &before);
    ev_timer_start(loop, &after);
    ev_check_start(loop, &check);
    victim = (ev_watcher*)(void*)&before;
    ev_run(loop, EVRUN_NOWAIT);
    assert_calls("check after");
    assert_false(ev_is_pending(&before));

    ev_feed_event(loop, &before, EV_TIMER);
    ev_timer_stop(loop, &before);
    ev_invoke_pending(loop);
    assert_calls("");
    ev_loop_destroy(loop);
}

static void stop_and_start_io(struct ev_loop* loop, ev_watcher* w, int revents)
{
    ev_io* io = (ev_io*)w->data;
    (void)revents;
    assert_true(ev_is_pending(io));
    ev_io_stop(loop, io);
    ev_io_start(loop, io);
    assert_true(ev_is_active(io));
    assert_false(ev_is_pending(io));
}

/* R1.33: stop followed by start leaves it active, but the event is lost. */
static void test_stop_and_start_of_pending_watcher_loses_event(void** state)
{
    (void)state;
    struct ev_loop* loop = loop_new(0);
    ev_check check;
    ev_io io;
    int fd[2];

    assert_return_code(pipe(fd), 0);
    assert_int_equal(write(fd[1], "", 1), 1);
    io_init(&io, "io", note, fd[0], EV_READ);
    check_init(&check, "", stop_and_start_io);
    check.data = &io;
    ev_io_start(loop, &io);
    ev_check_start(loop, &check);
    ev_run(loop, EVRUN_NOWAIT);
    assert_calls("");
    ev_check_stop(loop, &check);
    ev_run(loop, EVRUN_NOWAIT);
    assert_calls("io");
    ev_loop_destroy(loop);
    close(fd[0]), close(fd[1]);
}

/* R1.35: ev_clear_pending gives the gathered bits and cancels the call; of
 * a watcher that is not pending it gives 0. The watcher stays active. */
static void test_clear_pending_gives_bits_and_cancels(void** state)
{
    (void)state;
    struct ev_loop* loop = loop_new(0);
    ev_timer w;

    timer_init(&w, "w", note, 100., 0.);
    ev_timer_start(loop, &w);
    assert_int_equal(ev_clear_pending(loop, &w), 0);
    ev_feed_event(loop, &w, EV_READ);
    ev_feed_event(loop, &w, EV_CUSTOM);
    assert_int_equal(ev_clear_pending(loop, &w), EV_READ | EV_CUSTOM);
    assert_int_equal(ev_clear_pending(loop, &w), 0);
    assert_false(ev_is_pending(&w));
    assert_true(ev_is_active(&w));
    assert_int_equal(ev_run(loop, EVRUN_NOWAIT), 1);
    assert_calls("");
    ev_loop_destroy(loop);
}

/* R1.35: fed again it is queued again, on top, with the new bits only. */
static void test_clear_pending_then_feed_queues_anew(void** state)
{
    (void)state;
    struct ev_loop* loop = loop_new(0);
    ev_watcher a, b;

    fed_init(&a, "a", note, 0);
    fed_init(&b, "b", note, 0);
    ev_feed_event(loop, &a, EV_READ);
    ev_feed_event(loop, &b, EV_CUSTOM);
    ev_clear_pending(loop, &a);
    ev_feed_event(loop, &a, EV_WRITE);
    ev_invoke_pending(loop);
    assert_calls("ab");
    assert_int_equal(calls_revents, EV_CUSTOM);

    ev_feed_event(loop, &a, EV_READ);
    ev_clear_pending(loop, &a);
    ev_feed_event(loop, &a, EV_WRITE);
    ev_invoke_pending(loop);
    assert_calls("a");
    assert_int_equal(calls_revents, EV_WRITE);
    ev_loop_destroy(loop);
}

/* R1.36: a canceled call leaves a dead entry, which is counted until the
 * pass gets there. */
static void test_canceled_call_is_counted_until_the_pass(void** state)
{
    (void)state;
    struct ev_loop* loop = loop_new(0);
    ev_watcher a, b;
    ev_timer timer;

    fed_init(&a, "a", note, 0);
    fed_init(&b, "b", note, 1);
    timer_init(&timer, "timer", note, 1., 0.);
    ev_feed_event(loop, &a, EV_READ);
    ev_feed_event(loop, &b, EV_READ);
    ev_feed_event(loop, &timer, EV_READ);
    assert_int_equal(ev_pending_count(loop), 3);
    ev_clear_pending(loop, &a);
    assert_int_equal(ev_pending_count(loop), 3);
    ev_timer_stop(loop, &timer);
    assert_int_equal(ev_pending_count(loop), 3);
    ev_feed_event(loop, &a, EV_READ);
    assert_int_equal(ev_pending_count(loop), 4);
    ev_invoke_pending(loop);
    assert_calls("ba");
    assert_int_equal(ev_pending_count(loop), 0);
    ev_loop_destroy(loop);
}

static void invoke_the_rest(struct ev_loop* loop, ev_watcher* w, int revents)
{
    note(loop, w, revents);
    ev_invoke_pending(loop);
    assert_int_equal(ev_pending_count(loop), 0);
    calls_add("done");
}

/* R1.38: ev_invoke_pending in a callback runs everything still pending, of
 * all priorities; the outer pass finds nothing left. */
static void test_invoke_pending_in_callback_takes_all(void** state)
{
    (void)state;
    struct ev_loop* loop = loop_new(0);
    ev_watcher w, high, same, low;

    fed_init(&w, "w", invoke_the_rest, 0);
    fed_init(&high, "high", note, 1);
    fed_init(&same, "same", note, 0);
    fed_init(&low, "low", note, -1);
    ev_feed_event(loop, &low, EV_CUSTOM);
    ev_feed_event(loop, &same, EV_CUSTOM);
    ev_feed_event(loop, &w, EV_CUSTOM);
    ev_feed_event(loop, &high, EV_CUSTOM);
    ev_invoke_pending(loop);
    assert_calls("high w same low done");
    ev_loop_destroy(loop);
}

/* R1.39: any priority can be set; it is clamped when the watcher is started,
 * and stays so when it is stopped. This holds for every kind. */
static void test_priority_is_clamped_at_start(void** state)
{
    static const int raw[] = {100, 3, 2, -2, -3, -100};
    static const int clamped[] = {2, 2, 2, -2, -2, -2};
    (void)state;
    struct ev_loop* loop = loop_default(0);

    kinds_open();
    for (int i = 0; i < kinds_count; ++i)
        for (int k = 0; k < 6; ++k) {
            Any any;
            kind_init(&kinds[i], &any);
            assert_int_equal(ev_priority(&any.w), 0);
            ev_set_priority(&any.w, raw[k]);
            assert_int_equal(ev_priority(&any.w), raw[k]);
            kinds[i].start(loop, &any);
            assert_int_equal(ev_priority(&any.w), clamped[k]);
            kinds[i].stop(loop, &any);
            assert_int_equal(ev_priority(&any.w), clamped[k]);
            ev_init(&any.w, 0);
            assert_int_equal(ev_priority(&any.w), 0);
        }
    kinds_close();
    ev_loop_destroy(loop);
}

/* R1.40: to start an active watcher again, or to stop an inactive one,
 * changes nothing, and above all not the references. */
static void test_start_and_stop_repeated_change_nothing(void** state)
{
    (void)state;
    struct ev_loop* loop = loop_default(0);

    kinds_open();
    ev_ref(loop);
    for (int i = 0; i < kinds_count; ++i) {
        Any any;
        kind_init(&kinds[i], &any);
        kinds[i].stop(loop, &any);
        assert_int_equal(ev_run(loop, EVRUN_NOWAIT), 1);
        kinds[i].start(loop, &any);
        int references = ev_run(loop, EVRUN_NOWAIT);
        kinds[i].start(loop, &any);
        calls_clear();
        assert_int_equal(ev_run(loop, EVRUN_NOWAIT), references);
        assert_true(!calls[0] || !strchr(calls_take(), ' '));
        kinds[i].stop(loop, &any);
        kinds[i].stop(loop, &any);
        assert_int_equal(ev_run(loop, EVRUN_NOWAIT), 1);
    }
    ev_unref(loop);
    kinds_close();
    ev_loop_destroy(loop);
}

/* R1.40: the timeout of an active timer that is started again is kept. */
static void test_start_of_active_timer_keeps_timeout(void** state)
{
    (void)state;
    struct ev_loop* loop = loop_new(0);
    ev_timer w;

    timer_init(&w, "w", note, 10., 0.);
    ev_timer_start(loop, &w);
    ev_tstamp at = w.at;
    ev_timer_start(loop, &w);
    assert_true(w.at == at);
    ev_timer_stop(loop, &w);
    at = w.at;
    ev_timer_stop(loop, &w);
    assert_true(w.at == at);
    ev_loop_destroy(loop);
}

static const Test tests[] = {
    EACH(test_stop_of_any_kind_takes_fed_event_away),
    EACH(test_stop_of_pending_watcher_cancels),
    EACH(test_stop_and_start_of_pending_watcher_loses_event),
    EACH(test_clear_pending_gives_bits_and_cancels),
    EACH(test_clear_pending_then_feed_queues_anew),
    EACH(test_canceled_call_is_counted_until_the_pass),
    EACH(test_invoke_pending_in_callback_takes_all),
    EACH(test_priority_is_clamped_at_start),
    EACH(test_start_and_stop_repeated_change_nothing),
    EACH(test_start_of_active_timer_keeps_timeout),
};

HARNESS_MAIN("pending_cancel", tests)
