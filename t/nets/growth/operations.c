/* What can be done with many watchers of any kind. */
#include <stdlib.h>

#include "growth.h"

static void start(World* world, int i)
{
    world->operand->start(world, at(world, i));
}

static void stop(World* world, int i)
{
    world->operand->stop(world, at(world, i));
}

/* The expected state after an operation. */

static int count_active(const World* world)
{
    int count = 0;
    for (int i = 0; i < world->n; ++i)
        count += any_active(at(world, i), world->operand);
    return count;
}

static int all_active(const World* world)
{
    return world->operand->traits & never_active
        || count_active(world) == world->n;
}

static int none_active(const World* world) { return !count_active(world); }

static int none_pending(const World* world)
{
    for (int i = 0; i < world->n; ++i)
        if (ev_is_pending(&at(world, i)->w)) return 0;
    return 1;
}

static int destroyed(const World* world) { return !world->loop; }

/* Start and stop; the loop then tells the kernel. */

static void run_start(World* world)
{
    for (int i = 0; i < world->n; ++i) start(world, i);
    turn(world);
}

static void run_stop_oldest(World* world)
{
    for (int i = 0; i < world->n; ++i) stop(world, i);
    turn(world);
}

static void run_stop_latest(World* world)
{
    for (int i = world->n; i--;) stop(world, i);
    turn(world);
}

static void run_stop_mixed(World* world)
{
    for (int i = 0; i < world->n; ++i) stop(world, world->mixed[i]);
    turn(world);
}

static void run_restart(World* world)
{
    for (int i = 0; i < world->n; ++i) {
        stop(world, world->mixed[i]);
        start(world, world->mixed[i]);
    }
    turn(world);
}

/* All that, with what the one before left behind. */
static void run_cycles(World* world)
{
    run_start(world), run_stop_oldest(world);
    run_start(world), run_stop_latest(world);
    run_start(world), run_stop_mixed(world);
    run_start(world), run_restart(world);
}

/* One changes in each iteration, the others rest. */
static void run_change_each_turn(World* world)
{
    for (int i = 0; i < world->n; ++i) {
        stop(world, world->mixed[i]);
        turn(world);
        start(world, world->mixed[i]);
        turn(world);
    }
}

static void run_start_spread(World* world)
{
    for (int i = 0; i < world->n; ++i)
        ev_set_priority(&at(world, i)->w, i % 5 - 2);
    run_start(world);
    for (int i = 0; i < world->n; ++i)
        ev_feed_event(world->loop, at(world, i), EV_CUSTOM);
    ev_invoke_pending(world->loop);
}

/* Iterations. */

static void run_quiet(World* world)
{
    for (int i = 0; i < world->n; ++i) turn(world);
}

static void run_ready(World* world)
{
    for (int i = 0; i < world->n; ++i) world->operand->ready(world, i);
    for (int i = 0; i < world->n && calls < world->n; ++i) turn(world);
}

static void run_ready_each_turn(World* world)
{
    const Operand* operand = world->operand;
    for (int i = 0; i < world->n; ++i) {
        int k = world->mixed[i], before = calls;
        operand->ready(world, k);
        for (int tries = 8; calls == before && tries; --tries) turn(world);
        if (operand->calm) operand->calm(world, k);
    }
}

static void run_stop_ready(World* world)
{
    turn(world);
    run_stop_mixed(world);
}

/* Pending events. */

static void feed(World* world, int i)
{
    ev_feed_event(world->loop, at(world, i), EV_CUSTOM);
}

static void run_feed(World* world)
{
    for (int i = 0; i < world->n; ++i) feed(world, i);
    for (int i = 0; i < world->n; ++i) feed(world, world->mixed[i]);
    ev_invoke_pending(world->loop);
}

static void run_feed_turn(World* world)
{
    for (int i = 0; i < world->n; ++i) feed(world, i);
    turn(world);
}

static void run_clear_oldest(World* world)
{
    for (int i = 0; i < world->n; ++i)
        ev_clear_pending(world->loop, at(world, i));
    turn(world);
}

static void run_clear_latest(World* world)
{
    for (int i = world->n; i--;) ev_clear_pending(world->loop, at(world, i));
    turn(world);
}

static void run_clear_mixed(World* world)
{
    for (int i = 0; i < world->n; ++i)
        ev_clear_pending(world->loop, at(world, world->mixed[i]));
    turn(world);
}

static void run_clear_and_feed(World* world)
{
    for (int i = 0; i < world->n; ++i) {
        ev_clear_pending(world->loop, at(world, world->mixed[i]));
        feed(world, world->mixed[i]);
    }
    ev_invoke_pending(world->loop);
}

static void run_invoke(World* world)
{
    for (int i = 0; i < world->n; ++i)
        ev_invoke(world->loop, at(world, i), EV_CUSTOM);
}

/* The loop as a whole. */

static void run_destroy(World* world)
{
    ev_loop_destroy(world->loop);
    world->loop = NULL;
}

static void run_verify(World* world) { ev_verify(world->loop); }

static void run_fork(World* world)
{
    ev_loop_fork(world->loop);
    turn(world);
}

static void run_jump(World* world)
{
    time_set(100000);
    time_forward(1);
    turn(world);
}

static void run_suspend(World* world)
{
    ev_suspend(world->loop);
    time_forward(5);
    ev_resume(world->loop);
    turn(world);
}

/* What a program may ask or set at any time, each once for every watcher. */
static void run_ask(World* world)
{
    struct ev_loop* loop = world->loop;
    for (int i = 0; i < world->n; ++i) {
        ev_now(loop);
        ev_now_update(loop);
        ev_backend(loop);
        ev_iteration(loop);
        ev_depth(loop);
        ev_pending_count(loop);
        ev_set_userdata(loop, ev_userdata(loop));
        ev_ref(loop), ev_unref(loop);
        ev_break(loop, EVBREAK_CANCEL);
        ev_set_io_collect_interval(loop, 0);
        ev_set_timeout_collect_interval(loop, 0);
        ev_set_invoke_pending_cb(loop, ev_invoke_pending);
        ev_set_loop_release_cb(loop, NULL, NULL);
    }
}

enum {
    /* The loop's memory of what is pending is the same for all kinds. */
    some = of_idle | of_async,
    timed = of_timer | of_periodic | of_once | of_stat | of_fds,
    also_loops = watchers | of_loop,
    also_once = watchers | of_once,
    also_observed = watchers | of_once | observed,
};

const Operation operations_common[] = {
    {"start", also_loops | of_once, 0, run_start, all_active},
    {"start_spread", watchers, callable, run_start_spread, all_active},
    {"stop_oldest", also_loops, started, run_stop_oldest, none_active},
    {"stop_latest", also_loops, started, run_stop_latest, none_active},
    {"stop_mixed", also_loops, started, run_stop_mixed, none_active},
    {"stop_pending", some | of_timer | of_signal, started | fed | callable,
     run_stop_mixed, none_active},
    {"stop_ready", watchers, started | reached, run_stop_ready, none_active},
    {"restart", also_loops, started, run_restart, all_active},
    {"cycles", watchers, strides, run_cycles, all_active},
    {"change_each_turn", watchers | of_fds_observed, started,
     run_change_each_turn, all_active},
    {"quiet", also_observed, started, run_quiet, all_active},
    {"ready", also_observed, started | able, run_ready, all_called},
    {"ready_each_turn", also_observed, started | able | one_by_one,
     run_ready_each_turn, all_called},
    {"feed", some, callable, run_feed, all_called},
    {"feed_turn", some, started | callable, run_feed_turn, all_called},
    {"clear_oldest", some, fed | callable, run_clear_oldest, none_pending},
    {"clear_latest", some, fed | callable, run_clear_latest, none_pending},
    {"clear_mixed", some, fed | callable, run_clear_mixed, none_pending},
    {"clear_and_feed", some, fed | callable, run_clear_and_feed, all_called},
    {"invoke", some, callable, run_invoke, all_called},
    {"destroy", also_once, started, run_destroy, destroyed},
    {"verify", also_once, started, run_verify, any_state},
    {"fork", also_once, started, run_fork, any_state},
    {"jump", timed, started, run_jump, any_state},
    {"suspend", timed, started, run_suspend, any_state},
    {"ask", some | of_timer, started | fed | callable, run_ask, any_state},
    {0},
};
