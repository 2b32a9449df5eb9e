/* A virtual clock for tests: clock_gettime and gettimeofday, defined in the
 * program, replace those of libc in the library under test too.
 *
 * Only the realtime and monotonic clocks are virtual, and only for readers:
 * the kernel's waits take true time. So a test on frozen clocks runs the loop
 * with EVRUN_NOWAIT, or sees to it that something else ends the wait.
 *
 * Frozen clocks stand at a multiple of 1/64 s, which is an exact fraction and a
 * whole number of microseconds: as long as a test adds multiples of that only,
 * sums of loop time and timeouts are exact and may be compared with ==.
 *
 * Not for use while another thread reads the time.
 */
#ifndef CLOCK_H_
#define CLOCK_H_

#include <stdint.h>

#include "kernel.h"

enum { clock_ns = 1000000000, clock_grain = clock_ns / 64 };

static struct {
    int frozen;
    int64_t mono, real; /* ns: the reading if frozen, else added to it */
} clock_state;

static inline int64_t clock_true(clockid_t id)
{
    struct timespec ts = {0, 0};
    kernel_clock_gettime(id, &ts);
    return (int64_t)ts.tv_sec * clock_ns + ts.tv_nsec;
}

static inline int64_t clock_from_seconds(double s)
{
    return (int64_t)(s * clock_ns + (s < 0 ? -0.5 : 0.5));
}

static inline int64_t clock_reading(clockid_t id)
{
    int64_t ns = id == CLOCK_MONOTONIC ? clock_state.mono
               : id == CLOCK_REALTIME  ? clock_state.real
                                       : 0;
    int is_virtual = id == CLOCK_MONOTONIC || id == CLOCK_REALTIME;
    return is_virtual && clock_state.frozen ? ns : clock_true(id) + ns;
}

/* Both clocks stand still, at the true present. */
static inline void clock_freeze(void)
{
    int64_t mono = clock_true(CLOCK_MONOTONIC) + clock_grain;
    int64_t real = clock_true(CLOCK_REALTIME) + clock_grain;
    clock_state.mono = mono - mono % clock_grain;
    clock_state.real = real - real % clock_grain;
    clock_state.frozen = 1;
}

/* Both clocks move on together, frozen or not. */
static inline void clock_advance(double s)
{
    clock_state.mono += clock_from_seconds(s);
    clock_state.real += clock_from_seconds(s);
}

/* Somebody sets the wall clock: the monotonic clock does not notice. */
static inline void clock_jump(double s)
{
    clock_state.real += clock_from_seconds(s);
}

/* True time again, whatever was done before. A loop that has seen virtual
 * time should not be used any longer. */
static inline void clock_thaw(void)
{
    clock_state.frozen = 0;
    clock_state.mono = clock_state.real = 0;
}

/* What the virtual monotonic clock shows, in seconds. */
static inline double clock_mono(void)
{
    int64_t ns = clock_reading(CLOCK_MONOTONIC);
    return (double)(ns / clock_ns) + (double)(ns % clock_ns) * 1e-9;
}

int clock_gettime(clockid_t id, struct timespec* ts)
{
    int64_t ns;
    if (id != CLOCK_MONOTONIC && id != CLOCK_REALTIME)
        return kernel_clock_gettime(id, ts);
    ns = clock_reading(id);
    ts->tv_sec = (time_t)(ns / clock_ns);
    ts->tv_nsec = (long)(ns % clock_ns);
    return 0;
}

int gettimeofday(struct timeval* restrict tv, void* restrict zone)
{
    int64_t ns = clock_reading(CLOCK_REALTIME);
    (void)zone;
    tv->tv_sec = (time_t)(ns / clock_ns);
    tv->tv_usec = (suseconds_t)(ns % clock_ns / 1000);
    return 0;
}

#endif
