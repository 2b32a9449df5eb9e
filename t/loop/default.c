/* The default loop: there is one at a time, made by the first who asks. */
#define _GNU_SOURCE
#include <unistd.h>

#include "calls.h"
#include "spy.h"

enum { unusable = EVBACKEND_DEVPOLL | EVBACKEND_PORT };

/* R1.10: a fresh default loop has done nothing, and its time is the present.
 * This test leads the table, for it needs the first one of the process. */
static void test_default_loop_first_has_done_nothing(void** state)
{
    (void)state;
    ev_tstamp before = ev_time();
    struct ev_loop* loop = loop_default(0);
    assert_int_equal(ev_iteration(loop), 0);
    assert_int_equal(ev_depth(loop), 0);
    assert_int_equal(ev_pending_count(loop), 0);
    assert_null(ev_userdata(loop));
    assert_true(before <= ev_now(loop));
    assert_true(ev_now(loop) <= ev_time());
    ev_loop_destroy(loop);
}

/* R1.3: likewise the default loop; its pointer stays null, and a later call
 * with flags that can be satisfied succeeds. */
static void test_default_loop_unusable_backends_can_be_tried_again(void** state)
{
    (void)state;
    assert_null(ev_default_loop(unusable));
    assert_null(ev_default_loop_ptr);

    struct ev_loop* loop = ev_default_loop(backend);
    assert_non_null(loop);
    assert_ptr_equal(ev_default_loop_ptr, loop);
    assert_int_equal(ev_backend(loop), backend);
    ev_loop_destroy(loop);
}

/* R1.8: there is one default loop, whose flags are those of its creation. */
static void test_default_loop_exists_is_returned_again(void** state)
{
    (void)state;
    assert_null(ev_default_loop_ptr);
    struct ev_loop* loop = loop_default(0);

    assert_ptr_equal(ev_default_loop(EVBACKEND_SELECT), loop);
    assert_ptr_equal(ev_default_loop(EVBACKEND_POLL), loop);
    assert_ptr_equal(ev_default_loop(unusable), loop);
    assert_int_equal(ev_backend(loop), backend);
    assert_ptr_equal(ev_default_loop_ptr, loop);
    assert_true(ev_is_default_loop(loop));
    ev_loop_destroy(loop);
}

/* R1.8: ev_loop_new and the loops it makes have nothing to do with it. */
static void test_default_loop_is_apart_from_new_loops(void** state)
{
    (void)state;
    struct ev_loop* first = loop_new(0);
    assert_null(ev_default_loop_ptr);
    struct ev_loop* fallback = loop_default(0);
    struct ev_loop* second = loop_new(0);

    assert_true(fallback != first && fallback != second && first != second);
    assert_ptr_equal(ev_default_loop_ptr, fallback);
    assert_false(ev_is_default_loop(first));
    assert_false(ev_is_default_loop(second));
    ev_loop_destroy(first), ev_loop_destroy(second);
    assert_ptr_equal(ev_default_loop_ptr, fallback);
    assert_true(ev_is_default_loop(fallback));
    ev_loop_destroy(fallback);
}

/* R1.8: its own watching for SIGCHLD holds no reference, so a run without
 * watchers of ours ends at once. */
static void test_default_loop_without_watchers_runs_out_at_once(void** state)
{
    (void)state;
    struct ev_loop* loop = loop_default(0);

    spy_reset();
    assert_int_equal(ev_run(loop, 0), 0);
    assert_did_not_wait();
    ev_loop_destroy(loop);
}

/* R1.9: the pointer is null after destruction; the next default loop works,
 * and has its own flags. */
static void test_default_loop_destroyed_is_made_anew(void** state)
{
    (void)state;
    ev_timer timer;

    loop_default(0);
    ev_loop_destroy(ev_default_loop_ptr);
    assert_null(ev_default_loop_ptr);

    unsigned other =
        backend == EVBACKEND_POLL ? EVBACKEND_SELECT : EVBACKEND_POLL;
    struct ev_loop* loop = ev_default_loop(other);
    assert_int_equal(ev_backend(loop), other);
    assert_true(ev_is_default_loop(loop));
    timer_init(&timer, "timer", note, .001, 0.);
    ev_timer_start(loop, &timer);
    assert_int_equal(ev_run(loop, 0), 0);
    assert_calls("timer");
    ev_loop_destroy(loop);
    assert_null(ev_default_loop_ptr);
}

/* R1.9: to destroy no loop does nothing, to the default loop neither. */
static void test_loop_destroy_null_does_nothing(void** state)
{
    (void)state;
    ev_loop_destroy(0);
    struct ev_loop* loop = loop_default(0);
    ev_loop_destroy(0);
    assert_ptr_equal(ev_default_loop_ptr, loop);
    assert_int_equal(ev_run(loop, 0), 0);
    ev_loop_destroy(loop);
}

static const Test tests[] = {
    ONCE(test_default_loop_first_has_done_nothing),
    EACH(test_default_loop_unusable_backends_can_be_tried_again),
    EACH(test_default_loop_exists_is_returned_again),
    EACH(test_default_loop_is_apart_from_new_loops),
    EACH(test_default_loop_without_watchers_runs_out_at_once),
    EACH(test_default_loop_destroyed_is_made_anew),
    EACH(test_loop_destroy_null_does_nothing),
};

HARNESS_MAIN("loop_default", tests)
