/* Errors that show without a comparison: a loop that blocks over something
 * that is ready, waits on after a signal, or spins.
 */
#ifndef WILD_ORACLE_H_
#define WILD_ORACLE_H_

#include "slots.h"

/* As of the last wait that a signal ended. */
static struct {
    struct ev_loop* loop;
    unsigned turn;
} interruption;

static int running_loop(void) { return world.running[world.runs]; }

/* Is `l` this loop, or embedded in it, or in one that is? */
static int is_inside(int l, int by, int depth)
{
    if (l == by) return 1;
    for (int i = 0; depth && i < cell_most; ++i) {
        Cell* e = cell_at('E', i);
        if (is_active(e) && e->loop == by && is_inside(l, e->tag, depth - 1))
            return 1;
    }
    return 0;
}

/* Of those that embed each other the kernel does not report all. An embedding
 * whose watcher was initialized goes on, but the watcher does not say which. */
static int is_heard(int l, int by, int depth)
{
    if (l == by || world.unembedded) return l == by;
    return is_inside(l, by, depth) && !is_inside(by, l, depth);
}

/* What poll(2) says of a watched file, of a number the loop may use. */
static int fd_is_ready(const ev_io* w)
{
    struct timespec none = {0, 0};
    short events = (short)((w->events & EV_READ ? POLLIN : 0)
                           | (w->events & EV_WRITE ? POLLOUT : 0));
    struct pollfd one = {w->fd, events, 0};
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    if (!events) return 0;
    if (world.backend == EVBACKEND_POLL && (rlim_t)w->fd >= limit.rlim_cur)
        return 0;
    int ready = (int)syscall(SYS_ppoll, &one, 1ul, &none, NULL, (size_t)8);
    if (ready <= 0 || one.revents & POLLNVAL) return 0;
    if (world.backend != EVBACKEND_SELECT) return 1;
    return one.revents & (events | POLLERR)
        || (one.revents & POLLHUP && w->events & EV_READ);
}

/* A regular file wakes nobody but its own loop, which does not wait. */
static int is_ready(const Cell* c)
{
    int s = slot_of_fd(c->u->io.fd);
    if (c->tainted) return 0;
    if (s >= 0 && slots[s].kind == plain_file && c->loop != running_loop())
        return 0;
    return fd_is_ready(&c->u->io);
}

static int is_forgotten(Cell* c)
{
    if (c->kind == 'I') return is_ready(c);
    if (c->kind == 'A') return ev_async_pending(&c->u->async);
    /* A signalfd that closefrom has closed is found and replaced by and by. */
    if (world.closed_all && world.timeout < steps(1)) return 0;
    return c->owed && !world.mistaken;
}

/* Time is about to pass in a wait. Of an embedded loop only files must wake the
 * outer one. */
static void oracle_blocks(void)
{
    static const char watched[] = "IAS";
    for (const char* kind = watched; *kind; ++kind)
        for (int i = 0; i < cell_most; ++i) {
            Cell* c = cell_at(*kind, i);
            int depth = *kind == 'I' ? loop_count : 0;
            if (is_active(c) && is_heard(c->loop, running_loop(), depth)
                && is_forgotten(c))
                wrong("blocks over %c%d, which is ready", *kind, i);
        }
}

static void oracle_waits(double s)
{
    struct ev_loop* l = world.loops[running_loop()];
    if (++world.idle_waits > idle_waits_most && !world.mistaken) wrong("spins");
    if (s > 0 && interruption.loop == l && ev_iteration(l) == interruption.turn)
        wrong("waits on after a signal");
    interruption.loop = NULL;
}

static void oracle_failed(int error, double s)
{
    world.wait_failed = 1;
    if (error != EINTR || !(s > 0)) return;
    interruption.loop = world.loops[running_loop()];
    interruption.turn = ev_iteration(interruption.loop);
}

/* A regular file is always ready, so it is reported in every iteration. */
static int must_be_served(const Cell* c)
{
    int s = slot_of_fd(c->u->io.fd);
    return is_active(c) && !c->tainted && c->loop == running_loop() && s >= 0
        && slots[s].open && slots[s].kind == plain_file
        && c->u->io.events & (EV_READ | EV_WRITE);
}

static void oracle_run_begins(void)
{
    interruption.loop = NULL;
    world.wait_failed = world.signaled = 0;
    for (int i = 0; i < cell_most; ++i)
        cell_at('I', i)->served = must_be_served(cell_at('I', i)) - 1;
}

/* At the end of a whole iteration. `served` is 0 if it was to be served and
 * was not. */
static void oracle_run_ends(void)
{
    for (int i = 0; i < cell_most; ++i) {
        Cell* c = cell_at('F', i);
        if (c->owed && c->loop == running_loop() && !world.mistaken)
            wrong("does not call F%d after a fork", i);
    }
    if (world.wait_failed) return;
    for (int i = 0; i < cell_most; ++i) {
        Cell* c = cell_at('I', i);
        if (c->served == 0 && must_be_served(c))
            wrong("does not report I%d, a regular file", i);
    }
}

#endif
