/* Running a loop: an iteration, for a time, until something was seen. */
#ifndef DRIVE_H_
#define DRIVE_H_

#include <time.h>

#include "harness.h"

static const double drive_patience = 60; /* then something hangs: seconds */

static inline double monotonic(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + 1e-9 * (double)ts.tv_nsec;
}

/* One iteration that does not block; returns the references left. */
static inline int turn(struct ev_loop* loop)
{
    return ev_run(loop, EVRUN_NOWAIT);
}

static inline void run_end(struct ev_loop* loop, ev_timer* w, int revents)
{
    (void)w, (void)revents;
    ev_break(loop, EVBREAK_ALL);
}

/* Runs the loop with those flags; a timer ends that after so many seconds.
 * False: it did. */
static inline int run_within(struct ev_loop* loop, int flags, double seconds)
{
    ev_timer end;
    ev_timer_init(&end, run_end, seconds, 0.);
    ev_now_update(loop);
    ev_timer_start(loop, &end);
    ev_run(loop, flags);
    int in_time = ev_is_active(&end);
    ev_timer_stop(loop, &end);
    return in_time;
}

/* Runs the loop, blocking as it likes, for that many seconds. */
static inline void run_for(struct ev_loop* loop, double seconds)
{
    run_within(loop, 0, seconds);
}

/* One iteration that blocks, for long only if the library is broken. False:
 * only the time ended it. */
static inline int run_once(struct ev_loop* loop)
{
    return run_within(loop, EVRUN_ONCE, drive_patience);
}

static inline void drive_timeout(struct ev_loop* loop, ev_timer* w, int revents)
{
    (void)loop, (void)revents;
    *(int*)w->data = 1;
}

static inline void drive_start(struct ev_loop* loop, ev_timer* w, double after,
                               int* timed_out)
{
    *timed_out = 0;
    ev_timer_init(w, drive_timeout, after, 0.);
    w->data = timed_out;
    ev_now_update(loop);
    ev_timer_start(loop, w);
}

/* If that was not there before, the time for what is next begins. */
static inline void drive_on(struct ev_loop* loop, ev_timer* end, int count,
                            int* before)
{
    if (count == *before) return;
    *before = count;
    end->repeat = drive_patience;
    ev_timer_again(loop, end);
}

/* Runs the loop until *count reaches goal. False: it no longer grew for a time
 * far longer than anything these tests wait for. */
static inline int run_until(struct ev_loop* loop, volatile int* count, int goal)
{
    int timed_out, before = *count;
    ev_timer end;

    drive_start(loop, &end, drive_patience, &timed_out);
    while (*count < goal && !timed_out) {
        ev_run(loop, EVRUN_ONCE);
        drive_on(loop, &end, *count, &before);
    }
    ev_timer_stop(loop, &end);
    return *count >= goal;
}

#endif
