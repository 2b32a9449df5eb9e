/* The loop and its watchers, one of each kind, and what makes them ready. */
#ifndef SCENE_H_
#define SCENE_H_

#include <fcntl.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define EV_WALK_ENABLE 1

#include "ev.h"
#include "event.h"
#ifndef REFERENCE
#include "relev.h"
#endif

static struct ev_loop *loop, *inner, *other;
static unsigned backend;
static int ready_fd, quiet_fd, inner_fd, null_fd, calls;

static struct {
    ev_io io, io_more;
    ev_timer timer;
    ev_periodic periodic;
    ev_signal signal;
    ev_child child;
    ev_stat stat, stat_more;
    ev_idle idle;
    ev_prepare prepare;
    ev_check check;
    ev_fork fork;
    ev_cleanup cleanup;
    ev_async async;
    ev_embed embed;
} w;

static struct event_base* base;
static struct event event_fd, event_time;
static struct timeval soon = {0, 0}, later = {1000, 0};

static void must(int fine, const char* what)
{
    if (fine) return;
    perror(what);
    exit(3);
}

static int scene_choose(const char* name)
{
    if (!strcmp(name, "select")) backend = EVBACKEND_SELECT;
    if (!strcmp(name, "poll")) backend = EVBACKEND_POLL;
    if (!strcmp(name, "epoll")) backend = EVBACKEND_EPOLL;
    return backend != 0;
}

/* Signals are for the thread with the loop. */
static void scene_block_signals(void)
{
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, NULL);
}

static void on_event(struct ev_loop* at, void* watcher, int events)
{
    (void)at, (void)watcher, (void)events;
    ++calls;
}

static void on_once(int events, void* data)
{
    (void)events, (void)data;
    ++calls;
}

static void on_libevent(int fd, short events, void* data)
{
    (void)fd, (void)events, (void)data;
    ++calls;
}

static void on_loop(struct ev_loop* at) { (void)at; }

static ev_tstamp next_second(ev_periodic* p, ev_tstamp now)
{
    (void)p;
    return now + 1;
}

static void* allocate(void* block, long size)
{
    if (size) return realloc(block, (size_t)size);
    free(block);
    return NULL;
}

static const char long_path[] =
    "./file-with-a-long-name-0123456789-0123456789-0123456789-0123456789-"
    "0123456789-0123456789-0123456789-0123456789-0123456789-0123456789-end";

static void file_grow(const char* path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
    must(fd >= 0 && write(fd, "x", 1) == 1, path);
    close(fd);
}

static void child_make(void)
{
    siginfo_t info;
    pid_t pid = fork();
    if (!pid) _exit(0);
    must(pid > 0, "fork");
    ev_child_set(&w.child, pid, 0);
    ev_child_start(loop, &w.child);
    must(!waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), "waitid");
}

#define INIT(kind, ...) ev_##kind##_init(&w.kind, (void*)on_event, __VA_ARGS__)

static void watchers_init(void)
{
    INIT(io, ready_fd, EV_READ);
    ev_io_init(&w.io_more, (void*)on_event, quiet_fd, EV_READ);
    INIT(timer, 1000, 1000);
    INIT(periodic, 0, 1000, NULL);
    INIT(signal, SIGUSR1);
    INIT(child, 1 << 30, 0);
    INIT(stat, long_path, 0.);
    ev_stat_init(&w.stat_more, (void*)on_event, "./missing/file", 0.);
    ev_idle_init(&w.idle, (void*)on_event);
    ev_prepare_init(&w.prepare, (void*)on_event);
    ev_check_init(&w.check, (void*)on_event);
    ev_fork_init(&w.fork, (void*)on_event);
    ev_cleanup_init(&w.cleanup, (void*)on_event);
    ev_async_init(&w.async, (void*)on_event);
    ev_embed_init(&w.embed, NULL, inner);
}

/* In libev a signal belongs to its loop also when that is destroyed. */
static void all_start(struct ev_loop* at)
{
    ev_io_start(at, &w.io), ev_io_start(at, &w.io_more);
    ev_timer_start(at, &w.timer), ev_periodic_start(at, &w.periodic);
    if (at == loop) ev_signal_start(at, &w.signal);
    if (at == loop) ev_child_start(at, &w.child);
    ev_stat_start(at, &w.stat), ev_stat_start(at, &w.stat_more);
    ev_idle_start(at, &w.idle), ev_prepare_start(at, &w.prepare);
    ev_check_start(at, &w.check), ev_fork_start(at, &w.fork);
    ev_cleanup_start(at, &w.cleanup), ev_async_start(at, &w.async);
    if (inner) ev_embed_start(at, &w.embed);
}

static void all_stop(struct ev_loop* at)
{
    ev_io_stop(at, &w.io), ev_io_stop(at, &w.io_more);
    ev_timer_stop(at, &w.timer), ev_periodic_stop(at, &w.periodic);
    ev_signal_stop(at, &w.signal), ev_child_stop(at, &w.child);
    ev_stat_stop(at, &w.stat), ev_stat_stop(at, &w.stat_more);
    ev_idle_stop(at, &w.idle), ev_prepare_stop(at, &w.prepare);
    ev_check_stop(at, &w.check), ev_fork_stop(at, &w.fork);
    ev_cleanup_stop(at, &w.cleanup), ev_async_stop(at, &w.async);
    ev_embed_stop(at, &w.embed);
}

static struct ev_loop* loop_fresh(unsigned flags)
{
    struct ev_loop* fresh = ev_loop_new(backend | EVFLAG_NOENV | flags);
    must(fresh != NULL, "ev_loop_new");
    return fresh;
}

/* A second loop, with those flags. */
static void other_open(unsigned flags)
{
    other = loop_fresh(flags);
    ev_run(other, EVRUN_NOWAIT);
}

/* All watchers are as at the beginning, and not active. */
static void scene_reset(void)
{
    eventfd_t value;
    if (other) all_stop(other), ev_loop_destroy(other), other = NULL;
    all_stop(loop);
    event_del(&event_fd), event_del(&event_time);
    ev_run(loop, EVRUN_NOWAIT);
    ev_run(loop, EVRUN_NOWAIT);
    eventfd_read(ready_fd, &value);
    file_grow(long_path);
    watchers_init();
    event_set(&event_fd, ready_fd, EV_READ | EV_PERSIST, on_libevent, NULL);
    event_set(&event_time, -1, 0, on_libevent, NULL);
}

static void scene_open(void)
{
    sigset_t none;
    sigemptyset(&none);
    pthread_sigmask(SIG_SETMASK, &none, NULL);
    ready_fd = eventfd(0, EFD_NONBLOCK), quiet_fd = eventfd(0, EFD_NONBLOCK);
    inner_fd = eventfd(0, EFD_NONBLOCK), null_fd = open("/dev/null", O_RDWR);
    must(ready_fd >= 0 && inner_fd >= 0 && null_fd >= 0, "eventfd");
    loop = ev_default_loop(backend | EVFLAG_NOENV);
    must(loop != NULL, "ev_default_loop");
    if (backend == EVBACKEND_EPOLL) inner = loop_fresh(0);
    base = event_init();
    must(base != NULL, "event_init");
    event_set(&event_fd, ready_fd, EV_READ | EV_PERSIST, on_libevent, NULL);
    event_set(&event_time, -1, 0, on_libevent, NULL);
    watchers_init();
}

static void scene_close(void)
{
    scene_reset();
    if (inner) ev_loop_destroy(inner);
    ev_loop_destroy(loop);
}

#ifndef REFERENCE
static int closed_fd(void)
{
    int fd = dup(null_fd);
    close(fd);
    return fd;
}

static struct relev_metrics metrics;
static struct relev_progress progress;
static struct relev_callback callback;
static const char* no_labels = "";
static struct relev_error error;
static char text[1 << 16];

static void on_walk(struct ev_loop* at, int type, void* watcher)
{
    (void)at, (void)type, (void)watcher;
}

static void on_error(struct ev_loop* at, const struct relev_error* e,
                     void* data)
{
    (void)at, (void)data;
    error = *e;
}

static struct relev_task task;

static void on_task(struct ev_loop* at, struct relev_task* ran)
{
    (void)at, (void)ran;
}

static void on_call(struct ev_loop* at, void* arg) { (void)at, (void)arg; }

static void on_slow(struct ev_loop* at, const struct relev_slow* slow,
                    void* data)
{
    (void)at, (void)slow, (void)data;
}
#endif

static void make_ready(void) { eventfd_write(ready_fd, 1); }

static void turn(void) { ev_run(loop, EVRUN_NOWAIT); }

#endif
