/* A loop that is full of watchers of all kinds. */
#ifndef ZOO_H_
#define ZOO_H_

#include "fds.h"

/* One or two active watchers of each kind that holds no global state. */
typedef struct Zoo {
    ev_io io, ready;
    ev_timer timer, repeating;
    ev_periodic periodic;
    ev_stat stat, polled;
    ev_idle idle;
    ev_prepare prepare;
    ev_check check;
    ev_fork fork;
    ev_async async;
    ev_embed embed;
} Zoo;

#define NOTE(type)                                                      \
    static void type##_note(struct ev_loop* loop, type* w, int revents) \
    {                                                                   \
        (void)loop, (void)w, (void)revents;                             \
    }

NOTE(ev_io)
NOTE(ev_timer)
NOTE(ev_periodic)
NOTE(ev_stat)
NOTE(ev_idle)
NOTE(ev_prepare)
NOTE(ev_check)
NOTE(ev_fork)
NOTE(ev_async)
NOTE(ev_embed)

static inline void zoo_init(Zoo* zoo, struct ev_loop* inner, int p[2])
{
    ev_io_init(&zoo->io, ev_io_note, p[0], EV_READ);
    ev_io_init(&zoo->ready, ev_io_note, p[1], EV_WRITE);
    ev_timer_init(&zoo->timer, ev_timer_note, 1000., 0.);
    ev_timer_init(&zoo->repeating, ev_timer_note, -1., 0.001);
    ev_periodic_init(&zoo->periodic, ev_periodic_note, 0., 0.001, NULL);
    ev_stat_init(&zoo->stat, ev_stat_note, "/dev/shm", 0.);
    ev_stat_init(&zoo->polled, ev_stat_note, "/nowhere/at/all", 1.);
    ev_idle_init(&zoo->idle, ev_idle_note);
    ev_prepare_init(&zoo->prepare, ev_prepare_note);
    ev_check_init(&zoo->check, ev_check_note);
    ev_fork_init(&zoo->fork, ev_fork_note);
    ev_async_init(&zoo->async, ev_async_note);
    ev_embed_init(&zoo->embed, ev_embed_note, inner);
}

static inline void zoo_start(Zoo* zoo, struct ev_loop* loop)
{
    ev_io_start(loop, &zoo->io);
    ev_io_start(loop, &zoo->ready);
    ev_timer_start(loop, &zoo->timer);
    ev_timer_start(loop, &zoo->repeating);
    ev_periodic_start(loop, &zoo->periodic);
    ev_stat_start(loop, &zoo->stat);
    ev_stat_start(loop, &zoo->polled);
    ev_idle_start(loop, &zoo->idle);
    ev_prepare_start(loop, &zoo->prepare);
    ev_check_start(loop, &zoo->check);
    ev_fork_start(loop, &zoo->fork);
    ev_async_start(loop, &zoo->async);
    ev_embed_start(loop, &zoo->embed);
}

/* Gives every part of the loop something to do. */
static inline void zoo_run(Zoo* zoo, struct ev_loop* loop)
{
    for (int i = 0; i < 3; ++i) {
        ev_async_send(loop, &zoo->async);
        turn(loop);
        ev_loop_fork(loop);
    }
    turn(loop);
    ev_feed_event(loop, &zoo->timer, EV_TIMER);
    ev_feed_fd_event(loop, zoo->io.fd, EV_READ);
}

static inline int zoo_active(const Zoo* zoo)
{
    return ev_is_active(&zoo->io) && ev_is_active(&zoo->ready)
        && ev_is_active(&zoo->timer) && ev_is_active(&zoo->repeating)
        && ev_is_active(&zoo->periodic) && ev_is_active(&zoo->stat)
        && ev_is_active(&zoo->polled) && ev_is_active(&zoo->idle)
        && ev_is_active(&zoo->prepare) && ev_is_active(&zoo->check)
        && ev_is_active(&zoo->fork) && ev_is_active(&zoo->async)
        && ev_is_active(&zoo->embed);
}

#endif
