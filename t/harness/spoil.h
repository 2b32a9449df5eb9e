/* A write() that does its work, but says EAGAIN, as if somebody had woken the
 * loop before: whoever promises to keep errno has to restore it. It takes the
 * place of libc's in the library under test too.
 */
#ifndef SPOIL_H_
#define SPOIL_H_

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

static int spoiling;

ssize_t write(int fd, const void* data, size_t n)
{
    ssize_t done = syscall(SYS_write, fd, data, n);
    if (!spoiling || done < 0) return done;
    errno = EAGAIN;
    return -1;
}

#endif
