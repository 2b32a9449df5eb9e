/* System calls, for a program that replaces the functions of their names, also
 * for the library under test. Linux has syscall(2) for them; elsewhere they are
 * the functions that are replaced. Define _GNU_SOURCE before any include.
 */
#ifndef KERNEL_H_
#define KERNEL_H_

#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/syscall.h>
#define KERNEL_RETURNS(result, name, number, parameters, ...) \
    return (result)syscall(number, __VA_ARGS__)
#else
#include "next.h"
#define KERNEL_RETURNS(result, name, number, parameters, ...) \
    NEXT_RETURNS(result, name, parameters, (__VA_ARGS__))
#endif

static inline int kernel_clock_gettime(clockid_t id, struct timespec* ts)
{
    KERNEL_RETURNS(int, clock_gettime, SYS_clock_gettime,
                   (clockid_t, struct timespec*), id, ts);
}

static inline int kernel_gettimeofday(struct timeval* tv, void* zone)
{
    KERNEL_RETURNS(int, gettimeofday, SYS_gettimeofday,
                   (struct timeval*, void*), tv, zone);
}

static inline int kernel_nanosleep(const struct timespec* time,
                                   struct timespec* left)
{
    KERNEL_RETURNS(int, nanosleep, SYS_nanosleep,
                   (const struct timespec*, struct timespec*), time, left);
}

static inline ssize_t kernel_read(int fd, void* data, size_t n)
{
    KERNEL_RETURNS(ssize_t, read, SYS_read, (int, void*, size_t), fd, data, n);
}

static inline ssize_t kernel_write(int fd, const void* data, size_t n)
{
    KERNEL_RETURNS(ssize_t, write, SYS_write, (int, const void*, size_t), fd,
                   data, n);
}

static inline int kernel_close(int fd)
{
    KERNEL_RETURNS(int, close, SYS_close, (int), fd);
}

static inline int kernel_fcntl(int fd, int command, long argument)
{
    KERNEL_RETURNS(int, fcntl, SYS_fcntl, (int, int, ...), fd, command,
                   argument);
}

static inline int kernel_madvise(void* start, size_t size, int advice)
{
    KERNEL_RETURNS(int, madvise, SYS_madvise, (void*, size_t, int), start, size,
                   advice);
}

static inline pid_t kernel_waitpid(pid_t pid, int* status, int options)
{
#ifdef __linux__
    return (pid_t)syscall(SYS_wait4, pid, status, options, NULL);
#else
    NEXT_RETURNS(pid_t, waitpid, (pid_t, int*, int), (pid, status, options));
#endif
}

static inline void* kernel_mmap(void* at, size_t size, int access, int flags,
                                int fd, off_t offset)
{
#ifdef SYS_mmap2 /* then there is no SYS_mmap, or it takes an address */
    enum { unit = 4096 };
    return (void*)syscall(SYS_mmap2, at, size, access, flags, fd,
                          (long)(offset / unit));
#else
    KERNEL_RETURNS(void*, mmap, SYS_mmap, (void*, size_t, int, int, int, off_t),
                   at, size, access, flags, fd, offset);
#endif
}

#endif
