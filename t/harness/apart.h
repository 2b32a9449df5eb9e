/* A loop whose kernel state a child could change, and what that state is.
 */
#ifndef APART_H_
#define APART_H_

#include <signal.h>

#include "fds.h"
#include "forked.h"

/* A loop that watches a file in memory and a signal. */
typedef struct Shared {
    struct ev_loop* loop;
    ev_stat stat, second;
    ev_signal signal;
    char path[64];
    int fd, changes, signals;
    unsigned flags;
} Shared;

static inline void stat_note(struct ev_loop* loop, ev_stat* w, int revents)
{
    (void)revents;
    ++((Shared*)w->data)->changes;
    ev_break(loop, EVBREAK_ONE);
}

static inline void signal_note(struct ev_loop* loop, ev_signal* w, int revents)
{
    (void)revents;
    ++((Shared*)w->data)->signals;
    ev_break(loop, EVBREAK_ONE);
}

static inline void shared_new(Shared* shared, unsigned flags)
{
    int in_memory = access("/dev/shm", W_OK) == 0;

    snprintf(shared->path, sizeof shared->path, "%s/fork-XXXXXX",
             in_memory ? "/dev/shm" : "/tmp");
    shared->fd = mkstemp(shared->path);
    assert_true(shared->fd >= 0);
    shared->loop = loop_new(flags);
    shared->flags = flags;
    shared->changes = shared->signals = 0;
    ev_stat_init(&shared->stat, stat_note, shared->path, 0.);
    shared->stat.data = shared;
    ev_stat_start(shared->loop, &shared->stat);
    ev_signal_init(&shared->signal, signal_note, SIGUSR1);
    shared->signal.data = shared;
    ev_signal_start(shared->loop, &shared->signal);
    turn(shared->loop);
}

/* Lets the file change and the signal come, and cleans up. */
static inline void shared_end(Shared* shared)
{
    byte_put(shared->fd);
    run_for(shared->loop, 1.);
    kill(getpid(), SIGUSR1);
    run_for(shared->loop, 1.);
    signal(SIGUSR1, SIG_IGN); /* drops one that is blocked and not read */
    ev_signal_stop(shared->loop, &shared->signal);
    signal(SIGUSR1, SIG_DFL);
    ev_loop_destroy(shared->loop);
    close(shared->fd);
    unlink(shared->path);
}

/* What /proc tells about the epoll sets, eventfds, inotify instances and
 * signalfds of this process. */
static inline void kernel_state_read(char* text, size_t size)
{
    size_t length = 0;
    int is_linux = access("/proc/self/fdinfo", F_OK) == 0;

    for (int fd = 0; fd < 128; ++fd) {
        char path[64], target[64] = "", line[256];
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        if (readlink(path, target, sizeof target - 1) < 0) continue;
        if (strncmp(target, "anon_inode:", 11)) continue;
        snprintf(path, sizeof path, "/proc/self/fdinfo/%d", fd);
        FILE* info = fopen(path, "r");
        while (info && fgets(line, sizeof line, info)) {
            assert_true(length + strlen(line) < size);
            memcpy(text + length, line, strlen(line) + 1);
            length += strlen(line);
        }
        if (info) fclose(info);
    }
    text[length] = 0;
    assert_true(length > 0 || !is_linux);
}

#endif
