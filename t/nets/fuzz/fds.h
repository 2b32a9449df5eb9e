/* File descriptors to watch: sockets, files and what is always ready; opened,
 * closed, duplicated, and their numbers reused at once. */
#ifndef FDS_H_
#define FDS_H_

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "input.h"

enum { fd_count = 8 };

static struct {
    int fd;     /* the number, also when closed */
    int open;   /* it is ours */
    int peer;   /* the other end of a socket, or -1 */
    int closed; /* how often; a watcher from before knows another file */
} fds[fd_count];

static inline void fd_shut(int i)
{
    if (!fds[i].open) return;
    close(fds[i].fd);
    if (fds[i].peer >= 0) close(fds[i].peer);
    fds[i].open = 0;
    fds[i].peer = -1;
    ++fds[i].closed;
}

/* Somebody else keeps the file open when the number is closed. */
static int kept = -1;

static inline void kept_close(void)
{
    if (kept >= 0) close(kept);
    kept = -1;
}

static inline void fd_keep(int i)
{
    kept_close();
    if (fds[i].open) kept = fcntl(fds[i].fd, F_DUPFD_CLOEXEC, 100);
}

static inline void fd_open(int i, int kind)
{
    int pair[2];
    fd_shut(i);
    fds[i].peer = -1;
    if (kind == 1) {
        fds[i].fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    } else if (kind == 2) {
        fds[i].fd = open("file", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    } else {
        int type = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;
        must(!socketpair(AF_UNIX, type, 0, pair));
        fds[i].fd = pair[0];
        fds[i].peer = pair[1];
    }
    must(fds[i].fd >= 0);
    fds[i].open = 1;
}

/* The number goes to another file at once, or stays with the same. */
static inline void fd_replace(int i, int other)
{
    if (!fds[i].open || !fds[other].open || i == other) return;
    must(dup2(fds[other].fd, fds[i].fd) == fds[i].fd);
    if (fds[i].peer >= 0) close(fds[i].peer);
    fds[i].peer = -1;
    ++fds[i].closed;
}

static inline void fd_write(int i)
{
    int to = fds[i].open ? fds[i].peer : -1;
    if (to >= 0) (void)!send(to, "x", 1, MSG_NOSIGNAL);
}

static inline void fd_drain(int i)
{
    char bytes[64];
    if (!fds[i].open || fds[i].peer < 0) return;
    while (read(fds[i].fd, bytes, sizeof bytes) > 0) {}
}

static inline void fd_hang_up(int i)
{
    if (!fds[i].open || fds[i].peer < 0) return;
    close(fds[i].peer);
    fds[i].peer = -1;
}

/* Nothing more can be written until the peer reads. */
static inline void fd_fill(int i)
{
    static const char bytes[4096];
    int small = 4096;
    if (!fds[i].open || fds[i].peer < 0) return;
    setsockopt(fds[i].fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
    while (send(fds[i].fd, bytes, sizeof bytes, MSG_NOSIGNAL) > 0) {}
}

static inline void fds_reset(void)
{
    for (int i = 0; i < fd_count; ++i) {
        fds[i].fd = fds[i].peer = -1;
        fds[i].open = fds[i].closed = 0;
    }
}

static inline void fds_shut(void)
{
    kept_close();
    for (int i = 0; i < fd_count; ++i) fd_shut(i);
}

/* Raised for each fd that is left open. */
static inline int fd_lowest_free(void)
{
    int fd = dup(2);
    close(fd);
    return fd;
}

#endif
