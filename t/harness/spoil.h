/* A write() that works, but sets errno to EAGAIN, as if the loop had been woken
 * before. So a function that promises to preserve errno has to restore it. It
 * replaces libc's write, also in the library under test. */
#ifndef SPOIL_H_
#define SPOIL_H_

#include <errno.h>

#include "kernel.h"

static int spoiling;

ssize_t write(int fd, const void* data, size_t n)
{
    ssize_t done = kernel_write(fd, data, n);
    if (!spoiling || done < 0) return done;
    errno = EAGAIN;
    return -1;
}

#endif
