/* Uses every macro and every inline function of ev.h, in C that is also C++
 * and as old as C89. It is compiled, never run.
 */
#include "ev.h"

#include <signal.h>

#ifdef OWN_CALLBACKS
#define CALLBACK(name) 0
#else
#define CALLBACK(name) name
static void on_io(EV_P_ ev_io* w, int revents);
static EV_CB(timer, on_timer);
static EV_CB(signal, on_signal);
static EV_CB(child, on_child);
static EV_CB(idle, on_idle);
static EV_CB(prepare, on_prepare);
static EV_CB(check, on_check);
static EV_CB(fork, on_fork);
static EV_CB(cleanup, on_cleanup);
#endif

extern struct every {
    union ev_any_watcher any;
    ev_watcher base;
    ev_watcher_list list;
    ev_watcher_time time;
    ev_io io;
    ev_timer timer;
    ev_periodic periodic;
    ev_signal signal;
    ev_child child;
    ev_idle idle;
    ev_prepare prepare;
    ev_check check;
    ev_fork fork;
    ev_cleanup cleanup;
#if EV_STAT_ENABLE
    ev_stat stat;
    ev_statdata data;
#endif
#if EV_ASYNC_ENABLE
    ev_async async;
#endif
#if EV_EMBED_ENABLE
    ev_embed embed;
#endif
} every;

int use_state(const ev_io* w);
int use_init(struct every* e, int fd);
int use_set(struct every* e, int fd);
int use_values(unsigned flags);
double use_constants(void);

int use_state(const ev_io* w)
{
    int priority = ev_priority(w);
    if (ev_is_active(w) || ev_is_pending(w)) priority += EV_MAXPRI - EV_MINPRI;
    return priority;
}

int use_init(struct every* e, int fd)
{
    ev_io_init(&e->io, CALLBACK(on_io), fd, EV_READ | EV_WRITE);
    ev_timer_init(&e->timer, CALLBACK(on_timer), 1., 0.);
    ev_periodic_init(&e->periodic, 0, 0., 60., 0);
    ev_signal_init(&e->signal, CALLBACK(on_signal), SIGINT);
    ev_child_init(&e->child, CALLBACK(on_child), 0, 1);
    ev_idle_init(&e->idle, CALLBACK(on_idle));
    ev_prepare_init(&e->prepare, CALLBACK(on_prepare));
    ev_check_init(&e->check, CALLBACK(on_check));
    ev_fork_init(&e->fork, CALLBACK(on_fork));
    ev_cleanup_init(&e->cleanup, CALLBACK(on_cleanup));
#if EV_STAT_ENABLE
    ev_stat_init(&e->stat, 0, "/", 0.);
#endif
#if EV_ASYNC_ENABLE
    ev_async_init(&e->async, 0);
    if (ev_async_pending(&e->async)) return 1;
#endif
#if EV_EMBED_ENABLE
    ev_embed_init(&e->embed, 0, 0);
#endif
    ev_init(&e->base, 0);
    if (fd) ev_init(&e->any.io, CALLBACK(on_io));
    else ev_io_init(&e->any.io, CALLBACK(on_io), 0, EV_READ);
    return ev_is_active(&e->any) ? ev_is_pending(&e->any) : 0;
}

int use_set(struct every* e, int fd)
{
    if (fd) ev_io_set(&e->io, fd, EV_READ);
    else ev_io_modify(&e->io, EV_WRITE);
    ev_timer_set(&e->timer, .5, 1.);
    ev_periodic_set(&e->periodic, 0., 1., 0);
    ev_signal_set(&e->signal, SIGTERM);
    ev_child_set(&e->child, 1, 0);
    ev_idle_set(&e->idle);
    ev_prepare_set(&e->prepare);
    ev_check_set(&e->check);
    ev_fork_set(&e->fork);
    ev_cleanup_set(&e->cleanup);
#if EV_STAT_ENABLE
    ev_stat_set(&e->stat, "/tmp", 1.);
#endif
#if EV_ASYNC_ENABLE
    ev_async_set(&e->async);
#endif
#if EV_EMBED_ENABLE
    ev_embed_set(&e->embed, 0);
#endif
    ev_set_priority(&e->io, EV_MINPRI);
    ev_set_priority(&e->timer, EV_MAXPRI);
    ev_set_cb(&e->io, CALLBACK(on_io));
    ev_set_cb(&e->idle, CALLBACK(on_idle));
    return ev_periodic_at(&e->periodic) > ev_at(&e->timer) ? use_state(&e->io)
                                                           : fd;
}

int use_values(unsigned flags)
{
    static const int events[] = {EV_UNDEF,    EV_NONE,  EV_READ,     EV_WRITE,
                                 EV__IOFDSET, EV_IO,    EV_TIMER,    EV_SIGNAL,
                                 EV_CHILD,    EV_STAT,  EV_PERIODIC, EV_IDLE,
                                 EV_PREPARE,  EV_CHECK, EV_EMBED,    EV_FORK,
                                 EV_CLEANUP,  EV_ASYNC, EV_CUSTOM,   EV_ERROR};
    static const unsigned bits[] = {
        EVFLAG_AUTO,      EVFLAG_NOENV,       EVFLAG_FORKCHECK,
        EVFLAG_NOINOTIFY, EVFLAG_SIGNALFD,    EVFLAG_NOSIGMASK,
        EVFLAG_NOTIMERFD, EVBACKEND_SELECT,   EVBACKEND_POLL,
        EVBACKEND_EPOLL,  EVBACKEND_KQUEUE,   EVBACKEND_DEVPOLL,
        EVBACKEND_PORT,   EVBACKEND_LINUXAIO, EVBACKEND_IOURING,
        EVBACKEND_ALL,    EVBACKEND_MASK};
    static const int hows[] = {EVRUN_NOWAIT, EVRUN_ONCE, EVBREAK_CANCEL,
                               EVBREAK_ONE, EVBREAK_ALL};
#if EV_COMPAT3
    static const int old[] = {EV_TIMEOUT, EVFLAG_NOSIGFD};
    if (old[flags & 1]) return 1;
#endif
    return events[flags % (sizeof events / sizeof *events)]
         + (int)bits[flags % (sizeof bits / sizeof *bits)]
         + hows[flags % (sizeof hows / sizeof *hows)];
}

double use_constants(void)
{
    return EV_VERSION_MAJOR + EV_VERSION_MINOR + EV_FEATURE_CODE
         + EV_FEATURE_DATA + EV_FEATURE_CONFIG + EV_FEATURE_API
         + EV_FEATURE_WATCHERS + EV_FEATURE_BACKENDS + EV_FEATURE_OS;
}

#ifndef OWN_CALLBACKS
static void on_io(EV_P_ ev_io* w, int revents)
{
    if (ev_cb(w) == on_io && revents & EV_READ) EV_CB_INVOKE(w, EV_WRITE);
}
static EV_CB(timer, on_timer) { EV_CB_INVOKE(w, revents); }
static EV_CB(signal, on_signal) { EV_CB_INVOKE(w, revents); }
static EV_CB(child, on_child) { EV_CB_INVOKE(w, revents); }
static EV_CB(idle, on_idle) { EV_CB_INVOKE(w, revents); }
static EV_CB(prepare, on_prepare) { EV_CB_INVOKE(w, revents); }
static EV_CB(check, on_check) { EV_CB_INVOKE(w, revents); }
static EV_CB(fork, on_fork) { EV_CB_INVOKE(w, revents); }
static EV_CB(cleanup, on_cleanup) { EV_CB_INVOKE(w, revents); }
#endif

#if EV_PROTOTYPES
int use_loop(EV_P);

int use_loop(EV_P)
{
    if (!ev_is_default_loop(EV_A) || ev_now(EV_A) > ev_time()) return 0;
    ev_once(EV_A_ - 1, 0, 0., 0, 0);
#if EV_COMPAT3
    ev_loop(EV_A_ EVLOOP_NONBLOCK | EVLOOP_ONESHOT);
    ev_unloop(EV_A_ EVUNLOOP_CANCEL);
    ev_unloop(EV_A_ EVUNLOOP_ONE);
    ev_unloop(EV_A_ EVUNLOOP_ALL);
#if EV_FEATURE_API
    ev_loop_verify(EV_A);
    if (ev_loop_count(EV_A) + ev_loop_depth(EV_A)) return 2;
#endif
    ev_default_fork();
    ev_default_destroy();
#endif
    ev_ref(EV_DEFAULT);
    ev_ref(EV_DEFAULT_UC);
    return ev_run(EV_DEFAULT_ 0) + ev_run(EV_DEFAULT_UC_ EVRUN_ONCE);
}
#endif
