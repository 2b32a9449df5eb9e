/* The world of a differential program: loops, named watchers, and the trace of
 * all that happens to them.
 *
 * A watcher's name is its kind's letter and a number. It may have a script:
 * what its first, second, ... call is to do. Everything that is printed must
 * be the same with every right implementation, so fds, pids and addresses are
 * not, and the clocks are virtual and stand still but for the loop's waits.
 */
#ifndef WORLD_H_
#define WORLD_H_

#include "each_kind.h"
#include "frozen.h"
#include "say.h"

enum { loop_count = 2, kind_most = 8, group_most = 24, op_words = 4 };
enum { runs_most = 3, polls_most = 30, idle_most = 8 };

static const char letters[] = "TPIDRCFXASKVEOQ";

struct Verb;

typedef struct Op {
    const struct Verb* verb;
    struct Cell* cell;
    int n[op_words];
} Op;

typedef struct Group {
    const Op* ops;
    int count;
} Group;

/* A watcher and what belongs to it. */
typedef struct Cell {
    union ev_any_watcher u;
    char kind;
    int index;
    int loop;   /* the number of its loop */
    int tag;    /* meaning by kind */
    int mask;   /* of ev_once */
    double due; /* of a timer, as of the last wait */
    Group script[group_most];
    int calls, length;
} Cell;

static struct {
    struct ev_loop* loops[loop_count];
    Cell cells[sizeof letters - 1][kind_most];
    unsigned backend, flags;
    int begun;      /* the loops are made */
    int is_default; /* loop 0 is the default loop */
    int quiet;      /* no hooks are set but for invoking */
    int watched;    /* our library has metrics, ... */
    unsigned turns; /* of both loops, as of the last wait */
    int counted;    /* ev_pending_count can be compared */
    int running;    /* ev_run on the stack */
    int preparing;  /* prepare callbacks on the stack */
    int destroying; /* cleanup callbacks may come */
    int acquiring;  /* in an acquire callback */
    int nesting;    /* for the trace */
    int polls;      /* since the last operation at top level */
    int said;       /* a line, since the last poll */
    int idle;       /* polls since the last line, without time between */
    int invokes;    /* calls of the invoke hook */
    int hooked[loop_count];
    int references[loop_count];     /* ev_ref minus ev_unref */
    unsigned turns_old[loop_count]; /* of a former loop in its place */
} world;

static void say_line(void)
{
    world.idle = 0;
    world.said = 1;
    say("\n%*s", 2 * world.nesting, "");
}

static const double base_wall = 1800000000, base_mono = 1000000;

/* Different for every watcher, also its multiples, so that none are due at the
 * same time: of three such the order is not defined. Watcher 0 of a kind hits
 * the clock's grain. */
static double fraction(const Cell* c)
{
    static const int timers[] = {0, 101, 103, 107, 109, 113, 127, 131};
    static const int others[] = {0, 137, 139, 149, 151, 157, 163, 167};
    return (c->kind == 'T' ? timers : others)[c->index % kind_most] / 8388608.;
}

static double steps(int n) { return n / 64.; }

static struct ev_loop* loop_of(const Cell* c) { return world.loops[c->loop]; }

static int loop_number(struct ev_loop* loop) { return loop == world.loops[1]; }

/* A default loop recreated may count on; ours begins at 0. */
static unsigned turns(struct ev_loop* loop)
{
    return ev_iteration(loop) - world.turns_old[loop_number(loop)];
}

static ev_watcher* head(Cell* c) { return &c->u.w; }

static int is_active(Cell* c) { return !!ev_is_active(head(c)); }
static int is_pending(Cell* c) { return !!ev_is_pending(head(c)); }
static int is_free(Cell* c) { return !is_active(c) && !is_pending(c); }

static Cell* cell_at(char kind, int index)
{
    const char* k = strchr(letters, kind);
    return k ? &world.cells[k - letters][index % kind_most] : NULL;
}

/* No request of ev_once, and no hook of a loop. */
static int is_watcher(const Cell* c) { return !strchr("OQ", c->kind); }

static void say_now(struct ev_loop* loop)
{
    say(" now %.6f", ev_now(loop) - base_wall);
}

static void say_cell(Cell* c)
{
    say(" %c%d", c->kind, c->index);
    if (!is_watcher(c)) return;
    say("%s%s", is_active(c) ? " active" : "", is_pending(c) ? " pending" : "");
    if (c->kind == 'T')
        say(" left %.6f", ev_timer_remaining(loop_of(c), &c->u.timer));
    if (c->kind == 'P' && c->u.periodic.at != 0)
        say(" at %.6f", c->u.periodic.at - base_wall);
    if (c->kind == 'I') say(" mask %x", c->u.io.events);
    if (c->kind == 'V')
        say(" size %d links %d", (int)c->u.stat.attr.st_size,
            (int)c->u.stat.attr.st_nlink);
    if (c->kind == 'A') say(" sent %d", !!ev_async_pending(&c->u.async));
    say(" pri %d", ev_priority(head(c)));
}

static void op_run(const Op* op);

/* The next part of a cell's script. */
static void script_run(Cell* c)
{
    int now = c->calls++;
    if (now >= c->length) return;
    ++world.nesting;
    for (int i = 0; i < c->script[now].count; ++i)
        op_run(&c->script[now].ops[i]);
    --world.nesting;
}

#endif
