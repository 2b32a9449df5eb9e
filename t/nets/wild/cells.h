/* Watchers of every kind: set, started, stopped, and changed while active. */
#ifndef WILD_CELLS_H_
#define WILD_CELLS_H_

#include "calls.h"

enum { signal_count = 3, own_signal = SIGUSR1, bad_slot = 8, far_slot = 9 };

static const int signums[signal_count] = {SIGURG, SIGWINCH, SIGCONT};

/* What a watcher is due later than at a tick: different for every one, and more
 * than what an implementation may round. */
static double fraction(const Cell* c)
{
    int hundredths = c->kind == 'P' ? 50 + 10 * c->index : 3 + 4 * c->index;
    return steps(hundredths) / 100;
}

static double repeat(const Cell* c, int n)
{
    return n ? steps(n) + fraction(c) : 0;
}

/* Of paths: these fractions add up, so that they must not soon make a tick. */
static double interval(int n) { return n ? steps(n) + steps(1) * .137 : 0; }

static int fd_arg(int n)
{
    if (n == bad_slot) return -1;
    return n == far_slot ? slot_number(10) : slot_fd(n % slot_count);
}

/* Inotify knows nothing of files that are not real. */
static const char* file_name(int n)
{
    int real = world.flags[loop_flags] & loop_inotify;
    return file_names[real ? real_file : n % file_count];
}

static void periodic_set(Cell* c, const int* n)
{
    ev_periodic* w = &c->u->periodic;
    int sort = n[2] % periodic_sorts;
    double start = sort == absolute ? ev_now(loop_of(c)) : base_wall;
    c->tag = sort == into_past ? -n[1] - 1 : n[1];
    ev_periodic_set(w, start + steps(n[0]) + fraction(c),
                    sort == at_intervals ? steps(n[1] + 1) : 0,
                    sort >= by_callback ? on_reschedule : NULL);
}

/* The macro ev_TYPE_set, with numbers for its arguments. */
static void cell_set(Cell* c, const int* n)
{
    union ev_any_watcher* u = c->u;
    if (c->kind == 'T')
        ev_timer_set(&u->timer, steps(n[0]) + fraction(c), repeat(c, n[1]));
    if (c->kind == 'P') periodic_set(c, n);
    if (c->kind == 'I') ev_io_set(&u->io, fd_arg(n[0]), n[1] & 3);
    if (c->kind == 'I') c->lazy = n[2] & 1;
    if (c->kind == 'S') ev_signal_set(&u->signal, signums[n[0] % signal_count]);
    if (c->kind == 'K') ev_child_set(&u->child, n[0] ? 1 << 29 | n[0] : 0, 0);
    if (c->kind == 'V') ev_stat_set(&u->stat, file_name(n[0]), interval(n[1]));
    if (c->kind == 'E') c->tag = n[0] % loop_count;
    if (c->kind == 'E') ev_embed_set(&u->embed, world.loops[c->tag]);
}

/* The macro ev_TYPE_init, upon whatever is there. */
static void cell_init(Cell* c, int priority, const int* n)
{
    ev_init(head(c), on_event);
    if (c->kind == 'E') ev_set_cb(&c->u->embed, n[1] & 1 ? on_embed : NULL);
    head(c)->data = c;
    ev_set_priority(head(c), priority);
    c->tainted = c->put_off = c->owed = c->calls = 0;
    cell_set(c, n);
}

/* Fresh memory, so that nobody can take it for the old. */
static void cell_renew(Cell* c)
{
    if (c->u && world.mistaken) return; /* the loop may know it still */
    if (c->u) memset(c->u, 0xdd, sizeof *c->u);
    free(c->u);
    c->u = (union ev_any_watcher*)calloc(1, sizeof *c->u);
    if (!c->u) abort();
}

static int signal_is_free(const Cell* c)
{
    for (int i = 0; i < cell_most; ++i) {
        Cell* other = cell_at('S', i);
        if (other->loop != c->loop && is_active(other)
            && other->u->signal.signum == c->u->signal.signum)
            return 0;
    }
    return 1;
}

/* Operations that libev does not survive are left out, unless it must. */
static int may_start(const Cell* c)
{
    return c->kind == 'K' ? !c->loop && world.flags[is_default]
         : c->kind == 'S' ? signal_is_free(c)
         : c->kind == 'E'
             ? world.backend >= EVBACKEND_EPOLL && c->tag != c->loop
             : 1;
}

/* With a timerfd 4.33 renews the time when the first one starts. */
static void periodic_prepare(const Cell* c)
{
    int timerfd = world.flags[loop_flags] & loop_timerfd;
    if (c->kind == 'P' && timerfd) ev_now_update(loop_of(c));
}

static void cell_start(Cell* c)
{
    if (!may_start(c)) return say(" (not allowed)");
    periodic_prepare(c);
    if (!is_active(c)) c->calls = c->owed = c->put_off = 0;
    c->stopped = 0;
    world.embeds |= c->kind == 'E';
    c->late = world.runs && world.wait_failed;
    kind_of(c->kind)->start(loop_of(c), head(c));
}

static void cell_stop(Cell* c)
{
    c->stopped = 1;
    c->served = 1; /* an event that was pending is dropped */
    c->owed = 0;
    kind_of(c->kind)->stop(loop_of(c), head(c));
}

static void cells_each(void visit(Cell*))
{
    for (size_t k = 0; k < sizeof letters - 1; ++k)
        for (int i = 0; i < cell_most; ++i) visit(&world.cells[k][i]);
}

static void cell_prepare(Cell* c)
{
    static const int nothing[op_words];
    cell_renew(c);
    cell_init(c, 0, nothing);
}

static void cell_quit(Cell* c)
{
    if (loop_of(c)) cell_stop(c);
}

#endif
