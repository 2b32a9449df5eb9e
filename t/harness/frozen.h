/* Waits in frozen time (see clock.h): a wait of the loop that nothing ends
 * takes no true time, it moves the frozen clocks on by what was asked for. So
 * a test can tell exactly how long the loop meant to wait, and where.
 *
 * The kernel comes late, never early: a wait takes one clock_grain more than
 * asked. Clocks that are not frozen leave all this to the kernel.
 */
#ifndef FROZEN_H_
#define FROZEN_H_

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/select.h>

#ifdef __linux__
#include <sys/epoll.h>
#else
struct epoll_event;
#include "next.h"
#endif

#include "clock.h"
#include "harness.h"
#include "pwait2.h"

/* Since waits_clear: seconds asked for, and calls, with no event found. */
static struct {
    double polled, slept; /* by calls that look for events, and by others */
    int polls, sleeps;
} waits;

/* If set, a precise poll or epoll is taken for one to the millisecond. */
static int waits_coarse;

/* Called after every wait for events in frozen time, if set. */
static void (*waits_over)(void);

/* If set, called with what epoll found in frozen time; returns how many events
 * the library gets. */
static int (*waits_filter)(int epfd, struct epoll_event* events, int ready);

/* If set, called before each system call that waits, with its name; returns the
 * errno with which the call fails, or 0. */
static int (*waits_call)(const char* name);

/* If set, a signal handler ends the next wait for events of frozen time that
 * finds none, that many seconds after its start. */
static double waits_interrupt;

static inline void waits_clear(void) { memset(&waits, 0, sizeof waits); }

static inline void waits_pass(double s)
{
    if (s < 0) fail_msg("a wait in frozen time that nothing can end");
    if (s > 0) clock_advance(s + (double)clock_grain / clock_ns);
}

/* Nothing was ready: what the wait of that length would have done. */
static inline void waits_poll(double s)
{
    ++waits.polls;
    waits.polled += s;
    waits_pass(s);
}

/* After a system call that found so many events; `s`: it was to wait so long.
 */
static inline int waits_end(int ready, double s)
{
    if (!clock_state.frozen) return ready;
    if (!ready && waits_interrupt > 0) {
        clock_advance(waits_interrupt);
        waits_interrupt = 0;
        errno = EINTR;
        return -1;
    }
    if (!ready) waits_poll(s);
    if (waits_over) waits_over();
    return ready;
}

static inline int waits_refused(const char* name)
{
    int error = waits_call ? waits_call(name) : 0;
    if (error) errno = error;
    return error;
}

static inline int waits_filtered(int epfd, struct epoll_event* events,
                                 int ready)
{
    if (!waits_filter || !clock_state.frozen || ready < 0) return ready;
    return waits_filter(epfd, events, ready);
}

static inline int waits_sleep(double s)
{
    if (waits_refused("nanosleep")) return -1;
    ++waits.sleeps;
    waits.slept += s;
    waits_pass(s);
    return 0;
}

static inline double waits_seconds(const struct timespec* ts)
{
    return ts ? (double)ts->tv_sec + (double)ts->tv_nsec / clock_ns : -1;
}

static inline double waits_precise(const struct timespec* ts)
{
    if (!ts || !waits_coarse) return waits_seconds(ts);
    return (double)ts->tv_sec
         + (double)((ts->tv_nsec + 999990) / 1000000) / 1e3;
}

/* The kernel's relative timeout: the caller's, or none at all if frozen. */
static inline struct timespec* waits_timeout(struct timespec* copy,
                                             const struct timespec* timeout)
{
    copy->tv_sec = copy->tv_nsec = 0;
    if (clock_state.frozen) return copy;
    if (!timeout) return NULL;
    *copy = *timeout;
    return copy;
}

#ifdef __linux__

int ppoll(struct pollfd* fds, nfds_t n, const struct timespec* timeout,
          const sigset_t* mask)
{
    struct timespec ts, *wait = waits_timeout(&ts, timeout);
    if (waits_refused("poll")) return -1;
    int ready = (int)syscall(SYS_ppoll, fds, n, wait, mask, (size_t)8);
    return waits_end(ready, waits_precise(timeout));
}

int poll(struct pollfd* fds, nfds_t n, int ms)
{
    struct timespec ts = {ms / 1000, ms % 1000 * 1000000L};
    return ppoll(fds, n, ms < 0 ? NULL : &ts, NULL);
}

int epoll_pwait(int epfd, struct epoll_event* events, int max, int ms,
                const sigset_t* mask)
{
    int wait = clock_state.frozen ? 0 : ms;
    if (waits_refused("epoll_wait")) return -1;
    int ready =
        (int)syscall(SYS_epoll_pwait, epfd, events, max, wait, mask, (size_t)8);
    ready = waits_filtered(epfd, events, ready);
    return waits_end(ready, ms / 1e3);
}

int epoll_wait(int epfd, struct epoll_event* events, int max, int ms)
{
    return epoll_pwait(epfd, events, max, ms, NULL);
}

int epoll_pwait2(int epfd, struct epoll_event* events, int max,
                 const struct timespec* timeout, const sigset_t* mask)
{
    struct timespec ts, *wait = waits_timeout(&ts, timeout);
    if (waits_refused("epoll_pwait2")) return -1;
    int ready = kernel_pwait2(epfd, events, max, wait, mask);
    ready = waits_filtered(epfd, events, ready);
    return waits_end(ready, waits_precise(timeout));
}

int pselect(int n, fd_set* restrict r, fd_set* restrict w, fd_set* restrict x,
            const struct timespec* restrict timeout,
            const sigset_t* restrict mask)
{
    struct timespec ts, *wait = waits_timeout(&ts, timeout);
    const void* sigs[2] = {mask, (const void*)(uintptr_t)8};
    if (waits_refused("select")) return -1;
    int ready = (int)syscall(SYS_pselect6, n, r, w, x, wait, sigs);
    return waits_end(ready, waits_seconds(timeout));
}

int select(int n, fd_set* restrict r, fd_set* restrict w, fd_set* restrict x,
           struct timeval* restrict tv)
{
    struct timespec ts = {tv ? tv->tv_sec : 0, tv ? tv->tv_usec * 1000 : 0};
    return pselect(n, r, w, x, tv ? &ts : NULL, NULL);
}

int clock_nanosleep(clockid_t id, int flags, const struct timespec* wanted,
                    struct timespec* left)
{
    double s = waits_seconds(wanted);
    if (!clock_state.frozen)
        return (int)syscall(SYS_clock_nanosleep, id, flags, wanted, left);
    if (flags & TIMER_ABSTIME) s -= (double)clock_reading(id) / clock_ns;
    return waits_sleep(s < 0 ? 0 : s);
}

int nanosleep(const struct timespec* wanted, struct timespec* left)
{
    if (!clock_state.frozen) return kernel_nanosleep(wanted, left);
    return waits_sleep(waits_seconds(wanted));
}

#else

/* Where there is no other name for a system call: poll, select, kevent and
 * nanosleep. */

int poll(struct pollfd* fds, nfds_t n, int ms)
{
    static int (*next)(struct pollfd*, nfds_t, int);
    if (!next) *(void**)&next = dlsym(RTLD_NEXT, "poll");
    if (waits_refused("poll")) return -1;
    return waits_end(next(fds, n, clock_state.frozen ? 0 : ms), ms / 1e3);
}

int select(int n, fd_set* restrict r, fd_set* restrict w, fd_set* restrict x,
           struct timeval* restrict tv)
{
    static int (*next)(int, fd_set*, fd_set*, fd_set*, struct timeval*);
    struct timeval none = {0, 0};
    if (!next) *(void**)&next = dlsym(RTLD_NEXT, "select");
    if (waits_refused("select")) return -1;
    return waits_end(next(n, r, w, x, clock_state.frozen ? &none : tv),
                     tv ? (double)tv->tv_sec + tv->tv_usec / 1e6 : -1);
}

int kevent(int kq, const struct kevent* changes, kevent_count nchanges,
           struct kevent* events, kevent_count nevents,
           const struct timespec* timeout)
{
    static int (*next)(int, const struct kevent*, kevent_count, struct kevent*,
                       kevent_count, const struct timespec*);
    struct timespec ts, *wait = waits_timeout(&ts, timeout);
    if (!next) *(void**)&next = dlsym(RTLD_NEXT, "kevent");
    if (nevents && waits_refused("kevent")) return -1;
    int ready = next(kq, changes, nchanges, events, nevents, wait);
    return nevents ? waits_end(ready, waits_precise(timeout)) : ready;
}

int nanosleep(const struct timespec* wanted, struct timespec* left)
{
    if (clock_state.frozen) return waits_sleep(waits_seconds(wanted));
    NEXT_RETURNS(int, nanosleep, (const struct timespec*, struct timespec*),
                 (wanted, left));
}

#endif

#endif
