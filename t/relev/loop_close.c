/* relev_loop_close: all watchers are stopped and passed, then the loop is
 * destroyed. */

#include <errno.h>
#include <setjmp.h>
#include <stdlib.h>

#include "forked.h"
#include "kinds.h"
#include "relev.h"

static struct ev_loop* loop;
static Any* any[kinds_count];
static int types[kinds_count]; /* as passed; 0: not passed */
static int passed;             /* how many */

static int index_of(void* w)
{
    int k = 0;
    while (k < kinds_count && any[k] != w) ++k;
    return k;
}

/* A watcher that was passed is the program's again. */
static void frees(struct ev_loop* l, int type, void* w)
{
    int k = index_of(w);
    assert_ptr_equal(l, loop);
    assert_in_range(k, 0, kinds_count - 1);
    assert_int_equal(types[k], 0);
    assert_false(ev_is_active(any[k]));
    assert_false(ev_is_pending(any[k]));
    types[k] = type;
    ++passed;
    memset(w, 0xff, sizeof(Any));
    free(w);
    any[k] = NULL;
}

static void begin(struct ev_loop* of)
{
    loop = of;
    passed = 0;
    calls_clear();
    memset(types, 0, sizeof types);
    kinds_open();
}

static void start_all(void)
{
    for (int k = 0; k < kinds_count; ++k) {
        any[k] = (Any*)calloc(1, sizeof(Any));
        assert_non_null(any[k]);
        kind_init(&kinds[k], any[k]);
        kinds[k].start(loop, any[k]);
    }
}

static int is_cleanup(int k) { return kinds[k].type == EV_CLEANUP; }

/* A cleanup watcher was called, all others were passed. */
static void check_all(void)
{
    for (int k = 0; k < kinds_count; ++k) {
        assert_int_equal(types[k], is_cleanup(k) ? 0 : kinds[k].type);
        if (is_cleanup(k)) free(any[k]), any[k] = NULL;
    }
    assert_calls("cleanup");
}

static void test_loop_close_passes_each_kind_once(void** state)
{
    /* 2.5: with its event bit; each may be freed. */
    (void)state;
    begin(ev_default_loop(backend));
    start_all();
    turn(loop);
    calls_clear();
    assert_int_equal(relev_loop_close(loop, frees), kinds_count - 1);
    assert_int_equal(passed, kinds_count - 1);
    check_all();
    assert_null(ev_default_loop_uc_());
    kinds_close();
}

static void test_loop_close_passes_pending_watchers(void** state)
{
    /* 2.5: of those that are not active, too: they would be called. */
    (void)state;
    begin(loop_new(0));
    for (int k = 0; k < kinds_count; ++k) {
        any[k] = (Any*)calloc(1, sizeof(Any));
        assert_non_null(any[k]);
        kind_init(&kinds[k], any[k]);
        ev_feed_event(
            loop, any[k],
            kinds[k].type == EV_TIMER ? (int)EV_CUSTOM : kinds[k].type);
    }
    assert_int_equal(relev_loop_close(loop, frees), kinds_count);
    for (int k = 0; k < kinds_count; ++k)
        assert_int_equal(types[k], kinds[k].type == EV_TIMER ? (int)EV_CUSTOM
                                                             : kinds[k].type);
    assert_calls("");
    kinds_close();
}

static void test_loop_close_without_a_callback_stops_all(void** state)
{
    /* 2.5: active or pending; their memory stays. */
    (void)state;
    begin(ev_default_loop(backend));
    start_all();
    ev_feed_event(loop, any[0], EV_READ);
    assert_int_equal(relev_loop_close(loop, NULL), kinds_count - 1);
    for (int k = 0; k < kinds_count; ++k) {
        assert_false(ev_is_active(any[k]));
        assert_false(ev_is_pending(any[k]));
        free(any[k]);
    }
    kinds_close();
}

static void test_loop_close_of_no_loop_is_refused(void** state)
{
    /* A2: EINVAL for a null loop. */
    (void)state;
    errno = 0;
    assert_int_equal(relev_loop_close(NULL, frees), -1);
    assert_int_equal(errno, EINVAL);
}

static ev_timer timers[20];

/* Stops all others of the array: they are not passed. */
static void stops_others(struct ev_loop* l, int type, void* w)
{
    ++passed;
    assert_int_equal(type, EV_TIMER);
    for (int i = 0; i < 20; ++i)
        if (&timers[i] != w) ev_timer_stop(l, &timers[i]);
}

static void test_loop_close_may_stop_others(void** state)
{
    /* 2.5: a watcher that the callback stops is not passed. */
    (void)state;
    begin(loop_new(0));
    for (int i = 0; i < 20; ++i) {
        timers[i] = timer_of("t", i, 0);
        ev_timer_start(loop, &timers[i]);
    }
    assert_int_equal(relev_loop_close(loop, stops_others), 1);
    assert_int_equal(passed, 1);
    kinds_close();
}

static void starts_more(struct ev_loop* l, int type, void* w)
{
    (void)type, (void)w;
    if (++passed > 9) return;
    timers[passed] = timer_of("t", 1, 0);
    if (passed % 2) ev_timer_start(l, &timers[passed]);
    else ev_feed_event(l, &timers[passed], EV_TIMER);
}

static void test_loop_close_passes_what_is_started_meanwhile(void** state)
{
    /* 2.5: what the callback starts, or queues, is stopped and passed, too. */
    (void)state;
    begin(loop_new(0));
    timers[0] = timer_of("t", 1, 0);
    ev_timer_start(loop, &timers[0]);
    assert_int_equal(relev_loop_close(loop, starts_more), 10);
    for (int i = 0; i < 10; ++i) {
        assert_false(ev_is_active(&timers[i]));
        assert_false(ev_is_pending(&timers[i]));
    }
    kinds_close();
}

static void once(int revents, void* arg) { (void)revents, (void)arg; }

static void frees_args(struct ev_loop* l, int type, void* arg)
{
    (void)l;
    assert_int_equal(type, 0);
    ++passed;
    free(arg);
}

static void test_loop_close_passes_the_argument_of_ev_once(void** state)
{
    /* 2.5: once, whether it waits for a descriptor, a time, both or neither,
     * or has expired. */
    (void)state;
    begin(loop_new(0));
    ev_once(loop, kinds_pipe[0], EV_READ, 10., once, malloc(1));
    ev_once(loop, kinds_pipe[0], EV_READ, -1., once, malloc(1));
    ev_once(loop, -1, 0, 10., once, malloc(1));
    ev_once(loop, -1, 0, -1., once, malloc(1));
    assert_int_equal(relev_loop_close(loop, frees_args), 4);
    assert_int_equal(passed, 4);
    kinds_close();
}

static jmp_buf jump;

static void leaves(struct ev_loop* l, int type, void* w)
{
    frees(l, type, w);
    if (passed == 3) longjmp(jump, 1);
}

static void test_loop_close_left_by_longjmp_goes_on(void** state)
{
    /* The callback may leave it: the loop is whole, and closed later. */
    (void)state;
    begin(ev_default_loop(backend));
    start_all();
    if (!setjmp(jump)) {
        relev_loop_close(loop, leaves);
        fail();
    }
    ev_verify(loop);
    assert_int_equal(relev_loop_close(loop, frees), kinds_count - 1 - 3);
    check_all();
    kinds_close();
}

static void closes_in_child(void* arg)
{
    (void)arg;
    child_check(relev_loop_close(loop, frees) == kinds_count - 1);
}

static void test_loop_close_in_a_child_leaves_the_parent(void** state)
{
    /* CORE2: without ev_loop_fork; the parent's kernel objects stay. */
    (void)state;
    begin(ev_default_loop(backend));
    start_all();
    turn(loop);
    assert_child_passes(child_fork(closes_in_child, NULL));
    calls_clear();
    assert_int_equal(write(kinds_pipe[1], "x", 1), 1);
    kill(getpid(), SIGUSR1);
    turn(loop);
    assert_non_null(strstr(calls, "io"));
    assert_non_null(strstr(calls, "signal"));
    calls_clear();
    assert_int_equal(relev_loop_close(loop, frees), kinds_count - 1);
    check_all();
    kinds_close();
}

static void test_loop_close_leaves_a_watcher_of_another_loop(void** state)
{
    /* It was initialized while active, and started in another loop: an error
     * that is survived. */
    ev_timer w = timer_of("t", 100, 0);
    struct ev_loop* theirs;
    (void)state;
    begin(loop_new(0));
    theirs = loop_new(0);
    timers[0] = timer_of("t", 1, 0);
    ev_timer_start(theirs, &timers[0]);
    ev_timer_start(loop, &w);
    w = timer_of("t", 100, 0);
    ev_timer_start(theirs, &w);
    assert_int_equal(relev_loop_close(loop, NULL), 0);
    ev_verify(theirs);
    assert_int_equal(relev_loop_close(theirs, NULL), 2);
    kinds_close();
}

static const Test tests[] = {
    EACH(test_loop_close_passes_each_kind_once),
    EACH(test_loop_close_passes_pending_watchers),
    EACH(test_loop_close_without_a_callback_stops_all),
    EACH(test_loop_close_may_stop_others),
    EACH(test_loop_close_passes_what_is_started_meanwhile),
    EACH(test_loop_close_passes_the_argument_of_ev_once),
    EACH(test_loop_close_left_by_longjmp_goes_on),
    EACH(test_loop_close_in_a_child_leaves_the_parent),
    CORRUPTS(test_loop_close_leaves_a_watcher_of_another_loop),
    ONCE(test_loop_close_of_no_loop_is_refused),
};

HARNESS_MAIN("relev_loop_close", tests)
