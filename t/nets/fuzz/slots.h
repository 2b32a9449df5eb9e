/* The loops and watchers that an input plays with, and what must hold of them.
 *
 * A watcher is a block of its own, so that AddressSanitizer sees who touches it
 * after it was freed. Each slot keeps what its next call may be: nothing once
 * it was stopped, and otherwise its kind's events and what was fed to it.
 */
#ifndef SLOTS_H_
#define SLOTS_H_

#include <poll.h>

#include "../../harness/each_kind.h"
#include "ev.h"
#include "fds.h"
#include "system.h"

enum { loop_count = 3, per_kind = 4 };

#define KIND_INDEX(kind, event, letter) event,
enum { EACH_KIND(KIND_INDEX) slot_count = kinds_count * per_kind };

typedef struct Slot {
    int kind;
    union ev_any_watcher* w;
    int loop;    /* index; where it is active or pending */
    int set;     /* what it waits for has been said */
    int fed;     /* bits that may come because we said so; then not 0 */
    int quiet;   /* stopped: it is not called before the next start or feed */
    int invoked; /* the call under way is ours, by ev_invoke */
    int calls;
    int fd; /* index in fds, and its `closed` at the start */
    int closed;
} Slot;

static Slot slots[slot_count];

typedef struct Place {
    struct ev_loop* loop;
    int refs;       /* by ev_ref */
    int onces;      /* ever asked for: their references are not known */
    int inside;     /* callbacks of it under way */
    unsigned depth; /* what ev_depth keeps from runs left by longjmp */
} Place;

static Place places[loop_count];

/* The callback of all: called, with the slot. */
static void called(struct ev_loop* loop, Slot* s, int revents);

static void any_called(struct ev_loop* loop, ev_watcher* w, int revents)
{
    called(loop, w->data, revents);
}

static void slot_init(Slot* s)
{
    ev_init(&s->w->w, any_called);
    s->w->w.data = s;
}

/* What the library may send. */
static int slot_bits(const Slot* s)
{
    return s->kind == IO ? EV_READ | EV_WRITE | EV_ERROR : kinds[s->kind].type;
}

static int slot_active(const Slot* s) { return ev_is_active(&s->w->w); }
static int slot_pending(const Slot* s) { return ev_is_pending(&s->w->w); }
static int slot_in_use(const Slot* s)
{
    return slot_active(s) || slot_pending(s);
}

/* A fresh watcher; what was there is freed and must be touched by nobody. */
static void slot_renew(Slot* s)
{
    free(s->w);
    s->w = malloc(kinds[s->kind].size);
    must(s->w);
    memset(s->w, 0xa5, kinds[s->kind].size); /* ev_init must do */
    slot_init(s);
    s->fed = s->invoked = s->calls = s->set = 0;
    s->quiet = 1;
}

static void slots_reset(void)
{
    for (int i = 0; i < slot_count; ++i) {
        slots[i].kind = i / per_kind;
        slot_renew(&slots[i]);
    }
}

static void slots_free(void)
{
    for (int i = 0; i < slot_count; ++i) {
        free(slots[i].w);
        slots[i].w = NULL;
    }
}

/* The references a watcher holds. */
static int slot_references(const Slot* s)
{
    const ev_embed* e = &s->w->embed;
    if (!slot_active(s) || s->kind == CLEANUP) return 0;
    if (s->kind != EMBED) return 1;
    return 1 + !!e->io.active + !!e->prepare.active + !!e->fork.active;
}

static int place_of(const struct ev_loop* loop)
{
    for (int i = 0; i < loop_count; ++i)
        if (places[i].loop == loop) return i;
    must(!"a loop of ours");
    return 0;
}

/* What ev_run must have returned. */
static void references_check(int place, int got)
{
    int expected = places[place].refs;
    if (places[place].onces) return;
    for (int i = 0; i < slot_count; ++i)
        if (slots[i].loop == place) expected += slot_references(&slots[i]);
    if (got != expected) trace("references: %d, not %d\n", got, expected);
    must(got == expected);
}

static void loops_verify(void)
{
    for (int i = 0; i < loop_count; ++i)
        if (places[i].loop) ev_verify(places[i].loop);
}

/* What an io watcher should be called for, if that is known: its fd is still
 * the file that it was when the watcher was set. */
static int io_known(const Slot* s)
{
    return s->fd >= 0 && fds[s->fd].open && fds[s->fd].fd == s->w->io.fd
        && fds[s->fd].closed == s->closed;
}

static int io_ready(const Slot* s)
{
    struct pollfd p = {s->w->io.fd, POLLIN | POLLOUT, 0};
    if (!io_known(s) || poll(&p, 1, 0) != 1) return 0;
    int both = p.revents & (POLLHUP | POLLERR);
    return s->w->io.events
         & ((both || p.revents & POLLIN ? EV_READ : 0)
            | (both || p.revents & POLLOUT ? EV_WRITE : 0));
}

/* Whether this call of a watcher is one that may come. */
static void call_check(const struct ev_loop* loop, const Slot* s, int revents)
{
    int own = slot_bits(s);
    must(places[s->loop].loop == loop);
    must(!s->quiet);
    must(!slot_pending(s));
    if (s->kind == IO && !(revents & EV_ERROR)) own = s->w->io.events;
    must(!(revents & ~(own | s->fed)));
    must(revents || s->fed);
    /* Called after its time, which is strictly in the past. */
    if (s->kind == TIMER && revents & ~s->fed && !slot_active(s))
        must(s->w->timer.at <= 0);
}

#endif
