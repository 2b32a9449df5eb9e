#define _GNU_SOURCE
#include "inject.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CALL_NAME(name) #name,
const char* const inject_names[call_count] = {CALLS(CALL_NAME)};

static void* real[call_count];
static uintptr_t library_begin, library_end;
static Fault faults[call_count];
static int calls[call_count], hits;
int (*inject_exit)(int call);

static int library_find(struct dl_phdr_info* info, size_t size, void* unused)
{
    (void)size, (void)unused;
    if (!strstr(info->dlpi_name, "libev.so")) return 0;
    for (int i = 0; i < info->dlpi_phnum; ++i) {
        const ElfW(Phdr)* part = &info->dlpi_phdr[i];
        if (part->p_type != PT_LOAD || !(part->p_flags & PF_X)) continue;
        library_begin = info->dlpi_addr + part->p_vaddr;
        library_end = library_begin + part->p_memsz;
    }
    return 1;
}

/* All are looked up at once: later it may be in a signal handler. */
static void __attribute__((constructor)) inject_init(void)
{
    for (int i = 0; i < call_count; ++i)
        real[i] = dlsym(RTLD_NEXT, inject_names[i]);
    dl_iterate_phdr(library_find, NULL);
}

void inject_reset(void)
{
    memset(faults, 0, sizeof faults);
    memset(calls, 0, sizeof calls);
    hits = 0;
}

void inject_set(Fault fault) { faults[fault.call] = fault; }

void inject_replace(int call, void* function) { real[call] = function; }

int inject_calls(int call) { return calls[call]; }

int inject_hits(void) { return hits; }

int inject_library_is_found(void) { return library_end > library_begin; }

static int fails(int call, const void* from)
{
    uintptr_t caller = (uintptr_t)from;
    if (caller < library_begin || caller >= library_end) return 0;

    int n = ++calls[call];
    int error = inject_exit ? inject_exit(call) : 0;
    if (error) {
        ++hits;
        errno = error;
        return 1;
    }
    const Fault* fault = &faults[call];
    if (!fault->error || n < fault->nth) return 0;
    if (n > fault->nth && !fault->lasting) return 0;
    ++hits;
    errno = fault->error;
    return 1;
}

/* `types` with and `values` without their types, both in parentheses. */
#define INTERPOSE(result, name, types, values)                          \
    result name types                                                   \
    {                                                                   \
        if (fails(call_##name, __builtin_return_address(0))) return -1; \
        return ((result(*) types)real[call_##name])values;              \
    }

INTERPOSE(int, epoll_create1, (int flags), (flags))
INTERPOSE(int, epoll_ctl, (int ep, int op, int fd, struct epoll_event* event),
          (ep, op, fd, event))
INTERPOSE(int, poll, (struct pollfd * fds, nfds_t n, int ms), (fds, n, ms))
INTERPOSE(int, ppoll,
          (struct pollfd * fds, nfds_t n, const struct timespec* timeout,
           const sigset_t* mask),
          (fds, n, timeout, mask))
INTERPOSE(int, select,
          (int n, fd_set* restrict r, fd_set* restrict w, fd_set* restrict x,
           struct timeval* restrict timeout),
          (n, r, w, x, timeout))
INTERPOSE(int, eventfd, (unsigned value, int flags), (value, flags))
INTERPOSE(int, dup3, (int from, int to, int flags), (from, to, flags))
INTERPOSE(int, pipe2, (int ends[2], int flags), (ends, flags))
INTERPOSE(ssize_t, read, (int fd, void* data, size_t n), (fd, data, n))
INTERPOSE(ssize_t, write, (int fd, const void* data, size_t n), (fd, data, n))
INTERPOSE(int, timerfd_create, (clockid_t clock, int flags), (clock, flags))
INTERPOSE(int, timerfd_settime,
          (int fd, int flags, const struct itimerspec* at,
           struct itimerspec* was),
          (fd, flags, at, was))
INTERPOSE(int, inotify_init1, (int flags), (flags))
INTERPOSE(int, inotify_add_watch, (int fd, const char* path, uint32_t mask),
          (fd, path, mask))
INTERPOSE(int, inotify_rm_watch, (int fd, int wd), (fd, wd))
INTERPOSE(int, clock_gettime, (clockid_t clock, struct timespec* t), (clock, t))
INTERPOSE(int, nanosleep, (const struct timespec* t, struct timespec* left),
          (t, left))
INTERPOSE(pid_t, waitpid, (pid_t pid, int* status, int options),
          (pid, status, options))
INTERPOSE(int, waitid, (idtype_t type, id_t id, siginfo_t* info, int options),
          (type, id, info, options))
INTERPOSE(int, sigaction,
          (int number, const struct sigaction* restrict action,
           struct sigaction* restrict was),
          (number, action, was))
INTERPOSE(int, madvise, (void* at, size_t size, int advice), (at, size, advice))
INTERPOSE(int, getrlimit, (enum __rlimit_resource which, struct rlimit* limit),
          (which, limit))
INTERPOSE(int, statfs, (const char* path, struct statfs* fs), (path, fs))
INTERPOSE(int, lstat, (const char* restrict path, struct stat* restrict st),
          (path, st))

/* EIO and EOVERFLOW are errors of a file. */
int fstat(int fd, struct stat* st)
{
    int (*next)(int, struct stat*) = real[call_fstat];
    if (!fails(call_fstat, __builtin_return_address(0))) return next(fd, st);
    int error = errno, of_file = error == EIO || error == EOVERFLOW;
    if (of_file && (next(fd, st) || !S_ISREG(st->st_mode))) return next(fd, st);
    errno = error;
    return -1;
}

/* The library has no other function for pidfd_open; its other calls by this
 * one do not count. */
long syscall(long number, ...)
{
    long a[6];
    va_list more;
    va_start(more, number);
    for (int i = 0; i < 6; ++i) a[i] = va_arg(more, long);
    va_end(more);
    if (number == SYS_pidfd_open
        && fails(call_syscall, __builtin_return_address(0)))
        return -1;
    return ((long (*)(long, ...))real[call_syscall])(number, a[0], a[1], a[2],
                                                     a[3], a[4], a[5]);
}

/* Only a closed descriptor gives EBADF. So one of the library's own, which is
 * no file of any type, is closed. */
static void close_own(int fd)
{
    struct stat st;
    int error = errno;
    if (error == EBADF && !fstat(fd, &st) && !(st.st_mode & S_IFMT))
        ((int (*)(int))real[call_close])(fd);
    errno = error;
}

int fcntl(int fd, int command, ...)
{
    va_list more;
    va_start(more, command);
    void* argument = va_arg(more, void*);
    va_end(more);
    if (fails(call_fcntl, __builtin_return_address(0))) {
        close_own(fd);
        return -1;
    }
    return ((int (*)(int, int, ...))real[call_fcntl])(fd, command, argument);
}

int close(int fd) /* Linux gives the number free, whatever it answers */
{
    int fail = fails(call_close, __builtin_return_address(0));
    int error = errno;
    int result = ((int (*)(int))real[call_close])(fd);
    if (!fail) return result;
    errno = error;
    return -1;
}

/* To change the set of one that is there needs nothing. */
int signalfd(int fd, const sigset_t* set, int flags)
{
    if (fd < 0 && fails(call_signalfd, __builtin_return_address(0))) return -1;
    return ((int (*)(int, const sigset_t*, int))real[call_signalfd])(fd, set,
                                                                     flags);
}

/* Only a closed descriptor gives EBADF here, so it is closed. */
static int epoll_fails(int call, int ep, const void* from)
{
    if (!fails(call, from)) return 0;
    int error = errno;
    if (error == EBADF) ((int (*)(int))real[call_close])(ep);
    errno = error;
    return 1;
}

int epoll_wait(int ep, struct epoll_event* events, int max, int ms)
{
    if (epoll_fails(call_epoll_wait, ep, __builtin_return_address(0)))
        return -1;
    return ((int (*)(int, struct epoll_event*, int, int))real[call_epoll_wait])(
        ep, events, max, ms);
}

int epoll_pwait2(int ep, struct epoll_event* events, int max,
                 const struct timespec* timeout, const sigset_t* mask)
{
    if (epoll_fails(call_epoll_pwait2, ep, __builtin_return_address(0)))
        return -1;
    return ((int (*)(int, struct epoll_event*, int, const struct timespec*,
                     const sigset_t*))real[call_epoll_pwait2])(ep, events, max,
                                                               timeout, mask);
}

/* These two on the stand-in of t/nets/kqueue; libc does not have them. */

INTERPOSE(int, kqueue, (void), ())

int kevent(int kq, const void* changes, int nchanges, void* events, int nevents,
           const struct timespec* timeout)
{
    if (epoll_fails(call_kevent, kq, __builtin_return_address(0))) return -1;
    return ((int (*)(int, const void*, int, void*, int,
                     const struct timespec*))real[call_kevent])(
        kq, changes, nchanges, events, nevents, timeout);
}

int pthread_sigmask(int how, const sigset_t* set, sigset_t* was)
{
    int error = errno;
    if (fails(call_pthread_sigmask, __builtin_return_address(0))) {
        int fault = errno;
        errno = error;
        return fault;
    }
    return ((int (*)(int, const sigset_t*,
                     sigset_t*))real[call_pthread_sigmask])(how, set, was);
}

void* mmap(void* at, size_t size, int access, int flags, int fd, off_t offset)
{
    void* (*next)(void*, size_t, int, int, int, off_t) = real[call_mmap];
    if (fails(call_mmap, __builtin_return_address(0))) return MAP_FAILED;
    return next(at, size, access, flags, fd, offset);
}
