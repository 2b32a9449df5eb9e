/* Files to watch, and watchers that count their calls. */
#ifndef FDS_H_
#define FDS_H_

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "drive.h"

typedef struct Io {
    ev_io w;
    int calls;
    int revents; /* of the latest call */
} Io;

static inline void io_note(struct ev_loop* loop, ev_io* w, int revents)
{
    Io* io = (Io*)w;
    (void)loop;
    ++io->calls;
    io->revents = revents;
}

static inline void io_on(struct ev_loop* loop, Io* io, int fd, int events)
{
    io->calls = io->revents = 0;
    ev_io_init(&io->w, io_note, fd, events);
    ev_io_start(loop, &io->w);
}

static inline void io_off(struct ev_loop* loop, Io* io)
{
    ev_io_stop(loop, &io->w);
}

static inline void io_mask(struct ev_loop* loop, Io* io, int events)
{
    ev_io_stop(loop, &io->w);
    ev_io_modify(&io->w, events);
    ev_io_start(loop, &io->w);
}

/* The events of the only call since the last look; 0 if there was none, and
 * minus the number of calls if there were several. */
static inline int io_take(Io* io)
{
    int calls = io->calls;
    io->calls = 0;
    return calls == 1 ? io->revents : -calls;
}

#define assert_took(io, revents) assert_int_equal(io_take(io), revents)

/* A pipe that does not block: p[0] to read from, p[1] to write to. */
static inline void pipe_open(int p[2])
{
    assert_int_equal(pipe(p), 0);
    for (int i = 0; i < 2; ++i)
        assert_int_equal(fcntl(p[i], F_SETFL, O_NONBLOCK), 0);
}

/* Two connected stream sockets that do not block. */
static inline void pair_open(int s[2])
{
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, s), 0);
    for (int i = 0; i < 2; ++i)
        assert_int_equal(fcntl(s[i], F_SETFL, O_NONBLOCK), 0);
}

/* A file that is always ready, and that epoll refuses. */
static inline int regular_open(void)
{
    char path[] = "/tmp/io-always-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    unlink(path);
    return fd;
}

static inline void both_close(int p[2]) { close(p[0]), close(p[1]); }

static inline void byte_put(int fd) { assert_int_equal(write(fd, "x", 1), 1); }

static inline void bytes_drain(int fd)
{
    char sink[4096];
    while (read(fd, sink, sizeof sink) > 0) continue;
}

static inline void bytes_fill(int fd)
{
    static const char block[4096];
    while (write(fd, block, sizeof block) > 0) continue;
    while (write(fd, block, 1) > 0) continue;
}

/* Gives the file of `from` the number `fd`, and takes its old number away. */
static inline void fd_renumber(int from, int fd)
{
    assert_int_equal(dup2(from, fd), fd);
    close(from);
}

/* The soft limit of the number of fds; returns what it was. */
static inline rlim_t fds_limit(rlim_t count)
{
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    rlim_t was = limit.rlim_cur;
    limit.rlim_cur = count < limit.rlim_max ? count : limit.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    return was;
}

/* Lets no further fd be opened; returns the limit to set again. */
static inline rlim_t fds_exhaust(void)
{
    int next = dup(0);
    assert_true(next >= 0);
    close(next);
    return fds_limit((rlim_t)next);
}

#endif
