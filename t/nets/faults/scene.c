#define _GNU_SOURCE
#include "scene.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>

enum { errors_most = 5 };

static struct ev_loop* scene_try(struct ev_loop* make(unsigned), unsigned flags)
{
    for (int tries = 0; tries < 2; ++tries) {
        struct ev_loop* loop = make(scene_backend | flags | EVFLAG_NOENV);
        if (loop) return loop;
        ++result->refused;
    }
    result->gave_up = result->ended = 1;
    _exit(0);
}

struct ev_loop* scene_loop(unsigned flags)
{
    return scene_try(ev_loop_new, flags);
}

struct ev_loop* scene_default_loop(unsigned flags)
{
    return scene_try(ev_default_loop, flags);
}

void scene_end(struct ev_loop* loop)
{
    ev_verify(loop);
    result->iterations += ev_iteration(loop);
    ev_loop_destroy(loop);
}

static void scene_late(struct ev_loop* loop, ev_timer* w, int revents)
{
    (void)loop, (void)revents;
    *(int*)w->data = 1;
}

int scene_wait(struct ev_loop* loop, const char* what,
               const volatile int* count, int goal)
{
    int late = 0;
    ev_timer end;

    if (result->missed[0]) return 0; /* one is enough */
    ev_timer_init(&end, scene_late, scene_patience, 0.);
    end.data = &late;
    ev_now_update(loop);
    ev_timer_start(loop, &end);
    unsigned begin = ev_iteration(loop);
    while (*count < goal && !late
           && ev_iteration(loop) - begin < scene_iterations)
        ev_run(loop, EVRUN_ONCE);
    ev_timer_stop(loop, &end);
    if (*count >= goal) return 1;
    strncpy(result->missed, what, sizeof result->missed - 1);
    /* They are still pending: they must not end this process. */
    signal(SIGUSR1, SIG_IGN), signal(SIGUSR2, SIG_IGN);
    return 0;
}

void scene_turns(struct ev_loop* loop, int n)
{
    while (n--) ev_run(loop, EVRUN_NOWAIT);
}

static void io_called(struct ev_loop* loop, ev_io* w, int revents)
{
    Io* io = (Io*)w;
    char bytes[256];

    if (!(revents & EV_ERROR)) {
        int got = 0;
        while (revents & EV_READ && read(w->fd, bytes, sizeof bytes) > 0) ++got;
        if (w->events == EV_READ && !got) return; /* said to be, but is not */
        ++io->calls;
        return;
    }
    ++result->errors;
    if (++io->errors <= errors_most) ev_io_start(loop, w);
}

void io_on(struct ev_loop* loop, Io* io, int fd, int events)
{
    io->calls = io->errors = 0;
    ev_io_init(&io->w, io_called, fd, events);
    ev_io_start(loop, &io->w);
}

void io_again(struct ev_loop* loop, Io* io)
{
    io->errors = 0;
    ev_io_start(loop, &io->w);
}

void put(int fd)
{
    if (write(fd, "x", 1) != 1) abort();
}

void pair(int ends[2])
{
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends)) abort();
}

void scene_raise(int number)
{
    if (!result->missed[0]) raise(number);
}

void shut(int ends[2]) { close(ends[0]), close(ends[1]); }
