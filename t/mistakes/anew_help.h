/* Two pipes that can be read, and watchers of them that are initialized again.
 */
#ifndef ANEW_HELP_H_
#define ANEW_HELP_H_

#include <unistd.h>

#include "mistakes_help.h"

static struct ev_loop* loop;
static int one[2], two[2];

static inline void ready_pipe(int fds[2])
{
    assert_int_equal(pipe(fds), 0);
    assert_int_equal(write(fds[1], "x", 1), 1);
}

static inline void begin(void)
{
    loop = loop_fresh(0);
    ready_pipe(one), ready_pipe(two);
}

static inline void end(void)
{
    turn_leaves(loop, 0);
    ev_loop_destroy(loop);
    close(one[0]), close(one[1]), close(two[0]), close(two[1]);
}

static inline void anew(ev_io* w, const char* letter, int fd)
{
    ev_io_init(w, note_io, fd, EV_READ);
    w->data = (void*)(uintptr_t)letter;
    ev_io_start(loop, w);
}

static inline void stop_all(ev_io* w, int n)
{
    for (int i = 0; i < n; ++i) ev_io_stop(loop, &w[i]);
    memset(w, 0xee, (size_t)n * sizeof *w);
    turn_leaves(loop, 0);
    assert_calls("");
}

#endif
