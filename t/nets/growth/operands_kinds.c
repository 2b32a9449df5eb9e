/* Watchers of signals, children, paths, and those that the loop itself calls.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "growth.h"

/* Signals: of one, or of a few, the first of which has the lowest number. */

enum { few = 8 };

static int signal_of(int i) { return i % few ? SIGRTMIN + i % few : SIGUSR1; }

static void one_signal_init(World* world, Any* any, int i)
{
    (void)world, (void)i;
    ev_signal_init(&any->signal, signal_note, SIGUSR1);
}

static void one_signal_ready(World* world, int i)
{
    (void)world;
    if (!i) raise(SIGUSR1);
}

static void few_signals_init(World* world, Any* any, int i)
{
    (void)world;
    ev_signal_init(&any->signal, signal_note, signal_of(i));
}

static void few_signals_ready(World* world, int i)
{
    (void)world;
    if (i < few) raise(signal_of(i));
}

/* Children; virtual.c has them end. */

enum { pid_first = 1000 };

static void one_pid_init(World* world, Any* any, int i)
{
    (void)world, (void)i;
    ev_child_init(&any->child, child_note, pid_first, 0);
}

static void pids_init(World* world, Any* any, int i)
{
    (void)world;
    ev_child_init(&any->child, child_note, pid_first + i, 0);
}

static void any_pid_init(World* world, Any* any, int i)
{
    (void)world, (void)i;
    ev_child_init(&any->child, child_note, 0, 0);
}

static void one_pid_ready(World* world, int i)
{
    (void)world;
    if (!i) child_end(pid_first);
}

static void pids_ready(World* world, int i)
{
    (void)world;
    child_end(pid_first + i);
}

/* Paths in the current directory. */

static const char* path_of(const char* kind, int i)
{
    char name[40];
    snprintf(name, sizeof name, "./%s%d", kind, i);
    return strdup(name);
}

/* No process before has made it. */
static const char* path_new(int i)
{
    char kind[20];
    snprintf(kind, sizeof kind, "%d-", (int)getpid());
    return path_of(kind, i);
}

static void file_make(const char* path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (fd < 0) abort();
    close(fd);
}

static void one_path_init(World* world, Any* any, int i)
{
    const char* path = i ? at(world, 0)->stat.path : path_of("file", 0);
    if (!i) file_make(path);
    ev_stat_init(&any->stat, stat_note, path, 0.);
}

static void paths_init(World* world, Any* any, int i)
{
    const char* path = path_of("file", i);
    (void)world;
    file_make(path);
    ev_stat_init(&any->stat, stat_note, path, 0.);
}

static void missing_init(World* world, Any* any, int i)
{
    (void)world;
    ev_stat_init(&any->stat, stat_note, path_new(i), 0.);
}

static void one_path_ready(World* world, int i)
{
    if (!i && truncate(at(world, 0)->stat.path, 100)) abort();
}

static void paths_ready(World* world, int i)
{
    static int size;
    if (truncate(at(world, i)->stat.path, ++size)) abort();
}

static void missing_ready(World* world, int i)
{
    file_make(at(world, i)->stat.path);
}

/* It is for a timer to look. */
static void polled_ready(World* world, int i)
{
    paths_ready(world, i);
    if (i == world->n - 1) time_forward(10);
}

/* Hooks. */

#define PLAIN(type)                                            \
    static void type##_any_init(World* world, Any* any, int i) \
    {                                                          \
        (void)world, (void)i;                                  \
        ev_##type##_init(&any->type, type##_note);             \
    }

PLAIN(idle)
PLAIN(prepare)
PLAIN(check)
PLAIN(fork)
PLAIN(cleanup)
PLAIN(async)

static void each_turn_ready(World* world, int i) { (void)world, (void)i; }

static void fork_ready(World* world, int i)
{
    if (!i) ev_loop_fork(world->loop);
}

static void async_ready(World* world, int i)
{
    ev_async_send(world->loop, &at(world, i)->async);
}

#define ROW(name, sort, type, init, ready, flags, traits)                  \
    {                                                                      \
        name, sort, NULL, init, type##_on, type##_off, ready, NULL, flags, \
            traits                                                         \
    }

const Operand operands_kinds[] = {
    ROW("signal_one", of_signal, signal, one_signal_init, one_signal_ready, 0,
        together | strided),
    ROW("signal_few", of_signal, signal, few_signals_init, few_signals_ready, 0,
        together),
    ROW("signal_few_signalfd", of_signal, signal, few_signals_init,
        few_signals_ready, EVFLAG_SIGNALFD, together),
    ROW("child_one_pid", of_child, child, one_pid_init, one_pid_ready, 0,
        by_default | together),
    ROW("child_pids", of_child, child, pids_init, pids_ready, 0,
        by_default | strided),
    ROW("child_any_pid", of_child, child, any_pid_init, one_pid_ready, 0,
        by_default | together),
    ROW("stat_one_path", of_stat, stat, one_path_init, one_path_ready, 0,
        together),
    ROW("stat_paths", of_stat, stat, paths_init, paths_ready, 0, strided),
    ROW("stat_missing", of_stat, stat, missing_init, missing_ready, 0,
        together),
    ROW("stat_polled", of_stat, stat, paths_init, polled_ready,
        EVFLAG_NOINOTIFY, together),
    ROW("idle", of_idle, idle, idle_any_init, each_turn_ready, 0,
        together | strided),
    ROW("prepare", of_hook, prepare, prepare_any_init, each_turn_ready, 0,
        together | strided),
    ROW("check", of_hook, check, check_any_init, each_turn_ready, 0,
        together | strided),
    ROW("fork", of_hook, fork, fork_any_init, fork_ready, 0,
        together | strided),
    ROW("cleanup", of_hook, cleanup, cleanup_any_init, NULL, 0, strided),
    ROW("async", of_async, async, async_any_init, async_ready, 0, strided),
    {0},
};
