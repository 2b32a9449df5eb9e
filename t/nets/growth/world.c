/* What a scenario begins with. */
#include <assert.h>
#include <stdlib.h>
#include <sys/eventfd.h>

#include "growth.h"

int calls;

static void* room(int count, size_t size)
{
    void* memory = calloc((size_t)count, size);
    assert(memory);
    return memory;
}

int counter(void)
{
    int fd = eventfd(0, EFD_NONBLOCK);
    assert(fd >= 0);
    return fd;
}

/* The same on every machine. */
static int* numbers_mixed(int n)
{
    int* mixed = room(n, sizeof *mixed);
    unsigned state = 1;
    for (int i = 0; i < n; ++i) {
        state = state * 1103515245 + 12345;
        int other = (int)((state >> 8) % (unsigned)(i + 1));
        mixed[i] = mixed[other];
        mixed[other] = i;
    }
    return mixed;
}

static struct ev_loop* loop_of(const Operand* operand)
{
    unsigned flags = EVFLAG_NOENV | operand->flags;
    if (!(flags & (EVBACKEND_SELECT | EVBACKEND_POLL)))
        flags |= EVBACKEND_EPOLL;
    return operand->traits & by_default ? ev_default_loop(flags)
                                        : ev_loop_new(flags);
}

/* Valgrind translates what is executed, and a process that is forked has that
 * at once. So what most scenarios need is executed here before. */
void warm_up(void)
{
    struct ev_loop* loop = ev_loop_new(EVFLAG_NOENV | EVBACKEND_EPOLL);
    ev_timer timers[20];
    ev_io io;
    assert(loop);
    ev_io_init(&io, io_note, 0, EV_READ);
    for (int i = 0; i < 20; ++i) {
        ev_timer_init(timers + i, timer_note, i % 7, i);
        ev_timer_start(loop, timers + i);
    }
    ev_io_start(loop, &io);
    ev_run(loop, EVRUN_NOWAIT);
    time_forward(5);
    ev_io_stop(loop, &io);
    ev_run(loop, EVRUN_NOWAIT);
    for (int i = 0; i < 20; ++i) ev_timer_stop(loop, timers + i);
    ev_loop_destroy(loop);
}

void world_open(World* world, const Operand* operand, int n, size_t stride)
{
    if (operand->traits & quarter) n /= 4;
    world->operand = operand;
    world->n = n;
    world->stride = stride ? stride : sizeof(Any);
    world->all = room(1, world->stride * (size_t)(n - 1) + sizeof(Any));
    world->mixed = numbers_mixed(n);
    world->loop = loop_of(operand);
    assert(world->loop);
    if (operand->open) operand->open(world);
    for (int i = 0; i < n; ++i) operand->init(world, at(world, i), i);
}

/* The loop has seen as many events at once before. */
static void make_room(World* world)
{
    const Operand* operand = world->operand;
    for (int i = 0; i < world->n; ++i) operand->ready(world, i);
    for (int i = 0; i < world->n && calls < world->n; ++i) turn(world);
    for (int i = 0; i < world->n; ++i) operand->calm(world, i);
    turn(world);
}

void world_prepare(World* world, int needs)
{
    const Operand* operand = world->operand;
    for (int i = 0; i < world->n && needs & started; ++i)
        operand->start(world, at(world, i));
    if (needs & started) turn(world);
    if (needs & able && operand->calm) make_room(world);
    for (int i = 0; i < world->n && needs & fed; ++i)
        ev_feed_event(world->loop, at(world, i), EV_CUSTOM);
    for (int i = 0; i < world->n && needs & reached; ++i)
        operand->ready(world, i);
    calls = 0;
}

int any_active(const Any* any, const Operand* operand)
{
    if (operand->sort == of_loop) return any->loop != NULL;
    if (ev_is_active(&any->w)) return 1;
    return operand->sort == of_event && ev_is_active(&any->event.to);
}
