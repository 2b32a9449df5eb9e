/* Scenes of descriptors and of time. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>

#include "scene.h"

static void play_io(void)
{
    int s[2];
    Io in, out, file;
    pair(s);
    int plain = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    struct ev_loop* loop = scene_loop(0);

    io_on(loop, &out, s[1], EV_WRITE);
    scene_wait(loop, "writable", &out.calls, 1);
    ev_io_stop(loop, &out.w);
    io_on(loop, &in, s[0], EV_READ);
    put(s[1]);
    scene_wait(loop, "readable", &in.calls, 1);

    ev_io_modify(&out.w, EV_READ | EV_WRITE);
    io_again(loop, &out);
    scene_wait(loop, "modified", &out.calls, 2);
    ev_io_stop(loop, &out.w);

    ev_io_stop(loop, &in.w);
    put(s[1]);
    scene_turns(loop, 3); /* what nobody wants is taken from the kernel */
    io_again(loop, &in);
    scene_wait(loop, "wanted again", &in.calls, 2);
    ev_io_stop(loop, &in.w);

    io_on(loop, &file, plain, EV_READ | EV_WRITE);
    scene_wait(loop, "a file", &file.calls, 1);
    ev_io_stop(loop, &file.w);

    scene_end(loop);
    close(plain);
    shut(s);
}

/* Gives the number of s[0] to another socket; maybe the old one lives on. */
static int reopen(int s[2], int keep)
{
    int number = s[0];
    int kept = keep ? dup(number) : -1;
    shut(s);
    pair(s);
    if (s[0] == number) return kept;
    if (s[1] == number) s[1] = dup(number);
    if (dup2(s[0], number) != number) abort();
    close(s[0]);
    s[0] = number;
    return kept;
}

static void play_reuse(void)
{
    int s[2];
    Io in, far;
    pair(s);
    struct ev_loop* loop = scene_loop(0);

    io_on(loop, &in, s[0], EV_READ);
    for (int i = 0; i < 4; ++i) {
        scene_turns(loop, 1);
        ev_io_stop(loop, &in.w);
        if (i & 1) put(s[1]); /* the old one is ready, if it lives on */
        int kept = reopen(s, i > 1);
        ev_io_set(&in.w, s[0], EV_READ);
        io_again(loop, &in);
        put(s[1]);
        scene_wait(loop, "reused", &in.calls, i + 1);
        if (kept >= 0) close(kept);
    }
    ev_io_stop(loop, &in.w);

    int number = fcntl(s[0], F_DUPFD_CLOEXEC, 3000);
    put(s[1]);
    io_on(loop, &far, number, EV_READ);
    scene_wait(loop, "a far one", &far.calls, 1);
    ev_io_stop(loop, &far.w);
    scene_end(loop);
    close(number);
    shut(s);
}

static void timer_called(struct ev_loop* loop, ev_timer* w, int revents)
{
    (void)loop;
    if (revents & EV_ERROR) ++result->errors;
    ++*(int*)w->data;
}

static void play_timer(void)
{
    int once = 0, often = 0;
    ev_timer a, b;
    struct ev_loop* loop = scene_loop(0);

    ev_set_io_collect_interval(loop, .002);
    ev_timer_init(&a, timer_called, .003, 0.);
    ev_timer_init(&b, timer_called, .001, .001);
    a.data = &once, b.data = &often;
    ev_timer_start(loop, &a);
    ev_timer_start(loop, &b);
    scene_wait(loop, "timeout", &once, 1);
    scene_wait(loop, "three timeouts", &often, 3);
    ev_timer_stop(loop, &b);
    scene_end(loop);
}

static void periodic_called(struct ev_loop* loop, ev_periodic* w, int revents)
{
    (void)loop;
    if (revents & EV_ERROR) ++result->errors;
    ++*(int*)w->data;
}

static void play_periodic(void)
{
    int often = 0;
    ev_periodic w;
    struct ev_loop* loop = scene_loop(0);

    ev_periodic_init(&w, periodic_called, 0., .002, NULL);
    w.data = &often;
    ev_periodic_start(loop, &w);
    scene_wait(loop, "period", &often, 2);
    ev_loop_fork(loop); /* another timerfd */
    scene_wait(loop, "period after fork", &often, 4);
    ev_periodic_stop(loop, &w);
    scene_end(loop);
}

static int once_calls;
static struct ev_loop* once_loop;
static int once_fd;

static void once_called(int revents, void* arg)
{
    (void)arg;
    if (!(revents & EV_ERROR)) {
        ++once_calls;
        return;
    }
    if (++result->errors <= 5)
        ev_once(once_loop, once_fd, EV_READ, -1., once_called, NULL);
}

static void play_once(void)
{
    int s[2];
    pair(s);
    struct ev_loop* loop = once_loop = scene_loop(0);

    once_calls = 0;
    once_fd = s[0];
    ev_once(loop, -1, 0, .001, once_called, NULL);
    scene_wait(loop, "once by time", &once_calls, 1);
    put(s[1]);
    ev_once(loop, s[0], EV_READ, -1., once_called, NULL);
    scene_wait(loop, "once by fd", &once_calls, 2);
    ev_once(loop, s[0], EV_READ, 100., once_called, NULL); /* left behind */
    scene_end(loop);
    shut(s);
}

const Scene scenes[] = {
    {"io", play_io},
    {"reuse", play_reuse},
    {"timer", play_timer},
    {"periodic", play_periodic},
    {"once", play_once},
    {"signal", play_signal},
    {"signalfd", play_signalfd},
    {"child", play_child},
    {"child_elsewhere", play_child_elsewhere},
    {"async", play_async},
    {"stat", play_stat},
    {"embed", play_embed},
    {"fork", play_fork},
    {"fork_signalfd", play_fork_signalfd},
    {"process", play_process},
};

const int scenes_count = sizeof scenes / sizeof *scenes;
