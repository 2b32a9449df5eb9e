/* For tests of relev_prepare and relev_backend_fd: the loop of another library
 * waits. Here that is poll(2), or nobody.
 */
#ifndef FOREIGN_HELP_H_
#define FOREIGN_HELP_H_

#include <errno.h>
#include <poll.h>

#include "calls.h"
#include "fds.h"
#include "relev.h"

static inline int has_fd(void) { return has_own_fd(backend); }

/* Does the descriptor wake the outer loop? */
static inline int wakes(struct ev_loop* loop)
{
    struct pollfd outer = {relev_backend_fd(loop), POLLIN, 0};
    return poll(&outer, 1, 0) == 1;
}

/* Is the outer loop woken if there is a descriptor, and not for longer than it
 * has to? */
static inline void assert_woken(struct ev_loop* loop)
{
    if (has_fd()) assert_true(wakes(loop));
    turn(loop);
    assert_true(relev_prepare(loop) > 0);
    if (has_fd()) assert_false(wakes(loop));
}

static int woken;

static inline void on_async(struct ev_loop* loop, ev_async* w, int revents)
{
    (void)loop, (void)w, (void)revents;
    ++woken;
}

static Io prepared;
static int prepared_fd;
static jmp_buf away;
static int leaves;

static inline void on_prepare(struct ev_loop* loop, ev_watcher* w, int revents)
{
    note(loop, w, revents);
    if (leaves) longjmp(away, 1);
    if (!ev_is_active(&prepared.w))
        io_on(loop, &prepared, prepared_fd, EV_READ);
}

#endif
