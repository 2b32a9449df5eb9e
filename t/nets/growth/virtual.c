/* The driver's own clocks, waits and children: definitions in a program take
 * the place of the C library's, in the library under test too. So no count
 * depends on how fast the machine is, and nothing waits.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "growth.h"

static int64_t now_ns = 1600000000ll * 1000000000, set_ns;

void time_forward(double seconds) { now_ns += (int64_t)(seconds * 1e9); }

void time_set(double seconds) { set_ns += (int64_t)(seconds * 1e9); }

/* A reading takes a microsecond. */
int clock_gettime(clockid_t clock, struct timespec* t)
{
    int64_t ns = (now_ns += 1000);
    if (clock == CLOCK_REALTIME) ns += set_ns;
    t->tv_sec = ns / 1000000000;
    t->tv_nsec = ns % 1000000000;
    return 0;
}

int gettimeofday(struct timeval* restrict t, void* restrict zone)
{
    struct timespec now;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &now);
    t->tv_sec = now.tv_sec;
    t->tv_usec = now.tv_nsec / 1000;
    return 0;
}

int nanosleep(const struct timespec* t, struct timespec* left)
{
    (void)left;
    time_forward((double)t->tv_sec + (double)t->tv_nsec * 1e-9);
    return 0;
}

int clock_nanosleep(clockid_t clock, int flags, const struct timespec* t,
                    struct timespec* left)
{
    (void)clock, (void)flags;
    return nanosleep(t, left);
}

/* A wait that found nothing was as long as it was to be. */
static int waited(long got, double seconds)
{
    if (!got && seconds > 0) time_forward(seconds);
    return (int)got;
}

static double seconds_of(const struct timespec* t)
{
    return t ? (double)t->tv_sec + (double)t->tv_nsec * 1e-9 : 60;
}

int epoll_wait(int fd, struct epoll_event* events, int most, int msec)
{
    long got = syscall(SYS_epoll_pwait, fd, events, most, 0, NULL, 8);
    return waited(got, msec * 1e-3);
}

int epoll_pwait2(int fd, struct epoll_event* events, int most,
                 const struct timespec* t, const sigset_t* mask)
{
    long got = syscall(SYS_epoll_pwait, fd, events, most, 0, NULL, 8);
    (void)mask;
    return waited(got, seconds_of(t));
}

int poll(struct pollfd* fds, nfds_t count, int msec)
{
    struct timespec zero = {0, 0};
    return waited(syscall(SYS_ppoll, fds, count, &zero, NULL, 8), msec * 1e-3);
}

int ppoll(struct pollfd* fds, nfds_t count, const struct timespec* t,
          const sigset_t* mask)
{
    struct timespec zero = {0, 0};
    (void)mask;
    return waited(syscall(SYS_ppoll, fds, count, &zero, NULL, 8),
                  seconds_of(t));
}

int select(int count, fd_set* restrict in, fd_set* restrict out,
           fd_set* restrict odd, struct timeval* restrict t)
{
    struct timespec zero = {0, 0};
    double seconds = t ? (double)t->tv_sec + (double)t->tv_usec * 1e-6 : 60;
    return waited(syscall(SYS_pselect6, count, in, out, odd, &zero, NULL),
                  seconds);
}

/* Children that ended, in the order that waitpid reports them. */
static int *ended, ended_count, ended_room, ended_next;

void child_end(int pid)
{
    if (ended_count == ended_room) {
        ended_room = ended_room ? 2 * ended_room : 64;
        ended = realloc(ended, (size_t)ended_room * sizeof *ended);
        if (!ended) abort();
    }
    ended[ended_count++] = pid;
    raise(SIGCHLD);
}

/* The driver itself waits for its processes by waitid. */
pid_t waitpid(pid_t pid, int* status, int flags)
{
    (void)pid, (void)flags;
    *status = 0;
    if (ended_next < ended_count) return ended[ended_next++];
    errno = ECHILD;
    return -1;
}
