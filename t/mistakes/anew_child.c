/* A child watcher initialized or set again while it is active. */

#include <signal.h>
#include <unistd.h>

#include "mistakes_help.h"

static void note_reaped(EV_P_ ev_child* w, int revents)
{
    (void)EV_A, (void)revents;
    calls_note(w->data, w->rpid > 0);
}

static void child_anew(struct ev_loop* loop, ev_child* w, const char* letter,
                       int pid)
{
    ev_child_init(w, note_reaped, pid, 0);
    w->data = (void*)(uintptr_t)letter;
    ev_child_start(loop, w);
}

static void children(void)
{
    ev_child w[3];
    struct ev_loop* loop = loop_default(0);
    calls_clear();
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (!pid) _exit(0);
    child_anew(loop, &w[0], "a", pid), child_anew(loop, &w[1], "b", pid);
    child_anew(loop, &w[2], "c", pid);
    assert_reports(0);
    child_anew(loop, &w[1], "x", pid + 1);
    child_anew(loop, &w[2], "C", pid);
    while (!*calls) ev_run(loop, EVRUN_ONCE);
    told_next(REINIT, EV_CHILD, &w[2], pid);
    if (told_listens) told_next(REINIT, EV_CHILD, &w[1], pid + 1);
    assert_reports(0);
    turn_leaves(loop, 3);
    assert_calls("aC");
    for (int i = 0; i < 3; ++i) ev_child_stop(loop, &w[i]);
    memset(w, 0xee, sizeof w);
    turn_leaves(loop, 0);
    ev_loop_destroy(loop);
    signal(SIGCHLD, SIG_DFL);
}

static void test_anew_child_moves_to_another_pid(void** state)
{
    /* R4.12: a child watcher waits for the process that it was set to last, and
     * the others of either go on. The old entries are dropped when they are
     * met: when that process ends. */
    (void)state;
    made_twice(children);
}

static void test_anew_child_stopped_is_called(void** state)
{
    /* R4.12: initialized while active and not started again it is called, and
     * a stop of it does nothing, as in 4.33. */
    ev_child w;
    struct ev_loop* loop = loop_default(0);
    (void)state;
    calls_clear();
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (!pid) _exit(0);
    child_anew(loop, &w, "w", pid);
    ev_child_init(&w, note_reaped, pid, 0);
    w.data = (void*)"W";
    ev_child_stop(loop, &w);
    while (!*calls) ev_run(loop, EVRUN_ONCE);
    assert_calls("W");
    assert_int_equal(turn(loop), 1);
    ev_loop_destroy(loop);
    signal(SIGCHLD, SIG_DFL);
}

static const Test tests[] = {
    OURS(test_anew_child_moves_to_another_pid),
    ONCE(test_anew_child_stopped_is_called),
};

HARNESS_MAIN("mistakes_anew_child", tests)
