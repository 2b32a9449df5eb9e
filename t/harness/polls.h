/* The system calls that wait, seen from outside: every one the library makes
 * in this program is counted, and its timeout kept.
 *
 * The definitions stand before libc's, for the library too; each passes the
 * call on. A file that includes this defines _GNU_SOURCE first.
 */
#ifndef POLLS_H_
#define POLLS_H_

#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "pwait2.h"

static int poll_count;     /* polls so far */
static double poll_asked;  /* the latest one's timeout, below zero: for ever */
static int sleep_count;    /* plain sleeps so far */
static double sleep_asked; /* how long the latest one was to be */
static void (*poll_hook)(void); /* called before each poll */

static inline void polls_reset(void)
{
    poll_count = sleep_count = 0;
    poll_asked = -2;
}

/* One poll that does not wait, or none: ours does not ask the kernel if no fd
 * is watched. */
#define assert_did_not_wait()                            \
    do {                                                 \
        assert_in_range(poll_count, REFERENCE, 1);       \
        assert_true(poll_count == 0 || poll_asked == 0); \
    } while (0)

static void poll_begins(double timeout)
{
    ++poll_count;
    poll_asked = timeout;
    if (poll_hook) poll_hook();
}

static inline double asked_of_ms(int ms) { return ms < 0 ? -1 : ms / 1e3; }

static inline double asked_of_ts(const struct timespec* ts)
{
    return ts ? (double)ts->tv_sec + (double)ts->tv_nsec / 1e9 : -1;
}

/* The next definition of a function, ours being the first. */
#define PASS_ON(result, name, parameters, arguments)         \
    do {                                                     \
        static result(*next) parameters;                     \
        if (!next) *(void**)&next = dlsym(RTLD_NEXT, #name); \
        return next arguments;                               \
    } while (0)

int epoll_wait(int ep, struct epoll_event* events, int n, int ms)
{
    poll_begins(asked_of_ms(ms));
    PASS_ON(int, epoll_wait, (int, struct epoll_event*, int, int),
            (ep, events, n, ms));
}

int epoll_pwait(int ep, struct epoll_event* events, int n, int ms,
                const sigset_t* mask)
{
    poll_begins(asked_of_ms(ms));
    PASS_ON(int, epoll_pwait,
            (int, struct epoll_event*, int, int, const sigset_t*),
            (ep, events, n, ms, mask));
}

/* Only where the kernel has it is a call a wait: under valgrind, for one, it
 * has not. */
int epoll_pwait2(int ep, struct epoll_event* events, int n,
                 const struct timespec* timeout, const sigset_t* mask)
{
    if (kernel_pwait2(-1, NULL, 1, NULL, NULL) < 0 && errno == ENOSYS)
        return -1;
    poll_begins(asked_of_ts(timeout));
    return kernel_pwait2(ep, events, n, timeout, mask);
}

int poll(struct pollfd* fds, nfds_t n, int ms)
{
    poll_begins(asked_of_ms(ms));
    PASS_ON(int, poll, (struct pollfd*, nfds_t, int), (fds, n, ms));
}

int ppoll(struct pollfd* fds, nfds_t n, const struct timespec* timeout,
          const sigset_t* mask)
{
    poll_begins(asked_of_ts(timeout));
    PASS_ON(int, ppoll,
            (struct pollfd*, nfds_t, const struct timespec*, const sigset_t*),
            (fds, n, timeout, mask));
}

int select(int n, fd_set* in, fd_set* out, fd_set* other, struct timeval* tv)
{
    poll_begins(tv ? (double)tv->tv_sec + (double)tv->tv_usec / 1e6 : -1);
    PASS_ON(int, select, (int, fd_set*, fd_set*, fd_set*, struct timeval*),
            (n, in, out, other, tv));
}

int pselect(int n, fd_set* in, fd_set* out, fd_set* other,
            const struct timespec* timeout, const sigset_t* mask)
{
    poll_begins(asked_of_ts(timeout));
    PASS_ON(int, pselect,
            (int, fd_set*, fd_set*, fd_set*, const struct timespec*,
             const sigset_t*),
            (n, in, out, other, timeout, mask));
}

int nanosleep(const struct timespec* time, struct timespec* left)
{
    ++sleep_count;
    sleep_asked = asked_of_ts(time);
    PASS_ON(int, nanosleep, (const struct timespec*, struct timespec*),
            (time, left));
}

int clock_nanosleep(clockid_t clock, int flags, const struct timespec* time,
                    struct timespec* left)
{
    ++sleep_count;
    sleep_asked = asked_of_ts(time);
    PASS_ON(int, clock_nanosleep,
            (clockid_t, int, const struct timespec*, struct timespec*),
            (clock, flags, time, left));
}

#endif
