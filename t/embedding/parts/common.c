/* A program whose watchers have other common members than `data`, or one of
 * another type: an active watcher of several kinds, one of which is embedding.
 */
#include "ev.h"

#include <stddef.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int calls;

static void timer_note(struct ev_loop* loop, ev_timer* w, int revents)
{
    (void)loop, (void)w;
    calls += revents == EV_TIMER;
}

static void io_note(struct ev_loop* loop, ev_io* w, int revents)
{
    char c;
    (void)loop;
    calls += 10 * (revents == EV_READ && read(w->fd, &c, 1) == 1);
}

static void child_note(struct ev_loop* loop, ev_child* w, int revents)
{
    ev_child_stop(loop, w);
    calls += 100 * (revents == EV_CHILD && WEXITSTATUS(w->rstatus) == 7);
}

static void stat_note(struct ev_loop* loop, ev_stat* w, int revents)
{
    (void)loop, (void)w, (void)revents;
}

/* The common members are the program's: nobody writes them. */
static int kept(const void* w)
{
    const size_t from = offsetof(ev_watcher, priority) + sizeof(int);
    const size_t to = offsetof(ev_watcher, cb);
    static const char zeros[sizeof(ev_watcher)];
    return !memcmp((const char*)w + from, zeros, to - from);
}

static ev_timer timer;
static ev_io io;
static ev_child child;
static ev_stat stats;
static ev_embed embed;

static void all_start(struct ev_loop* loop, struct ev_loop* inner, int fd,
                      int pid)
{
    ev_io_init(&io, io_note, fd, EV_READ);
    ev_io_start(inner, &io);
    ev_timer_init(&timer, timer_note, 0., 0.);
    ev_timer_start(loop, &timer);
    ev_child_init(&child, child_note, pid, 0);
    ev_child_start(loop, &child);
    ev_stat_init(&stats, stat_note, "/", 0.);
    ev_stat_start(loop, &stats);
    ev_embed_init(&embed, NULL, inner);
    ev_embed_start(loop, &embed);
}

static int all_kept(void)
{
    return kept(&io) && kept(&timer) && kept(&child) && kept(&stats)
        && kept(&embed) && kept(&embed.io) && kept(&embed.prepare)
        && kept(&stats.timer);
}

int main(void)
{
    struct ev_loop* loop = ev_default_loop(EVBACKEND_EPOLL);
    struct ev_loop* inner = ev_loop_new(EVBACKEND_EPOLL);
    int p[2], pid = fork(), i;

    if (!pid) _exit(7);
    if (!loop || !inner || pipe(p)) return 1;
    all_start(loop, inner, p[0], pid);
    if (write(p[1], "x", 1) != 1) return 2;
    for (i = 0; i < 1000 && calls < 111; ++i) ev_run(loop, EVRUN_ONCE);
    if (calls != 111) return 3;
    if (!all_kept()) return 4;
    ev_embed_stop(loop, &embed);
    ev_stat_stop(loop, &stats);
    ev_loop_destroy(inner);
    ev_loop_destroy(loop);
    return 0;
}
