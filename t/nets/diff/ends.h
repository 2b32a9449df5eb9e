/* Files under fixed numbers, and what is written to them. */
#ifndef ENDS_H_
#define ENDS_H_

#include <fcntl.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum { socket_pair, pipe_out, pipe_in, plain_file, event_counter, file_kinds };

/* Of a file with one end only, the other is -1. */
static void ends_open(int ends[2], int what)
{
    ends[0] = ends[1] = -1;
    if (what == socket_pair && socketpair(AF_UNIX, SOCK_STREAM, 0, ends))
        abort();
    if ((what == pipe_out || what == pipe_in) && pipe(ends)) abort();
    if (what == plain_file) ends[0] = memfd_create("slot", 0);
    if (what == event_counter) ends[0] = eventfd(0, 0);
}

static void slot_take(int fd, int number)
{
    if (fd < 0 || dup2(fd, number) < 0) abort();
    close(fd);
    fcntl(number, F_SETFL, fcntl(number, F_GETFL) | O_NONBLOCK);
}

static void fd_write(int fd)
{
    static const char bytes[8];
    if (write(fd, bytes, sizeof bytes) < 0)
        return; /* full, or the other end is gone */
}

static void fd_fill(int fd)
{
    static const char bytes[1 << 14];
    for (int i = 0; i < 64; ++i) /* a file is never full */
        if (write(fd, bytes, sizeof bytes) <= 0) return;
}

static void fd_drain(int fd)
{
    char bytes[1 << 14];
    for (int i = 0; i < 64; ++i)
        if (read(fd, bytes, sizeof bytes) <= 0) return;
}

#endif
