/* epoll_pwait2 as the kernel has it: not every libc does. Its times are of 64
 * bits on every platform. Define _GNU_SOURCE before any include.
 */
#ifndef PWAIT2_H_
#define PWAIT2_H_

#ifdef __linux__
#include <errno.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static inline int kernel_pwait2(int ep, struct epoll_event* events, int max,
                                const struct timespec* timeout,
                                const sigset_t* mask)
{
    long long wait[2] = {0, 0};

    if (timeout) {
        wait[0] = timeout->tv_sec;
        wait[1] = timeout->tv_nsec;
    }
    return (int)syscall(SYS_epoll_pwait2, ep, events, max,
                        timeout ? wait : NULL, mask, (size_t)8);
}

static inline int kernel_has_pwait2(void)
{
    return kernel_pwait2(-1, NULL, 1, NULL, NULL) >= 0 || errno != ENOSYS;
}
#else
static inline int kernel_has_pwait2(void) { return 0; }
#endif

#endif
