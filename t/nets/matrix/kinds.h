/* Part of smoke.c: the kinds that wait for the kernel or another process. */

#if EV_PERIODIC_ENABLE
static ev_periodic periodic;

CALLBACK(periodic, on_periodic)
{
    note(revents, EV_PERIODIC, "periodic");
    ev_periodic_stop(LOOP_ w);
}

static void periodic_start(void)
{
    ev_periodic_init(&periodic, on_periodic, 0., .01, 0);
    ev_periodic_start(LOOP_ & periodic);
    wanted |= EV_PERIODIC;
}
#else
static void periodic_start(void) {}
#endif

#if EV_SIGNAL_ENABLE
static ev_signal caught;

CALLBACK(signal, on_signal)
{
    note(revents, EV_SIGNAL, "signal");
    ev_signal_stop(LOOP_ w);
}

static void signal_start(void)
{
    ev_signal_init(&caught, on_signal, SIGUSR1);
    ev_signal_start(LOOP_ & caught);
    raise(SIGUSR1);
    wanted |= EV_SIGNAL;
}
#else
static void signal_start(void) {}
#endif

#if EV_CHILD_ENABLE
#include <sys/wait.h>

static ev_child child;

CALLBACK(child, on_child)
{
    note(revents, EV_CHILD, "child");
    require(w->rpid == w->pid && WEXITSTATUS(w->rstatus) == 7, "its status");
    ev_child_stop(LOOP_ w);
}

static void child_start(void)
{
    pid_t pid = fork();
    require(pid >= 0, "fork");
    if (!pid) _exit(7);
    ev_child_init(&child, on_child, pid, 0);
    ev_child_start(LOOP_ & child);
    wanted |= EV_CHILD;
}
#else
static void child_start(void) {}
#endif

#if EV_STAT_ENABLE
static ev_stat stats;
static char path[] = "/tmp/relev-smoke.XXXXXX";

CALLBACK(stat, on_stat)
{
    note(revents, EV_STAT, "stat");
    require(w->attr.st_nlink == 0 && w->prev.st_nlink == 1, "its data");
    ev_stat_stop(LOOP_ w);
}

static void stat_start(void)
{
    int fd;
    strcpy(path, "/tmp/relev-smoke.XXXXXX");
    fd = mkstemp(path);
    require(fd >= 0, "mkstemp");
    close(fd);
    ev_stat_init(&stats, on_stat, path, .11);
    lists_asked = 0;
    ev_stat_start(LOOP_ & stats);
    lists_wanted = lists_asked;
    unlink(path);
    wanted |= EV_STAT;
}
#else
static void stat_start(void) {}
#endif

#if EV_ASYNC_ENABLE
static ev_async async;

CALLBACK(async, on_async)
{
    note(revents, EV_ASYNC, "async");
    ev_async_stop(LOOP_ w);
}

static void async_start(void)
{
    ev_async_init(&async, on_async);
    ev_async_start(LOOP_ & async);
    ev_async_send(LOOP_ & async);
    require(ev_async_pending(&async), "sent");
    wanted |= EV_ASYNC;
}
#else
static void async_start(void) {}
#endif

#if EV_EMBED_ENABLE
static ev_embed embed;
static ev_io inner;

CALLBACK(io, on_inner)
{
    require(revents == EV_WRITE, "an io watcher in an embedded loop");
    seen |= EV_EMBED;
    ev_io_stop(embed.other, w);
    ev_embed_stop(LOOP_ & embed);
}

static void embed_start(void)
{
    unsigned bits = ev_embeddable_backends() & ev_recommended_backends();

    embed.other = 0;
    if (!bits) return;
    embed.other = ev_loop_new(bits);
    require(!!embed.other, "no loop to embed");
    ev_io_init(&inner, on_inner, pipe_ends[1], EV_WRITE);
    ev_io_start(embed.other, &inner);
    ev_init(&embed, 0);
    ev_embed_set(&embed, embed.other);
    ev_embed_start(LOOP_ & embed);
    wanted |= EV_EMBED;
}

static void embed_end(void) { ev_loop_destroy(embed.other); }
#else
static void embed_start(void) {}
static void embed_end(void) {}
#endif

static void kinds_start(void)
{
    periodic_start();
    signal_start();
    child_start();
    stat_start();
    async_start();
    embed_start();
}

static void kinds_end(void) { embed_end(); }
