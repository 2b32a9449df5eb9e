/* The bases and events that an input for the emulation plays with, and what
 * must hold of them. */
#ifndef EVENTS_H_
#define EVENTS_H_

#include "event.h"
#include "fds.h"
#include "system.h"

enum { base_count = 3, event_count = 12, once_count = 24 };

typedef struct Event {
    struct event* ev; /* a block of its own */
    int base;
    int set;
    int quiet; /* not added and not active: it is not called */
    int fed;   /* by event_active */
    int timed; /* a timeout was asked for since the last deletion */
    int calls;
    int fd;     /* index in fds, or -1 */
    int closed; /* fds' count when it was added */
} Event;

typedef struct Once {
    int base;
    int used;
    int calls;
} Once;

static Event events[event_count];
static Once onces[once_count];
static struct {
    struct event_base* base;
    int running;
} bases[base_count];

static int event_added(const Event* e)
{
    return e->set && e->ev->ev_flags != EVLIST_INIT;
}

static int event_waiting(const Event* e)
{
    return ev_is_pending(&e->ev->iosig.io) || ev_is_pending(&e->ev->to);
}

static int event_in_use(const Event* e)
{
    return e->set && (event_added(e) || event_waiting(e));
}

static void event_renew(Event* e)
{
    free(e->ev);
    memset(e, 0, sizeof *e);
    e->ev = malloc(sizeof *e->ev);
    must(e->ev);
    memset(e->ev, 0xa5, sizeof *e->ev); /* event_set must do */
    e->quiet = 1;
}

static int base_onces(int base)
{
    int count = 0;
    for (int i = 0; i < once_count; ++i)
        count += onces[i].used && !onces[i].calls && onces[i].base == base;
    return count;
}

static int base_references(int base)
{
    int count = 0;
    for (int i = 0; i < event_count; ++i)
        if (events[i].set && events[i].base == base)
            count += !!ev_is_active(&events[i].ev->iosig.io)
                   + !!ev_is_active(&events[i].ev->to);
    return count;
}

static int base_in_use(int base)
{
    for (int i = 0; i < event_count; ++i)
        if (event_in_use(&events[i]) && events[i].base == base) return 1;
    return bases[base].running || base_onces(base);
}

static void bases_verify(void)
{
    for (int i = 0; i < base_count; ++i)
        if (bases[i].base) ev_verify((struct ev_loop*)bases[i].base);
    for (int i = 0; i < event_count; ++i) {
        const Event* e = &events[i];
        int active =
            e->set
            && (ev_is_active(&e->ev->iosig.io) || ev_is_active(&e->ev->to));
        must(!active || event_added(e));
        must(!e->set || !(e->ev->ev_flags & EVLIST_TIMEOUT)
             || ev_is_active(&e->ev->to) || ev_is_pending(&e->ev->to));
    }
}

/* Whether this call of an event is one that may come. */
static void event_check(const Event* e, int fd, int res)
{
    int wanted = e->ev->ev_events & (EV_READ | EV_WRITE | EV_SIGNAL);
    must(fd == e->ev->ev_fd);
    must(!e->quiet);
    must(res);
    if (wanted & (EV_READ | EV_WRITE)) wanted |= EV_READ | EV_WRITE; /* error */
    if (e->timed) wanted |= EV_TIMEOUT;
    must(!(res & ~(wanted | e->fed)));
    /* Once, and deleted before the call. */
    if (!(e->ev->ev_events & (EV_PERSIST | EV_SIGNAL)) || res & EV_TIMEOUT)
        must(!event_added(e));
}

#endif
