/* fds that are wrong, or not what they were. */

#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include "mistakes_help.h"

enum { dead = EV_ERROR | EV_READ | EV_WRITE };

static void ready_pipe(int fds[2])
{
    assert_int_equal(pipe(fds), 0);
    assert_int_equal(write(fds[1], "x", 1), 1);
}

static int restarts;

static void restart(struct ev_loop* loop, ev_io* w, int revents)
{
    (void)revents;
    if (++restarts > 100) return; /* it would go on for ever */
    ev_io_stop(loop, w);
    ev_io_start(loop, w);
}

static void test_fds_dead_restarted_blindly_leaves_others_their_turn(
    void** state)
{
    /* R2.12: a callback that starts its watcher again, whatever it was told,
     * does not keep the loop in one pass. */
    struct ev_loop* loop = loop_fresh(0);
    int fds[2];
    ev_io w;
    (void)state;

    ready_pipe(fds);
    close(fds[0]), close(fds[1]);
    restarts = 0;
    ev_io_init(&w, restart, fds[0], EV_READ);
    ev_io_start(loop, &w);
    for (int k = 0; k < 5; ++k) turn(loop);
    assert_in_range(restarts, 2, 10);
    ev_io_stop(loop, &w);
    ev_loop_destroy(loop);
}

static void test_fds_closed_before_start_does_not_wait_for_others(void** state)
{
    /* R2.12: the watcher of a dead fd is told at once, also if the loop has
     * nothing else to do for long. */
    struct ev_loop* loop = loop_fresh(0);
    ev_timer end = timer_of("t", 30, 0);
    int fds[2];
    (void)state;

    ready_pipe(fds);
    close(fds[0]), close(fds[1]);
    ev_io w = io_of("w", fds[0], EV_READ);
    ev_timer_start(loop, &end);
    ev_io_start(loop, &w);
    ev_run(loop, EVRUN_ONCE);
    assert_calls("w"); /* and not the timer */
    assert_true(ev_is_active(&end));
    ev_timer_stop(loop, &end);
    ev_loop_destroy(loop);
}

static void test_fds_closed_before_start_others_go_on(void** state)
{
    /* R2.12: a dead fd costs the others of the iteration nothing. */
    struct ev_loop* loop = loop_fresh(0);
    int fds[2], gone[2];
    (void)state;

    ready_pipe(fds), ready_pipe(gone);
    close(gone[0]), close(gone[1]);
    ev_io w = io_of("w", gone[0], EV_READ);
    ev_io nothing = io_of("0", gone[1], EV_WRITE);
    ev_io r = io_of("r", fds[0], EV_READ);
    ev_io_start(loop, &w);
    ev_io_start(loop, &nothing);
    ev_io_start(loop, &r);
    turn_leaves(loop, 1);
    assert_int_equal(strlen(calls_take()), 3);
    assert_false(ev_is_active(&w) || ev_is_active(&nothing));
    turn_leaves(loop, 1);
    assert_calls("r");
    ev_io_stop(loop, &r);
    ev_loop_destroy(loop);
    close(fds[0]), close(fds[1]);
}

static void test_fds_closed_while_watched_stop_and_loop_go_on(void** state)
{
    /* R2.12: an fd closed while watched is found, or (epoll) forgotten by the
     * kernel; either way the watcher can be stopped, and others are served. */
    struct ev_loop* loop = loop_fresh(0);
    int fds[2], gone[2];
    (void)state;

    ready_pipe(fds), ready_pipe(gone);
    ev_io w = io_of("w", gone[0], EV_READ), r = io_of("r", fds[0], EV_READ);
    ev_io_start(loop, &w);
    ev_io_start(loop, &r);
    turn_leaves(loop, 2);
    calls_clear();
    close(gone[0]);
    for (int i = 0; i < 3; ++i) {
        turn(loop);
        ev_verify(loop);
        assert_non_null(strchr(calls_take(), 'r'));
    }
    ev_io_stop(loop, &w);
    turn_leaves(loop, 1);
    assert_calls("r");
    ev_io_stop(loop, &r);
    turn_leaves(loop, 0);
    ev_loop_destroy(loop);
    close(fds[0]), close(fds[1]), close(gone[1]);
}

static void test_fds_number_reused_while_watched_comes_to_no_harm(void** state)
{
    /* R2.9: closed and reused while a watcher of the old file is active: it
     * may receive events of either file, but it stays intact, and after a
     * restart with ev_io_set it receives those of the new one. */
    struct ev_loop* loop = loop_fresh(0);
    int old[2], fds[2];
    (void)state;

    ready_pipe(old);
    ev_io w = io_of("w", old[0], EV_READ);
    ev_io_start(loop, &w);
    turn(loop);
    int keep = dup(old[0]);
    assert_int_equal(pipe(fds), 0);
    assert_int_equal(dup2(fds[0], old[0]), old[0]);
    for (int i = 0; i < 3; ++i) turn_leaves(loop, 1);
    ev_io_stop(loop, &w);
    ev_io_set(&w, old[0], EV_READ);
    ev_io_start(loop, &w);
    turn(loop), turn(loop);
    calls_clear();
    turn_leaves(loop, 1);
    assert_calls("");
    assert_int_equal(write(fds[1], "x", 1), 1);
    turn_leaves(loop, 1);
    assert_calls("w");
    ev_io_stop(loop, &w);
    ev_loop_destroy(loop);
    close(keep), close(old[0]), close(old[1]), close(fds[0]), close(fds[1]);
}

static void test_fds_member_changed_while_active_can_be_stopped(void** state)
{
    /* R2.7: fd may not be changed while active; done so, the old fd is served
     * on, a stop finds the watcher, and its memory is the caller's again. */
    const int others[] = {-1, INT_MIN, INT_MAX, 0, 500};
    (void)state;

    for (size_t i = 0; i < sizeof others / sizeof *others; ++i) {
        struct ev_loop* loop = loop_fresh(0);
        int fds[2];
        ready_pipe(fds);
        ev_io w = io_of("w", fds[0], EV_READ), r = io_of("r", fds[0], EV_READ);
        ev_io_start(loop, &w);
        ev_io_start(loop, &r);
        assert_int_equal(turn(loop), 2);
        w.fd = others[i];
        assert_int_equal(turn(loop), 2);
        assert_calls("wrwr");
        ev_io_stop(loop, &w);
        memset(&w, 0xee, sizeof w);
        turn_leaves(loop, 1);
        assert_calls("r");
        ev_io_stop(loop, &r);
        turn_leaves(loop, 0);
        ev_loop_destroy(loop);
        close(fds[0]), close(fds[1]);
    }
}

static const Test tests[] = {
    OURS(test_fds_dead_restarted_blindly_leaves_others_their_turn),
    OURS(test_fds_closed_before_start_does_not_wait_for_others),
    OURS(test_fds_closed_before_start_others_go_on),
    OURS(test_fds_closed_while_watched_stop_and_loop_go_on),
    OURS(test_fds_number_reused_while_watched_comes_to_no_harm),
    OURS(test_fds_member_changed_while_active_can_be_stopped),
};

HARNESS_MAIN("mistakes_fds", tests)
