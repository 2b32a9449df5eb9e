/* The operations of a program. Each says what came of it. */
#ifndef VERBS_H_
#define VERBS_H_

#include "kinds.h"

typedef void Run(const Op* op);

typedef struct Verb {
    const char* name;
    Run* run;
    const char* on; /* the kinds it can be used on; empty: no cell */
} Verb;

static int loop_arg(const Op* op) { return op->n[0] % loop_count; }
static int slot_arg(const Op* op) { return op->n[0] % slot_count; }
static int child_arg(const Op* op) { return op->n[0] % child_count; }

static struct ev_loop* the_loop(const Op* op)
{
    return world.loops[loop_arg(op)];
}

static void run_start(const Op* op) { cell_start(op->cell); }
static void run_stop(const Op* op) { cell_stop(op->cell); }

static void run_again(const Op* op)
{
    Cell* c = op->cell;
    struct ev_loop* l = loop_of(c);
    if (c->kind == 'T') return ev_timer_again(l, &c->u.timer);
    if (!(world.flags & EVFLAG_NOTIMERFD)) ev_now_update(l);
    ev_periodic_again(l, &c->u.periodic);
}

static void run_set(const Op* op)
{
    if (is_free(op->cell)) cell_set(op->cell, op->n);
    else say(" (in use)");
}

static void run_tune(const Op* op)
{
    Cell* c = op->cell;
    if (c->kind == 'T') c->u.timer.repeat = repeat_of(c, op->n[0]);
    else periodic_tune(c, op->n[0], op->n[1], op->n[2] % periodic_sorts);
}

static void run_modify(const Op* op)
{
    if (!is_active(op->cell)) ev_io_modify(&op->cell->u.io, op->n[0] & 3);
}

static void run_move(const Op* op)
{
    if (is_free(op->cell)) op->cell->loop = op->n[0] % loop_count;
}

/* An embed watcher may have no callback; and 4.33 raises the priority of a
 * child watcher that is pending already, which must not be done. */
static int callable(Cell* c)
{
    return c->kind == 'E' ? c->tag
         : c->kind == 'K' ? ev_priority(head(c)) == EV_MAXPRI
                          : 1;
}

static void run_feed(const Op* op)
{
    Cell* c = op->cell;
    if (callable(c)) ev_feed_event(loop_of(c), head(c), op->n[0]);
}

static void run_clear(const Op* op)
{
    int events = ev_clear_pending(loop_of(op->cell), head(op->cell));
    say(" had %x", (unsigned)events);
}

static void run_invoke(const Op* op)
{
    Cell* c = op->cell;
    if (callable(c)) ev_invoke(loop_of(c), head(c), op->n[0]);
}

static void run_send(const Op* op)
{
    Cell* c = op->cell;
    if (is_active(c)) ev_async_send(loop_of(c), &c->u.async);
}

static void run_sweep(const Op* op)
{
    Cell* c = op->cell;
    if (world.acquiring || world.preparing || world.running >= runs_most)
        return;
    ++world.running;
    if (is_active(c)) ev_embed_sweep(loop_of(c), &c->u.embed);
    --world.running;
}

static void run_feed_fd(const Op* op)
{
    ev_feed_fd_event(the_loop(op), slot_fd(op->n[1] % slot_count),
                     op->n[2] & 3);
}

/* Without a wake-up channel, which a signalfd makes needless, 4.33 aborts. */
static void run_feed_signal(const Op* op)
{
    if (world.flags & EVFLAG_SIGNALFD) return;
    ev_feed_signal(signums[op->n[0] % 4]);
}

static void run_feed_signal_event(const Op* op)
{
    ev_feed_signal_event(the_loop(op), signums[op->n[1] % 4]);
}

static void run_raise(const Op* op) { kill(getpid(), signums[op->n[0] % 4]); }

static void run_write(const Op* op)
{
    if (slots[slot_arg(op)].peer) fd_write(slot_peer(slot_arg(op)));
}

static void run_read(const Op* op)
{
    if (slots[slot_arg(op)].open) fd_drain(slot_fd(slot_arg(op)));
}

static void run_fill(const Op* op)
{
    if (slots[slot_arg(op)].open) fd_fill(slot_fd(slot_arg(op)));
}

static void run_drain(const Op* op)
{
    if (slots[slot_arg(op)].peer) fd_drain(slot_peer(slot_arg(op)));
}

static void run_shut(const Op* op) { slot_shut(slot_arg(op)); }

static void run_close(const Op* op)
{
    if (!slots[slot_arg(op)].onces) slot_close(slot_arg(op));
}

static void run_open(const Op* op)
{
    if (!slots[slot_arg(op)].onces)
        slot_open(slot_arg(op), op->n[1] % file_kinds);
}

static void run_dup(const Op* op)
{
    int to = op->n[1] % slot_count;
    if (!slots[to].onces) slot_dup(slot_arg(op), to);
}

/* Closed under the eyes of its watchers; 4.33 survives it on select only. */
static void run_kill(const Op* op)
{
    int s = slot_arg(op);
    if (world.backend != EVBACKEND_SELECT || slots[s].onces) return;
    if (slots[s].open) close(slot_fd(s));
    slots[s].open = 0;
}

static void run_spawn(const Op* op) { child_spawn(child_arg(op)); }
static void run_finish(const Op* op) { child_finish(child_arg(op), op->n[1]); }
static void run_halt(const Op* op) { child_halt(child_arg(op)); }
static void run_continue(const Op* op) { child_continue(child_arg(op)); }

static void run_file(const Op* op)
{
    file_sizes[op->n[0] % file_count] = op->n[1];
}

static void run_advance(const Op* op) { clock_advance(steps(op->n[0])); }

static void run_jump(const Op* op) { clock_jump(steps(op->n[0])); }

#endif
