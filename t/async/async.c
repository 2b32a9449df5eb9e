/* Async watchers, in one thread: who is called when, and the sent flag. */

#include "calls.h"

static void async_note(struct ev_loop* loop, ev_async* w, int revents)
{
    (void)loop;
    assert_int_equal(revents, EV_ASYNC);
    assert_false(ev_async_pending(w));
    calls_add(w->data);
}

static void async_begin(struct ev_loop* loop, ev_async* w, const char* name)
{
    ev_async_init(w, async_note);
    w->data = (void*)name;
    ev_async_start(loop, w);
}

static void test_async_many_sends_give_one_call(void** state)
{
    /* R2.63: any number of sends before the loop runs causes one call; a
     * send before ev_run keeps it from blocking. */
    struct ev_loop* loop = loop_new(0);
    ev_async a;

    (void)state;
    calls_clear();
    async_begin(loop, &a, "a");
    for (int round = 0; round < 3; ++round) {
        for (int i = 0; i < 100; ++i) ev_async_send(loop, &a);
        unsigned before = ev_iteration(loop);
        assert_true(run_once(loop));
        assert_calls("a");
        assert_int_equal(ev_iteration(loop), before + 1);
        ev_run(loop, EVRUN_NOWAIT);
        assert_calls("");
    }
    ev_async_stop(loop, &a);
    assert_int_equal(ev_run(loop, 0), 0);
    ev_loop_destroy(loop);
}

static void test_async_not_sent_is_not_called(void** state)
{
    /* R2.63: without a send there is no call, and the loop blocks. */
    struct ev_loop* loop = loop_new(0);
    ev_async a, b;
    unsigned before;

    (void)state;
    calls_clear();
    async_begin(loop, &a, "a");
    async_begin(loop, &b, "b");
    ev_async_send(loop, &b);
    ev_run(loop, EVRUN_NOWAIT);
    assert_calls("b");
    before = ev_iteration(loop);
    run_for(loop, 0.01);
    assert_calls("");
    assert_true(ev_iteration(loop) - before < 10);
    assert_int_equal(ev_run(loop, EVRUN_NOWAIT), 2);
    ev_async_stop(loop, &a);
    ev_async_stop(loop, &b);
    ev_loop_destroy(loop);
}

static ev_async* watched;

static void watched_is_pending(struct ev_loop* loop, ev_async* w, int revents)
{
    async_note(loop, w, revents);
    assert_true(ev_is_pending(watched));
    assert_false(ev_is_pending(w));
}

static void test_async_pending_from_the_send_to_the_call(void** state)
{
    /* R2.64: ev_async_pending is true from the send until just before the
     * callback; the watcher counts as pending once the loop looked. */
    struct ev_loop* loop = loop_new(0);
    ev_async a, first;

    (void)state;
    calls_clear();
    async_begin(loop, &a, "a");
    ev_async_init(&first, watched_is_pending);
    first.data = "f";
    ev_set_priority(&first, 1);
    ev_async_start(loop, &first);
    assert_false(ev_async_pending(&a));

    watched = &a;
    ev_async_send(loop, &a);
    ev_async_send(loop, &first);
    assert_true(ev_async_pending(&a));
    assert_false(ev_is_pending(&a));
    assert_int_equal(ev_pending_count(loop), 0);
    ev_invoke_pending(loop);
    assert_calls("");
    assert_true(ev_async_pending(&a));
    ev_run(loop, EVRUN_NOWAIT);
    assert_calls("fa");
    assert_false(ev_async_pending(&a));
    assert_false(ev_is_pending(&a));
    ev_async_stop(loop, &a);
    ev_async_stop(loop, &first);
    ev_loop_destroy(loop);
}

static void async_sends_again(struct ev_loop* loop, ev_async* w, int revents)
{
    async_note(loop, w, revents);
    ev_set_cb(w, async_note);
    ev_async_send(loop, w);
    ev_async_send(loop, w);
    assert_true(ev_async_pending(w));
}

static void test_async_sent_in_its_callback_is_called_once_more(void** state)
{
    /* R2.64: a send in the callback gives one more call, in the next
     * iteration, without blocking. */
    struct ev_loop* loop = loop_new(0);
    ev_async a;

    (void)state;
    calls_clear();
    async_begin(loop, &a, "a");
    ev_set_cb(&a, async_sends_again);
    ev_async_send(loop, &a);
    assert_true(run_once(loop));
    assert_calls("a");
    assert_true(run_once(loop));
    assert_calls("a");
    ev_run(loop, EVRUN_NOWAIT);
    assert_calls("");
    ev_async_stop(loop, &a);
    ev_loop_destroy(loop);
}

static void test_async_several_are_called_in_start_order(void** state)
{
    /* R2.66: several asyncs sent are called in start order, whatever the
     * order of sending; by priority first. */
    struct ev_loop* loop = loop_new(0);
    ev_async a, b, c, high;

    (void)state;
    calls_clear();
    async_begin(loop, &a, "a");
    async_begin(loop, &b, "b");
    async_begin(loop, &c, "c");
    ev_async_send(loop, &c);
    ev_async_send(loop, &a);
    ev_async_send(loop, &b);
    ev_run(loop, EVRUN_NOWAIT);
    assert_calls("abc");

    ev_async_init(&high, async_note);
    high.data = "h";
    ev_set_priority(&high, 1);
    ev_async_start(loop, &high);
    ev_async_send(loop, &a);
    ev_async_send(loop, &c);
    ev_async_send(loop, &high);
    ev_run(loop, EVRUN_NOWAIT);
    assert_calls("hac");
    ev_async_stop(loop, &a);
    ev_async_stop(loop, &b);
    ev_async_stop(loop, &c);
    ev_async_stop(loop, &high);
    ev_loop_destroy(loop);
}

static void stop_watched(struct ev_loop* loop, ev_async* w, int revents)
{
    async_note(loop, w, revents);
    ev_async_stop(loop, watched);
}

static void test_async_stop_drops_the_send(void** state)
{
    /* R2.66: stop drops a send not yet delivered, also in the pass in which
     * it would be delivered; start clears the flag. */
    struct ev_loop* loop = loop_new(0);
    ev_async a, b;

    (void)state;
    calls_clear();
    async_begin(loop, &b, "b");
    async_begin(loop, &a, "a");
    ev_async_send(loop, &a);
    ev_async_stop(loop, &a);
    ev_run(loop, EVRUN_NOWAIT);
    assert_calls("");

    async_begin(loop, &a, "a");
    ev_async_send(loop, &a);
    ev_async_stop(loop, &a);
    ev_async_start(loop, &a);
    assert_false(ev_async_pending(&a));
    ev_run(loop, EVRUN_NOWAIT);
    assert_calls("");

    watched = &a;
    ev_set_cb(&b, stop_watched);
    ev_async_send(loop, &a);
    ev_async_send(loop, &b);
    ev_run(loop, EVRUN_NOWAIT);
    assert_calls("b");
    ev_run(loop, EVRUN_NOWAIT);
    assert_calls("");
    ev_async_stop(loop, &b);
    ev_loop_destroy(loop);
}

static void test_async_send_to_a_stopped_watcher_calls_nobody(void** state)
{
    /* R2.66: a send to a stopped watcher calls nobody, neither now nor when
     * the watcher is started again. */
    struct ev_loop* loop = loop_new(0);
    ev_async a, b;

    (void)state;
    calls_clear();
    async_begin(loop, &a, "a");
    async_begin(loop, &b, "b");
    ev_async_stop(loop, &a);
    ev_async_send(loop, &a);
    ev_run(loop, EVRUN_NOWAIT);
    assert_calls("");
    ev_async_start(loop, &a);
    ev_run(loop, EVRUN_NOWAIT);
    assert_calls("");
    ev_async_send(loop, &a);
    ev_run(loop, EVRUN_NOWAIT);
    assert_calls("a");
    ev_async_stop(loop, &a);
    ev_async_stop(loop, &b);
    ev_loop_destroy(loop);
}

static const Test tests[] = {
    EACH(test_async_many_sends_give_one_call),
    EACH(test_async_not_sent_is_not_called),
    EACH(test_async_pending_from_the_send_to_the_call),
    EACH(test_async_sent_in_its_callback_is_called_once_more),
    EACH(test_async_several_are_called_in_start_order),
    EACH(test_async_stop_drops_the_send),
    EACH(test_async_send_to_a_stopped_watcher_calls_nobody),
};

HARNESS_MAIN("async", tests)
