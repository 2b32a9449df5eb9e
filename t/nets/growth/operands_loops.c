/* Embedded loops, loops, and callbacks that lead to others. */
#include <stdlib.h>
#include <sys/eventfd.h>

#include "growth.h"

/* Reads, so that it is called once. */
static void inner_note(EV_P_ ev_io* w, int events)
{
    eventfd_t value;
    (void)EV_A, (void)events;
    ++calls;
    eventfd_read(w->fd, &value);
}

static ev_io* inner; /* a watcher in every embedded loop */

static void inner_make(World* world)
{
    inner = calloc((size_t)world->n, sizeof *inner);
    if (!inner) abort();
}

static struct ev_loop* inner_loop(int i)
{
    struct ev_loop* loop = ev_loop_new(EVBACKEND_EPOLL | EVFLAG_NOENV);
    if (!loop) abort();
    ev_io_init(inner + i, inner_note, counter(), EV_READ);
    ev_io_start(loop, inner + i);
    return loop;
}

static void embed_loops_init(World* world, Any* any, int i)
{
    (void)world;
    ev_embed_init(&any->embed, embed_note, inner_loop(i));
}

static void embed_swept_init(World* world, Any* any, int i)
{
    (void)world;
    ev_embed_init(&any->embed, NULL, inner_loop(i));
}

static void inner_ready(World* world, int i)
{
    (void)world;
    eventfd_write(inner[i].fd, 1);
}

static void inner_calm(World* world, int i)
{
    eventfd_t value;
    (void)world;
    eventfd_read(inner[i].fd, &value);
}

/* Loops. */

static void nothing_init(World* world, Any* any, int i)
{
    (void)world, (void)any, (void)i;
}

static void loop_on(World* world, Any* any)
{
    (void)world;
    any->loop = ev_loop_new(EVBACKEND_EPOLL | EVFLAG_NOENV);
}

static void loop_off(World* world, Any* any)
{
    (void)world;
    ev_loop_destroy(any->loop);
    any->loop = NULL;
}

static void base_on(World* world, Any* any)
{
    (void)world;
    any->loop = (struct ev_loop*)event_base_new();
}

static void base_off(World* world, Any* any)
{
    (void)world;
    event_base_free((struct event_base*)any->loop);
    any->loop = NULL;
}

/* Chains: one callback leads to the next, in this iteration or in one that it
 * runs itself. */

static void chain_next(World* world, Any* any)
{
    ++calls;
    int i = place_of(world, any) + 1;
    if (i < world->n) ev_feed_event(world->loop, at(world, i), EV_CUSTOM);
}

static void chain_call(EV_P_ ev_prepare* w, int events)
{
    (void)EV_A, (void)events;
    chain_next(w->data, (Any*)w);
}

static void nested_call(EV_P_ ev_prepare* w, int events)
{
    (void)events;
    chain_next(w->data, (Any*)w);
    ev_run(EV_A_ EVRUN_NOWAIT);
}

static void chain_init(World* world, Any* any, int i)
{
    (void)i;
    ev_prepare_init(&any->prepare, chain_call);
    any->prepare.data = world;
}

static void nested_init(World* world, Any* any, int i)
{
    (void)i;
    ev_prepare_init(&any->prepare, nested_call);
    any->prepare.data = world;
}

const Operand operands_loops[] = {
    {"embed_loops", of_embed, inner_make, embed_loops_init, embed_on, embed_off,
     inner_ready, inner_calm, 0, quarter | strided},
    {"embed_swept", of_embed, inner_make, embed_swept_init, embed_on, embed_off,
     inner_ready, inner_calm, 0, quarter | uncalled},
    {"loops", of_loop, NULL, nothing_init, loop_on, loop_off, NULL, NULL, 0, 0},
    {"event_bases", of_loop, NULL, nothing_init, base_on, base_off, NULL, NULL,
     0, 0},
    {"chain", of_chain, NULL, chain_init, NULL, NULL, NULL, NULL, 0, 0},
    {"nested", of_chain, NULL, nested_init, NULL, NULL, NULL, NULL, 0, 0},
    {0},
};
