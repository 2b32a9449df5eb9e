/* One watcher of each kind, for rules that hold for all of them. */
#ifndef KINDS_H_
#define KINDS_H_

#include <signal.h>
#include <unistd.h>

#include "calls.h"

typedef union ev_any_watcher Any;

typedef struct Kind {
    const char* name;
    void (*init)(Any* any);
    void (*start)(struct ev_loop* loop, Any* any);
    void (*stop)(struct ev_loop* loop, Any* any);
} Kind;

static int kinds_pipe[2];              /* nothing is ever written to it */
static struct ev_loop* kinds_embedded; /* an epoll loop */

#define KIND(type, set)                                          \
    static void type##_any_init(Any* any)                        \
    {                                                            \
        ev_init(&any->type, 0);                                  \
        named(any, #type, note);                                 \
        set;                                                     \
    }                                                            \
    static void type##_any_start(struct ev_loop* loop, Any* any) \
    {                                                            \
        ev_##type##_start(loop, &any->type);                     \
    }                                                            \
    static void type##_any_stop(struct ev_loop* loop, Any* any)  \
    {                                                            \
        ev_##type##_stop(loop, &any->type);                      \
    }

KIND(io, ev_io_set(&any->io, kinds_pipe[0], EV_READ))
KIND(timer, ev_timer_set(&any->timer, 100., 0.))
KIND(periodic, ev_periodic_set(&any->periodic, ev_time() + 100., 0., 0))
KIND(signal, ev_signal_set(&any->signal, SIGUSR1))
KIND(child, ev_child_set(&any->child, 1, 0))
KIND(stat, ev_stat_set(&any->stat, "/", 0.))
KIND(idle, (void)0)
KIND(prepare, (void)0)
KIND(check, (void)0)
KIND(embed, ev_embed_set(&any->embed, kinds_embedded))
KIND(fork, (void)0)
KIND(async, (void)0)
KIND(cleanup, (void)0)

#define KIND_ROW(type)                                            \
    {                                                             \
#type, type##_any_init, type##_any_start, type##_any_stop \
    }

/* Those that hold a reference, then cleanup, which holds none. */
static const Kind kinds[] = {
    KIND_ROW(io),      KIND_ROW(timer), KIND_ROW(periodic), KIND_ROW(signal),
    KIND_ROW(child),   KIND_ROW(stat),  KIND_ROW(idle),     KIND_ROW(prepare),
    KIND_ROW(check),   KIND_ROW(embed), KIND_ROW(fork),     KIND_ROW(async),
    KIND_ROW(cleanup),
};

enum { kinds_count = sizeof kinds / sizeof *kinds };

static inline int kind_holds(const Kind* kind)
{
    return strcmp(kind->name, "cleanup") != 0;
}

/* The kind's event bit. */
static inline int kind_type(const Kind* kind)
{
    static const int types[] = {EV_IO,     EV_TIMER, EV_PERIODIC, EV_SIGNAL,
                                EV_CHILD,  EV_STAT,  EV_IDLE,     EV_PREPARE,
                                EV_CHECK,  EV_EMBED, EV_FORK,     EV_ASYNC,
                                EV_CLEANUP};
    return types[kind - kinds];
}

/* What an error says of it: its fd, signal or process. */
static inline int kind_number(const Kind* kind, const Any* any)
{
    return kind_type(kind) == EV_IO     ? any->io.fd
         : kind_type(kind) == EV_SIGNAL ? any->signal.signum
         : kind_type(kind) == EV_CHILD  ? any->child.pid
                                        : -1;
}

static inline void kinds_open(void)
{
    assert_return_code(pipe(kinds_pipe), 0);
    kinds_embedded = ev_loop_new(EVBACKEND_EPOLL);
    assert_non_null(kinds_embedded);
}

static inline void kinds_close(void)
{
    ev_loop_destroy(kinds_embedded);
    close(kinds_pipe[0]), close(kinds_pipe[1]);
}

#endif
