/* The functions of event.h. */
#include "growth.h"

static struct event_base* base_of(const World* world)
{
    return at(world, 0)->event.ev_base;
}

static void run_active(World* world)
{
    for (int i = 0; i < world->n; ++i)
        event_active(&at(world, i)->event, EV_READ, 1);
    event_loop(EVLOOP_NONBLOCK);
}

static void run_add_again(World* world)
{
    for (int i = 0; i < world->n; ++i) {
        int k = world->mixed[i];
        struct timeval after = {20 + k / 1000, k % 1000 * 1000};
        event_add(&at(world, i)->event, &after);
    }
    turn(world);
}

/* What a program may ask or set, each once for every event. */
static void run_ask_event(World* world)
{
    struct timeval left;
    for (int i = 0; i < world->n; ++i) {
        struct event* event = &at(world, i)->event;
        event_pending(event, EV_READ | EV_TIMEOUT, &left);
        event_base_set(event->ev_base, event);
        event_priority_set(event, 0);
        event_get_callback(event);
        event_base_priority_init(event->ev_base, 1);
        event_priority_init(1);
        event_base_get_method(event->ev_base);
    }
}

static void run_loops(World* world)
{
    for (int i = 0; i < world->n; ++i) {
        event_loop(EVLOOP_NONBLOCK);
        event_base_loop(base_of(world), EVLOOP_NONBLOCK);
    }
}

static void run_exits(World* world)
{
    struct timeval now = {0, 0};
    for (int i = 0; i < world->n; ++i) {
        event_loopexit(&now);
        event_base_loopexit(base_of(world), &now);
    }
    event_dispatch();
    event_loopexit(&now);
    event_base_dispatch(base_of(world));
}

static void note(int fd, short events, void* data)
{
    (void)fd, (void)events, (void)data;
    ++calls;
}

static void run_base_once(World* world)
{
    struct timeval soon = {0, 0};
    for (int i = 0; i < world->n; ++i)
        event_base_once(base_of(world), -1, EV_TIMEOUT, note, NULL, &soon);
    for (int i = 0; i < 3; ++i) turn(world);
}

static void run_set_and_add(World* world)
{
    for (int i = 0; i < world->n; ++i) {
        struct event* event = &at(world, i)->event;
        int fd = event->ev_fd;
        event_set(event, fd, event->ev_events, note, NULL);
        world->operand->start(world, at(world, i));
    }
    for (int i = 0; i < world->n; ++i)
        event_active(&at(world, i)->event, EV_READ, 1);
    turn(world);
}

static void run_pull(World* world)
{
    ev_feed_event(world->loop, at(world, 0), EV_CUSTOM);
    turn(world);
}

const Operation operations_event[] = {
    {"active", of_event, started, run_active, all_called},
    {"add_again", of_event, started, run_add_again, any_state},
    {"ask_event", of_event, started, run_ask_event, any_state},
    {"loops", of_event, started, run_loops, any_state},
    {"exits", of_event, started, run_exits, any_state},
    {"base_once", of_event, started, run_base_once, all_called},
    {"set_and_add", of_event, 0, run_set_and_add, all_called},
    {"pull", of_chain, 0, run_pull, all_called},
    {0},
};
