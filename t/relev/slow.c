/* What a function of relev_set_slow_cb receives. */

#include <stdlib.h>

#include "calls.h"
#include "kinds.h"
#include "relev.h"

static struct relev_slow first, seen;
static int seen_count;

static void on_slow(struct ev_loop* loop, const struct relev_slow* slow,
                    void* data)
{
    (void)loop, (void)data;
    seen = *slow;
    if (!seen_count++) first = seen;
}

/* All callbacks are slow. */
static struct ev_loop* begin(void)
{
    struct ev_loop* loop = loop_default(0);
    assert_int_equal(relev_set_slow_cb(loop, -1., on_slow, NULL), 0);
    seen_count = 0;
    return loop;
}

static void keeps(struct ev_loop* loop, ev_watcher* w, int revents)
{
    (void)loop, (void)w, (void)revents;
}

static void test_slow_watcher_is_passed(void** state)
{
    /* Issue 19, B14: the watcher, if it is still active. */
    struct ev_loop* loop = begin();
    (void)state;

    kinds_open();
    for (int k = 0; k < kinds_count; ++k) {
        const Kind* kind = &kinds[k];
        int event = kind->type == EV_IO ? EV_READ : kind->type;
        int number;
        Any w;
        kind_init(kind, &w);
        ev_set_cb((ev_watcher*)&w, keeps);
        kind->start(loop, &w);
        ev_invoke_pending(loop);
        ev_feed_event(loop, &w, event);
        ev_invoke_pending(loop);
        assert_ptr_equal(seen.watcher, &w);
        assert_int_equal(seen.type, kind->type);
        assert_ptr_equal(seen.callback, (const void*)keeps);
        number = kind_number(kind, &w);
        assert_int_equal(seen.number, number);
        ev_feed_event(loop, &w, EV_CUSTOM);
        ev_invoke_pending(loop);
        assert_ptr_equal(seen.watcher, &w);
        kind->stop(loop, &w);
        ev_feed_event(loop, &w, event);
        ev_invoke_pending(loop);
        assert_null(seen.watcher);
    }
    kinds_close();
    ev_loop_destroy(loop);
}

static void frees(struct ev_loop* loop, ev_io* w, int revents)
{
    (void)revents;
    ev_io_stop(loop, w);
    memset(w, 0xff, sizeof *w);
    free(w);
}

static void test_slow_watcher_that_was_freed_is_null(void** state)
{
    /* Issue 19, B14: by its callback; its descriptor was taken before. */
    struct ev_loop* loop = begin();
    ev_io* w = malloc(sizeof *w);
    (void)state;

    assert_non_null(w);
    ev_io_init(w, frees, 0, EV_READ);
    ev_io_start(loop, w);
    ev_feed_event(loop, w, EV_READ);
    ev_invoke_pending(loop);
    assert_int_equal(seen_count, 1);
    assert_null(seen.watcher);
    assert_int_equal(seen.type, EV_IO);
    assert_int_equal(seen.number, 0);
    assert_ptr_equal(seen.callback, (const void*)frees);
    ev_loop_destroy(loop);
}

static union {
    ev_io io;
    ev_timer timer;
} place;

static void replaces(struct ev_loop* loop, ev_io* w, int revents)
{
    (void)revents;
    ev_io_stop(loop, w);
    ev_timer_init(&place.timer, NULL, 1000., 0.);
    ev_timer_start(loop, &place.timer);
}

static void test_slow_watcher_of_another_kind_is_not_it(void** state)
{
    /* Issue 19, B14: the callback freed it, and its memory has a timer now. */
    struct ev_loop* loop = begin();
    (void)state;

    ev_io_init(&place.io, replaces, 0, EV_READ);
    ev_io_start(loop, &place.io);
    ev_feed_event(loop, &place.io, EV_READ);
    ev_invoke_pending(loop);
    assert_int_equal(seen.type, EV_IO);
    assert_null(seen.watcher);
    ev_timer_stop(loop, &place.timer);
    ev_loop_destroy(loop);
}

static int feeds_more;

static void feeds(struct ev_loop* loop, ev_timer* w, int revents)
{
    (void)revents;
    if (feeds_more-- > 0) ev_feed_event(loop, w, EV_TIMER);
}

static void test_slow_watcher_that_is_pending_is_passed(void** state)
{
    /* Issue 19, B14: it is not active, but will be called again. */
    struct ev_loop* loop = begin();
    ev_timer w;
    (void)state;

    ev_timer_init(&w, feeds, 0., 0.);
    ev_feed_event(loop, &w, EV_TIMER);
    feeds_more = 1;
    ev_invoke_pending(loop);
    assert_int_equal(seen_count, 2);
    assert_ptr_equal(first.watcher, &w);
    assert_null(seen.watcher);
    ev_loop_destroy(loop);
}

static void changes(struct ev_loop* loop, ev_io* w, int revents)
{
    (void)revents;
    ev_io_stop(loop, w);
    ev_io_set(w, 1, EV_WRITE);
    ev_io_start(loop, w);
}

static void test_slow_number_is_that_before_the_callback(void** state)
{
    /* Issue 19, B14: the callback may change it. */
    struct ev_loop* loop = begin();
    ev_io w;
    (void)state;

    ev_io_init(&w, changes, 0, EV_READ);
    ev_io_start(loop, &w);
    ev_feed_event(loop, &w, EV_READ);
    ev_invoke_pending(loop);
    assert_int_equal(seen.number, 0);
    assert_ptr_equal(seen.watcher, &w);
    ev_io_stop(loop, &w);
    ev_loop_destroy(loop);
}

static void once(int revents, void* arg) { (void)revents, (void)arg; }

static void test_slow_once_has_no_watcher(void** state)
{
    /* Issue 19, B14: it has a descriptor. */
    struct ev_loop* loop = begin();
    int fds[2];
    (void)state;

    assert_int_equal(pipe(fds), 0);
    ev_once(loop, fds[1], EV_WRITE, -1., once, NULL);
    turn(loop);
    assert_int_equal(seen_count, 1);
    assert_null(seen.watcher);
    assert_int_equal(seen.number, fds[1]);
    assert_ptr_equal(seen.callback, (const void*)once);
    ev_loop_destroy(loop);
    close(fds[0]), close(fds[1]);
}

static const Test tests[] = {
    EACH(test_slow_watcher_is_passed),
    EACH(test_slow_watcher_that_was_freed_is_null),
    EACH(test_slow_watcher_of_another_kind_is_not_it),
    EACH(test_slow_watcher_that_is_pending_is_passed),
    EACH(test_slow_number_is_that_before_the_callback),
    EACH(test_slow_once_has_no_watcher),
};

HARNESS_MAIN("relev_slow", tests)
