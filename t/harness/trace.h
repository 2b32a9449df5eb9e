/* What was called, in order: each callback adds a word, the test compares the
 * line of words with the one it expects.
 */
#ifndef TRACE_H_
#define TRACE_H_

#include <string.h>

#include "harness.h"

typedef union ev_any_watcher Any;

static char trace_line[1024];

static inline void trace_add(const char* word)
{
    size_t used = strlen(trace_line);
    assert_true(used + strlen(word) + 2 <= sizeof trace_line);
    if (used) trace_line[used++] = ' ';
    strcpy(trace_line + used, word);
}

static inline void trace_clear(void) { trace_line[0] = 0; }

/* The line so far; the next word begins a new one. */
static inline const char* trace_take(void)
{
    static char taken[sizeof trace_line];
    strcpy(taken, trace_line);
    trace_clear();
    return taken;
}

#define assert_trace(expected) assert_string_equal(trace_take(), expected)

/* The events of the latest call of note. */
static int noted;

/* The plain callback: adds the watcher's name. */
static inline void note(struct ev_loop* loop, ev_watcher* w, int revents)
{
    (void)loop;
    noted = revents;
    trace_add((const char*)w->data);
}

typedef void (*Callback)(struct ev_loop* loop, ev_watcher* w, int revents);

/* Completes the initialisation of a watcher of any kind. */
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

static inline void prepare_init(ev_prepare* w, const char* name, Callback cb)
{
    ev_prepare_init(w, 0);
    named(w, name, cb);
}

static inline void check_init(ev_check* w, const char* name, Callback cb)
{
    ev_check_init(w, 0);
    named(w, name, cb);
}

static inline void fork_init(ev_fork* w, const char* name, Callback cb)
{
    ev_fork_init(w, 0);
    named(w, name, cb);
}

static inline void idle_init(ev_idle* w, const char* name, Callback cb)
{
    ev_idle_init(w, 0);
    named(w, name, cb);
}

/* Due at once when the delay is negative. */
static inline void timer_init(ev_timer* w, const char* name, Callback cb,
                              ev_tstamp after, ev_tstamp repeat)
{
    ev_timer_init(w, 0, after, repeat);
    named(w, name, cb);
}

static inline void io_init(ev_io* w, const char* name, Callback cb, int fd,
                           int events)
{
    ev_io_init(w, 0, fd, events);
    named(w, name, cb);
}

#endif
