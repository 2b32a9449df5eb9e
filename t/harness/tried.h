/* A writer whose EV_WRITE the library may try before it registers the fd, in
 * frozen time, and ways to leave an iteration between the two. Define
 * _GNU_SOURCE before any include.
 */
#ifndef TRIED_H_
#define TRIED_H_

#include "fds.h"
#include "frozen.h"

enum { dead = EV_ERROR | EV_READ | EV_WRITE };

static struct ev_loop* loop;
static int s[2];
static Io io;
static ev_periodic periodic;
static jmp_buf left;
static int leaves; /* the next call of the reschedule callback leaves */

static inline ev_tstamp reschedule(ev_periodic* w, ev_tstamp now)
{
    (void)w;
    if (leaves) {
        leaves = 0;
        longjmp(left, 1);
    }
    return now + 10000;
}

static inline void ignore_periodic(EV_P_ ev_periodic* w, int revents)
{
    (void)EV_A, (void)w, (void)revents;
}

static inline void begin(void)
{
    waits_call = NULL;
    clock_freeze();
    loop = loop_new(0);
    pair_open(s);
    ev_periodic_init(&periodic, ignore_periodic, 0., 0., reschedule);
    ev_periodic_start(loop, &periodic);
    turn(loop);
}

static inline void finish(void)
{
    waits_call = NULL;
    waits_filter = NULL;
    ev_loop_destroy(loop);
    both_close(s);
    clock_thaw();
}

/* An iteration that is left after the changes of fds were passed to the backend
 * and before the wait: the wall clock was set. */
static inline void run_left(void)
{
    leaves = 1;
    clock_jump(100.);
    clock_advance(1.);
    if (!setjmp(left)) ev_run(loop, EVRUN_ONCE);
    assert_int_equal(leaves, 0);
}

/* A writer of a full file, and an iteration that is left after it was tried. */
static inline void writer_left(void)
{
    begin();
    bytes_fill(s[0]);
    io_on(loop, &io, s[0], EV_WRITE);
    run_left();
}

/* The next iteration, and each after it, reports the writer. */
static inline void assert_writable_ever_after(void)
{
    turn(loop);
    assert_true(io.calls > 0);
    for (int i = 0; i < 3; ++i) {
        io.calls = 0;
        turn(loop);
        assert_took(&io, EV_WRITE);
    }
    ev_verify(loop);
    finish();
}

static inline void guard_note(EV_P_ ev_timer* w, int revents)
{
    (void)EV_A, (void)revents;
    *(int*)w->data = 1;
}

/* One iteration that may wait. True: it waited until only the end of 20 s of
 * frozen time was left to come. */
static inline int run_waits(void)
{
    int waited = 0;
    ev_timer guard;

    ev_timer_init(&guard, guard_note, 20., 0.);
    guard.data = &waited;
    ev_timer_start(loop, &guard);
    ev_run(loop, EVRUN_ONCE);
    ev_timer_stop(loop, &guard);
    return waited;
}

/* The number of iterations out of ten that ended early. */
static inline int woken_of_ten(void)
{
    int woken = 0;
    for (int i = 0; i < 10; ++i) woken += !run_waits();
    return woken;
}

/* Is that system call one that only asks whether fds are writable? */
static inline int is_try(const char* name)
{
    return backend != EVBACKEND_POLL && !strcmp(name, "poll");
}

#endif
