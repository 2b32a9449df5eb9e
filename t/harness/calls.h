/* What was called, in order: each callback adds the name of its watcher, which
 * `data` points at, and the test compares `calls` with what it expects. Names
 * of one letter stand side by side, there is a space around longer ones.
 */
#ifndef CALLS_H_
#define CALLS_H_

#include <string.h>

#include "drive.h"
#include "each_kind.h"

static char calls[1024];
static int calls_revents; /* of the latest call */

static inline void calls_clear(void) { memset(calls, 0, sizeof calls); }

static inline void calls_add(const void* name)
{
    static int apart; /* the latest name was a long one */
    size_t used = strlen(calls), n = strlen((const char*)name);
    int is_long = n > 1;

    assert_true(used + n + 2 <= sizeof calls);
    if (used && (apart || is_long)) calls[used++] = ' ';
    strcpy(calls + used, (const char*)name);
    apart = is_long;
}

static inline void calls_note(const void* name, int revents)
{
    calls_add(name);
    calls_revents = revents;
}

/* A name of one letter. */
static inline const char* letter_of(char c)
{
    static char names[128][2];
    names[(int)c][0] = c;
    return names[(int)c];
}

/* The calls since the last time, which are forgotten. */
static inline const char* calls_take(void)
{
    static char taken[sizeof calls];
    strcpy(taken, calls);
    calls_clear();
    return taken;
}

#define assert_calls(expected) assert_string_equal(calls_take(), expected)

/* A loop, and nothing called so far. */
static inline struct ev_loop* loop_fresh(unsigned flags)
{
    calls_clear();
    return loop_new(flags);
}

typedef void (*Callback)(struct ev_loop* loop, ev_watcher* w, int revents);

/* The callback that only notes the call, for a watcher of any kind. */
static inline void note(struct ev_loop* loop, ev_watcher* w, int revents)
{
    (void)loop;
    calls_note(w->data, revents);
}

/* Completes the initialization of a watcher of any kind. */
static inline void named(void* watcher, const char* name, Callback cb)
{
    ev_watcher* w = (ev_watcher*)watcher;
    w->data = (void*)(uintptr_t)name;
    ev_set_cb(w, cb);
}

/* A watcher of no kind: it can be fed, but not started. */
static inline void fed_init(ev_watcher* w, const char* name, Callback cb,
                            int priority)
{
    ev_init(w, cb);
    ev_set_priority(w, priority);
    named(w, name, cb);
}

/* The same callback, with the type of each kind: note_io, ... */
#define NOTE(type, event, letter)                                          \
    static inline void note_##type(EV_P_ struct ev_##type* w, int revents) \
    {                                                                      \
        (void)EV_A;                                                        \
        calls_note(w->data, revents);                                      \
    }

EACH_KIND(NOTE)

/* A watcher that notes its calls, ready to be started: timer_of("a", 1, 0). */
#define WATCHER_OF(type, parameters, set)        \
    static inline ev_##type type##_of parameters \
    {                                            \
        ev_##type w;                             \
        ev_init(&w, note_##type);                \
        set;                                     \
        w.data = (void*)(uintptr_t)name;         \
        return w;                                \
    }

WATCHER_OF(io, (const char* name, int fd, int events),
           ev_io_set(&w, fd, events))
WATCHER_OF(timer, (const char* name, double after, double repeat),
           ev_timer_set(&w, after, repeat))
WATCHER_OF(periodic, (const char* name, double offset, double interval),
           ev_periodic_set(&w, offset, interval, NULL))
WATCHER_OF(idle, (const char* name), (void)0)
WATCHER_OF(prepare, (const char* name), (void)0)
WATCHER_OF(check, (const char* name), (void)0)
WATCHER_OF(fork, (const char* name), (void)0)
WATCHER_OF(cleanup, (const char* name), (void)0)

/* The same with another callback: timer_init(&w, "a", cb, 1, 0). */
#define WATCHER_INIT(type, parameters, set)             \
    static inline void type##_init parameters           \
    {                                                   \
        ev_init(w, (void (*)(EV_P_ ev_##type*, int))0); \
        set;                                            \
        named(w, name, cb);                             \
    }

WATCHER_INIT(io, (ev_io * w, const char* name, Callback cb, int fd, int events),
             ev_io_set(w, fd, events))
WATCHER_INIT(timer,
             (ev_timer * w, const char* name, Callback cb, double after,
              double repeat),
             ev_timer_set(w, after, repeat))
WATCHER_INIT(idle, (ev_idle * w, const char* name, Callback cb), (void)0)
WATCHER_INIT(prepare, (ev_prepare * w, const char* name, Callback cb), (void)0)
WATCHER_INIT(check, (ev_check * w, const char* name, Callback cb), (void)0)
WATCHER_INIT(fork, (ev_fork * w, const char* name, Callback cb), (void)0)

#endif
