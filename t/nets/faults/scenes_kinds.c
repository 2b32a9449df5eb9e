/* Scenes of signals, children, other threads' calls, paths, and of fork. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <sys/wait.h>

#include "scene.h"

Counts counts;

#define COUNTS(type, number)                                      \
    void type##_called(struct ev_loop* loop, ev_##type* w, int e) \
    {                                                             \
        (void)loop, (void)w;                                      \
        if (e & EV_ERROR) ++result->errors;                       \
        ++counts.number;                                          \
    }

COUNTS(signal, signals)
COUNTS(async, asyncs)
COUNTS(child, children)

static void signal_play(unsigned flags)
{
    ev_signal a, b;
    struct ev_loop* loop = scene_loop(flags);

    ev_signal_init(&a, signal_called, SIGUSR1);
    ev_signal_init(&b, signal_called, SIGUSR2);
    ev_signal_start(loop, &a);
    ev_signal_start(loop, &b);
    scene_raise(SIGUSR1);
    scene_wait(loop, "a signal", &counts.signals, 1);
    scene_raise(SIGUSR1);
    scene_raise(SIGUSR2);
    scene_wait(loop, "two signals", &counts.signals, 3);
    ev_feed_signal(SIGUSR2);
    scene_wait(loop, "a signal fed", &counts.signals, 4);
    ev_signal_stop(loop, &a);
    scene_raise(SIGUSR2);
    scene_wait(loop, "the signal left", &counts.signals, 5);
    ev_signal_stop(loop, &b);
    scene_end(loop);
}

void play_signal(void) { signal_play(0); }

void play_signalfd(void) { signal_play(EVFLAG_SIGNALFD); }

static pid_t child_exits(int status)
{
    pid_t pid = fork();
    if (!pid) _exit(status);
    if (pid < 0) abort();
    return pid;
}

void play_child(void)
{
    ev_child one, any;
    struct ev_loop* loop = scene_default_loop(0);

    ev_child_init(&any, child_called, 0, 0);
    ev_child_start(loop, &any);
    ev_child_init(&one, child_called, child_exits(7), 0);
    ev_child_start(loop, &one);
    scene_wait(loop, "a child", &counts.children, 2);
    ev_child_stop(loop, &one);
    child_exits(8), child_exits(9);
    scene_wait(loop, "two children", &counts.children, 4);
    ev_child_stop(loop, &any);
    scene_end(loop);
    while (waitpid(-1, NULL, 0) > 0) continue; /* after a fault of waitpid */
}

/* It is refused if it has no pidfd; that is reported, and the program waits. */
static int child_start(struct ev_loop* loop, ev_child* w)
{
    int syserrs = result->syserrs;
    ev_child_start(loop, w);
    if (ev_is_active(w)) return 1;
    if (result->syserrs == syserrs + 1) result->syserrs = syserrs;
    waitpid(w->pid, NULL, 0);
    return 0;
}

/* In a loop that is not the default one. */
void play_child_elsewhere(void)
{
    ev_child w[2];
    struct ev_loop* loop = scene_loop(0);

    for (int round = 1; round <= 2; ++round) {
        int had = counts.children, active = 0;
        for (int i = 0; i < 2; ++i) {
            ev_child_init(&w[i], child_called, child_exits(i), 0);
            active += child_start(loop, &w[i]);
        }
        scene_wait(loop, "children", &counts.children, had + active);
        for (int i = 0; i < 2; ++i) ev_child_stop(loop, &w[i]);
    }
    scene_end(loop);
    while (waitpid(-1, NULL, 0) > 0) continue;
}

static ev_async* sent;
static struct ev_loop* sent_loop;

static void send_from_handler(int number)
{
    (void)number;
    ev_async_send(sent_loop, sent);
}

void play_async(void)
{
    ev_async w;
    struct itimerval soon = {{0, 0}, {0, 2000}};
    struct ev_loop* loop = scene_loop(0);

    ev_async_init(&w, async_called);
    ev_async_start(loop, &w);
    sent = &w, sent_loop = loop;
    ev_async_send(loop, &w);
    scene_wait(loop, "sent before", &counts.asyncs, 1);
    for (int i = 2; i < 4; ++i) {
        signal(SIGALRM, send_from_handler);
        setitimer(ITIMER_REAL, &soon, NULL);
        scene_wait(loop, "sent meanwhile", &counts.asyncs, i);
    }
    ev_async_stop(loop, &w);
    scene_end(loop);
}

static off_t path_size; /* what is waited for */

static void path_called(struct ev_loop* loop, ev_stat* w, int revents)
{
    (void)loop;
    if (revents & EV_ERROR) ++result->errors;
    counts.stats = w->attr.st_nlink && w->attr.st_size == path_size;
}

void path_on(struct ev_loop* loop, ev_stat* w, const char* path)
{
    static const ev_tstamp interval = .11; /* about the least there is */
    ev_stat_init(w, path_called, path, interval);
    ev_stat_start(loop, w);
}

void path_append(const char* path, const char* text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    struct stat st;
    if (fd < 0 || write(fd, text, strlen(text)) < 0 || fstat(fd, &st)) abort();
    close(fd);
    path_size = st.st_size;
    counts.stats = 0;
}

void play_stat(void)
{
    char name[] = "faults-XXXXXX", path[64];
    ev_stat w;
    if (!mkdtemp(name)) abort();
    snprintf(path, sizeof path, "%s/file", name);
    struct ev_loop* loop = scene_loop(0);

    path_on(loop, &w, path);
    scene_turns(loop, 1);
    path_append(path, "created");
    scene_wait(loop, "creation", &counts.stats, 1);
    path_append(path, ", grown");
    scene_wait(loop, "growth", &counts.stats, 1);
    unlink(path);
    scene_turns(loop, 2);
    path_append(path, "again");
    scene_wait(loop, "creation again", &counts.stats, 1);
    ev_stat_stop(loop, &w);
    scene_end(loop);
    unlink(path);
    rmdir(name);
}

void play_embed(void)
{
    int s[2];
    Io in;
    ev_embed w;
    pair(s);
    struct ev_loop* loop = scene_loop(0);
    struct ev_loop* other = NULL;
    for (int i = 0; i < 2 && !other; ++i) {
        other = ev_loop_new(EVBACKEND_EPOLL | EVFLAG_NOENV);
        if (!other) ++result->refused;
    }
    if (other) {
        ev_embed_init(&w, NULL, other);
        ev_embed_start(loop, &w);
        io_on(other, &in, s[0], EV_READ);
        scene_turns(loop, 1);
        put(s[1]);
        scene_wait(loop, "embedded", &in.calls, 1);
        ev_io_stop(other, &in.w);
        ev_embed_stop(loop, &w);
        ev_loop_destroy(other);
    }
    scene_end(loop);
    shut(s);
}
