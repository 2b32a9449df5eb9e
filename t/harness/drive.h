/* Driving a loop in a test, and writing down which watchers it called.
 *
 * A watcher's `data` points at its name, one letter; callbacks note() it, and
 * the test compares `called` with the letters it expects, in order.
 */
#ifndef DRIVE_H_
#define DRIVE_H_

#include <string.h>
#include <time.h>

#include "harness.h"

static const double drive_patience = 20; /* then something hangs: seconds */

static char called[256];

static inline void note(const void* name)
{
    size_t n = strlen(called);
    assert_true(n + 1 < sizeof called);
    called[n] = *(const char*)name;
    called[n + 1] = 0;
}

static inline void called_reset(void) { memset(called, 0, sizeof called); }

/* The names noted since the last look must be `names`. */
#define assert_called(names)                \
    do {                                    \
        assert_string_equal(called, names); \
        called_reset();                     \
    } while (0)

static inline double monotonic(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + 1e-9 * (double)ts.tv_nsec;
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

/* Runs the loop for that long, whatever else it has to do. */
static inline void run_for(struct ev_loop* loop, double seconds)
{
    int timed_out;
    ev_timer end;

    drive_start(loop, &end, seconds, &timed_out);
    while (!timed_out) ev_run(loop, EVRUN_ONCE);
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

/* One blocking iteration. False: only the time ended it. */
static inline int run_once(struct ev_loop* loop)
{
    int timed_out;
    ev_timer end;

    drive_start(loop, &end, drive_patience, &timed_out);
    ev_run(loop, EVRUN_ONCE);
    ev_timer_stop(loop, &end);
    return !timed_out;
}

#endif
