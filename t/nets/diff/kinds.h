/* Starting, stopping and setting a watcher of any kind. What would be a user's
 * mistake is left out: 4.33 would abort.
 */
#ifndef DIFF_KINDS_H_
#define DIFF_KINDS_H_

#include "calls.h"

static int signal_free(const Cell* c)
{
    for (int i = 0; i < kind_most; ++i) {
        Cell* other = cell_at('S', i);
        if (other->loop != c->loop && is_active(other)
            && other->u.signal.signum == c->u.signal.signum)
            return 0;
    }
    return c->u.signal.signum != SIGCHLD || (!c->loop && world.is_default);
}

static int may_embed(const Cell* c)
{
    return !c->loop && !world.destroying && world.backend == EVBACKEND_EPOLL;
}

static int may_start(const Cell* c)
{
    return c->kind == 'I' ? slots[slot_of(c)].open
         : c->kind == 'S' ? !world.destroying && signal_free(c)
         : c->kind == 'K' ? !c->loop && world.is_default
         : c->kind == 'E' ? may_embed(c)
         : c->kind == 'X' ? !world.destroying
                          : 1;
}

static void cell_start(Cell* c)
{
    struct ev_loop* l = loop_of(c);
    if (!may_start(c)) return say(" (not allowed)");
    /* With a timerfd 4.33 renews the time on the first start. */
    if (c->kind == 'P' && !(world.flags & EVFLAG_NOTIMERFD)) ev_now_update(l);

    if (c->kind == 'E') slots_forget(1);
    kind_of(c->kind)->start(l, head(c));
}

static void cell_stop(Cell* c)
{
    if (is_watcher(c)) kind_of(c->kind)->stop(loop_of(c), head(c));
}

static double repeat_of(const Cell* c, int n)
{
    return n ? steps(n) + fraction(c) : 0;
}

enum { absolute, at_intervals, by_callback, periodic_sorts };

/* Like ev_periodic_set, allowed at any time. */
static void periodic_tune(Cell* c, int offset, int interval, int sort)
{
    ev_periodic* w = &c->u.periodic;
    double start = sort == absolute ? ev_now(loop_of(c)) : base_wall;
    w->offset = start + steps(offset) + fraction(c);
    w->interval = sort == at_intervals ? steps(interval + 1) : 0;
    w->reschedule_cb = sort == by_callback ? on_reschedule : NULL;
    c->tag = interval;
}

static void embed_set(Cell* c, int with_callback)
{
    int priority = 1; /* of no slot, so that the order of fds is no question */
    ev_embed_init(&c->u.embed, with_callback ? on_embed : NULL, world.loops[1]);
    ev_set_priority(&c->u.embed, priority);
    head(c)->data = c;
    c->tag = with_callback;
}

/* Only for a cell that is neither active nor pending. */
static void cell_set(Cell* c, const int* n)
{
    int priority = ((n[0] % 5) + 5) % 5 - 2;
    if (c->kind == 'E') return embed_set(c, n[1] & 1);
    if (c->kind == 'I') priority = slot_priority(n[1] % slot_count);
    /* Read from a signalfd, 4.33 calls those of a higher number first. */
    if (c->kind == 'S' && world.flags & EVFLAG_SIGNALFD)
        priority = n[1] % 4 - 2;
    ev_set_priority(head(c), priority);

    if (c->kind == 'T')
        ev_timer_set(&c->u.timer, steps(n[1]) + fraction(c),
                     repeat_of(c, n[2]));
    if (c->kind == 'P') periodic_tune(c, n[1], n[2], n[3] % periodic_sorts);
    if (c->kind == 'I')
        ev_io_set(&c->u.io, slot_fd(n[1] % slot_count), n[2] & 3);
    if (c->kind == 'S') ev_signal_set(&c->u.signal, signums[n[1] % 4]);
    if (c->kind == 'K')
        ev_child_set(&c->u.child, n[1] ? last_pids[n[1] % child_count] : 0,
                     n[2] & 1);
    if (c->kind == 'V')
        ev_stat_set(&c->u.stat, file_names[n[1] % file_count], steps(n[2]));
}

static void cell_init(Cell* c)
{
    static const int nothing[op_words] = {2, 0, 0, 0};
    ev_init(head(c), on_event);
    head(c)->data = c;
    if (c->kind == 'O') c->tag = once_idle;
    else if (c->kind != 'Q') cell_set(c, nothing);
}

#endif
