/* What was called, in order, as a string: every watcher notes its letter,
 * which its data member points at.
 */
#ifndef CALLS_H_
#define CALLS_H_

#include <string.h>

#include "harness.h"

static char calls[256];
static int calls_revents; /* of the latest call */

static inline void calls_clear(void) { calls[0] = 0; }

static inline void calls_note(const void* letter, int revents)
{
    size_t n = strlen(calls);
    assert_true(n + 1 < sizeof calls);
    calls[n] = *(const char*)letter;
    calls[n + 1] = 0;
    calls_revents = revents;
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

static inline void note_io(EV_P_ ev_io* w, int revents)
{
    (void)EV_A;
    calls_note(w->data, revents);
}

static inline void note_timer(EV_P_ ev_timer* w, int revents)
{
    (void)EV_A;
    calls_note(w->data, revents);
}

static inline void note_periodic(EV_P_ ev_periodic* w, int revents)
{
    (void)EV_A;
    calls_note(w->data, revents);
}

static inline void note_idle(EV_P_ ev_idle* w, int revents)
{
    (void)EV_A;
    calls_note(w->data, revents);
}

static inline void note_prepare(EV_P_ ev_prepare* w, int revents)
{
    (void)EV_A;
    calls_note(w->data, revents);
}

static inline void note_check(EV_P_ ev_check* w, int revents)
{
    (void)EV_A;
    calls_note(w->data, revents);
}

static inline void note_fork(EV_P_ ev_fork* w, int revents)
{
    (void)EV_A;
    calls_note(w->data, revents);
}

static inline void note_cleanup(EV_P_ ev_cleanup* w, int revents)
{
    (void)EV_A;
    calls_note(w->data, revents);
}

/* One iteration that does not wait; returns the references left. */
static inline int turn(struct ev_loop* loop)
{
    return ev_run(loop, EVRUN_NOWAIT);
}

/* A timer noting a letter, ready to be started. */
static inline ev_timer timer_of(const char* letter, double after, double repeat)
{
    ev_timer w;
    ev_timer_init(&w, note_timer, after, repeat);
    w.data = (void*)(uintptr_t)letter;
    return w;
}

static inline ev_periodic periodic_of(const char* letter, double offset,
                                      double interval)
{
    ev_periodic w;
    ev_periodic_init(&w, note_periodic, offset, interval, NULL);
    w.data = (void*)(uintptr_t)letter;
    return w;
}

static inline ev_prepare prepare_of(const char* letter)
{
    ev_prepare w;
    ev_prepare_init(&w, note_prepare);
    w.data = (void*)(uintptr_t)letter;
    return w;
}

static inline ev_check check_of(const char* letter)
{
    ev_check w;
    ev_check_init(&w, note_check);
    w.data = (void*)(uintptr_t)letter;
    return w;
}

static inline ev_idle idle_of(const char* letter)
{
    ev_idle w;
    ev_idle_init(&w, note_idle);
    w.data = (void*)(uintptr_t)letter;
    return w;
}

static inline ev_fork fork_of(const char* letter)
{
    ev_fork w;
    ev_fork_init(&w, note_fork);
    w.data = (void*)(uintptr_t)letter;
    return w;
}

static inline ev_cleanup cleanup_of(const char* letter)
{
    ev_cleanup w;
    ev_cleanup_init(&w, note_cleanup);
    w.data = (void*)(uintptr_t)letter;
    return w;
}

static inline ev_io io_of(const char* letter, int fd, int events)
{
    ev_io w;
    ev_io_init(&w, note_io, fd, events);
    w.data = (void*)(uintptr_t)letter;
    return w;
}

#endif
