/* The system calls of the library, seen from outside: those that wait and
 * epoll_ctl are counted here on their way to libc, and the contents of its
 * epoll set are read from /proc. Define _GNU_SOURCE before any include.
 */
#ifndef SPY_H_
#define SPY_H_

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/select.h>
#include <time.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/epoll.h>
#endif

#include "drive.h"
#include "next.h"
#include "pwait2.h"

static int spy_ctls;           /* calls of epoll_ctl */
static int spy_waits;          /* waits for events, by whatever call */
static double spy_asked;       /* the latest one's timeout; negative: none */
static int spy_sleeps;         /* waits for the time only */
static double spy_slept;       /* how long the latest one was to be */
static void (*spy_hook)(void); /* called before each wait for events */
static void (*spy_ctl_hook)(void); /* called before each epoll_ctl */

static inline void spy_reset(void)
{
    spy_ctls = spy_waits = spy_sleeps = 0;
    spy_asked = -2;
}

/* One wait that does not block, or none: ours does not ask the kernel if no fd
 * is watched. */
#define assert_did_not_wait()                          \
    do {                                               \
        assert_in_range(spy_waits, ON_REFERENCE, 1);   \
        assert_true(spy_waits == 0 || spy_asked == 0); \
    } while (0)

static void spy_begins(double timeout)
{
    ++spy_waits;
    spy_asked = timeout;
    if (spy_hook) spy_hook();
}

static inline double spy_ms(int ms) { return ms < 0 ? -1 : ms / 1e3; }

static inline double spy_ts(const struct timespec* ts)
{
    return ts ? (double)ts->tv_sec + (double)ts->tv_nsec / 1e9 : -1;
}

int poll(struct pollfd* fds, nfds_t n, int ms)
{
    spy_begins(spy_ms(ms));
    NEXT_RETURNS(int, poll, (struct pollfd*, nfds_t, int), (fds, n, ms));
}

int select(int n, fd_set* in, fd_set* out, fd_set* other, struct timeval* tv)
{
    spy_begins(tv ? (double)tv->tv_sec + (double)tv->tv_usec / 1e6 : -1);
    NEXT_RETURNS(int, select, (int, fd_set*, fd_set*, fd_set*, struct timeval*),
                 (n, in, out, other, tv));
}

int pselect(int n, fd_set* in, fd_set* out, fd_set* other,
            const struct timespec* timeout, const sigset_t* mask)
{
    spy_begins(spy_ts(timeout));
    NEXT_RETURNS(int, pselect,
                 (int, fd_set*, fd_set*, fd_set*, const struct timespec*,
                  const sigset_t*),
                 (n, in, out, other, timeout, mask));
}

int nanosleep(const struct timespec* time, struct timespec* left)
{
    ++spy_sleeps;
    spy_slept = spy_ts(time);
    NEXT_RETURNS(int, nanosleep, (const struct timespec*, struct timespec*),
                 (time, left));
}

#ifndef __APPLE__
int ppoll(struct pollfd* fds, nfds_t n, const struct timespec* timeout,
          const sigset_t* mask)
{
    spy_begins(spy_ts(timeout));
    NEXT_RETURNS(
        int, ppoll,
        (struct pollfd*, nfds_t, const struct timespec*, const sigset_t*),
        (fds, n, timeout, mask));
}
#endif

#if !defined __APPLE__ && !defined __OpenBSD__
int clock_nanosleep(clockid_t clock, int flags, const struct timespec* time,
                    struct timespec* left)
{
    ++spy_sleeps;
    spy_slept = spy_ts(time);
    NEXT_RETURNS(int, clock_nanosleep,
                 (clockid_t, int, const struct timespec*, struct timespec*),
                 (clock, flags, time, left));
}
#endif

#ifdef __linux__

int epoll_ctl(int ep, int op, int fd, struct epoll_event* event)
{
    ++spy_ctls;
    if (spy_ctl_hook) spy_ctl_hook();
    NEXT_RETURNS(int, epoll_ctl, (int, int, int, struct epoll_event*),
                 (ep, op, fd, event));
}

int epoll_wait(int ep, struct epoll_event* events, int n, int ms)
{
    spy_begins(spy_ms(ms));
    NEXT_RETURNS(int, epoll_wait, (int, struct epoll_event*, int, int),
                 (ep, events, n, ms));
}

int epoll_pwait(int ep, struct epoll_event* events, int n, int ms,
                const sigset_t* mask)
{
    spy_begins(spy_ms(ms));
    NEXT_RETURNS(int, epoll_pwait,
                 (int, struct epoll_event*, int, int, const sigset_t*),
                 (ep, events, n, ms, mask));
}

/* Only where the kernel has it is a call a wait: under valgrind, for one, it
 * has not. */
int epoll_pwait2(int ep, struct epoll_event* events, int n,
                 const struct timespec* timeout, const sigset_t* mask)
{
    if (!kernel_has_pwait2()) return -1;
    spy_begins(spy_ts(timeout));
    return kernel_pwait2(ep, events, n, timeout, mask);
}

#else

int kevent(int kq, const struct kevent* changes, kevent_count nchanges,
           struct kevent* events, kevent_count nevents,
           const struct timespec* timeout)
{
    if (nevents) spy_begins(spy_ts(timeout));
    NEXT_RETURNS(int, kevent,
                 (int, const struct kevent*, kevent_count, struct kevent*,
                  kevent_count, const struct timespec*),
                 (kq, changes, nchanges, events, nevents, timeout));
}

#endif

#ifdef __linux__

/* The number of entries for `fd` in the one epoll set of that fdinfo file,
 * and the events of the last of them. */
static inline int epoll_file_find(const char* path, int fd, unsigned* events)
{
    char line[256];
    int found = 0;
    FILE* info = fopen(path, "r");

    if (!info) return 0;
    while (fgets(line, sizeof line, info)) {
        int tfd = -1;
        unsigned bits = 0;
        if (sscanf(line, "tfd: %d events: %x", &tfd, &bits) != 2) continue;
        if (tfd == fd) ++found, *events = bits;
    }
    fclose(info);
    return found;
}

/* Likewise over all epoll sets of this process: have only one. */
static inline int epoll_find(int fd, unsigned* events)
{
    int found = 0;
    DIR* fds = opendir("/proc/self/fd");

    for (struct dirent* e; fds && (e = readdir(fds));) {
        char path[300], target[64] = "";
        snprintf(path, sizeof path, "/proc/self/fd/%s", e->d_name);
        if (readlink(path, target, sizeof target - 1) < 0) continue;
        if (strcmp(target, "anon_inode:[eventpoll]")) continue;
        snprintf(path, sizeof path, "/proc/self/fdinfo/%s", e->d_name);
        found += epoll_file_find(path, fd, events);
    }
    if (fds) closedir(fds);
    return found;
}

#else

enum { EPOLLIN = 1, EPOLLOUT = 4 };

/* There is no epoll set, and no test of epoll runs. */
static inline int epoll_find(int fd, unsigned* events)
{
    (void)fd, (void)events;
    return 0;
}

#endif

/* EPOLLIN and EPOLLOUT as the epoll set holds them for fd; 0 if it is not
 * there, or there with neither. */
static inline unsigned epoll_mask(int fd)
{
    unsigned events = 0;
    epoll_find(fd, &events);
    return events & (EPOLLIN | EPOLLOUT);
}

static inline int epoll_entries(int fd)
{
    unsigned events;
    return epoll_find(fd, &events);
}

/* An iteration; returns how many times it called epoll_ctl. */
static inline int turn_ctls(struct ev_loop* loop)
{
    spy_ctls = 0;
    turn(loop);
    return spy_ctls;
}

/* Runs the loop for that many seconds; returns how often it waited. */
static inline int waits_in(struct ev_loop* loop, double seconds)
{
    spy_waits = 0;
    /* On a busy machine the time may be over before the first wait. */
    for (int tries = 0; !spy_waits && tries < 100; ++tries)
        run_for(loop, seconds);
    return spy_waits;
}

#endif
