/* How long an iteration waits that has no timer to wait for. */

#include <unistd.h>

#include "calls.h"
#include "clock.h"
#include "frozen.h"

static const double minute = 60;

/* What one iteration asks the kernel for, with no event coming. */
static double asked_for(struct ev_loop* loop)
{
    waits_clear();
    ev_run(loop, EVRUN_ONCE);
    assert_int_equal(waits.polls, 1);
    return waits.polled;
}

static void quiet_on(struct ev_loop* loop, ev_io* w, int p[2])
{
    assert_int_equal(pipe(p), 0);
    *w = io_of("i", p[0], EV_READ);
    ev_io_start(loop, w);
}

static void quiet_off(struct ev_loop* loop, ev_io* w, int p[2])
{
    ev_io_stop(loop, w);
    close(p[0]), close(p[1]);
}

static void test_run_with_files_alone_waits_a_minute(void** state)
{
    /* R1.15: blocks until something happens; the loop reads the clock about
     * once a minute, whatever it waits for. */
    int p[2];
    ev_io io;
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    (void)state;

    quiet_on(loop, &io, p);
    for (int i = 0; i < 3; ++i) {
        double wait = asked_for(loop);
        assert_true(wait > 59 && wait <= minute);
    }
    quiet_off(loop, &io, p);
    ev_loop_destroy(loop);
}

static void test_run_with_files_alone_keeps_the_collect_interval(void** state)
{
    /* R1.85: a blocking wait is never made shorter than it, by whatever. */
    int p[2];
    ev_io io;
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    (void)state;

    quiet_on(loop, &io, p);
    ev_set_timeout_collect_interval(loop, 90);
    assert_true(asked_for(loop) == 90);
    ev_set_timeout_collect_interval(loop, 0.5);
    assert_true(asked_for(loop) > 59);
    quiet_off(loop, &io, p);
    ev_loop_destroy(loop);
}

static void test_run_with_a_refused_fd_waits_hardly(void** state)
{
    /* R2.12: the watcher of an illegal fd is told in this iteration, also if
     * nothing else ever happens; the next one waits as ever. */
    int p[2];
    ev_io quiet, bad;
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    ev_timer far = timer_of("t", 500, 0);
    (void)state;

    quiet_on(loop, &quiet, p);
    for (int timed = 0; timed < 2; ++timed) {
        if (timed) ev_timer_start(loop, &far);
        bad = io_of("b", -7, EV_READ);
        ev_io_start(loop, &bad);
        assert_true(asked_for(loop) < 0.02);
        assert_calls("b");
        assert_int_equal(calls_revents, EV_ERROR | EV_READ | EV_WRITE);
        assert_false(ev_is_active(&bad));
        assert_true(asked_for(loop) > 59);
    }
    quiet_off(loop, &quiet, p);
    ev_loop_destroy(loop);
}

static void refused_again(EV_P_ ev_io* w, int revents)
{
    note_io(EV_A_ w, revents);
    ev_io_start(EV_A_ w);
}

static void test_run_with_a_refused_fd_tried_again_is_not_busy(void** state)
{
    /* R2.12: a watcher that is started again in its callback is told again, but
     * not as fast as the processor can. */
    int p[2];
    ev_io quiet, bad = io_of("b", -7, EV_READ);
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    (void)state;

    quiet_on(loop, &quiet, p);
    ev_set_cb(&bad, refused_again);
    ev_io_start(loop, &bad);
    for (int i = 0; i < 5; ++i) {
        double wait = asked_for(loop);
        assert_true(wait >= 0.001 && wait < 0.02);
        assert_calls("b");
    }
    ev_io_stop(loop, &bad);
    quiet_off(loop, &quiet, p);
    ev_loop_destroy(loop);
}

static const Test tests[] = {
    EACH(test_run_with_files_alone_waits_a_minute),
    EACH(test_run_with_files_alone_keeps_the_collect_interval),
    OURS(test_run_with_a_refused_fd_waits_hardly),
    OURS(test_run_with_a_refused_fd_tried_again_is_not_busy),
};

HARNESS_MAIN("run_waits", tests)
