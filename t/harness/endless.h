/* A loop with one fd, and what it asks the kernel for in a wait. */
#ifndef ENDLESS_H_
#define ENDLESS_H_

#include <signal.h>
#include <unistd.h>

#include "fds.h"
#include "spy.h"

static const double minute = 60, endless = -1;

static struct ev_loop* loop;
static ev_async waker; /* with one, a signal handler can wake the loop */
static Io end;         /* its callback ends the run */
static int end_fds[2];

static void end_run(struct ev_loop* l, ev_io* w, int revents)
{
    io_note(l, w, revents);
    bytes_drain(w->fd);
    ev_break(l, EVBREAK_ALL);
}

static inline void byte_comes(void) { byte_put(end_fds[1]); }

static void wake_ignore(struct ev_loop* l, ev_async* w, int revents)
{
    (void)l, (void)w, (void)revents;
}

static inline void begin_without_channel(void)
{
    loop = loop_new(0);
    ev_async_init(&waker, wake_ignore);
    pipe_open(end_fds);
    io_on(loop, &end, end_fds[0], EV_READ);
    ev_set_cb(&end.w, end_run);
}

static inline void begin(void)
{
    begin_without_channel();
    ev_async_start(loop, &waker);
}

static inline void finish(void)
{
    spy_hook = NULL;
    ev_async_stop(loop, &waker);
    ev_loop_destroy(loop);
    both_close(end_fds);
}

/* What the loop asks the kernel for in its only wait, which `comes` ends. */
static inline double asked_for(int flags, void (*comes)(void))
{
    spy_hook = comes;
    spy_reset();
    ev_run(loop, flags);
    assert_in_range(spy_waits, 1, 2); /* epoll may ask first */
    spy_hook = NULL;
    return spy_asked;
}

static inline int is_minute(double wait) { return wait > 59 && wait <= minute; }

static inline int is_endless(double wait) /* 4.33 waits a minute, or longer */
{
    return ON_REFERENCE ? wait > 59 : wait == endless;
}

#endif
