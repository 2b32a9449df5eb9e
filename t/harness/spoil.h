/* A write() that works, but sets errno to EAGAIN, as if the loop had been woken
 * before. So a function that promises to preserve errno has to restore it. It
 * replaces libc's write, also in the library under test. */
#ifndef SPOIL_H_
#define SPOIL_H_

#include <errno.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/syscall.h>
#else
#include "next.h"
#endif

static int spoiling;

static inline ssize_t spoil_write(int fd, const void* data, size_t n)
{
#ifdef __linux__
    return syscall(SYS_write, fd, data, n);
#else
    NEXT_RETURNS(ssize_t, write, (int, const void*, size_t), (fd, data, n));
#endif
}

ssize_t write(int fd, const void* data, size_t n)
{
    ssize_t done = spoil_write(fd, data, n);
    if (!spoiling || done < 0) return done;
    errno = EAGAIN;
    return -1;
}

#endif
