/* The smoke test of a configuration: on each backend, every kind of watcher
 * that is compiled in receives its event, and the loop ends by itself.
 *
 * It knows only the macros of ev.h, works with and without
 * EV_MULTIPLICITY, and is C89 as well as C++. With SMOKE_INCLUDE the library is
 * part of this file; with SMOKE_CALLBACK callbacks get no loop and the bits
 * first.
 */
#ifdef SMOKE_INCLUDE
#include "ev.c"
#elif defined EV_H
#include EV_H
#else
#include "ev.h"
#endif
#if EV_MULTIPLICITY
#include "relev.h"
#endif

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>

#ifdef SMOKE_CALLBACK
#define CALLBACK(type, name) static void name(int revents, struct ev_##type* w)
#else
#define CALLBACK(type, name) static EV_CB(type, name)
#endif

#ifdef SMOKE_CALLBACK
int smoke_callbacks; /* counted by its ev_set_cb */
#endif

#define LOOP EV_DEFAULT_UC
#define LOOP_ EV_DEFAULT_UC_

static int seen;         /* the events that were delivered */
static int wanted;       /* those that the round waits for */
static unsigned backend; /* of this round */

static void require(int fact, const char* what)
{
    if (fact) return;
    fprintf(stderr, "smoke: backend %u: %s\n", backend, what);
    exit(1);
}

static void note(int revents, int expected, const char* what)
{
    require(revents == expected, what);
    seen |= expected;
}

static int pipe_ends[2];

/* Whether memory for 64 entries of an index (core/index.hh) was asked for, and
 * since ev_stat_start. */
static int lists_asked, lists_wanted;

static void* memory(void* old, long size) EV_NOEXCEPT
{
    lists_asked |= size == (long)(64 * (sizeof(void*) + 4 * sizeof(int)));
    if (size) return realloc(old, (size_t)size);
    free(old);
    return 0;
}

CALLBACK(io, on_io)
{
    char c;
    require(read(w->fd, &c, 1) == 1, "reading the pipe");
    note(revents, EV_READ, "io");
    ev_io_stop(LOOP_ w);
}

CALLBACK(timer, on_timer)
{
    note(revents, EV_TIMER, "timer");
    w->repeat = 0;
    ev_timer_again(LOOP_ w);
}

CALLBACK(timer, on_limit)
{
    (void)w, (void)revents;
    fprintf(stderr, "smoke: seen %#x of %#x\n", (unsigned)seen,
            (unsigned)wanted);
    require(0, "nothing happens any more");
}

static void on_once(int revents, void* arg)
{
    require(arg == &seen && revents == EV_TIMER, "once");
    seen |= EV_CUSTOM;
}

static ev_io io;
static ev_timer timer, limit;

static void basics_start(void)
{
    require(pipe(pipe_ends) == 0, "pipe");
    require(write(pipe_ends[1], "x", 1) == 1, "writing the pipe");
    ev_io_init(&io, on_io, pipe_ends[0], EV_READ);
    ev_io_start(LOOP_ & io);

    ev_timer_init(&timer, on_timer, .002, .002);
    ev_set_priority(&timer, EV_MAXPRI);
    ev_timer_start(LOOP_ & timer);
    ev_once(LOOP_ - 1, 0, .001, on_once, &seen);

    ev_timer_init(&limit, on_limit, 10., 0.);
    ev_timer_start(LOOP_ & limit);
    ev_unref(LOOP);
    wanted |= EV_READ | EV_TIMER | EV_CUSTOM;
}

static void basics_end(void)
{
    require(!ev_is_active(&io) && !ev_is_active(&timer), "still active");
    ev_ref(LOOP);
    ev_timer_stop(LOOP_ & limit);
    close(pipe_ends[0]);
    close(pipe_ends[1]);
}

#include "hooks.h"
#include "kinds.h"
#include "priorities.h"

#include "beyond.h"
#include "effects.h"

#if EV_FEATURE_API
static void api_check(void)
{
    require(ev_iteration(LOOP) > 0 && ev_depth(LOOP) == 0, "counters");
    ev_verify(LOOP);
    ev_suspend(LOOP);
    ev_resume(LOOP);
    ev_set_userdata(LOOP_ & seen);
    require(ev_userdata(LOOP) == &seen, "userdata");
    require(ev_pending_count(LOOP) == 0, "pending");
}
#else
static void api_check(void) {}
#endif

static void round_of(unsigned bit)
{
    backend = bit;
    seen = wanted = 0;
    require(!!ev_default_loop(bit | EVFLAG_NOENV), "no default loop");
    require(ev_backend(LOOP) == bit, "another backend than asked for");
    common_set();

    basics_start();
    kinds_start();
    hooks_start();
    while (ev_run(LOOP_ EVRUN_ONCE)) {}
    require(seen == wanted, "an event is missing");
    require(ev_now(LOOP) > 1e9, "loop time");
    api_check();
    priorities_check();
    beyond_check();
    effects_check();
    basics_end();
    hooks_end();
    kinds_end();
    ev_loop_destroy(LOOP);
    require(cleaned(), "cleanup");
}

int main(void)
{
    unsigned bit, all = ev_supported_backends();

    require(ev_version_major() == 4 && ev_version_minor() == 33, "version");
    require(all != 0, "no backend");
    ev_set_allocator(memory);
    for (bit = 1; bit <= all; bit <<= 1)
        if (all & bit) round_of(bit);
    clocks_check();
    return 0;
}
