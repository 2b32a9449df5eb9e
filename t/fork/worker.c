/* Fork: a worker that is forked in the callback of a child watcher, and goes on
 * with the loop: its parent and later workers receive their own events.
 */
#define _GNU_SOURCE 1
#include "worker.h"

static struct Chief {
    ev_child child;
    unsigned flags;
    int reaped, file_first;
    pid_t pid;
} chief;

static void child_forks(struct ev_loop* loop, ev_child* w, int revents)
{
    (void)revents;
    ++chief.reaped;
    ev_child_stop(loop, w);
    worker_fork();
    if (team.worker > 0) worker_released(); /* it is the first to go on */
}

/* A child that has ended when this returns, and is not reaped. */
static void child_ends(void)
{
    siginfo_t info;
    kill(chief.pid, SIGKILL);
    child_check(!waitid(P_PID, (id_t)chief.pid, &info, WEXITED | WNOWAIT));
}

static void file_and_child(void)
{
    spy_hook = NULL;
    if (chief.file_first) byte_put(team.fd);
    child_ends();
    if (!chief.file_first) byte_put(team.fd);
}

static void child_begin(void)
{
    fflush(NULL);
    chief.pid = fork();
    if (!chief.pid) {
        alarm(child_patience);
        for (;;) pause();
    }
    ev_child_init(&chief.child, child_forks, chief.pid, 0);
    ev_child_start(team.loop, &chief.child);
}

/* The file changes and a child ends at once; the worker is the next child. */
static void one_worker(void)
{
    team.worker = -1;
    team.changes = chief.reaped = 0;
    child_begin();
    team_waits(file_and_child);
    if (!team.worker) {
        turn(team.loop);
        child_check(team.forked == 1);
        _exit(0);
    }
    for (int i = 0; i < 5; ++i) turn(team.loop);
    child_check(chief.reaped == 1);
    child_check(team.changes == 1);
}

static void chief_works(void* arg)
{
    unsigned flags = *(unsigned*)arg;

    team_new(ev_default_loop(backend | flags), flags);
    one_worker();
    one_worker();
    team_free();
}

static void assert_chief_works(int file_first)
{
    static const unsigned flags[] = {0, EVFLAG_FORKCHECK};

    chief.file_first = file_first;
    for (int i = 0; i < 2; ++i)
        assert_child_passes(child_fork(chief_works, (void*)&flags[i]));
}

static void test_fork_worker_after_change_takes_no_event(void** state)
{
    /* R4.4, A10: a file changes and a child ends, both before the wait is over.
     * The callback of the child watcher forks a worker, which calls
     * ev_loop_fork and goes on with the loop, before its parent does. The
     * change is reported to the parent; so it is with a second worker. */
    (void)state;
    assert_chief_works(1);
}

static void test_fork_worker_before_change_takes_no_event(void** state)
{
    /* R4.4, A10: the same if the child ends first. */
    (void)state;
    assert_chief_works(0);
}

static const Test tests[] = {
    EACH(test_fork_worker_after_change_takes_no_event),
    EACH(test_fork_worker_before_change_takes_no_event),
};

HARNESS_MAIN("fork_worker", tests)
