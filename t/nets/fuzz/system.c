#define clock_gettime virtual_clock_gettime
#define gettimeofday virtual_gettimeofday
#include "../../harness/clock.h"
#undef clock_gettime
#undef gettimeofday

#include <errno.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "system.h"

enum { stories_most = 8 };

static int waits_left;
static void (*when_starved)(void);
static struct {
    int pid, status;
} stories[stories_most];
static int story_count;

void system_waits(int count, void (*starved)(void))
{
    waits_left = count;
    when_starved = starved;
}

void system_reset(void)
{
    clock_freeze();
    clock_state.mono = 1000ll * clock_ns;
    clock_state.real = 1700000000ll * clock_ns;
    story_count = 0;
}

void system_advance(double seconds) { clock_advance(seconds); }

void system_jump(double seconds) { clock_jump(seconds); }

double system_wall(void) { return (double)clock_state.real * 1e-9; }

void system_child(int pid, int status)
{
    if (story_count == stories_most) return;
    stories[story_count].pid = pid;
    stories[story_count++].status = status;
}

/* The wait found so much; if that is nothing, time passes. */
static int waited(int found, double timeout)
{
    int error = errno;
    if (!found && timeout > 0) clock_advance(timeout);
    if (--waits_left < 0) when_starved();
    errno = error;
    return found;
}

/* The library calls this instead of a wait that can find nothing. */
void virtual_pthread_testcancel(void) { waited(0, 0); }

static double milliseconds(int ms) { return ms < 0 ? 60 : ms * 1e-3; }

int virtual_epoll_wait(int fd, struct epoll_event* events, int most, int ms)
{
    return waited(epoll_wait(fd, events, most, 0), milliseconds(ms));
}

/* The time of a wait; without a limit as long as the longest with one. */
static double seconds(const struct timespec* t)
{
    if (!t) return 60;
    return (double)t->tv_sec + (double)t->tv_nsec * 1e-9;
}

int virtual_epoll_pwait2(int fd, struct epoll_event* events, int most,
                         const struct timespec* timeout, const sigset_t* mask)
{
    (void)mask;
    return waited(epoll_wait(fd, events, most, 0), seconds(timeout));
}

int virtual_ppoll(struct pollfd* fds, nfds_t count,
                  const struct timespec* timeout, const sigset_t* mask)
{
    (void)mask;
    return waited(poll(fds, count, 0), seconds(timeout));
}

int virtual_poll(struct pollfd* fds, nfds_t count, int ms)
{
    return waited(poll(fds, count, 0), milliseconds(ms));
}

int virtual_select(int count, fd_set* in, fd_set* out, fd_set* bad,
                   struct timeval* tv)
{
    struct timeval zero = {0, 0};
    struct timespec limit = {tv ? tv->tv_sec : 0, tv ? tv->tv_usec * 1000 : 0};
    return waited(select(count, in, out, bad, &zero),
                  seconds(tv ? &limit : NULL));
}

int virtual_nanosleep(const struct timespec* t, struct timespec* left)
{
    (void)left;
    clock_advance((double)t->tv_sec + (double)t->tv_nsec * 1e-9);
    return 0;
}

pid_t virtual_waitpid(pid_t pid, int* status, int options)
{
    (void)options;
    if (pid != -1 || !story_count) {
        errno = ECHILD;
        return -1;
    }
    int told = stories[0].pid;
    *status = stories[0].status;
    --story_count;
    for (int i = 0; i < story_count; ++i) stories[i] = stories[i + 1];
    return told;
}

/* The children of the stories have ended, and others have the same numbers. */
long virtual_syscall(long number, ...)
{
    errno = number == SYS_pidfd_open ? ESRCH : ENOSYS;
    return -1;
}
