/* The state of a wild program: loops, watchers, and the trace of what happens
 * to them.
 *
 * Lines of the trace that begin with "> " repeat the operations, all others
 * are results. A line "wrong: ..." is an error that needs no comparison.
 */
#ifndef WILD_H_
#define WILD_H_

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "../diff/say.h"
#include "clock.h"
#include "each_kind.h"
#include "harness.h"

enum { loop_count = 3, cell_most = 4, op_words = 8, group_most = 12 };
enum { calls_most = 6, events_most = 64 };
enum { memory_most = 1 << 24, runs_most = 3 };
enum { idle_waits_most = 200, busy_waits_most = 20 };

static const char letters[] = "TPIDRCFASKVE";

struct Verb;

typedef struct Op {
    const struct Verb* verb;
    struct Cell* cell;
    const struct Op* later; /* of `at`: what is to be done then */
    int n[op_words];
} Op;

typedef struct Group {
    const Op* ops;
    int count;
} Group;

/* A name for a watcher. The watcher has memory of its own, which is given back
 * when the cell is set again. */
typedef struct Cell {
    union ev_any_watcher* u;
    char kind;
    int index;
    int loop;
    int tag;     /* meaning by kind */
    int calls;   /* since it was started */
    int stopped; /* by the program, and not started or fed since */
    int tainted; /* the kernel may not know its descriptor any more */
    int put_off; /* a timer that was active when it was put off */
    int owed;    /* a signal was raised for it, or a fork watcher is due */
    int served;  /* calls in this run of the loop */
    int late;    /* started by a script that 4.33 may run an iteration later */
    int lazy;    /* does not read what made it ready */
    Group script[group_most];
    int length, played;
} Cell;

static struct {
    struct ev_loop* loops[loop_count];
    Cell cells[sizeof letters - 1][cell_most];
    unsigned backend;
    int stands_in; /* this is epoll, to be compared with kqueue */
    int begun, far;
    int flags[op_words];              /* the words of `config` */
    int running[runs_most + 1], runs; /* loops in ev_run, innermost last */
    int nesting;                      /* for the trace */
    int mistaken;                     /* a watcher was changed while active */
    int unverified;                   /* a timer was: ev_verify would tell */
    int unembedded;  /* an active embed watcher was initialized */
    int embeds;      /* one was started */
    int in_child;    /* this process was forked */
    int renewed;     /* and the loop was told */
    int destroying;  /* a loop */
    int ending;      /* nothing is done any more */
    int idle_waits;  /* without time or callbacks between */
    int busy_waits;  /* without time between */
    int called;      /* was who waits for something, in this run */
    int interrupted; /* by the program's own handler, likewise */
    int signaled;    /* a signal was raised that loops watch, likewise */
    int wait_failed; /* the system refused to wait, in this run */
    int waiting;     /* the loop is in a system call that waits */
    double timeout;  /* of the last such call */
    int closed_all;  /* closefrom was called */
    long memory;     /* bytes of the library */
    sigjmp_buf jump;
    int may_jump;
} world;

/* The words of `config`. */
enum {
    is_default, /* loop 0 is the default loop */
    loop_flags, /* bits: loop_signalfd, ... */
    uptime,     /* of the machine, in seconds */
    on_failure, /* how_abort, ... */
    is_real     /* time passes, instead of being set */
};
enum { loop_signalfd = 1, loop_forkcheck = 2, loop_timerfd = 4 };
enum { loop_inotify = 8, loop_hooks = 16 };
enum { how_abort, how_mend, how_jump };

static void say_line(void) { say("\n%s", world.in_child ? "child: " : ""); }

/* A state that no program may see: the run ends here. */
#define wrong(...)                                    \
    do {                                              \
        say_line(), say("wrong: "), say(__VA_ARGS__); \
        _exit(4);                                     \
    } while (0)

static const double base_wall = 1800000000;

/* Time is counted in ticks: all that happens falls on one. */
static int64_t tick_ns(void)
{
    return world.flags[is_real] ? 2000000 : clock_ns / 8;
}

static double steps(int n) { return n * (double)tick_ns() / clock_ns; }

static int64_t mono_ns(void) { return clock_reading(CLOCK_MONOTONIC); }

static int64_t ticks(void)
{
    if (world.flags[is_real]) return 0; /* differs from run to run */
    int64_t base = (int64_t)world.flags[uptime] * clock_ns;
    return (mono_ns() - base) / tick_ns();
}

static struct ev_loop* loop_of(const Cell* c) { return world.loops[c->loop]; }

static ev_watcher* head(const Cell* c) { return &c->u->w; }
static int is_active(const Cell* c) { return !!ev_is_active(head(c)); }
static int is_pending(const Cell* c) { return !!ev_is_pending(head(c)); }

static Cell* cell_at(char kind, int index)
{
    const char* k = strchr(letters, kind);
    return k && *k ? &world.cells[k - letters][index % cell_most] : NULL;
}

static int slot_number(int index);

static void op_run(const Op* op);

/* The library's memory is counted: it must not grow without end. */
static void* allocate(void* old, long size)
{
    static const size_t extra = 16;
    char* block = old ? (char*)old - extra : NULL;
    if (block) world.memory -= *(long*)block;
    if (!size) {
        free(block);
        return NULL;
    }
    world.memory += size;
    if (world.memory > memory_most) wrong("memory grows");
    block = (char*)realloc(block, (size_t)size + extra);
    if (!block) return NULL;
    *(long*)block = size;
    return block + extra;
}

#endif
