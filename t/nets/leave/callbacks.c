/* The callbacks of a program. */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "leave.h"

enum { events_most = 3000 }; /* while no time passes */

/* Of relev.h; libev has no such function. */
extern void relev_set_error_cb(struct ev_loop*, void (*)(), void*)
    __attribute__((weak));

static void io_drain(const Item* item, int revents)
{
    char bytes[64];
    if (!(revents & EV_READ) || revents & EV_ERROR || item->stops) return;
    if (world.in_child) return;
    while (read(item->fd, bytes, sizeof bytes) > 0) {}
}

void on_event(struct ev_loop* loop, ev_watcher* w, int revents)
{
    Item* item = w->data;
    world.waits = world.calls = 0;
    if (++world.events > events_most) spins("callbacks are called without end");
    record("%s %x\n", item->name, (unsigned)revents);
    if (revents & EV_ERROR && !item->stops && ++world.errors < 20)
        item_start(item); /* it is to be called later */
    else ++item->calls;
    if (item->kind == EV_IO) io_drain(item, revents);
    if (item->stops || (world.in_child && item->kind == EV_IO)) item_stop(item);
    if (item->nests) ev_run(loop, EVRUN_ONCE);
    if (item->kind == EV_EMBED) ev_embed_sweep(loop, &item->u.embed);
    if (!world.in_child && !(item->kind & EV_CLEANUP)) ev_verify(loop);
    exit_reached(exit_watcher, 0, item);
}

void on_once(int revents, void* item)
{
    Item* once = item;
    ++once->calls;
    record("%s %x\n", once->name, (unsigned)revents);
    io_drain(once, revents);
    exit_reached(exit_watcher, 0, once);
}

ev_tstamp on_reschedule(ev_periodic* w, ev_tstamp at)
{
    exit_reached(exit_reschedule, 0, w->data);
    return at + 7;
}

ev_tstamp on_reschedule_into_past(ev_periodic* w, ev_tstamp at)
{
    exit_reached(exit_reschedule, 0, w->data);
    return at - (world.round ? 1 : -1);
}

static void on_invoke(struct ev_loop* loop)
{
    exit_reached(exit_invoke, 0, NULL);
    ev_invoke_pending(loop);
}

static void on_release(struct ev_loop* loop) EV_NOEXCEPT
{
    (void)loop;
    exit_reached(exit_release, 0, NULL);
}

static void on_acquire(struct ev_loop* loop) EV_NOEXCEPT
{
    (void)loop;
    exit_reached(exit_acquire, 0, NULL);
}

static void on_close(struct ev_loop* loop, int type, void* w)
{
    (void)loop, (void)w;
    record("closed %x\n", (unsigned)type);
    exit_reached(exit_watcher, 0, NULL);
}

int loops_are_closed(void) { return now.seed & 1 && relev_loop_close; }

void loop_end(struct ev_loop* loop)
{
    if (loops_are_closed()) relev_loop_close(loop, on_close);
    else ev_loop_destroy(loop);
}

static int complaints;

static void complained(int kind)
{
    if (++complaints > 100) wrong("errors are reported without end");
    if (!world.in_child && world.window == window_run) ev_verify(world.loop);
    exit_reached(kind, 0, NULL);
}

static void on_syserr(const char* what) EV_NOEXCEPT
{
    record("syserr %s\n", what);
    complained(exit_syserr);
}

static void on_error(void) { complained(exit_error); }

void hooks_set(void)
{
    unsigned has = world.program.has;
    ev_set_syserr_cb(on_syserr);
    if (has & has_invoke) ev_set_invoke_pending_cb(world.loop, on_invoke);
    if (has & has_release)
        ev_set_loop_release_cb(world.loop, on_release, on_acquire);
    if (has & has_collect) {
        ev_set_io_collect_interval(world.loop, .01);
        ev_set_timeout_collect_interval(world.loop, .01);
    }
    if (has & has_errors && relev_set_error_cb)
        relev_set_error_cb(world.loop, (void (*)())on_error, NULL);
}
