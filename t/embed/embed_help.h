/* What the embed tests share: an epoll loop inside a loop on the backend
 * under test, and a pipe whose read end the inner one watches. */
#ifndef EMBED_HELP_H_
#define EMBED_HELP_H_

#include <sys/wait.h>
#include <unistd.h>

#include "calls.h"

typedef struct Pair {
    struct ev_loop *outer, *inner;
    ev_embed embed;
    ev_io io; /* in the inner loop, on the read end of the pipe */
    int fds[2];
} Pair;

static inline void io_note(struct ev_loop* loop, ev_io* w, int revents)
{
    char c;
    (void)loop;
    assert_int_equal(revents, EV_READ);
    assert_int_equal(read(w->fd, &c, 1), 1);
    calls_add(w->data);
}

static inline void begin(Pair* p, void (*cb)(struct ev_loop*, ev_embed*, int))
{
    calls_clear();
    assert_int_equal(pipe(p->fds), 0);
    p->outer = loop_new(0);
    p->inner = ev_loop_new(embeddable_backend());
    assert_non_null(p->inner);
    ev_io_init(&p->io, io_note, p->fds[0], EV_READ);
    p->io.data = "i";
    ev_embed_init(&p->embed, cb, p->inner);
    p->embed.data = "e";
    ev_embed_start(p->outer, &p->embed);
}

static inline void end(Pair* p)
{
    ev_io_stop(p->inner, &p->io);
    ev_embed_stop(p->outer, &p->embed);
    ev_loop_destroy(p->outer);
    ev_loop_destroy(p->inner);
    close(p->fds[0]), close(p->fds[1]);
}

static inline void put(const Pair* p, const char* bytes)
{
    assert_int_equal(write(p->fds[1], bytes, strlen(bytes)), strlen(bytes));
}

/* A few iterations: the inner loop's events may take one to be noticed. */
static inline void turns(struct ev_loop* loop)
{
    for (int i = 0; i < 4; ++i) ev_run(loop, EVRUN_NOWAIT);
}

#endif
