/* Timers and periodics, in every order of their times. */
#include "growth.h"

static const double first = 10, step = .001; /* seconds */

static void timer_set(Any* any, double after)
{
    ev_timer_init(&any->timer, timer_note, after, after);
}

static void up_init(World* world, Any* any, int i)
{
    (void)world;
    timer_set(any, first + step * i);
}

static void down_init(World* world, Any* any, int i)
{
    timer_set(any, first + step * (world->n - 1 - i));
}

static void mixed_init(World* world, Any* any, int i)
{
    timer_set(any, first + step * world->mixed[i]);
}

static void same_init(World* world, Any* any, int i)
{
    (void)world, (void)i;
    timer_set(any, first);
}

/* The first one is due, and then one after the other. */
static void due(World* world, int i)
{
    static int begun;
    (void)world, (void)i;
    time_forward(begun ? step : first);
    begun = 1;
}

static void due_together(World* world, int i)
{
    (void)world;
    if (!i) time_forward(2 * first);
}

/* Loops with a user who can observe when the time is read. */

static void hook(EV_P) { (void)EV_A; }

static void release_open(World* world)
{
    ev_set_loop_release_cb(world->loop, hook, hook);
}

static void io_collect_open(World* world)
{
    ev_set_io_collect_interval(world->loop, step / 2);
}

static void timeout_collect_open(World* world)
{
    ev_set_timeout_collect_interval(world->loop, step / 2);
}

static void pending_open(World* world)
{
    ev_set_invoke_pending_cb(world->loop, ev_invoke_pending);
}

/* Periodics. */

static void at_init(World* world, Any* any, int i)
{
    double at = ev_now(world->loop) + first + step * world->mixed[i];
    ev_periodic_init(&any->periodic, periodic_note, at, 0., NULL);
}

static void every_init(World* world, Any* any, int i)
{
    double interval = first + step * world->mixed[i];
    ev_periodic_init(&any->periodic, periodic_note, 0., interval, NULL);
}

static ev_tstamp next(ev_periodic* w, ev_tstamp now)
{
    return now + first + w->interval;
}

static void asking_init(World* world, Any* any, int i)
{
    double interval = step * world->mixed[i];
    ev_periodic_init(&any->periodic, periodic_note, 0., interval, next);
}

#define TIMER(name, sort, open, init, due, traits)                        \
    {                                                                     \
        name, sort, open, init, timer_on, timer_off, due, NULL, 0, traits \
    }
/* In each of these loops those with different times, and those with the same,
 * as a server has them for its connections. */
#define OBSERVED(name, open)                                            \
    TIMER(name, of_observed, open, mixed_init, due, 0),                 \
        TIMER(name "_same", of_observed, open, same_init, due_together, \
              together)
#define PERIODIC(name, init, due, traits)                                    \
    {                                                                        \
        name, of_periodic, NULL, init, periodic_on, periodic_off, due, NULL, \
            0, traits                                                        \
    }

const Operand operands_time[] = {
    TIMER("timer_up", of_timer, NULL, up_init, due, 0),
    TIMER("timer_down", of_timer, NULL, down_init, due, 0),
    TIMER("timer_mixed", of_timer, NULL, mixed_init, due, strided),
    TIMER("timer_same", of_timer, NULL, same_init, due_together, together),
    OBSERVED("timer_released", release_open),
    OBSERVED("timer_io_collect", io_collect_open),
    OBSERVED("timer_timeout_collect", timeout_collect_open),
    OBSERVED("timer_invoke_pending", pending_open),
    PERIODIC("periodic_at", at_init, due, strided),
    PERIODIC("periodic_every", every_init, due_together, together),
    PERIODIC("periodic_asking", asking_init, due_together, together),
    {0},
};
