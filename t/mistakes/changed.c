/* Members of a watcher changed while the loop has it, or the whole of it
 * initialized again. */

#include <signal.h>
#include <unistd.h>

#include "mistakes_help.h"

static void ready_pipe(int fds[2])
{
    assert_int_equal(pipe(fds), 0);
    assert_int_equal(write(fds[1], "x", 1), 1);
}

static void test_changed_priority_changed_while_pending_is_called_once(
    void** state)
{
    /* R1.39: priorities may not be changed while pending; done so, the event
     * keeps its place, is one event, and can be canceled. */
    struct ev_loop* loop = loop_fresh(0);
    ev_timer a = timer_of("a", 9, 0), b = timer_of("b", 9, 0);
    (void)state;

    ev_feed_event(loop, &a, EV_TIMER);
    ev_feed_event(loop, &b, EV_TIMER);
    ev_set_priority(&a, EV_MAXPRI), ev_set_priority(&b, 1000);
    ev_feed_event(loop, &a, EV_CUSTOM);
    ev_verify(loop);
    assert_int_equal(ev_pending_count(loop), 2);
    ev_timer_stop(loop, &b);
    assert_false(ev_is_pending(&b));
    ev_invoke_pending(loop);
    assert_calls("a");
    assert_int_equal(calls_revents, EV_TIMER | EV_CUSTOM);
    ev_loop_destroy(loop);
}

static void test_changed_priority_changed_while_active_can_be_stopped(
    void** state)
{
    /* R1.39: nor while active; done so to an idle watcher, whose place in the
     * loop depends on it, a stop still finds it. */
    struct ev_loop* loop = loop_fresh(0);
    ev_idle a = idle_of("a"), b = idle_of("b");
    (void)state;

    ev_idle_start(loop, &b);
    ev_idle_start(loop, &a);
    ev_set_priority(&a, EV_MAXPRI);
    turn_leaves(loop, 2);
    assert_calls("ab");
    ev_idle_stop(loop, &a);
    assert_false(ev_is_active(&a));
    memset(&a, 0xee, sizeof a);
    turn_leaves(loop, 1);
    assert_calls("b");
    ev_idle_stop(loop, &b);
    turn_leaves(loop, 0);
    ev_loop_destroy(loop);
}

static void test_changed_signum_changed_while_active_can_be_stopped(
    void** state)
{
    /* R2.43: signum may not be changed while active; done so, a stop still
     * finds the watcher and gives the right signal back. */
    struct ev_loop* loop = loop_fresh(0);
    struct sigaction now;
    ev_signal w;
    (void)state;

    ev_signal_init(&w, note_signal, SIGUSR1);
    w.data = (void*)"s";
    const int others[] = {SIGUSR2, -1, 0, 4711};
    for (size_t i = 0; i < sizeof others / sizeof *others; ++i) {
        ev_signal_start(loop, &w);
        w.signum = others[i];
        ev_signal_stop(loop, &w);
        assert_false(ev_is_active(&w));
        assert_int_equal(sigaction(SIGUSR1, NULL, &now), 0);
        assert_ptr_equal(now.sa_handler, SIG_DFL);
        turn_leaves(loop, 0);
        ev_feed_signal_event(loop, SIGUSR1);
        turn_leaves(loop, 0);
        assert_calls("");
        w.signum = SIGUSR1;
    }
    ev_loop_destroy(loop);
}

static void test_changed_pid_changed_while_active_can_be_stopped(void** state)
{
    /* R2.51: the same for the pid of a child watcher. */
    struct ev_loop* loop = loop_default(0);
    ev_child w;
    (void)state;

    calls_clear();
    ev_child_init(&w, note_child, 4711, 0);
    ev_child_start(loop, &w);
    w.pid = 4712;
    ev_child_stop(loop, &w);
    assert_false(ev_is_active(&w));
    turn_leaves(loop, 0);
    memset(&w, 0xee, sizeof w);
    ev_loop_destroy(loop);
}

static void io_again(void)
{
    struct ev_loop* loop = loop_fresh(0);
    int fds[2];

    ready_pipe(fds);
    ev_io r = io_of("r", fds[0], EV_READ);
    ev_io_start(loop, &r);
    turn_leaves(loop, 1);
    assert_calls("r");
    ev_io_init(&r, note_io, fds[0], EV_READ);
    r.data = (void*)"R";
    ev_io_start(loop, &r);
    assert_told(REINIT, EV_IO, &r, fds[0]);
    turn_leaves(loop, 1);
    assert_calls("R");
    ev_io_stop(loop, &r);
    turn_leaves(loop, 0);
    ev_loop_destroy(loop);
    close(fds[0]), close(fds[1]);
}

static void io_again_beside_another(void)
{
    struct ev_loop* loop = loop_fresh(0);
    int fds[2];

    ready_pipe(fds);
    ev_io r = io_of("r", fds[0], EV_READ), other = io_of("o", fds[0], EV_READ);
    ev_io_start(loop, &r);
    ev_io_start(loop, &other);
    turn_leaves(loop, 2);
    assert_calls("ro");
    ev_io_init(&r, note_io, fds[0], EV_READ);
    r.data = (void*)"R";
    ev_io_start(loop, &r);
    turn_leaves(loop, 2);
    assert_told(REINIT, EV_IO, &r, fds[0]);
    assert_calls("oR");
    ev_io_stop(loop, &r);
    ev_io_stop(loop, &other);
    turn_leaves(loop, 0);
    ev_loop_destroy(loop);
    close(fds[0]), close(fds[1]);
}

static void test_changed_io_initialized_while_active_does_not_hang(void** state)
{
    /* R1.40: ev_init of an active watcher is a mistake; started again it is
     * active once, and no list runs in a circle. */
    (void)state;
    made_twice(io_again);
    made_twice(io_again_beside_another);
}

static void timer_again(double repeat)
{
    struct ev_loop* loop = loop_fresh(0);
    ev_timer early = timer_of("e", -3, 0);
    ev_timer w = timer_of("w", -1, repeat);

    ev_timer_start(loop, &early);
    ev_timer_start(loop, &w);
    w = timer_of("W", 0.01, repeat);
    ev_timer_start(loop, &w);
    for (int i = 0; i < 3; ++i) turn(loop);
    assert_non_null(strchr(calls_take(), 'e'));
    ev_timer_stop(loop, &w);
    ev_loop_destroy(loop);
}

static void test_changed_timer_initialized_while_active_does_not_hang(
    void** state)
{
    /* R1.40: the same for a timer: no expiry is found again and again. */
    (void)state;
    timer_again(0);
    timer_again(10);
}

static const Test tests[] = {
    OURS(test_changed_priority_changed_while_pending_is_called_once),
    OURS(test_changed_priority_changed_while_active_can_be_stopped),
    OURS(test_changed_signum_changed_while_active_can_be_stopped),
    OURS_ONCE(test_changed_pid_changed_while_active_can_be_stopped),
    OURS(test_changed_io_initialized_while_active_does_not_hang),
    OURS_CORRUPTS(test_changed_timer_initialized_while_active_does_not_hang),
};

HARNESS_MAIN("mistakes_changed", tests)
