/* Growth: what operations cost when there is much of something.
 *
 * A scenario is an operand, n things that are alike (watchers of one fd,
 * timers, loops), and an operation on all of them. The driver does it for n, 2n
 * and 4n, each in a process of its own, and valgrind counts what it takes.
 */
#ifndef GROWTH_H_
#define GROWTH_H_

#include <stddef.h>

#include "each_kind.h"
#include "event.h"

typedef union Any {
    struct ev_watcher w;
    ev_io io;
    ev_timer timer;
    ev_periodic periodic;
    ev_signal signal;
    ev_child child;
    ev_stat stat;
    ev_idle idle;
    ev_prepare prepare;
    ev_check check;
    ev_fork fork;
    ev_cleanup cleanup;
    ev_async async;
    ev_embed embed;
    struct event event;
    struct ev_loop* loop;
    int fd;
} Any;

typedef struct World {
    const struct Operand* operand;
    struct ev_loop* loop;
    char* all;     /* n of Any, */
    size_t stride; /* so far from each other */
    int* mixed;    /* the numbers below n, without order */
    int n;
} World;

static inline Any* at(const World* world, int i)
{
    return (Any*)(world->all + (size_t)i * world->stride);
}

static inline int place_of(const World* world, const Any* any)
{
    return (int)((size_t)((const char*)any - world->all) / world->stride);
}

/* What sort of things an operand is; an operation suits some. */
enum {
    of_io = 1,
    of_timer = 2,
    of_periodic = 4,
    of_signal = 8,
    of_child = 16,
    of_stat = 32,
    of_idle = 64,
    of_hook = 128, /* prepare, check, fork, cleanup */
    of_async = 256,
    of_embed = 512,
    of_event = 1024, /* of event.h */
    of_once = 2048,
    of_loop = 4096,
    of_regular = 8192,   /* io, regular files */
    of_fds = 16384,      /* io, an fd each */
    of_observed = 65536, /* timers of a loop that is observed */
    of_fds_observed = 131072,
    of_chain = 32768,   /* the callback of one makes the next one pending */
    of_handed = 262144, /* io: other processes get the files */
    of_handed_at_once = 1048576,
    of_nested = 524288, /* timers of a loop that embeds others */

    watchers = of_io | of_timer | of_periodic | of_signal | of_child | of_stat
             | of_idle | of_hook | of_async | of_embed | of_event | of_regular
             | of_fds,
    observed = of_observed | of_fds_observed,
};

typedef struct Operand {
    const char* name;
    int sort;
    void (*open)(World* world); /* what they are for; or null */
    void (*init)(World* world, Any* any, int i);
    void (*start)(World* world, Any* any);
    void (*stop)(World* world, Any* any);
    void (*ready)(World* world, int i); /* makes it report; null: cannot be */
    void (*calm)(World* world, int i);  /* ends that; null: ends by itself */
    unsigned flags;                     /* of the loop */
    int traits;
} Operand;

enum {
    together = 1,     /* making one ready makes many ready */
    by_default = 2,   /* in the default loop */
    never_active = 8, /* starting them does not make them active */
    uncalled = 16,    /* they have no callback */
    quarter = 32,     /* a quarter as many will do */
    strided = 64,     /* also far from each other */
    alike = 128,      /* compared with others of ours, see growth.py */
};

typedef struct Operation {
    const char* name;
    int suits;
    int needs;
    void (*run)(World* world);
    int (*fine)(const World* world); /* it did what it is to measure */
} Operation;

enum {
    started = 1,    /* all were started, and the kernel knows */
    fed = 2,        /* all have a pending event */
    able = 4,       /* all can be made ready */
    one_by_one = 8, /* each alone */
    reached = 16,   /* all are ready */
    callable = 32,  /* they have callbacks */
    strides = 64,   /* also with addresses far from each other */
};

/* Each ends with a row without a name. */
extern const Operand operands_io[], operands_time[], operands_kinds[],
    operands_loops[], operands_once[], operands_handed[], operands_nested[];
extern const Operation operations_common[], operations_some[],
    operations_event[], operations_handed[], operations_nested[];

extern int calls; /* of callbacks */

static inline int any_state(const World* world)
{
    (void)world;
    return 1;
}

static inline int none_called(const World* world)
{
    (void)world;
    return !calls;
}

static inline int all_called(const World* world) { return calls >= world->n; }

static inline void turn(World* world) { ev_run(world->loop, EVRUN_NOWAIT); }

/* world.c */
int counter(void); /* a new eventfd */
void warm_up(void);
void world_open(World* world, const Operand* operand, int n, size_t stride);
void world_prepare(World* world, int needs);
int any_active(const Any* any, const Operand* operand);

/* virtual.c: clocks that go on when told, and waits that take no time. */
void time_forward(double seconds);
void time_set(double seconds); /* the wall clock jumps */
void child_end(int pid);       /* what waitpid reports from now on */

/* Start and stop of each kind of watcher, and a callback that counts. */
#define OPERAND(type, event, letter)                                      \
    static inline void type##_note(EV_P_ struct ev_##type* w, int events) \
    {                                                                     \
        (void)EV_A, (void)w, (void)events;                                \
        ++calls;                                                          \
    }                                                                     \
    static inline void type##_on(World* world, Any* any)                  \
    {                                                                     \
        ev_##type##_start(world->loop, &any->type);                       \
    }                                                                     \
    static inline void type##_off(World* world, Any* any)                 \
    {                                                                     \
        ev_##type##_stop(world->loop, &any->type);                        \
    }

EACH_KIND(OPERAND)

#endif
