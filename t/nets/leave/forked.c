/* What a child does that is forked at an exit. */
#define _GNU_SOURCE
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "leave.h"

/* Is it active, and ready by poll(2)? */
static int is_ready(const Item* item)
{
    struct timespec none = {0, 0};
    struct pollfd one = {item->fd, POLLIN, 0};
    if (item->kind != EV_IO || !ev_is_active(&item->u.w)) return 0;
    if (item->u.io.events & EV_WRITE) one.events = POLLOUT;
    return syscall(SYS_ppoll, &one, 1ul, &none, NULL, (size_t)8) == 1;
}

/* In a child whose loop was renewed, or has noticed the fork, what is ready and
 * what is sent comes within three iterations. */
static void child_checks(void)
{
    int had[items_most], ready[items_most];
    Item* async = item_find("async");
    if (async) ev_async_send(world.loop, &async->u.async);
    for (int i = 0; i < world.items_count; ++i) {
        Item* item = &world.items[i];
        had[i] = item->calls;
        ready[i] =
            is_ready(item) || (item == async && ev_is_active(&item->u.async));
    }
    for (int i = 0; i < settled; ++i) ev_run(world.loop, EVRUN_NOWAIT);
    for (int i = 0; i < world.items_count; ++i)
        if (ready[i] && world.items[i].calls == had[i])
            wrong("'%s' is not called", world.items[i].name);
    ev_verify(world.loop);
}

/* An iteration in a child that gave up the one in which it was forked. */
static void child_iterates(int renews)
{
    if (renews) ev_loop_fork(world.loop), shared_fork();
    ev_run(world.loop, EVRUN_NOWAIT);
    shared_run();
}

/* Was ev_loop_fork called, or does the loop check for forks? */
static int is_renewed(void)
{
    return now.way == way_renew || now.way == way_renewed
        || world.program.flags & EVFLAG_FORKCHECK;
}

__attribute__((noreturn)) static void child_exit(void)
{
    result->child_ended = 1;
    _exit(0);
}

void child_end(void)
{
    if (is_renewed()) child_checks();
    child_exit();
}

static void child_sends(void)
{
    Item* async = item_find("async");
    if (async) ev_async_send(world.loop, &async->u.async);
    if (item_find("usr2")) ev_feed_signal(SIGUSR2);
}

int child_acts(void)
{
    world.in_child = 1;
    world.outside_waits = 0;
    alarm(60);
    switch (now.way) {
        case way_renew:
            ev_loop_fork(world.loop), shared_fork(); /* fall through */
        case way_continue:
            world.continues = 1;
            return 0;
        case way_iterate:
            child_iterates(0);
            break;
        case way_renewed:
            child_iterates(1);
            break;
        case way_send:
            child_sends();
            break;
        case way_destroy:
            loop_end(world.loop);
            shared_end();
            break;
        default:
            break;
    }
    child_exit();
}
