/* Scenes of fork: the kernel state of all kinds is renewed. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "scene.h"

#define COUNTS(type)                                                     \
    static void type##_called(struct ev_loop* loop, ev_##type* w, int e) \
    {                                                                    \
        (void)loop, (void)w;                                             \
        if (e & EV_ERROR) ++result->errors;                              \
        ++counts.hooks;                                                  \
    }

COUNTS(prepare)
COUNTS(check)
COUNTS(idle)
COUNTS(fork)

typedef struct All {
    ev_signal signal;
    ev_async async;
    ev_stat stat;
    ev_prepare prepare;
    ev_check check;
    ev_idle idle;
    ev_fork fork;
    Io in;
    int s[2];
    char path[32];
} All;

static void all_start(struct ev_loop* loop, All* all)
{
    ev_signal_init(&all->signal, signal_called, SIGUSR1);
    ev_signal_start(loop, &all->signal);
    ev_async_init(&all->async, async_called);
    ev_async_start(loop, &all->async);
    path_on(loop, &all->stat, all->path);
    ev_prepare_init(&all->prepare, prepare_called);
    ev_prepare_start(loop, &all->prepare);
    ev_check_init(&all->check, check_called);
    ev_check_start(loop, &all->check);
    ev_idle_init(&all->idle, idle_called);
    ev_fork_init(&all->fork, fork_called);
    ev_fork_start(loop, &all->fork);
    io_on(loop, &all->in, all->s[0], EV_READ);
}

/* All of them, once. */
static void all_wait(struct ev_loop* loop, All* all)
{
    int a = counts.asyncs, s = counts.signals, h = counts.hooks;
    int c = all->in.calls;
    ev_async_send(loop, &all->async);
    scene_wait(loop, "an async", &counts.asyncs, a + 1);
    scene_raise(SIGUSR1);
    scene_wait(loop, "a signal", &counts.signals, s + 1);
    put(all->s[1]);
    scene_wait(loop, "io", &all->in.calls, c + 1);
    path_append(all->path, "more");
    scene_wait(loop, "a change of a path", &counts.stats, 1);
    ev_idle_start(loop, &all->idle);
    scene_wait(loop, "prepare, check and idle", &counts.hooks, h + 3);
    ev_idle_stop(loop, &all->idle);
}

static void all_stop(struct ev_loop* loop, All* all)
{
    ev_signal_stop(loop, &all->signal);
    ev_async_stop(loop, &all->async);
    ev_stat_stop(loop, &all->stat);
    ev_prepare_stop(loop, &all->prepare);
    ev_check_stop(loop, &all->check);
    ev_fork_stop(loop, &all->fork);
    ev_io_stop(loop, &all->in.w);
}

static void fork_play(unsigned flags)
{
    All all = {.path = "faults-XXXXXX"};
    close(mkstemp(all.path));
    pair(all.s);
    struct ev_loop* loop = scene_loop(flags);

    all_start(loop, &all);
    scene_turns(loop, 1);
    for (int i = 0; i < 2; ++i) {
        ev_loop_fork(loop);
        all_wait(loop, &all);
    }
    all_stop(loop, &all);
    scene_end(loop);
    shut(all.s);
    unlink(all.path);
}

void play_fork(void) { fork_play(0); }

void play_fork_signalfd(void) { fork_play(EVFLAG_SIGNALFD); }

/* A true child: it goes on with the loop, while its parent does so too. */
void play_process(void)
{
    int s[2];
    Io in;
    ev_async w;
    pair(s);
    struct ev_loop* loop = scene_loop(EVFLAG_FORKCHECK);

    ev_async_init(&w, async_called);
    ev_async_start(loop, &w);
    io_on(loop, &in, s[0], EV_READ);
    scene_turns(loop, 1);
    pid_t pid = fork();
    if (!pid) {
        ev_async_send(loop, &w);
        scene_wait(loop, "an async in the child", &counts.asyncs, 1);
        put(s[1]);
        scene_wait(loop, "io in the child", &in.calls, 1);
    } else {
        waitpid(pid, NULL, 0);
        counts.asyncs = in.calls = 0;
        ev_async_send(loop, &w);
        scene_wait(loop, "an async in the parent", &counts.asyncs, 1);
        put(s[1]);
        scene_wait(loop, "io in the parent", &in.calls, 1);
    }
    ev_async_stop(loop, &w);
    ev_io_stop(loop, &in.w);
    scene_end(loop);
    if (!pid) _exit(0);
    shut(s);
}
