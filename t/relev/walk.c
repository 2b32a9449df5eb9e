/* ev_walk: each active watcher once, whatever the callback does. */

#define EV_WALK_ENABLE 1

#include <signal.h>

#include "kinds.h"

static struct ev_loop* loop;
static Any any[kinds_count];
static int types[kinds_count]; /* seen for each watcher; 0: not seen */

static void begin(void)
{
    loop = loop_default(0);
    kinds_open();
    calls_clear();
    for (int k = 0; k < kinds_count; ++k) {
        types[k] = 0;
        kind_init(&kinds[k], &any[k]);
        kinds[k].start(loop, &any[k]);
    }
}

static void end(void)
{
    for (int k = 0; k < kinds_count; ++k) kinds[k].stop(loop, &any[k]);
    assert_int_equal(ev_run(loop, EVRUN_NOWAIT), 0);
    ev_loop_destroy(loop);
    kinds_close();
    signal(SIGCHLD, SIG_DFL);
}

static void see(struct ev_loop* l, int type, void* w)
{
    int k = (int)((Any*)w - any);
    assert_ptr_equal(l, loop);
    assert_in_range(k, 0, kinds_count - 1);
    assert_ptr_equal(w, &any[k]);
    assert_int_equal(types[k], 0);
    assert_true(ev_is_active(&any[k]));
    types[k] = type;
}

static void test_walk_sees_each_kind_once(void** state)
{
    /* 1.2: every active watcher of the program with its event bit, and none
     * that the library has for itself. */
    (void)state;
    begin();
    ev_walk(loop, -1, see);
    for (int k = 0; k < kinds_count; ++k)
        assert_int_equal(types[k], kinds[k].type);
    end();
}

static void test_walk_sees_only_the_types_asked_for(void** state)
{
    /* 1.2: types is a mask. */
    (void)state;
    begin();
    for (int only = 0; only < kinds_count; ++only) {
        memset(types, 0, sizeof types);
        ev_walk(loop, kinds[only].type, see);
        for (int k = 0; k < kinds_count; ++k)
            assert_int_equal(types[k], k == only ? kinds[k].type : 0);
    }
    memset(types, 0, sizeof types);
    ev_walk(loop, EV_TIMER | EV_IDLE, see);
    ev_walk(loop, 0, see);
    assert_int_equal(types[1] | types[6], EV_TIMER | EV_IDLE);
    end();
}

static void stop_it(struct ev_loop* l, int type, void* w)
{
    see(l, type, w);
    kinds[(Any*)w - any].stop(l, w);
    ev_verify(l);
}

static void test_walk_may_stop_the_watcher_it_is_given(void** state)
{
    /* 1.2: all are seen, and none is left. */
    (void)state;
    begin();
    ev_walk(loop, -1, stop_it);
    for (int k = 0; k < kinds_count; ++k) {
        assert_int_equal(types[k], kinds[k].type);
        assert_false(ev_is_active(&any[k]));
    }
    end();
}

enum { many = 60 };
static ev_io ios[many];
static ev_timer timers[many];
static ev_prepare prepares[many];
static int seen, order;

static void many_start(int fd)
{
    for (int i = 0; i < many; ++i) {
        ev_io_init(&ios[i], 0, fd, EV_READ);
        ev_timer_init(&timers[i], 0, 100. + i, 0.);
        ev_prepare_init(&prepares[i], 0);
        ev_io_start(loop, &ios[i]);
        ev_timer_start(loop, &timers[i]);
        ev_prepare_start(loop, &prepares[i]);
    }
}

/* Stops another one of the kind, and overwrites it. */
static void forget(int i)
{
    if (ev_is_active(&ios[i])) ev_io_stop(loop, &ios[i]);
    if (ev_is_active(&timers[i])) ev_timer_stop(loop, &timers[i]);
    if (ev_is_active(&prepares[i])) ev_prepare_stop(loop, &prepares[i]);
}

static int index_of(int type, void* w)
{
    if (type == EV_IO) return (int)((ev_io*)w - ios);
    if (type == EV_TIMER) return (int)((ev_timer*)w - timers);
    assert_int_equal(type, EV_PREPARE);
    return (int)((ev_prepare*)w - prepares);
}

static void stop_another(struct ev_loop* l, int type, void* w)
{
    int i = index_of(type, w);
    assert_in_range(i, 0, many - 1);
    assert_true(ev_is_active((ev_watcher*)w));
    ++seen;
    forget((i * order + 7) % many);
    ev_verify(l);
}

static void test_walk_may_stop_others(void** state)
{
    /* 1.2: a watcher that was stopped by the callback is not seen any more,
     * and those that remain active have all been seen. */
    (void)state;
    kinds_open();
    for (order = 1; order < many; order += 6) {
        loop = loop_new(0);
        many_start(kinds_pipe[0]);
        seen = 0;
        ev_walk(loop, EV_IO | EV_TIMER | EV_PREPARE, stop_another);
        assert_true(seen >= 3 && seen < 3 * many);
        for (int i = 0; i < many; ++i) forget(i);
        assert_int_equal(ev_run(loop, EVRUN_NOWAIT), 0);
        ev_loop_destroy(loop);
    }
    kinds_close();
}

static void count(struct ev_loop* l, int type, void* w)
{
    (void)l, (void)type;
    ++*(int*)((ev_watcher*)w)->data;
}

static void stop_half(struct ev_loop* l, int type, void* w)
{
    count(l, type, w);
    if (index_of(type, w) % 2) {
        if (type == EV_IO) ev_io_stop(l, w);
        if (type == EV_TIMER) ev_timer_stop(l, w);
        if (type == EV_PREPARE) ev_prepare_stop(l, w);
    }
}

static void test_walk_that_stops_some_misses_none(void** state)
{
    /* 1.2: arrays and heaps move watchers when one is stopped. */
    int counts[3][many] = {{0}};
    (void)state;

    kinds_open();
    loop = loop_new(0);
    many_start(kinds_pipe[0]);
    for (int i = 0; i < many; ++i) {
        ios[i].data = &counts[0][i];
        timers[i].data = &counts[1][i];
        prepares[i].data = &counts[2][i];
    }
    ev_walk(loop, -1, stop_half);
    for (int i = 0; i < many; ++i)
        for (int k = 0; k < 3; ++k) assert_int_equal(counts[k][i], 1);
    ev_walk(loop, -1, count);
    for (int i = 0; i < many; ++i)
        for (int k = 0; k < 3; ++k) assert_int_equal(counts[k][i], 2 - i % 2);
    for (int i = 0; i < many; ++i) forget(i);
    ev_loop_destroy(loop);
    kinds_close();
}

static void stop_and_free(struct ev_loop* l, int type, void* w)
{
    ++seen;
    if (type == EV_IO) ev_io_stop(l, w);
    else ev_timer_stop(l, w);
    memset(w, 0xee, type == EV_IO ? sizeof *ios : sizeof *timers);
}

static void test_walk_may_free_what_it_stops(void** state)
{
    /* 1.2: the memory of a stopped watcher is the program's again. */
    (void)state;
    kinds_open();
    loop = loop_new(0);
    many_start(kinds_pipe[0]);
    seen = 0;
    ev_walk(loop, EV_IO | EV_TIMER, stop_and_free);
    assert_int_equal(seen, 2 * many);
    for (int i = 0; i < many; ++i) ev_prepare_stop(loop, &prepares[i]);
    assert_int_equal(ev_run(loop, EVRUN_NOWAIT), 0);
    ev_loop_destroy(loop);
    kinds_close();
}

static void stop_the_first(struct ev_loop* l, int type, void* w)
{
    count(l, type, w);
    if (w != &prepares[0]) ev_prepare_stop(l, &prepares[0]);
}

static void test_walk_sees_what_moved_to_the_front(void** state)
{
    /* 1.2: when the first of an array is stopped, the last takes its place. */
    int counts[many] = {0};
    (void)state;

    kinds_open();
    loop = loop_new(0);
    many_start(kinds_pipe[0]);
    for (int i = 0; i < many; ++i) prepares[i].data = &counts[i];
    ev_walk(loop, EV_PREPARE, stop_the_first);
    for (int i = 0; i < many; ++i) assert_int_equal(counts[i], 1);
    assert_false(ev_is_active(&prepares[0]));
    for (int i = 0; i < many; ++i) forget(i);
    ev_loop_destroy(loop);
    kinds_close();
}

static ev_timer started[200];
static int starts;

static void start_another(struct ev_loop* l, int type, void* w)
{
    (void)type, (void)w;
    assert_in_range(starts, 0, 199);
    ev_timer_init(&started[starts], 0, 1., 0.);
    ev_timer_start(l, &started[starts++]);
}

static void test_walk_does_not_see_what_it_starts(void** state)
{
    /* 1.2: a callback that starts a watcher each time comes to an end. */
    (void)state;
    loop = loop_new(0);
    starts = 0;
    start_another(loop, 0, NULL);
    ev_walk(loop, EV_TIMER, start_another);
    assert_int_equal(starts, 2);
    ev_walk(loop, EV_TIMER, start_another);
    assert_int_equal(starts, 4);
    for (int i = 0; i < starts; ++i) ev_timer_stop(loop, &started[i]);
    ev_loop_destroy(loop);
}

static void test_walk_sees_watchers_that_are_refused(void** state)
{
    /* 1.2: they are active until the next iteration. */
    ev_io io;
    int calls = 0;
    (void)state;
    loop = loop_new(0);
    ev_io_init(&io, 0, -1, EV_READ);
    io.data = &calls;
    ev_io_start(loop, &io);
    ev_walk(loop, EV_IO, count);
    assert_int_equal(calls, 1);
    ev_loop_destroy(loop);
}

static const Test tests[] = {
    EACH(test_walk_sees_each_kind_once),
    EACH(test_walk_sees_only_the_types_asked_for),
    EACH(test_walk_may_stop_the_watcher_it_is_given),
    EACH(test_walk_may_stop_others),
    EACH(test_walk_that_stops_some_misses_none),
    EACH(test_walk_may_free_what_it_stops),
    EACH(test_walk_sees_what_moved_to_the_front),
    EACH(test_walk_does_not_see_what_it_starts),
    EACH(test_walk_sees_watchers_that_are_refused),
};

HARNESS_MAIN("relev_walk", tests)
