/* A loop, a pair of sockets, and a watcher for one of them. Define _GNU_SOURCE
 * before any include.
 */
#ifndef PAIR_H_
#define PAIR_H_

#include "fds.h"
#include "spy.h"

static struct ev_loop* loop;
static int s[2];
static Io io;

static void begin(void)
{
    loop = loop_new(0);
    pair_open(s);
}

static void finish(void)
{
    ev_loop_destroy(loop);
    both_close(s);
}

#endif
