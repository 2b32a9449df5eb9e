/* What the library asks of the kernel: its calls of the functions that wait
 * and of epoll_ctl are counted here on their way to libc, and the contents of
 * its epoll set are read from /proc. Define _GNU_SOURCE before any include.
 */
#ifndef SPY_H_
#define SPY_H_

#include <dirent.h>
#include <dlfcn.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <unistd.h>

#include "fds.h"
#include "pwait2.h"

static int spy_waits; /* calls that wait for events, of whatever name */
static int spy_ctls;  /* calls of epoll_ctl */

/* `real`, a pointer to function, becomes libc's function of that name. */
#define SPY_LIBC(real, name) \
    if (!(real)) *(void**)&(real) = dlsym(RTLD_NEXT, name)

int epoll_ctl(int ep, int op, int fd, struct epoll_event* event)
{
    static int (*real)(int, int, int, struct epoll_event*);
    SPY_LIBC(real, "epoll_ctl");
    ++spy_ctls;
    return real(ep, op, fd, event);
}

int epoll_wait(int ep, struct epoll_event* events, int max, int timeout)
{
    static int (*real)(int, struct epoll_event*, int, int);
    SPY_LIBC(real, "epoll_wait");
    ++spy_waits;
    return real(ep, events, max, timeout);
}

int epoll_pwait(int ep, struct epoll_event* events, int max, int timeout,
                const sigset_t* mask)
{
    static int (*real)(int, struct epoll_event*, int, int, const sigset_t*);
    SPY_LIBC(real, "epoll_pwait");
    ++spy_waits;
    return real(ep, events, max, timeout, mask);
}

int epoll_pwait2(int ep, struct epoll_event* events, int max,
                 const struct timespec* timeout, const sigset_t* mask)
{
    ++spy_waits;
    return kernel_pwait2(ep, events, max, timeout, mask);
}

int poll(struct pollfd* fds, nfds_t count, int timeout)
{
    static int (*real)(struct pollfd*, nfds_t, int);
    SPY_LIBC(real, "poll");
    ++spy_waits;
    return real(fds, count, timeout);
}

int ppoll(struct pollfd* fds, nfds_t count, const struct timespec* timeout,
          const sigset_t* mask)
{
    static int (*real)(struct pollfd*, nfds_t, const struct timespec*,
                       const sigset_t*);
    SPY_LIBC(real, "ppoll");
    ++spy_waits;
    return real(fds, count, timeout, mask);
}

int select(int count, fd_set* reads, fd_set* writes, fd_set* errors,
           struct timeval* timeout)
{
    static int (*real)(int, fd_set*, fd_set*, fd_set*, struct timeval*);
    SPY_LIBC(real, "select");
    ++spy_waits;
    return real(count, reads, writes, errors, timeout);
}

int pselect(int count, fd_set* reads, fd_set* writes, fd_set* errors,
            const struct timespec* timeout, const sigset_t* mask)
{
    static int (*real)(int, fd_set*, fd_set*, fd_set*, const struct timespec*,
                       const sigset_t*);
    SPY_LIBC(real, "pselect");
    ++spy_waits;
    return real(count, reads, writes, errors, timeout, mask);
}

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
    run_for(loop, seconds);
    return spy_waits;
}

#endif
