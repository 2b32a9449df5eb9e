/* A loop with one watcher for each thing that the kernel shares with a child,
 * which forks a worker in a callback. Define _GNU_SOURCE before any include.
 *
 * The worker is a process that goes on in the callback where it was forked, at
 * first behind a gate. worker_ends lets it finish the pass and run a further
 * iteration, and checks that it changed nothing of the parent's kernel objects.
 *
 * All this happens in a child of the test: use child_check, not assert_....
 */
#ifndef WORKER_H_
#define WORKER_H_

#ifdef __linux__
#include <sys/timerfd.h>
#endif

#include "apart.h"
#include "spy.h"

typedef struct Team {
    struct ev_loop* loop;
    unsigned flags;
    int fork_is_late; /* true: ev_loop_fork is called after the fork events */
    ev_async async;
    ev_stat stat;
    ev_signal signal;
    ev_periodic periodic;
    ev_fork forks;
    Io io;
    int asyncs, changes, signals, forked, fd, p[2];
    char path[64];
    Gate gate;
    pid_t worker; /* 0: this is the worker; -1: there is none yet */
    char before[8192], after[8192];
} Team;

static Team team;
static int clock_sets; /* true: the clock is set as soon as it is watched */

#ifdef __linux__

/* The kernel reports a clock that is set by making the timerfd readable, as it
 * does when the timerfd expires. */
int timerfd_settime(int fd, int flags, const struct itimerspec* next,
                    struct itimerspec* old)
{
    static int (*real)(int, int, const struct itimerspec*, struct itimerspec*);
    static const struct itimerspec now = {{0, 0}, {0, 1}};

    if (!real) *(void**)&real = dlsym(RTLD_NEXT, "timerfd_settime");
    return real(fd, clock_sets ? 0 : flags, clock_sets ? &now : next, old);
}

#endif

static inline void team_count(struct ev_loop* loop, ev_watcher* w, int revents)
{
    (void)loop, (void)revents;
    ++*(int*)w->data;
}

#define TEAM_START(type, calls)                   \
    do {                                          \
        team.type.data = &team.calls;             \
        ev_set_cb(&team.type, (void*)team_count); \
        ev_##type##_start(team.loop, &team.type); \
    } while (0)

static inline void team_file_make(void)
{
    int in_memory = access("/dev/shm", W_OK) == 0;
    snprintf(team.path, sizeof team.path, "%s/worker-XXXXXX",
             in_memory ? "/dev/shm" : "/tmp");
    team.fd = mkstemp(team.path);
    child_check(team.fd >= 0);
}

static inline void team_new(struct ev_loop* loop, unsigned flags)
{
    child_check(loop != NULL);
    memset(&team, 0, sizeof team);
    team.loop = loop;
    team.flags = flags;
    team.worker = -1;
    team.gate = gate_new();
    team_file_make();
    pipe_open(team.p);
    ev_async_init(&team.async, 0);
    TEAM_START(async, asyncs);
    ev_stat_init(&team.stat, 0, team.path, 0.);
    TEAM_START(stat, changes);
    ev_signal_init(&team.signal, 0, SIGUSR1);
    TEAM_START(signal, signals);
    ev_fork_init(&team.forks, 0);
    team.forks.data = &team.forked;
    ev_set_cb(&team.forks, (void*)team_count);
    ev_fork_start(loop, &team.forks);
    io_on(loop, &team.io, team.p[0], EV_READ);
    turn(loop), turn(loop);
}

/* With a watcher for which the loop watches the clock. */
static inline void team_clock_watch(int sets)
{
    clock_sets = sets;
    ev_periodic_init(&team.periodic, 0, 0., 1000., NULL);
    TEAM_START(periodic, asyncs);
    turn(team.loop);
}

static inline void team_free(void)
{
    signal(SIGUSR1, SIG_IGN); /* drops one that is blocked and not read */
    ev_signal_stop(team.loop, &team.signal);
    signal(SIGUSR1, SIG_DFL);
    ev_loop_destroy(team.loop);
    gate_free(&team.gate);
    both_close(team.p);
    close(team.fd);
    unlink(team.path);
    clock_sets = 0;
}

/* To be called in a callback. The worker waits here at the gate. */
static inline void worker_fork(void)
{
    if (team.worker >= 0) return;
    fflush(NULL);
    team.worker = fork();
    if (team.worker) return;
    child_may_crash();
    alarm(child_patience);
    clock_sets = 0;
    child_check(gate_pass(&team.gate));
    if (!(team.flags & EVFLAG_FORKCHECK)) ev_loop_fork(team.loop);
}

/* The worker's loop is its own, and serves it. */
static inline void worker_works(void)
{
    turn(team.loop), turn(team.loop);
    child_check(team.forked == 1 || (team.fork_is_late && !team.forked));
    team.asyncs = team.signals = team.io.calls = 0;
    ev_async_send(team.loop, &team.async);
    for (int i = 0; i < 3; ++i) turn(team.loop);
    child_check(team.asyncs == 1);
    kill(getpid(), team.signal.signum);
    for (int i = 0; i < 3; ++i) turn(team.loop);
    child_check(team.signals == 1);
    ev_verify(team.loop);
}

/* To be called after ev_run. A worker does not return. */
static inline void worker_goes(void)
{
    if (team.worker) return;
    worker_works();
    _exit(0);
}

static inline void team_state_read(char* text, size_t size)
{
    kernel_state_read(text, size);
    for (char* at = text; (at = strstr(at, "it_value:")); ++at) {
        char* end = strchr(at, '\n'); /* it runs down, so it is left out */
        memmove(at, end, strlen(end) + 1);
    }
}

/* The worker goes on, and ends. */
static inline void worker_released(void)
{
    child_check(team.worker > 0);
    gate_open(&team.gate);
    child_check(child_status(team.worker) == 0);
}

/* It also changes nothing of its parent's. */
static inline void worker_ends(void)
{
    team_state_read(team.before, sizeof team.before);
    worker_released();
    team_state_read(team.after, sizeof team.after);
    child_check(!strcmp(team.after, team.before));
    child_check(team.forked == 0);
}

/* Three iterations without waiting. */
static inline void team_turns(void)
{
    for (int i = 0; i < 3; ++i) turn(team.loop);
}

/* All that can happen, once. To be called while the loop waits: the wake-up is
 * written then. */
static inline void team_everything(void)
{
    spy_hook = NULL;
    team.asyncs = team.changes = team.signals = 0;
    ev_async_send(team.loop, &team.async);
    byte_put(team.fd);
    kill(getpid(), SIGUSR1);
}

/* Likewise; then the worker goes on, while the parent still waits. */
static inline void everything_again(void)
{
    team_everything();
    worker_ends();
}

/* One iteration that blocks, with `hook` called where it begins to wait. */
static inline void team_waits(void (*hook)(void))
{
    ev_timer end;

    ev_timer_init(&end, run_end, 0.02, 0.);
    ev_now_update(team.loop);
    ev_timer_start(team.loop, &end);
    spy_hook = hook;
    ev_run(team.loop, EVRUN_ONCE);
    ev_timer_stop(team.loop, &end);
}

#define check_everything_told()         \
    do {                                \
        child_check(team.asyncs == 1);  \
        child_check(team.changes == 1); \
        child_check(team.signals == 1); \
    } while (0)

#endif
