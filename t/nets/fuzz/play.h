/* Verbs as bytes: which verb, on what. A callback plays a few of the input's
 * verbs too. */
#ifndef PLAY_H_
#define PLAY_H_

#include <setjmp.h>

#include "slots.h"

enum { depth_most = 6, steps_most = 3000, waits_most = 200 };

typedef struct Verb {
    const char* name;
    void (*play)(void);
} Verb;

static struct {
    int depth;             /* of callbacks, one in another */
    int steps;             /* verbs played */
    struct ev_loop* dying; /* in its destruction nobody may leave */
    int littered;          /* there may be files */
    int settling;          /* nothing changes any more */
    jmp_buf home;          /* of those who leave callbacks by longjmp */
} play;

static const struct {
    double values[16];
} delays = {
    {0, 0, -1, 0.001, 0.25, 0.5, 1, 1, 2, 3.5, 10, 59, 61, 3600, 1e5, 1. / 3}};

static double take_delay(void) { return delays.values[take(16)]; }

static int take_place(void)
{
    int i = take(loop_count);
    while (!places[i].loop) i = (i + 1) % loop_count;
    return i;
}

/* Where a watcher is in use or, if it is not, where it will be. */
static struct ev_loop* slot_loop(Slot* s)
{
    int place = take_place();
    if (!slot_in_use(s)) s->loop = place;
    must(places[s->loop].loop);
    return places[s->loop].loop;
}

static Slot* take_slot(void)
{
    Slot* s = &slots[take(slot_count)];
    trace(" %s%d%s%s", kinds[s->kind].name, (int)(s - slots) % per_kind,
          slot_active(s) ? "+" : "", slot_pending(s) ? "!" : "");
    return s;
}

static Slot* take_kind(int kind)
{
    Slot* s = &slots[kind * per_kind + take(per_kind)];
    trace(" %s%d%s%s", kinds[kind].name, (int)(s - slots) % per_kind,
          slot_active(s) ? "+" : "", slot_pending(s) ? "!" : "");
    return s;
}

static void play_verb(void);

static void called(struct ev_loop* loop, Slot* s, int revents)
{
    int place = place_of(loop);
    trace("%*s<%s%d on %d: %#x>\n", play.depth, "", kinds[s->kind].name,
          (int)(s - slots) % per_kind, place, (unsigned)revents);
    if (!s->invoked) {
        call_check(loop, s, revents);
        if (play.settling && s->kind == IO && io_known(s))
            must(!(revents & ~(io_ready(s) | s->fed)));
        s->fed = 0;
        if (!slot_active(s)) s->quiet = 1;
    }
    s->invoked = 0;
    ++s->calls;
    if (play.depth >= depth_most) return;

    ++play.depth;
    ++places[place].inside;
    for (int verbs = take(4); verbs && input_left(); --verbs) play_verb();
    --places[place].inside;
    --play.depth;
}

/* Once too many waits were made: every run ends. */
static void starved(void)
{
    for (int i = 0; i < loop_count; ++i)
        if (places[i].loop) ev_break(places[i].loop, EVBREAK_ALL);
}

/* Whether nobody is running it, so that it may be destroyed. */
static int place_idle(int i)
{
    const Place* p = &places[i];
    return p->loop && !p->inside && ev_depth(p->loop) == p->depth;
}

static void place_open(int i, unsigned flags)
{
    memset(&places[i], 0, sizeof places[i]);
    flags |= EVFLAG_NOENV;
    places[i].loop = i ? ev_loop_new(flags) : ev_default_loop(flags);
    must(places[i].loop);
    must(ev_depth(places[i].loop) == 0 && !ev_pending_count(places[i].loop));
}

/* Inotify now and then: the kernel takes 10 ms to close one. */
static unsigned take_flags(void)
{
    unsigned flags = (unsigned)take(256);
    return (1u << flags % 3) | (take(8) ? EVFLAG_NOINOTIFY : 0)
         | (flags & 16 ? EVFLAG_SIGNALFD : 0)
         | (flags & 32 ? EVFLAG_NOSIGMASK : 0)
         | (flags & 64 ? EVFLAG_NOTIMERFD : 0)
         | (flags & 128 ? EVFLAG_FORKCHECK : 0);
}

static int slot_leads_to(const Slot* s, const struct ev_loop* loop)
{
    return s->kind == EMBED && s->set && s->w->embed.other == loop;
}

static int embedded(int place)
{
    for (int i = 0; i < slot_count; ++i)
        if (slot_in_use(&slots[i])
            && slot_leads_to(&slots[i], places[place].loop))
            return 1;
    return 0;
}

/* Its watchers are orphans then, and are started again. */
static void place_close(int i)
{
    struct ev_loop* loop = places[i].loop;
    play.dying = loop;
    ev_loop_destroy(loop);
    play.dying = NULL;
    places[i].loop = NULL;
    for (int k = 0; k < slot_count; ++k)
        if (slots[k].loop == i || slot_leads_to(&slots[k], loop))
            slot_renew(&slots[k]);
}

#endif
