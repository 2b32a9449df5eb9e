/* When loop time is renewed in an iteration, and what a watcher started by a
 * callback takes part in. */
#define _GNU_SOURCE
#include <unistd.h>

#include "calls.h"
#include "clock.h"

enum { looks_max = 8 };

static ev_tstamp looks[looks_max]; /* loop time, as each callback saw it */
static int looked;

static void look(struct ev_loop* loop)
{
    assert_true(looked < looks_max);
    looks[looked++] = ev_now(loop);
}

/* Every callback of these tests takes half a second. */
static void busy(struct ev_loop* loop, ev_watcher* w, int revents)
{
    (void)w, (void)revents;
    look(loop);
    clock_advance(.5);
}

static void busy_between(struct ev_loop* loop) EV_NOEXCEPT
{
    look(loop);
    clock_advance(.5);
}

/* R1.22: loop time is renewed after the prepare callbacks, and again after
 * the poll. In between, and while callbacks run, it stands still. */
static void test_now_is_renewed_twice_in_an_iteration(void** state)
{
    /* prepare, prepare, release, acquire, check, check */
    static const double expected[] = {0, 0, 1, 1, 2, 2};
    (void)state;
    clock_freeze();
    struct ev_loop* loop = loop_new(0);
    ev_prepare prepare[2];
    ev_check check[2];
    ev_tstamp start = ev_now(loop);

    for (int i = 0; i < 2; ++i) {
        prepare_init(&prepare[i], "", busy);
        check_init(&check[i], "", busy);
        ev_prepare_start(loop, &prepare[i]);
        ev_check_start(loop, &check[i]);
    }
    ev_set_loop_release_cb(loop, busy_between, busy_between);
    looked = 0;
    ev_run(loop, EVRUN_NOWAIT);
    assert_int_equal(looked, 6);
    for (int i = 0; i < 6; ++i) assert_true(looks[i] == start + expected[i]);
    clock_thaw();
    ev_loop_destroy(loop);
}

/* R1.22: prepare callbacks see the time of the iteration before. */
static void test_now_in_prepare_is_of_the_iteration_before(void** state)
{
    (void)state;
    clock_freeze();
    struct ev_loop* loop = loop_new(0);
    ev_prepare prepare;
    ev_check check;

    prepare_init(&prepare, "", busy);
    check_init(&check, "", busy);
    ev_prepare_start(loop, &prepare);
    ev_check_start(loop, &check);
    looked = 0;
    ev_run(loop, EVRUN_NOWAIT);
    clock_advance(4.);
    ev_run(loop, EVRUN_NOWAIT);
    assert_int_equal(looked, 4);
    assert_true(looks[1] == looks[0] + .5);
    assert_true(looks[2] == looks[1]);
    assert_true(looks[3] == looks[2] + 5.);
    clock_thaw();
    ev_loop_destroy(loop);
}

static ev_timer timer;
static int updates; /* whether the callback renews loop time first */

static void busy_then_start_timer(struct ev_loop* loop, ev_watcher* w,
                                  int revents)
{
    (void)w, (void)revents;
    clock_advance(.5);
    if (updates) ev_now_update(loop);
    ev_timer_start(loop, &timer);
}

/* R1.22: a timer started in a prepare callback counts from the older time,
 * so the time the callback took is part of its timeout: it can fire in that
 * same iteration. */
static void test_timer_started_in_prepare_counts_callback_time(void** state)
{
    (void)state;
    for (updates = 0; updates < 2; ++updates) {
        clock_freeze();
        struct ev_loop* loop = loop_new(0);
        ev_prepare prepare;

        prepare_init(&prepare, "", busy_then_start_timer);
        ev_prepare_start(loop, &prepare);
        timer_init(&timer, "timer", note, .25, 0.);
        ev_run(loop, EVRUN_NOWAIT);
        assert_calls(updates ? "" : "timer");
        clock_thaw();
        ev_loop_destroy(loop);
    }
}

static struct {
    ev_prepare prepare;
    ev_timer timer;
    ev_io io;
    ev_check check;
    ev_idle idle;
} late;

static void start_the_others(struct ev_loop* loop, ev_watcher* w, int revents)
{
    (void)w, (void)revents;
    ev_prepare_stop(loop, &late.prepare);
    ev_timer_start(loop, &late.timer);
    ev_io_start(loop, &late.io);
    ev_idle_start(loop, &late.idle);
    ev_check_start(loop, &late.check);
}

/* R1.23: watchers that a prepare callback starts, timer, fd, idle and check,
 * take part in that same iteration. */
static void test_started_in_prepare_takes_part_at_once(void** state)
{
    (void)state;
    int fd[2];
    struct ev_loop* loop = loop_new(0);

    assert_return_code(pipe(fd), 0);
    assert_int_equal(write(fd[1], "", 1), 1);
    prepare_init(&late.prepare, "", start_the_others);
    timer_init(&late.timer, "timer", note, -1., 0.);
    io_init(&late.io, "io", note, fd[0], EV_READ);
    check_init(&late.check, "check", note);
    idle_init(&late.idle, "idle", note);
    ev_set_priority(&late.idle, 1); /* else timer and io would hinder it */
    ev_prepare_start(loop, &late.prepare);
    ev_run(loop, EVRUN_ONCE);
    assert_calls("idle check timer io");
    ev_loop_destroy(loop);
    close(fd[0]), close(fd[1]);
}

static ev_prepare next_prepare;
static ev_check next_check;
static ev_fork next_fork;
static ev_idle next_idle;

static void start_prepare(struct ev_loop* loop, ev_watcher* w, int revents)
{
    note(loop, w, revents);
    ev_prepare_start(loop, &next_prepare);
}

/* R1.24: the prepare watchers of an iteration are those active when the
 * phase begins: one started by another is first called in the next. */
static void test_prepare_started_by_prepare_waits_a_turn(void** state)
{
    (void)state;
    struct ev_loop* loop = loop_new(0);
    ev_prepare first;

    prepare_init(&first, "first", start_prepare);
    prepare_init(&next_prepare, "next", note);
    ev_prepare_start(loop, &first);
    ev_run(loop, EVRUN_NOWAIT);
    assert_calls("first");
    ev_run(loop, EVRUN_NOWAIT);
    assert_calls("next first");
    ev_loop_destroy(loop);
}

static void start_check(struct ev_loop* loop, ev_watcher* w, int revents)
{
    note(loop, w, revents);
    ev_check_start(loop, &next_check);
}

/* R1.24: likewise check watchers. */
static void test_check_started_by_check_waits_a_turn(void** state)
{
    (void)state;
    struct ev_loop* loop = loop_new(0);
    ev_check first;

    check_init(&first, "first", start_check);
    check_init(&next_check, "next", note);
    ev_check_start(loop, &first);
    ev_run(loop, EVRUN_NOWAIT);
    assert_calls("first");
    ev_run(loop, EVRUN_NOWAIT);
    assert_calls("next first");
    ev_loop_destroy(loop);
}

static void start_fork(struct ev_loop* loop, ev_watcher* w, int revents)
{
    note(loop, w, revents);
    ev_fork_start(loop, &next_fork);
}

/* R1.24: and fork watchers, for which the next iteration is one with a fork
 * of its own. */
static void test_fork_started_by_fork_waits_for_next_fork(void** state)
{
    (void)state;
    struct ev_loop* loop = loop_new(0);
    ev_fork first;

    fork_init(&first, "first", start_fork);
    fork_init(&next_fork, "next", note);
    ev_fork_start(loop, &first);
    ev_loop_fork(loop);
    ev_run(loop, EVRUN_NOWAIT);
    ev_run(loop, EVRUN_NOWAIT);
    assert_calls("first");
    ev_loop_fork(loop);
    ev_run(loop, EVRUN_NOWAIT);
    assert_calls("next first");
    ev_loop_destroy(loop);
}

static void start_idle(struct ev_loop* loop, ev_watcher* w, int revents)
{
    note(loop, w, revents);
    ev_idle_start(loop, &next_idle);
}

/* R1.24: and idle watchers. */
static void test_idle_started_by_idle_waits_a_turn(void** state)
{
    (void)state;
    struct ev_loop* loop = loop_new(0);
    ev_idle first;

    idle_init(&first, "first", start_idle);
    idle_init(&next_idle, "next", note);
    ev_idle_start(loop, &first);
    ev_run(loop, EVRUN_NOWAIT);
    assert_calls("first");
    ev_run(loop, EVRUN_NOWAIT);
    assert_calls("next first");
    ev_loop_destroy(loop);
}

static const Test tests[] = {
    EACH(test_now_is_renewed_twice_in_an_iteration),
    EACH(test_now_in_prepare_is_of_the_iteration_before),
    EACH(test_timer_started_in_prepare_counts_callback_time),
    EACH(test_started_in_prepare_takes_part_at_once),
    EACH(test_prepare_started_by_prepare_waits_a_turn),
    EACH(test_check_started_by_check_waits_a_turn),
    EACH(test_fork_started_by_fork_waits_for_next_fork),
    EACH(test_idle_started_by_idle_waits_a_turn),
};

HARNESS_MAIN("run_time", tests)
