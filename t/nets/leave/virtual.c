/* Virtual time: the clocks stand still, and a wait in which nothing is ready
 * moves them on by what was asked for. See ../../harness/frozen.h, which does
 * that for tests without interposition.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <relev.h>

#include "../../harness/pwait2.h"
#include "leave.h"

enum { ns = 1000000000, waits_most = 150 };

/* Of relev.h; libev has no such functions. */
extern __typeof__(relev_loop_new_virtual) relev_loop_new_virtual
    __attribute__((weak));
extern __typeof__(relev_virtual_advance) relev_virtual_advance
    __attribute__((weak));
extern __typeof__(relev_virtual_set_wall) relev_virtual_set_wall
    __attribute__((weak));
extern __typeof__(relev_time) relev_time __attribute__((weak));

static int64_t mono, real_time;
static struct ev_loop* own; /* the loop with a clock of its own */

/* A read takes time, so that what is due right now becomes late. */
static int clock_read(clockid_t id, struct timespec* t)
{
    mono += 1000, real_time += 1000;
    int64_t at = id == CLOCK_MONOTONIC ? mono : real_time;
    t->tv_sec = (time_t)(at / ns);
    t->tv_nsec = (long)(at % ns);
    return 0;
}

int gettimeofday(struct timeval* restrict tv, void* restrict zone)
{
    (void)zone;
    tv->tv_sec = (time_t)(real_time / ns);
    tv->tv_usec = (suseconds_t)(real_time % ns / 1000);
    return 0;
}

void virtual_advance(double seconds)
{
    mono += (int64_t)(seconds * ns);
    real_time += (int64_t)(seconds * ns);
    if (own) relev_virtual_advance(own, seconds);
    world.waits = world.calls = world.events = 0;
}

void virtual_jump(double seconds)
{
    real_time += (int64_t)(seconds * ns);
    if (own) relev_virtual_set_wall(own, relev_time(own) + seconds);
}

struct ev_loop* virtual_loop(unsigned flags)
{
    return own = relev_loop_new_virtual(flags, 1e9);
}

/* Nothing was ready. A wait without end is ended by a signal. */
static int time_passes(double s)
{
    record("wait %.6f\n", s);
    time_blocks();
    if (s < 0) {
        virtual_advance(60);
        errno = EINTR;
        return -1;
    }
    virtual_advance(s + 1. / 64);
    return 0;
}

static int wait_ends(int ready, double s)
{
    if (++world.waits > waits_most) spins("it spins");
    if (s > 0) s = s > world.elapsed ? s - world.elapsed : 0;
    world.elapsed = 0;
    return !ready && (s < 0 || s > 0) ? time_passes(s) : ready;
}

static double seconds_of(const struct timespec* t)
{
    return t ? (double)t->tv_sec + (double)t->tv_nsec / ns : -1;
}

static int wait_epoll(int ep, struct epoll_event* events, int max, int ms)
{
    return wait_ends((int)syscall(SYS_epoll_pwait, ep, events, max, 0, NULL, 8),
                     ms / 1e3);
}

static int wait_epoll_precise(int ep, struct epoll_event* events, int max,
                              const struct timespec* t, const sigset_t* mask)
{
    struct timespec none = {0, 0};
    return wait_ends(kernel_pwait2(ep, events, max, &none, mask),
                     seconds_of(t));
}

static int wait_ppoll(struct pollfd* fds, nfds_t n, const struct timespec* t,
                      const sigset_t* mask)
{
    struct timespec none = {0, 0};
    return wait_ends((int)syscall(SYS_ppoll, fds, n, &none, mask, (size_t)8),
                     seconds_of(t));
}

static int wait_poll(struct pollfd* fds, nfds_t n, int ms)
{
    struct timespec t = {ms / 1000, ms % 1000 * 1000000L};
    return wait_ppoll(fds, n, ms < 0 ? NULL : &t, NULL);
}

static int wait_select(int n, fd_set* r, fd_set* w, fd_set* x,
                       struct timeval* tv)
{
    double s = tv ? (double)tv->tv_sec + (double)tv->tv_usec / 1e6 : -1;
    struct timespec none = {0, 0};
    return wait_ends((int)syscall(SYS_pselect6, n, r, w, x, &none, NULL), s);
}

static int wait_nanosleep(const struct timespec* t, struct timespec* left)
{
    (void)left;
    virtual_advance(seconds_of(t));
    return 0;
}

void virtual_begin(void)
{
    mono = 100000ll * ns;
    real_time = (1ll << 32) * ns; /* later than a timerfd's true time */
    inject_replace(call_clock_gettime, (void*)clock_read);
    inject_replace(call_epoll_wait, (void*)wait_epoll);
    inject_replace(call_epoll_pwait2, (void*)wait_epoll_precise);
    inject_replace(call_poll, (void*)wait_poll);
    inject_replace(call_ppoll, (void*)wait_ppoll);
    inject_replace(call_select, (void*)wait_select);
    inject_replace(call_nanosleep, (void*)wait_nanosleep);
}
