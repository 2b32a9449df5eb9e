/* Child watchers: who is called, and what it is told. */

#include "child_help.h"

static void pid_and_any(unsigned flags)
{
    struct ev_loop* loop = child_loop(flags);
    pid_t pid = child_exits(7);
    ev_child one, two, any, other[3];

    child_begin(loop, &one, "1", pid, 0);
    child_begin(loop, &two, "2", pid, 0);
    child_begin(loop, &any, "*", 0, 0);
    /* Neighbors, also in a table of 16 or 32 rows. */
    child_begin(loop, &other[0], "x", pid + 1, 0);
    child_begin(loop, &other[1], "y", pid + 16, 0);
    child_begin(loop, &other[2], "z", pid + 4096, 0);
    child_ended(pid);
    ev_run(loop, EVRUN_NOWAIT);

    assert_int_equal(strlen(calls), 3);
    assert_non_null(strchr(calls, '1'));
    assert_non_null(strchr(calls, '2'));
    assert_non_null(strchr(calls, '*'));
    for (ev_child *w, **p = (ev_child*[]){&one, &two, &any, NULL}; (w = *p);
         ++p) {
        assert_int_equal(w->rpid, pid);
        assert_true(WIFEXITED(w->rstatus));
        assert_int_equal(WEXITSTATUS(w->rstatus), 7);
        assert_true(ev_is_active(w));
        ev_child_stop(loop, w);
    }
    assert_int_equal(one.pid, pid);
    assert_int_equal(any.pid, 0);
    for (int i = 0; i < 3; ++i) {
        assert_int_equal(other[i].rpid, -1);
        ev_child_stop(loop, &other[i]);
    }
    assert_true(child_is_reaped(pid));
    child_loop_end(loop);
}

static void test_child_pid_and_any_are_both_called(void** state)
{
    /* R2.51: watchers for a pid and for pid 0 are called, several for one pid
     * too, with rpid and rstatus; pid stays as set, they stay active; other
     * pids are not called. */
    (void)state;
    for (int i = 0; i < child_modes; ++i) pid_and_any(child_flags[i]);
}

static void test_child_killed_tells_the_signal(void** state)
{
    /* R2.51: rstatus is the wait status, here of a child that was killed. */
    struct ev_loop* loop = child_loop(0);
    pid_t pid = child_waits();
    ev_child w;

    (void)state;
    child_begin(loop, &w, "w", pid, 0);
    kill(pid, SIGKILL);
    child_ended(pid);
    ev_run(loop, EVRUN_NOWAIT);
    assert_calls("w");
    assert_true(WIFSIGNALED(w.rstatus));
    assert_int_equal(WTERMSIG(w.rstatus), SIGKILL);
    ev_child_stop(loop, &w);
    child_loop_end(loop);
}

static void test_child_delivery_sets_the_highest_priority(void** state)
{
    /* R2.51: delivery sets the priority to EV_MAXPRI, of the called only. */
    struct ev_loop* loop = child_loop(0);
    pid_t pid = child_exits(0);
    ev_child w, any, other;

    (void)state;
    ev_child_init(&w, child_note, pid, 0);
    ev_child_init(&any, child_note, 0, 0);
    ev_child_init(&other, child_note, pid + 1, 0);
    w.data = any.data = "w";
    ev_set_priority(&w, EV_MINPRI);
    ev_set_priority(&other, EV_MINPRI);
    ev_child_start(loop, &w);
    ev_child_start(loop, &any);
    ev_child_start(loop, &other);
    assert_int_equal(ev_priority(&w), EV_MINPRI);
    child_ended(pid);
    ev_run(loop, EVRUN_NOWAIT);
    assert_calls("ww");
    assert_int_equal(ev_priority(&w), EV_MAXPRI);
    assert_int_equal(ev_priority(&any), EV_MAXPRI);
    assert_int_equal(ev_priority(&other), EV_MINPRI);
    ev_child_stop(loop, &w);
    ev_child_stop(loop, &any);
    ev_child_stop(loop, &other);
    child_loop_end(loop);
}

static void test_child_wakes_a_blocked_loop(void** state)
{
    /* R2.51: the exit of a child ends the loop's wait. The iteration that
     * SIGCHLD interrupts may be one without events. */
    (void)state;
    for (int i = 0; i < child_modes; ++i) {
        struct ev_loop* loop = child_loop(child_flags[i]);
        pid_t pid = fork();
        ev_child w;

        if (!pid) usleep(5000), _exit(0);
        child_begin(loop, &w, "w", pid, 0);
        for (int k = 0; k < 3 && !*calls; ++k) assert_true(run_once(loop));
        assert_calls("w");
        ev_child_stop(loop, &w);
        child_loop_end(loop);
    }
}

static void test_child_holds_a_reference_until_stopped(void** state)
{
    /* R2.51: the watcher stays active after the call, and so the loop goes
     * on; stopping it more than once is no problem. */
    struct ev_loop* loop = child_loop(0);
    pid_t pid = child_exits(0);
    ev_child w;

    (void)state;
    child_begin(loop, &w, "w", pid, 0);
    child_ended(pid);
    assert_int_equal(ev_run(loop, EVRUN_NOWAIT), 1);
    assert_calls("w");
    ev_child_stop(loop, &w);
    ev_child_stop(loop, &w);
    assert_int_equal(ev_run(loop, 0), 0);
    child_loop_end(loop);
}

/* Runs until something is called; if nothing is, for twenty seconds. */
static void run_a_little(struct ev_loop* loop)
{
    for (int i = 0; i < 10000 && !*calls; ++i) run_for(loop, 0.002);
}

static void stopped_and_continued(unsigned flags)
{
    struct ev_loop* loop = child_loop(flags);
    pid_t pid = child_waits();
    ev_child trace, plain, any, all;
    siginfo_t info;

    child_begin(loop, &plain, "p", pid, 0);
    child_begin(loop, &trace, "t", pid, 1);
    child_begin(loop, &any, "*", 0, 0);
    child_begin(loop, &all, "T", 0, 1);

    kill(pid, SIGSTOP);
    assert_int_equal(waitid(P_PID, (id_t)pid, &info, WSTOPPED | WNOWAIT), 0);
    run_a_little(loop);
    assert_int_equal(strlen(calls), 2);
    assert_true(strchr(calls, 't') && strchr(calls, 'T'));
    assert_true(WIFSTOPPED(trace.rstatus) && WIFSTOPPED(all.rstatus));
    assert_int_equal(WSTOPSIG(trace.rstatus), SIGSTOP);

    calls_clear();
    kill(pid, SIGCONT);
    run_a_little(loop);
    assert_int_equal(strlen(calls), 2);
    assert_true(strchr(calls, 't') && strchr(calls, 'T'));
    assert_true(WIFCONTINUED(trace.rstatus) && WIFCONTINUED(all.rstatus));
    assert_int_equal(plain.rpid, -1);
    assert_int_equal(any.rpid, -1);

    calls_clear();
    kill(pid, SIGKILL);
    child_ended(pid);
    run_a_little(loop);
    assert_int_equal(strlen(calls), 4);
    assert_true(WIFSIGNALED(plain.rstatus) && WIFSIGNALED(any.rstatus));
    assert_true(WIFSIGNALED(trace.rstatus) && WIFSIGNALED(all.rstatus));
    ev_child_stop(loop, &plain);
    ev_child_stop(loop, &trace);
    ev_child_stop(loop, &any);
    ev_child_stop(loop, &all);
    child_loop_end(loop);
}

static void test_child_stop_and_continue_are_told_to_tracers_only(void** state)
{
    /* R2.52: stop and continue are reported only to watchers with the trace
     * flag; termination to all. */
    (void)state;
    for (int i = 0; i < child_modes; ++i) stopped_and_continued(child_flags[i]);
}

static void io_note(struct ev_loop* loop, ev_io* w, int revents)
{
    (void)loop, (void)revents;
    calls_add(w->data);
}

static void test_child_is_served_before_lower_priorities(void** state)
{
    /* R2.51: reaping and delivery happen at EV_MAXPRI: before io of any lower
     * priority in the same iteration. */
    struct ev_loop* loop = child_loop(0);
    pid_t pid = child_exits(0);
    int fds[2];
    ev_child w;
    ev_io io;

    (void)state;
    assert_int_equal(pipe(fds), 0);
    ev_io_init(&io, io_note, fds[1], EV_WRITE);
    io.data = "i";
    ev_set_priority(&io, EV_MAXPRI - 1);
    ev_io_start(loop, &io);
    child_begin(loop, &w, "w", pid, 0);
    child_ended(pid);
    ev_run(loop, EVRUN_NOWAIT);
    assert_calls("wi");
    ev_io_stop(loop, &io);
    ev_child_stop(loop, &w);
    close(fds[0]), close(fds[1]);
    child_loop_end(loop);
}

static ev_child pair[2];

static void stop_pair(struct ev_loop* loop, ev_child* w, int revents)
{
    child_note(loop, w, revents);
    ev_child_stop(loop, &pair[0]);
    ev_child_stop(loop, &pair[1]);
}

static void test_child_stopped_while_pending_is_not_called(void** state)
{
    /* R2.51: a callback may stop its own watcher and another of that pid,
     * which is not called then. */
    struct ev_loop* loop = child_loop(0);
    pid_t pid = child_exits(0);

    (void)state;
    for (int i = 0; i < 2; ++i) {
        child_begin(loop, &pair[i], "p", pid, 0);
        ev_set_cb(&pair[i], stop_pair);
    }
    child_ended(pid);
    ev_run(loop, EVRUN_NOWAIT);
    assert_calls("p");
    assert_int_equal(ev_run(loop, 0), 0);
    child_loop_end(loop);
}

static const Test tests[] = {
    EACH(test_child_pid_and_any_are_both_called),
    ONCE(test_child_killed_tells_the_signal),
    EACH(test_child_delivery_sets_the_highest_priority),
    EACH(test_child_is_served_before_lower_priorities),
    EACH(test_child_stopped_while_pending_is_not_called),
    EACH(test_child_wakes_a_blocked_loop),
    EACH(test_child_holds_a_reference_until_stopped),
    EACH(test_child_stop_and_continue_are_told_to_tracers_only),
};

HARNESS_MAIN("child", tests)
