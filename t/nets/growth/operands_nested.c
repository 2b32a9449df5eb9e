/* Two loops, one embedded in the other, or each in the other. The kernel
 * refuses a ring of epoll sets; the outer loop's iterations then serve the
 * inner one (R4.13). N is how many timers the outer loop has, one for each
 * second.
 */
#include <assert.h>
#include <stdlib.h>
#include <sys/eventfd.h>

#include "growth.h"

static ev_embed down, up;
static ev_idle idle;
static ev_io inner_io;
static int idle_calls;
static unsigned iterations;

static struct ev_loop* inner_make(void)
{
    struct ev_loop* inner = ev_loop_new(EVBACKEND_EPOLL | EVFLAG_NOENV);
    assert(inner);
    ev_io_init(&inner_io, io_note, counter(), EV_READ);
    ev_io_start(inner, &inner_io);
    return inner;
}

static void pair_open(World* world)
{
    ev_embed_init(&down, NULL, inner_make());
    ev_embed_start(world->loop, &down);
    turn(world);
}

static void ring_open(World* world)
{
    struct ev_loop* inner = inner_make();
    ev_embed_init(&down, NULL, inner);
    ev_embed_start(world->loop, &down);
    ev_embed_init(&up, NULL, world->loop);
    ev_embed_start(inner, &up);
    turn(world);
}

static void each_second_init(World* world, Any* any, int i)
{
    (void)world;
    ev_timer_init(&any->timer, timer_note, 1 + i, 0.);
}

/* Until all timers have expired, or so often that something spins. */
static void run_wait(World* world)
{
    unsigned before = ev_iteration(world->loop),
             most = 20u * (unsigned)world->n;
    do {
        ev_run(world->loop, EVRUN_ONCE);
        iterations = ev_iteration(world->loop) - before;
    } while (calls < world->n && iterations < most);
}

/* An iteration for each timer, and a few to begin and to end with. */
static int waited_quietly(const World* world)
{
    return calls == world->n && iterations <= 2u * (unsigned)world->n + 20;
}

static void idle_count(EV_P_ ev_idle* w, int events)
{
    (void)EV_A, (void)w, (void)events;
    ++idle_calls;
}

static void run_idle(World* world)
{
    ev_idle_init(&idle, idle_count);
    ev_idle_start(world->loop, &idle);
    for (int i = 0; i < world->n; ++i) turn(world);
}

static int idle_called(const World* world)
{
    return idle_calls >= world->n / 2;
}

/* What happens in the inner loop comes. */
static void run_inner(World* world)
{
    for (int i = 0; i < world->n; ++i) {
        int before = calls;
        eventfd_write(inner_io.fd, 1);
        for (int k = 0; k < 3 && calls == before; ++k) turn(world);
        eventfd_t value;
        eventfd_read(inner_io.fd, &value);
    }
}

#define ROW(name, open, traits)                                             \
    {                                                                       \
        name, of_nested, open, each_second_init, timer_on, timer_off, NULL, \
            NULL, 0, traits                                                 \
    }

const Operand operands_nested[] = {
    ROW("embed_pair", pair_open, 0),
    ROW("embed_ring", ring_open, alike),
    {0},
};

const Operation operations_nested[] = {
    {"wait", of_nested, started, run_wait, waited_quietly},
    {"idle", of_nested, started, run_idle, idle_called},
    {"inner", of_nested, started, run_inner, all_called},
    {0},
};
