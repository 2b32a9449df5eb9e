/* The kinds of watchers, each once, and what can be done with any of them: for
 * the tests that hold for all kinds, and for the nets.
 */
#ifndef EACH_KIND_H_
#define EACH_KIND_H_

#include "ev.h"

/* For each kind: its name, its event without EV_, and its letter in the
 * programs of the nets diff and wild. */
#define EACH_KIND(KIND)           \
    KIND(io, IO, 'I')             \
    KIND(timer, TIMER, 'T')       \
    KIND(periodic, PERIODIC, 'P') \
    KIND(signal, SIGNAL, 'S')     \
    KIND(child, CHILD, 'K')       \
    KIND(stat, STAT, 'V')         \
    KIND(idle, IDLE, 'D')         \
    KIND(prepare, PREPARE, 'R')   \
    KIND(check, CHECK, 'C')       \
    KIND(embed, EMBED, 'E')       \
    KIND(fork, FORK, 'F')         \
    KIND(cleanup, CLEANUP, 'X')   \
    KIND(async, ASYNC, 'A')

typedef struct Kind {
    const char* name;
    int type; /* its event bit */
    char letter;
    size_t size;
    void (*start)(struct ev_loop* loop, void* w);
    void (*stop)(struct ev_loop* loop, void* w);
} Kind;

#define KIND_FUNCTIONS(kind, event, letter)                            \
    static inline void kind##_start_any(struct ev_loop* loop, void* w) \
    {                                                                  \
        ev_##kind##_start(loop, (ev_##kind*)w);                        \
    }                                                                  \
    static inline void kind##_stop_any(struct ev_loop* loop, void* w)  \
    {                                                                  \
        ev_##kind##_stop(loop, (ev_##kind*)w);                         \
    }

EACH_KIND(KIND_FUNCTIONS)

#define KIND_ROW(kind, event, letter)                                         \
    {#kind,          EV_##event, letter, sizeof(ev_##kind), kind##_start_any, \
     kind##_stop_any},

static const Kind kinds[] = {EACH_KIND(KIND_ROW)};

enum { kinds_count = sizeof kinds / sizeof *kinds };

static inline const Kind* kind_of(char letter)
{
    const Kind* kind = kinds;
    while (kind->letter != letter) ++kind;
    return kind;
}

#endif
