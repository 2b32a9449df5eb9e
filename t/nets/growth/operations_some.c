/* Operations of some kinds only. */
#include <fcntl.h>
#include <unistd.h>

#include "growth.h"

static int some_called(const World* world)
{
    (void)world;
    return calls > 0;
}

/* Timers. Those of the operands repeat, after the time they began with. */

enum { rounds = 5 };

static void again(World* world, int i)
{
    ev_timer_again(world->loop, &at(world, i)->timer);
}

static void run_again_later(World* world)
{
    time_forward(.001);
    ev_now_update(world->loop);
    for (int i = 0; i < world->n; ++i) again(world, i);
    turn(world);
}

static void run_again_sooner(World* world)
{
    for (int i = 0; i < world->n; ++i) {
        at(world, world->mixed[i])->timer.repeat /= 2;
        again(world, world->mixed[i]);
    }
    turn(world);
}

/* As by traffic on every connection in every iteration. */
static void run_put_off(World* world)
{
    for (int k = 0; k < rounds; ++k) {
        time_forward(.001);
        for (int i = 0; i < world->n; ++i) again(world, world->mixed[i]);
        turn(world);
    }
}

static void run_put_off_one(World* world)
{
    for (int i = 0; i < world->n; ++i) {
        time_forward(.001);
        again(world, world->mixed[i]);
        turn(world);
    }
}

/* So late that others were due before, and the loop sees to that. */
static void run_put_off_wait(World* world)
{
    for (int i = 0; i < world->n; ++i) {
        time_forward(.001);
        ev_now_update(world->loop);
        again(world, i);
    }
    for (int i = 0; i < world->n && calls < world->n; ++i)
        ev_run(world->loop, EVRUN_ONCE);
}

static void run_again_start(World* world)
{
    for (int i = 0; i < world->n; ++i) again(world, i);
    for (int i = 0; i < world->n; ++i) {
        at(world, i)->timer.repeat = 0;
        again(world, i);
    }
    turn(world);
}

static void run_remaining(World* world)
{
    for (int i = 0; i < world->n; ++i)
        ev_timer_remaining(world->loop, &at(world, i)->timer);
}

static void run_periodic_again(World* world)
{
    for (int i = 0; i < world->n; ++i)
        ev_periodic_again(world->loop, &at(world, world->mixed[i])->periodic);
    turn(world);
}

/* Descriptors. */

static int fd_of(const World* world, int i) { return at(world, i)->io.fd; }

static void run_feed_fd(World* world)
{
    ev_feed_fd_event(world->loop, fd_of(world, 0), EV_READ);
    turn(world);
}

static void run_feed_fds(World* world)
{
    for (int i = 0; i < world->n; ++i)
        ev_feed_fd_event(world->loop, fd_of(world, i), EV_READ);
    ev_invoke_pending(world->loop);
}

static void run_modify(World* world)
{
    for (int i = 0; i < world->n; ++i) {
        ev_io* io = &at(world, world->mixed[i])->io;
        ev_io_stop(world->loop, io);
        ev_io_modify(io, EV_READ | EV_WRITE);
        ev_io_start(world->loop, io);
    }
    turn(world);
}

static void run_closed(World* world)
{
    for (int i = 0; i < world->n; ++i) close(fd_of(world, i));
    turn(world), turn(world);
}

static void run_closed_one_by_one(World* world)
{
    for (int i = 0; i < world->n; ++i) {
        close(fd_of(world, world->mixed[i]));
        turn(world);
    }
}

/* The number means another file, and a watcher of that is started. */
static void run_reused(World* world)
{
    for (int i = 0; i < world->n; ++i) {
        int fd = fd_of(world, world->mixed[i]);
        ev_io_stop(world->loop, &at(world, world->mixed[i])->io);
        dup2(0, fd);
        ev_io_set(&at(world, world->mixed[i])->io, fd, EV_WRITE);
        ev_io_start(world->loop, &at(world, world->mixed[i])->io);
    }
    turn(world);
}

/* A dup keeps what was closed alive, and epoll reports it. */

static void leave_dup(World* world, int i)
{
    int fd = fd_of(world, i);
    if (dup(fd) < 0) _exit(3);
    world->operand->ready(world, i);
    ev_io_stop(world->loop, &at(world, i)->io);
    close(fd);
}

static void run_stale(World* world)
{
    for (int i = 0; i < world->n; i += 2) leave_dup(world, i);
    for (int i = 0; i < 10; ++i) turn(world);
}

static void run_stale_each_turn(World* world)
{
    for (int i = 0; i < world->n; i += 2) {
        leave_dup(world, i);
        turn(world), turn(world);
    }
}

/* Others. */

static void run_feed_signal(World* world)
{
    ev_feed_signal_event(world->loop, at(world, 0)->signal.signum);
    turn(world);
}

static void run_feed_signal_outside(World* world)
{
    ev_feed_signal(at(world, 0)->signal.signum);
    turn(world);
}

static void run_send_again(World* world)
{
    for (int k = 0; k < rounds; ++k)
        for (int i = 0; i < world->n; ++i)
            ev_async_send(world->loop, &at(world, i)->async);
    turn(world);
}

static void run_stat(World* world)
{
    for (int i = 0; i < world->n; ++i)
        ev_stat_stat(world->loop, &at(world, i)->stat);
}

static void run_sweep(World* world)
{
    for (int i = 0; i < world->n; ++i) {
        world->operand->ready(world, i);
        ev_embed_sweep(world->loop, &at(world, i)->embed);
    }
}

static void run_loops_turn(World* world)
{
    for (int i = 0; i < world->n; ++i) ev_run(at(world, i)->loop, EVRUN_NOWAIT);
}

enum {
    any_io = of_io | of_fds | of_regular,
    any_timer = of_timer | of_observed,
};

const Operation operations_some[] = {
    {"again_later", any_timer, started, run_again_later, none_called},
    {"again_sooner", any_timer, started, run_again_sooner, none_called},
    {"put_off", any_timer, started, run_put_off, none_called},
    {"put_off_one", any_timer, started, run_put_off_one, any_state},
    {"put_off_wait", any_timer, started | one_by_one, run_put_off_wait,
     any_state},
    {"again_start", of_timer, 0, run_again_start, none_called},
    {"remaining", of_timer, started, run_remaining, any_state},
    {"again", of_periodic, started, run_periodic_again, none_called},
    {"feed_fd", of_io, started | able, run_feed_fd, some_called},
    {"feed_fds", of_fds, started, run_feed_fds, all_called},
    {"modify", any_io, started, run_modify, any_state},
    {"closed", of_fds | of_regular, started, run_closed, any_state},
    {"closed_one_by_one", of_fds | of_regular, started, run_closed_one_by_one,
     any_state},
    {"reused", of_fds, started, run_reused, any_state},
    {"stale", of_fds | of_fds_observed, started | able, run_stale, any_state},
    {"stale_each_turn", of_fds, started | able, run_stale_each_turn, any_state},
    {"feed_signal", of_signal, started, run_feed_signal, some_called},
    {"feed_signal_outside", of_signal, started, run_feed_signal_outside,
     some_called},
    {"send_again", of_async, started, run_send_again, all_called},
    {"stat", of_stat, started, run_stat, any_state},
    {"sweep", of_embed, started | able, run_sweep, any_state},
    {"turn", of_loop, started, run_loops_turn, any_state},
    {0},
};
