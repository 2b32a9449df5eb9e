/* ev_loop_fork is a mark: what the next iteration does about it. No process
 * forks here. */

#include <unistd.h>

#include "calls.h"
#include "clock.h"

static void test_fork_mark_calls_fork_watchers_once(void** state)
{
    /* R1.81: the next iteration calls all fork watchers once, before prepare,
     * however often ev_loop_fork was called. */
    struct ev_loop* loop = loop_fresh(0);
    ev_fork a = fork_of("a"), b = fork_of("b");
    ev_prepare prepare = prepare_of("p");
    ev_check check = check_of("c");
    (void)state;

    ev_prepare_start(loop, &prepare);
    ev_check_start(loop, &check);
    ev_fork_start(loop, &a);
    ev_fork_start(loop, &b);
    turn(loop);
    assert_calls("pc");
    ev_loop_fork(loop);
    ev_loop_fork(loop);
    assert_calls("");
    turn(loop);
    assert_calls("bapc");
    turn(loop);
    assert_calls("pc");
    ev_loop_destroy(loop);
}

static void note_fork_event(EV_P_ ev_fork* w, int revents)
{
    note_fork(EV_A_ w, revents);
    assert_int_equal(revents, EV_FORK);
}

static void test_fork_mark_goes_on_watching_fds(void** state)
{
    /* R1.81: fd watching continues in the re-created kernel state in that same
     * iteration. */
    struct ev_loop* loop = loop_fresh(0);
    ev_fork a = fork_of("a");
    int fds[2];
    char c;
    (void)state;

    assert_int_equal(pipe(fds), 0);
    ev_io read_end = io_of("r", fds[0], EV_READ);
    ev_io write_end = io_of("w", fds[1], EV_WRITE);
    ev_set_cb(&a, note_fork_event);
    ev_set_priority(&read_end, 1);
    ev_fork_start(loop, &a);
    ev_io_start(loop, &read_end);
    ev_io_start(loop, &write_end);
    turn(loop);
    assert_calls("w");
    for (int i = 0; i < 3; ++i) {
        ev_loop_fork(loop);
        assert_int_equal(write(fds[1], "x", 1), 1);
        turn(loop);
        assert_calls("arw");
        assert_int_equal(read(fds[0], &c, 1), 1);
        turn(loop);
        assert_calls("w");
    }
    close(fds[0]), close(fds[1]);
    ev_loop_destroy(loop);
}

static void mark_again(EV_P_ ev_fork* w, int revents)
{
    note_fork(EV_A_ w, revents);
    ev_loop_fork(EV_A);
}

static void test_fork_mark_in_fork_callback_changes_nothing(void** state)
{
    /* R1.82: called in a fork callback, no second round. */
    struct ev_loop* loop = loop_fresh(0);
    ev_fork a = fork_of("a");
    (void)state;

    ev_set_cb(&a, mark_again);
    ev_fork_start(loop, &a);
    ev_loop_fork(loop);
    turn(loop);
    assert_calls("a");
    turn(loop);
    assert_calls("");
    ev_loop_destroy(loop);
}

static void mark_once(EV_P_ ev_check* w, int revents)
{
    note_check(EV_A_ w, revents);
    ev_loop_fork(EV_A);
    ev_check_stop(EV_A_ w);
}

static void mark_late(EV_P_ ev_timer* w, int revents)
{
    note_timer(EV_A_ w, revents);
    ev_loop_fork(EV_A);
}

static void test_fork_mark_in_later_callback_counts_for_the_next(void** state)
{
    /* R1.82: called in a check or later callback it counts for the next
     * iteration. */
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    ev_fork a = fork_of("a");
    ev_check check = check_of("c");
    ev_timer timer = timer_of("t", -1, 0);
    (void)state;

    ev_set_cb(&check, mark_once);
    ev_set_cb(&timer, mark_late);
    ev_fork_start(loop, &a);
    ev_check_start(loop, &check);
    turn(loop);
    assert_calls("c");
    turn(loop);
    assert_calls("a");
    turn(loop);
    assert_calls("");
    ev_timer_start(loop, &timer);
    turn(loop);
    assert_calls("t");
    turn(loop), turn(loop);
    assert_calls("a");
    ev_loop_destroy(loop);
}

static void test_fork_mark_without_fork_watchers(void** state)
{
    /* R1.81: the mark is done with in the next iteration, fork watchers or
     * not: one that starts later is not called for it. */
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    ev_fork a = fork_of("a");
    (void)state;

    ev_loop_fork(loop);
    turn(loop);
    ev_fork_start(loop, &a);
    turn(loop);
    assert_calls("");
    ev_loop_destroy(loop);
}

static const Test tests[] = {
    EACH(test_fork_mark_calls_fork_watchers_once),
    EACH(test_fork_mark_goes_on_watching_fds),
    EACH(test_fork_mark_in_fork_callback_changes_nothing),
    EACH(test_fork_mark_in_later_callback_counts_for_the_next),
    EACH(test_fork_mark_without_fork_watchers),
};

HARNESS_MAIN("fork_mark", tests)
