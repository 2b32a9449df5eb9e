/* What the child tests share: children with a known fate, and a log of what
 * the watchers were told. */
#ifndef CHILD_HELP_H_
#define CHILD_HELP_H_

#include <sys/wait.h>
#include <unistd.h>

#include "signal_help.h"

enum { child_modes = 2 };

static const unsigned child_flags[child_modes] = {0, EVFLAG_SIGNALFD};

/* A default loop of this test's own, whatever a failed one left behind. */
static inline struct ev_loop* child_loop(unsigned flags)
{
    if (EV_DEFAULT_UC) ev_loop_destroy(EV_DEFAULT_UC);
    signals_reset();
    return loop_default(flags);
}

static inline void child_loop_end(struct ev_loop* loop)
{
    ev_loop_destroy(loop);
    signals_reset();
    /* No child may be left to disturb the next test. */
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

/* A child that ends at once, with this exit status. */
static inline pid_t child_exits(int status)
{
    pid_t pid = fork();
    if (!pid) _exit(status);
    assert_true(pid > 0);
    return pid;
}

/* A child that sleeps until it is killed, at most a minute. */
static inline pid_t child_waits(void)
{
    pid_t pid = fork();
    if (!pid) {
        alarm(60);
        for (;;) pause();
    }
    assert_true(pid > 0);
    return pid;
}

/* Returns when the child has ended, without reaping it. */
static inline void child_ended(pid_t pid)
{
    siginfo_t info;
    assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
}

/* What waitpid says of a child that somebody reaped. */
static inline int child_is_reaped(pid_t pid)
{
    return waitpid(pid, NULL, WNOHANG) == -1;
}

static inline void child_note(struct ev_loop* loop, ev_child* w, int revents)
{
    (void)loop;
    assert_int_equal(revents, EV_CHILD);
    calls_add(w->data);
}

static inline void child_begin(struct ev_loop* loop, ev_child* w,
                               const char* name, int pid, int trace)
{
    ev_child_init(w, child_note, pid, trace);
    w->data = (void*)name;
    w->rpid = w->rstatus = -1;
    ev_child_start(loop, w);
}

#endif
