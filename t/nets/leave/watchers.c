/* The watchers of a program. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../faults/plan.h"
#include "leave.h"

Item* item_find(const char* name)
{
    for (int i = 0; i < world.items_count; ++i)
        if (!strcmp(world.items[i].name, name)) return &world.items[i];
    return NULL;
}

void item_owe(const char* name)
{
    Item* item = item_find(name);
    if (item) ++item->owed;
}

/* Calls f for the kind of the item, as in f(io). */
#define EACH_KIND(f)                                                         \
    f(io) f(timer) f(periodic) f(signal) f(child) f(stat) f(idle) f(prepare) \
        f(check) f(embed) f(fork) f(cleanup) f(async)

enum {
    EV_once = 0x1000000,
#define KIND_NUMBER(kind) number_##kind,
    EACH_KIND(KIND_NUMBER)
};

static int number_of(int kind)
{
    switch (kind) {
        case EV_IO:
            return number_io;
        case EV_TIMER:
            return number_timer;
        case EV_PERIODIC:
            return number_periodic;
        case EV_SIGNAL:
            return number_signal;
        case EV_CHILD:
            return number_child;
        case EV_STAT:
            return number_stat;
        case EV_IDLE:
            return number_idle;
        case EV_PREPARE:
            return number_prepare;
        case EV_CHECK:
            return number_check;
        case EV_EMBED:
            return number_embed;
        case EV_FORK:
            return number_fork;
        case EV_CLEANUP:
            return number_cleanup;
        case EV_ASYNC:
            return number_async;
        default:
            return 0;
    }
}

static struct ev_loop* loop_of(const Item* item)
{
    if (!strncmp(item->name, "shared", 6)) return world.second;
    return strncmp(item->name, "inner", 5) ? world.loop : world.inner;
}

void item_start(Item* item)
{
#define KIND_START(kind)                                 \
    case number_##kind:                                  \
        ev_##kind##_start(loop_of(item), &item->u.kind); \
        break;
    switch (number_of(item->kind)) {
        EACH_KIND(KIND_START)
        default:
            break;
    }
}

void item_stop(Item* item)
{
#define KIND_STOP(kind)                                 \
    case number_##kind:                                 \
        ev_##kind##_stop(loop_of(item), &item->u.kind); \
        break;
    switch (number_of(item->kind)) {
        EACH_KIND(KIND_STOP)
        default:
            break;
    }
}

Item* item_make(const char* name, int kind)
{
    Item* item = &world.items[world.items_count++];
    if (world.items_count > items_most) abort();
    item->name = name;
    item->kind = kind;
    item->fd = item->peer = -1;
    ev_init(&item->u.w, on_event);
    item->u.w.data = item;
    if (world.program.has & has_limits)
        ev_set_priority(&item->u.w, (int)(chance() % 5) - 2);
    return item;
}

static Item* io_make(const char* name, int fd, int events, int stops)
{
    Item* item = item_make(name, EV_IO);
    item->fd = fd;
    item->stops = stops;
    ev_io_set(&item->u.io, fd, events);
    return item;
}

/* On one end of a pair of sockets. */
static Item* pair_make(const char* name, int events, int stops)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends)) abort();
    Item* item = io_make(name, ends[0], events, stops);
    item->peer = ends[1];
    return item;
}

/* RELEV_EXCLUSIVE, for some programs. */
static int exclusive(void)
{
    return !world.is_reference && now.seed % 2 ? 0x10000000 : 0;
}

static void ios_make(unsigned has)
{
    int also = exclusive();
    if (has & has_io) {
        Item* reader = pair_make("reader", EV_READ | also, 0);
        item_start(reader);
        item_start(io_make("second reader", reader->fd, EV_READ | also, 0));
        pair_make("once", EV_READ, 0)->kind = EV_once;
    }
    if (has & has_writers) {
        int fd = open("file", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        pair_make("writer", EV_WRITE, 1);
        pair_make("reused", EV_WRITE, 1);
        pair_make("blocked", EV_WRITE, 0);
        io_make("file", fd, EV_WRITE, 1);
        io_make("file reader", fd, EV_READ, 1);
    }
    if (has & has_parked) {
        item_start(pair_make("parked", EV_READ | also, 0));
        item_start(pair_make("handed", EV_READ | also, 0));
    }
    if (has & has_mistakes) io_make("dead", 777, EV_READ, 1);
}

static void times_make(unsigned has)
{
    if (has & has_timers) {
        Item* item = item_make("timer", EV_TIMER);
        ev_timer_set(&item->u.timer, .5, 0.);
        item = item_make("repeating", EV_TIMER);
        ev_timer_set(&item->u.timer, 1., 1.);
        item->is_free = 1;
        item_start(item);
        item_make("after", EV_TIMER);
        item = item_make("put off", EV_TIMER);
        ev_timer_set(&item->u.timer, 1e4, 1e4);
        item_start(item);
    }
    if (has & has_virtual) {
        Item* item = item_make("nesting", EV_TIMER);
        ev_timer_set(&item->u.timer, .25, 0.);
        item->nests = 1;
    }
    if (has & has_periodics) {
        item_make("absolute", EV_PERIODIC);
        Item* item = item_make("interval", EV_PERIODIC);
        ev_periodic_set(&item->u.periodic, 0., 10., NULL);
        item->is_free = 1;
        item_start(item);
        item = item_make("rescheduled", EV_PERIODIC);
        ev_periodic_set(&item->u.periodic, 0., 0., on_reschedule);
        item->is_free = 1;
        item_start(item);
    }
    if (has & has_mistakes && has & has_periodics) {
        Item* item = item_make("into past", EV_PERIODIC);
        ev_periodic_set(&item->u.periodic, 0., 0., on_reschedule_into_past);
        item->is_free = item->stops = 1;
    }
}

static void signal_make(const char* name, int number)
{
    Item* item = item_make(name, EV_SIGNAL);
    ev_signal_set(&item->u.signal, number);
    item_start(item);
}

static void path_make(const char* name)
{
    Item* item = item_make(name, EV_STAT);
    ev_stat_set(&item->u.stat, name, .2);
    item_start(item);
}

static void others_make(unsigned has)
{
    if (has & has_signals) {
        signal_make("usr1", SIGUSR1);
        signal_make("usr1 again", SIGUSR1);
        signal_make("usr2", SIGUSR2);
    }
    if (has & has_children && (has & has_default || !world.is_reference))
        item_make("child", EV_CHILD);
    if (has & has_children && has & has_default) {
        Item* any = item_make("any child", EV_CHILD);
        ev_child_set(&any->u.child, 0, 0);
        item_start(any);
    }
    if (has & has_paths) {
        path_make("path");
        path_make("absent");
    }
    if (has & has_asyncs) {
        item_start(item_make("async", EV_ASYNC));
        item_start(item_make("other async", EV_ASYNC));
    }
    if (has & has_idles) item_make("idle", EV_IDLE)->stops = 1;
    if (has & has_asyncs) item_make("fed", EV_CUSTOM);
}

/* The inner loop's watchers, and the ev_embed. */
static void embed_make(void)
{
    if (!(now.backend & ev_embeddable_backends())) return;
    world.inner = ev_loop_new(now.backend | EVFLAG_NOENV | world.program.flags);
    item_start(pair_make("inner reader", EV_READ, 0));
    item_start(item_make("inner async", EV_ASYNC));
    pair_make("inner writer", EV_WRITE, 1);
    Item* item = item_make("embed", EV_EMBED);
    ev_embed_set(&item->u.embed, world.inner);
    item->is_free = 1;
    if (now.seed & 1) ev_set_cb(&item->u.embed, NULL);
    item_start(item);
}

void items_make(void)
{
    static const int kinds[] = {EV_PREPARE, EV_CHECK, EV_FORK, EV_CLEANUP};
    static const char* const names[] = {"prepare", "check", "fork", "cleanup"};
    unsigned has = world.program.has;
    ios_make(has);
    times_make(has);
    others_make(has);
    tasks_make();
    shared_make();
    if (has & has_embed) embed_make();
    for (int i = 0; has & has_hooks && i < 4; ++i) {
        Item* item = item_make(names[i], kinds[i]);
        /* libev 4.33 calls fork watchers when it makes another epoll set. */
        int renewed = world.is_reference || has & has_renewal;
        item->is_free = i < 2 || (i == 2 && renewed);
        item_start(item);
    }
}
