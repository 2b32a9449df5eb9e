/* relev_metrics_read: what is active, ev_once, whose watchers are the library's
 * own, and levels that change while events are pending. */

#include <fcntl.h>

#include "metrics_help.h"

COUNTED(check, CHECK)

static int once_events, level_next;

static void on_once(int events, void* arg)
{
    (void)arg;
    ++called[RELEV_KIND_ONCE];
    once_events = events;
}

static void test_metrics_once_with_both_is_one(void** state)
{
    /* Issue 19, B17: an ev_once with a descriptor and a time-out is one active
     * watcher, and one event, also if both are pending. */
    int fds[2];
    (void)state;

    for (int level = 1; level <= 2; ++level) {
        begin(level);
        assert_int_equal(pipe(fds), 0);
        ev_once(loop, fds[0], EV_READ, 100., on_once, NULL);
        ev_once(loop, fds[0], EV_READ, -1., on_once, NULL);
        ev_once(loop, -1, 0, 100., on_once, NULL);
        turn(loop);
        read_metrics();
        assert_int_equal(m.active[RELEV_KIND_ONCE], 3);
        assert_int_equal(m.active[RELEV_KIND_IO], 0);
        assert_int_equal(m.active[RELEV_KIND_TIMER], 0);
        assert_int_equal(m.fds, 1);
        ev_loop_destroy(loop);

        begin(level);
        assert_int_equal(write(fds[1], "x", 1), 1);
        ev_once(loop, fds[0], EV_READ, 0., on_once, NULL);
        turn(loop);
        assert_int_equal(once_events, EV_READ | EV_TIMER);
        called_as_counted();
        for (int i = 0; i < RELEV_KINDS; ++i)
            assert_int_equal(m.events[i], i == RELEV_KIND_ONCE);
        ev_loop_destroy(loop);
        close(fds[0]), close(fds[1]);
    }
}

typedef struct Many {
    int fds[2];
    ev_io io[4]; /* two of one descriptor, and one of a file */
    ev_timer timer[3];
    ev_periodic periodic;
    ev_async async;
    ev_check check;
} Many;

static void on_periodic(struct ev_loop* l, ev_periodic* w, int events)
{
    (void)l, (void)w, (void)events;
}

static void on_async(struct ev_loop* l, ev_async* w, int events)
{
    (void)l, (void)w, (void)events;
}

static void many_start(Many* all, int file)
{
    assert_int_equal(pipe(all->fds), 0);
    int fds[4] = {all->fds[0], all->fds[0], all->fds[1], file};
    for (int i = 0; i < 4; ++i) {
        ev_io_init(&all->io[i], on_io, fds[i], EV_READ);
        ev_io_start(loop, &all->io[i]);
    }
    for (int i = 0; i < 3; ++i) {
        ev_timer_init(&all->timer[i], on_timer, 100., 0.);
        ev_timer_start(loop, &all->timer[i]);
    }
    ev_periodic_init(&all->periodic, on_periodic, 0., 1e9, 0);
    ev_periodic_start(loop, &all->periodic);
    ev_async_init(&all->async, on_async);
    ev_async_start(loop, &all->async);
    ev_check_init(&all->check, on_check);
    ev_check_start(loop, &all->check);
}

static void assert_many(int ios, int fds, int timers)
{
    relev_metrics_reset(loop); /* counts */
    read_metrics();
    assert_int_equal(m.active[RELEV_KIND_IO], ios);
    assert_int_equal(m.fds, fds);
    assert_int_equal(m.active[RELEV_KIND_TIMER], timers);
    assert_int_equal(m.active[RELEV_KIND_PERIODIC], 1);
    assert_int_equal(m.active[RELEV_KIND_ASYNC], 1);
    assert_int_equal(m.active[RELEV_KIND_CHECK], 1);
}

static void test_metrics_active_is_the_same_with_inner_watchers(void** state)
{
    /* 1.3: the watchers are counted by the sizes of the loop's tables, but if
     * some may be inner ones (here an ev_once), one by one. */
    int file = open("/dev/null", O_RDONLY);
    Many all;
    (void)state;

    for (int once = 0; once <= 1; ++once) {
        begin(1);
        if (once) ev_once(loop, 0, EV_WRITE, 100., on_once, NULL);
        many_start(&all, file);
        turn(loop);
        assert_many(4, 3, 3);
        ev_io_stop(loop, &all.io[1]);
        ev_timer_stop(loop, &all.timer[0]);
        assert_many(3, 3, 2);
        ev_io_stop(loop, &all.io[0]);
        ev_io_stop(loop, &all.io[3]);
        assert_many(1, 1, 2);
        ev_loop_destroy(loop);
        close(all.fds[0]), close(all.fds[1]);
    }
    close(file);
}

/* Is called first, since it has the higher priority. */
static void on_change(struct ev_loop* l, ev_timer* w, int events)
{
    (void)w, (void)events;
    relev_metrics_enable(l, level_next);
}

static void changes_level(int from, int to)
{
    ev_timer w;
    begin(from);
    level_next = level_now = to;
    ev_timer_init(&w, on_change, 0., 0.);
    ev_set_priority(&w, 1);
    ev_timer_start(loop, &w);
    ev_once(loop, -1, 0, 0., on_once, NULL);
    ev_once(loop, 0, 0, 0., on_once, NULL);
    turn(loop);
    read_metrics();
    for (int i = 0; i < RELEV_KINDS; ++i) {
        assert_true(m.callbacks[i] <= 3);
        assert_true(m.events[i] <= 3);
    }
    if (from && to) {
        assert_int_equal(m.callbacks[RELEV_KIND_ONCE], 2);
        assert_int_equal(m.callbacks[RELEV_KIND_TIMER], 1);
    }
    ev_loop_destroy(loop);
}

static void test_metrics_level_changed_while_once_is_pending_counts_on(
    void** state)
{
    /* Issue 19, B4: no counter falls below 0, none counts twice. */
    (void)state;
    for (int from = 0; from <= 2; ++from)
        for (int to = 0; to <= 2; ++to) changes_level(from, to);
}

static void test_metrics_reset_begins_from_zero(void** state)
{
    /* Issue 19, C3: all that is counted is 0, the level stays, and what is
     * active is still counted. */
    struct relev_callback one;
    ev_check w;
    (void)state;

    for (int level = 1; level <= 2; ++level) {
        begin(level);
        ev_check_init(&w, on_check);
        ev_check_start(loop, &w);
        turn(loop), turn(loop);
        called_as_counted();
        assert_int_equal(m.callbacks[RELEV_KIND_CHECK], 2);
        assert_int_equal(relev_metrics_reset(loop), 0);
        memset(called, 0, sizeof called);
        called_as_counted();
        assert_int_equal(m.iterations, 0);
        assert_int_equal(m.active[RELEV_KIND_CHECK], 1);
        assert_true(m.working + m.calling + m.late + m.longest == 0);
        assert_int_equal(relev_callbacks_read(loop, &one, sizeof one, 1), 0);
        turn(loop);
        called_as_counted();
        assert_int_equal(m.iterations, 1);
        ev_loop_destroy(loop);
    }
    begin(0);
    assert_int_equal(relev_metrics_reset(loop), 0);
    ev_loop_destroy(loop);
}

static const Test tests[] = {
    EACH(test_metrics_once_with_both_is_one),
    EACH(test_metrics_active_is_the_same_with_inner_watchers),
    EACH(test_metrics_level_changed_while_once_is_pending_counts_on),
    EACH(test_metrics_reset_begins_from_zero),
};

HARNESS_MAIN("relev_metrics_once", tests)
