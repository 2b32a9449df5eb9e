/* File descriptors under fixed numbers, which are closed, copied and used again
 * for other files.
 *
 * The order in which the kernel reports different fds is not defined, so every
 * slot has a priority of its own for its watchers. That of ev_once is 0.
 */
#ifndef SLOTS_H_
#define SLOTS_H_

#include "ends.h"
#include "world.h"

enum { slot_count = 3, once_slot = 2, slot_first = 100, peer_first = 120 };
enum { once_idle = -2, once_timed = -1 }; /* else its slot */

static struct {
    int open;
    int peer;  /* is open */
    int onces; /* ev_once on it */
} slots[slot_count];

static int slot_fd(int s) { return slot_first + s; }
static int slot_peer(int s) { return peer_first + s; }
static int slot_priority(int s) { return s - 2; }
static int slot_of(const Cell* c) { return c->u.io.fd - slot_first; }

/* An fd that is not watched, but may have been: it has no watcher. */
static void slot_quit(int s)
{
    for (int i = 0; i < kind_most; ++i) {
        Cell* c = cell_at('I', i);
        if (c->u.io.fd != slot_fd(s)) continue;
        ev_io_stop(loop_of(c), &c->u.io);
        ev_io_set(&c->u.io, slot_fd(s), c->u.io.events & (EV_READ | EV_WRITE));
    }
}

static void slot_shut(int s)
{
    if (slots[s].peer) close(slot_peer(s));
    slots[s].peer = 0;
}

static void slot_close(int s)
{
    slot_quit(s);
    if (slots[s].open) close(slot_fd(s));
    slots[s].open = 0;
}

/* The loop that waits is the one whose iteration was counted last. */
static unsigned iterations_seen[loop_count];

static int waiting_loop(void)
{
    static int last;
    for (int i = 0; i < loop_count; ++i) {
        unsigned now = world.loops[i] ? ev_iteration(world.loops[i]) : 0;
        if (now != iterations_seen[i]) last = i;
        iterations_seen[i] = now;
    }
    return last;
}

/* A loop that is made counts from 0, or goes on: that is no iteration. */
static void waiting_loop_made(int i)
{
    iterations_seen[i] = ev_iteration(world.loops[i]);
}

static int slot_wanted(int s, int loop, unsigned events)
{
    int got = (events & ~(unsigned)EPOLLOUT ? EV_READ : 0)
            | (events & ~(unsigned)EPOLLIN ? EV_WRITE : 0);
    for (int i = 0; i < kind_most; ++i) {
        Cell *c = cell_at('I', i), *once = cell_at('O', i);
        if (is_active(c) && c->loop == loop && c->u.io.fd == slot_fd(s)
            && c->u.io.events & got)
            return 1;
        if (once->loop == loop && once->tag == s && once->mask & got) return 1;
    }
    return 0;
}

static int is_epoll(int fd)
{
    char path[32], target[32] = "";
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return readlink(path, target, sizeof target - 1) > 0
        && !strcmp(target, "anon_inode:[eventpoll]");
}

/* Of the loop's own fds only that of another loop may have no watcher. */
static int loop_wanted(int fd, int loop)
{
    if (!is_epoll(fd)) return 1;
    for (int i = 0; i < kind_most; ++i) {
        Cell* c = cell_at('E', i);
        if (is_active(c) && c->loop == loop) return 1;
    }
    return 0;
}

static int fd_wanted(int fd, int loop, unsigned events)
{
    int s = fd - slot_first;
    int is_slot = s >= 0 && s < slot_count;
    return is_slot ? slot_wanted(s, loop, events) : loop_wanted(fd, loop);
}

/* An fd that nobody watches any more wakes a loop once: 4.33 in its next
 * iteration, ours in the next that asks the kernel, and only if it was in the
 * epoll set. So it is taken out of the set beforehand. If its number is another
 * file's by now, it can not be: then it is hidden where ours asks less often.
 * That of a kqueue is always hidden.
 */
static int events_filter(int epfd, int loop, struct epoll_event* events,
                         int ready)
{
    int left = 0;
    for (int i = 0; i < ready; ++i) {
        int fd = (int)(uint32_t)events[i].data.u64;
        if (fd_wanted(fd, loop, events[i].events)
            || (world.backend == EVBACKEND_EPOLL
                && epoll_ctl(epfd, EPOLL_CTL_DEL, fd, NULL) < 0
                && !world.quiet))
            events[left++] = events[i];
    }
    return left;
}

static int epoll_sets[loop_count]; /* as of the last wait */

static int slots_filter(int epfd, struct epoll_event* events, int ready)
{
    int loop = waiting_loop();
    epoll_sets[loop] = epfd;
    return events_filter(epfd, loop, events, ready);
}

/* The same before a loop is embedded: it is reported as ready, and whether it
 * is swept then is up to the program. */
static void slots_forget(int loop)
{
    struct epoll_event events[slot_count];
    int epfd = epoll_sets[loop];
    if (!world.quiet || epfd == epoll_sets[!loop] || !is_epoll(epfd)) return;
    long ready = syscall(SYS_epoll_pwait, epfd, events, slot_count, 0, NULL, 8);
    events_filter(epfd, loop, events, (int)ready);
}

/* After the last stop of a file that epoll does not take, 4.33 is woken once
 * more. */
static int slot_kind(int wish)
{
    int special = wish == plain_file && world.backend == EVBACKEND_EPOLL;
    return special ? event_counter : wish;
}

static void slot_open(int s, int what)
{
    int ends[2];
    what = slot_kind(what);
    slot_quit(s);
    slot_shut(s);
    ends_open(ends, what);
    int own = what == pipe_in;
    slot_take(ends[own], slot_fd(s));
    slots[s].open = 1;
    slots[s].peer = ends[!own] >= 0;
    if (slots[s].peer) slot_take(ends[!own], slot_peer(s));
}

/* The file of one slot gets the number of another as well. */
static void slot_dup(int from, int to)
{
    if (from == to || !slots[from].open) return;
    slot_quit(to);
    slot_shut(to);
    slots[to].open = 1;
    if (dup2(slot_fd(from), slot_fd(to)) < 0) abort();
}

#endif
