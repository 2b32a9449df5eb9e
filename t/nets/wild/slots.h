/* Files under fixed numbers: opened, copied, closed, by the rules and behind
 * the loop's back. And descriptors that run out.
 */
#ifndef WILD_SLOTS_H_
#define WILD_SLOTS_H_

#include <poll.h>

#include "../diff/ends.h"
#include "wild.h"

enum { slot_count = 4, limit_high = 8192, fillers_most = 100 };
enum { fds_from = 3, internal_end = 100 }; /* the library's own */

static struct {
    int open, peer, copy; /* each is open */
    int kind;
} slots[slot_count];

/* In a far program these numbers are beyond the loop's table. */
static int slot_number(int index) { return (world.far ? 6000 : 100) + index; }

static int slot_fd(int s) { return slot_number(s); }
static int slot_peer(int s) { return 120 + s; }
static int slot_copy(int s) { return 140 + s; }

static rlim_t limit_set(rlim_t soft)
{
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    rlim_t old = limit.rlim_cur;
    limit.rlim_cur = soft < limit.rlim_max ? soft : limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    return old;
}

static struct {
    int fds[fillers_most];
    int count;
} fillers;

static void limit_raise(void)
{
    limit_set(limit_high);
    while (fillers.count) close(fillers.fds[--fillers.count]);
}

/* 0 or more: so many descriptors can be opened, besides those that are closed
 * from now on. Negative: the limit itself. */
static void limit_lower(int n)
{
    limit_raise();
    if (n < 0) return (void)limit_set((rlim_t)-n);
    int fd, top = internal_end;
    while (top && fcntl(top - 1, F_GETFD) < 0) --top;
    while ((fd = dup(0)) < top) fillers.fds[fillers.count++] = fd;
    close(fd);
    limit_set((rlim_t)(top + n));
}

/* Is there no descriptor left, as a failure claims? */
static int none_free(void)
{
    int fd = dup(0);
    if (fd >= 0) close(fd);
    return fd < 0;
}

static int slot_of_fd(int fd)
{
    int s = fd - slot_number(0);
    return s >= 0 && s < slot_count ? s : -1;
}

/* An fd that the rules say is not watched any more: its watchers stop. */
static void slot_quit(int s)
{
    for (int i = 0; i < cell_most; ++i) {
        Cell* c = cell_at('I', i);
        if (c->u->io.fd != slot_fd(s) || !loop_of(c)) continue;
        ev_io_stop(loop_of(c), &c->u->io);
        ev_io_set(&c->u->io, slot_fd(s), c->u->io.events & 3);
        c->tainted = 0;
        c->stopped = c->served = 1;
    }
}

/* The loop cannot know that another file has that number. */
static void slot_taint(int s)
{
    for (int i = 0; i < cell_most; ++i) {
        Cell* c = cell_at('I', i);
        if (c->u->io.fd == slot_fd(s)) c->tainted = 1;
    }
}

static void slot_shut(int s)
{
    if (slots[s].peer) close(slot_peer(s));
    slots[s].peer = 0;
}

static void slot_close(int s)
{
    if (slots[s].open) close(slot_fd(s));
    slots[s].open = 0;
}

static void slot_open(int s, int what)
{
    int ends[2];
    rlim_t old = limit_set(limit_high);
    slot_shut(s);
    ends_open(ends, what);
    int own = what == pipe_in;
    slot_take(ends[own], slot_fd(s));
    slots[s].open = 1;
    slots[s].kind = what;
    slots[s].peer = ends[!own] >= 0;
    if (slots[s].peer) slot_take(ends[!own], slot_peer(s));
    limit_set(old);
}

/* A copy that nobody watches keeps the file, and epoll's entry of it, alive; it
 * keeps no entry of a kqueue, so its stand-in has none. */
static void slot_copy_make(int s)
{
    if (!slots[s].open || world.stands_in) return;
    rlim_t old = limit_set(limit_high);
    if (dup2(slot_fd(s), slot_copy(s)) < 0) abort();
    slots[s].copy = 1;
    limit_set(old);
}

static void slot_copy_close(int s)
{
    if (slots[s].copy) close(slot_copy(s));
    slots[s].copy = 0;
}

/* All that is open but standard input, output and errors. */
static void slots_close_all(void)
{
    close_range(3, ~0u, 0);
    memset(slots, 0, sizeof slots);
    fillers.count = 0;
    world.closed_all = 1;
}

#endif
