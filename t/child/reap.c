/* Reaping: by the default loop, of every child, in the loop only. */

#include "child_help.h"

static void test_child_loop_watches_sigchld_without_reference(void** state)
{
    /* R2.53: the default loop has a SIGCHLD watcher from creation on, which
     * holds no reference; destruction puts SIGCHLD back to default. */
    struct ev_loop* loop = child_loop(0);

    (void)state;
    assert_true(disposition(SIGCHLD).sa_handler != SIG_DFL);
    assert_int_equal(ev_run(loop, EVRUN_NOWAIT), 0);
    assert_int_equal(ev_run(loop, 0), 0);
    ev_loop_destroy(loop);
    assert_true(disposition(SIGCHLD).sa_handler == SIG_DFL);
    signals_reset();
}

static void unwatched(unsigned flags)
{
    struct ev_loop* loop = child_loop(flags);
    pid_t pids[3];

    for (int i = 0; i < 3; ++i) pids[i] = child_exits(i);
    for (int i = 0; i < 3; ++i) child_ended(pids[i]);
    for (int i = 0; i < 3; ++i) ev_run(loop, EVRUN_NOWAIT);
    for (int i = 0; i < 3; ++i) assert_true(child_is_reaped(pids[i]));

    pid_t later = fork();
    if (!later) usleep(3000), _exit(0);
    int reaped = 0;
    for (int i = 0; i < 10000 && !reaped; ++i) {
        run_for(loop, 0.002);
        siginfo_t info = {0};
        reaped = waitid(P_PID, (id_t)later, &info, WEXITED | WNOWAIT | WNOHANG);
    }
    assert_int_equal(reaped, -1);
    child_loop_end(loop);
}

static void test_child_nobody_watches_is_reaped(void** state)
{
    /* R2.53: children that nobody watches are reaped as well while the loop
     * runs. */
    (void)state;
    for (int i = 0; i < child_modes; ++i) unwatched(child_flags[i]);
}

static void test_child_of_other_loops_is_not_reaped(void** state)
{
    /* R2.53: it is the default loop that reaps: another loop does not. */
    struct ev_loop* loop = loop_new(0);
    pid_t pid = child_exits(3);
    int status;

    (void)state;
    child_ended(pid);
    ev_run(loop, EVRUN_NOWAIT);
    run_for(loop, 0.002);
    assert_int_equal(waitpid(pid, &status, WNOHANG), pid);
    assert_int_equal(WEXITSTATUS(status), 3);
    ev_loop_destroy(loop);
}

static void test_child_watched_after_its_exit_is_called(void** state)
{
    /* R2.54: a watcher started after the child's exit but before the loop ran
     * again is still called: reaping happens in the loop only. */
    (void)state;
    for (int i = 0; i < child_modes; ++i) {
        struct ev_loop* loop = child_loop(child_flags[i]);
        pid_t pid = child_exits(5);
        ev_child w;

        child_ended(pid);
        child_begin(loop, &w, "w", pid, 0);
        assert_calls("");
        assert_true(run_once(loop));
        assert_calls("w");
        assert_int_equal(WEXITSTATUS(w.rstatus), 5);
        ev_child_stop(loop, &w);
        child_loop_end(loop);
    }
}

static void test_child_watched_after_it_was_reaped_is_not_called(void** state)
{
    /* R2.54: once the loop ran, the exit is gone. */
    struct ev_loop* loop = child_loop(0);
    pid_t pid = child_exits(5);
    ev_child w;

    (void)state;
    child_ended(pid);
    ev_run(loop, EVRUN_NOWAIT);
    child_begin(loop, &w, "w", pid, 0);
    run_for(loop, 0.002);
    assert_calls("");
    ev_child_stop(loop, &w);
    child_loop_end(loop);
}

enum { brood = 20 };

static int told[brood][2], told_count;

static void child_record(struct ev_loop* loop, ev_child* w, int revents)
{
    (void)loop;
    assert_int_equal(revents, EV_CHILD);
    assert_true(told_count < brood);
    told[told_count][0] = w->rpid;
    told[told_count][1] = WEXITSTATUS(w->rstatus);
    ++told_count;
}

static void many_exits(unsigned flags)
{
    struct ev_loop* loop = child_loop(flags);
    pid_t pids[brood];
    ev_child any, last;

    told_count = 0;
    ev_child_init(&any, child_record, 0, 0);
    ev_child_start(loop, &any);
    for (int i = 0; i < brood; ++i) pids[i] = child_exits(i);
    for (int i = 0; i < brood; ++i) child_ended(pids[i]);
    child_begin(loop, &last, "l", pids[brood - 1], 0);
    for (int i = 0; i < brood && told_count < brood; ++i)
        assert_true(run_once(loop));
    assert_int_equal(told_count, brood);
    assert_calls("l");
    for (int i = 0; i < brood; ++i) {
        int found = 0;
        for (int k = 0; k < brood; ++k)
            found += told[k][0] == pids[i] && told[k][1] == i;
        assert_int_equal(found, 1);
    }
    ev_child_stop(loop, &any);
    ev_child_stop(loop, &last);
    child_loop_end(loop);
}

static void test_child_many_exits_are_told_one_by_one(void** state)
{
    /* R2.55: many exits on one SIGCHLD: a pid 0 watcher gets one call for
     * each child, with that child's rpid and rstatus. */
    (void)state;
    for (int i = 0; i < child_modes; ++i) many_exits(child_flags[i]);
}

static void beside_sigchld(unsigned flags)
{
    struct ev_loop* loop = child_loop(flags);
    ev_signal sigchld;
    ev_child w;

    signal_begin(loop, &sigchld, "s", SIGCHLD);
    for (int stopped = 0; stopped < 2; ++stopped) {
        pid_t pid = child_exits(0);
        child_begin(loop, &w, "w", pid, 0);
        child_ended(pid);
        ev_run(loop, EVRUN_NOWAIT);
        assert_int_equal(strlen(calls), stopped ? 1 : 2);
        assert_non_null(strchr(calls, 'w'));
        calls_clear();
        ev_child_stop(loop, &w);
        ev_signal_stop(loop, &sigchld);
    }
    child_loop_end(loop);
}

static void test_child_coexists_with_a_sigchld_watcher(void** state)
{
    /* R2.55: the program's own signal watcher for SIGCHLD coexists, and takes
     * nothing away when it is stopped. */
    (void)state;
    for (int i = 0; i < child_modes; ++i) beside_sigchld(child_flags[i]);
}

static void test_child_stopped_watcher_is_not_called(void** state)
{
    /* R2.55: a stopped watcher is not called, children are still reaped. */
    struct ev_loop* loop = child_loop(0);
    pid_t pid = child_exits(0);
    ev_child w, any;

    (void)state;
    child_begin(loop, &w, "w", pid, 0);
    child_begin(loop, &any, "*", 0, 0);
    child_ended(pid);
    ev_child_stop(loop, &w);
    ev_child_stop(loop, &any);
    ev_run(loop, EVRUN_NOWAIT);
    assert_calls("");
    assert_int_equal(w.rpid, -1);
    assert_true(child_is_reaped(pid));
    child_loop_end(loop);
}

static void child_stops_itself(struct ev_loop* loop, ev_child* w, int revents)
{
    child_note(loop, w, revents);
    ev_child_stop(loop, w);
}

static void test_child_one_call_stopped_by_the_callback(void** state)
{
    /* R2.55: one child is reaped, its watchers called, then the next: a pid 0
     * watcher that stops itself misses the others, which are reaped. */
    struct ev_loop* loop = child_loop(0);
    pid_t pids[4];
    ev_child any;

    (void)state;
    child_begin(loop, &any, "*", 0, 0);
    ev_set_cb(&any, child_stops_itself);
    for (int i = 0; i < 4; ++i) pids[i] = child_exits(i);
    for (int i = 0; i < 4; ++i) child_ended(pids[i]);
    for (int i = 0; i < 4; ++i) ev_run(loop, EVRUN_NOWAIT);
    assert_calls("*");
    for (int i = 0; i < 4; ++i) assert_true(child_is_reaped(pids[i]));
    child_loop_end(loop);
}

static const Test tests[] = {
    EACH(test_child_loop_watches_sigchld_without_reference),
    EACH(test_child_nobody_watches_is_reaped),
    ONCE(test_child_of_other_loops_is_not_reaped),
    EACH(test_child_watched_after_its_exit_is_called),
    ONCE(test_child_watched_after_it_was_reaped_is_not_called),
    EACH(test_child_many_exits_are_told_one_by_one),
    EACH(test_child_coexists_with_a_sigchld_watcher),
    EACH(test_child_stopped_watcher_is_not_called),
    EACH(test_child_one_call_stopped_by_the_callback),
};

HARNESS_MAIN("child_reap", tests)
