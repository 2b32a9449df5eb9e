/* ev_once, and the events of event.h. */
#include <signal.h>
#include <sys/eventfd.h>

#include "growth.h"

static int one_fd;

static void once_note(int events, void* data)
{
    (void)events, (void)data;
    ++calls;
}

static void one_open(World* world)
{
    (void)world;
    one_fd = counter();
}

static void once_one_init(World* world, Any* any, int i)
{
    (void)world, (void)i;
    any->fd = one_fd;
}

static void once_each_init(World* world, Any* any, int i)
{
    (void)world, (void)i;
    any->fd = counter();
}

static void once_on(World* world, Any* any)
{
    ev_once(world->loop, any->fd, EV_READ, 10, once_note, NULL);
}

static void once_timer_on(World* world, Any* any)
{
    double after = 10 + .001 * place_of(world, any);
    ev_once(world->loop, -1, 0, after, once_note, NULL);
}

static void one_ready(World* world, int i)
{
    (void)world;
    if (!i) eventfd_write(one_fd, 1);
}

static void each_ready(World* world, int i)
{
    eventfd_write(at(world, i)->fd, 1);
}

static void time_ready(World* world, int i)
{
    (void)world;
    if (!i) time_forward(100);
}

/* Events. */

static void event_note(int fd, short events, void* data)
{
    (void)fd, (void)events, (void)data;
    ++calls;
}

static void event_open(World* world)
{
    event_init();
    one_open(world);
}

static void event_on(World* world, Any* any)
{
    (void)world;
    event_add(&any->event, NULL);
}

static void event_timeout_on(World* world, Any* any)
{
    int k = world->mixed[place_of(world, any)];
    struct timeval after = {10 + k / 1000, k % 1000 * 1000};
    event_add(&any->event, &after);
}

static void event_off(World* world, Any* any)
{
    (void)world;
    event_del(&any->event);
}

static void event_one_init(World* world, Any* any, int i)
{
    (void)world, (void)i;
    event_set(&any->event, one_fd, EV_READ | EV_PERSIST, event_note, NULL);
}

static void event_each_init(World* world, Any* any, int i)
{
    (void)world, (void)i;
    event_set(&any->event, counter(), EV_READ | EV_PERSIST, event_note, NULL);
}

static void event_timeout_init(World* world, Any* any, int i)
{
    (void)world, (void)i;
    event_set(&any->event, -1, EV_PERSIST, event_note, NULL);
}

static void event_signal_init(World* world, Any* any, int i)
{
    (void)world, (void)i;
    event_set(&any->event, SIGUSR1, EV_SIGNAL | EV_PERSIST, event_note, NULL);
}

static void event_each_ready(World* world, int i)
{
    eventfd_write(at(world, i)->event.ev_fd, 1);
}

static void event_each_calm(World* world, int i)
{
    eventfd_t value;
    eventfd_read(at(world, i)->event.ev_fd, &value);
}

static void event_signal_ready(World* world, int i)
{
    (void)world;
    if (!i) raise(SIGUSR1);
}

static void event_once_on(World* world, Any* any)
{
    (void)world;
    event_once(any->fd, EV_READ, event_note, NULL, NULL);
}

const Operand operands_once[] = {
    {"once_one_fd", of_once, one_open, once_one_init, once_on, NULL, one_ready,
     NULL, 0, together | never_active},
    {"once_fds", of_once, NULL, once_each_init, once_on, NULL, each_ready, NULL,
     0, never_active},
    {"once_timers", of_once, NULL, once_one_init, once_timer_on, NULL,
     time_ready, NULL, 0, together | never_active},
    {"event_once_one_fd", of_once, event_open, once_one_init, event_once_on,
     NULL, one_ready, NULL, 0, by_default | together | never_active},
    {"event_one_fd", of_event, event_open, event_one_init, event_on, event_off,
     one_ready, NULL, 0, by_default | together},
    {"event_fds", of_event, event_open, event_each_init, event_on, event_off,
     event_each_ready, event_each_calm, 0, by_default | strided},
    {"event_timeouts", of_event, event_open, event_timeout_init,
     event_timeout_on, event_off, time_ready, NULL, 0, by_default | together},
    {"event_signal", of_event, event_open, event_signal_init, event_on,
     event_off, event_signal_ready, NULL, 0, by_default | together},
    {0},
};
