/* One watcher of each kind, for rules that hold for all of them. */
#ifndef KINDS_H_
#define KINDS_H_

#include <signal.h>
#include <unistd.h>

#include "calls.h"

typedef union ev_any_watcher Any;

static int kinds_pipe[2];              /* nothing is ever written to it */
static struct ev_loop* kinds_embedded; /* an epoll loop */

static inline void kind_init(const Kind* kind, Any* any)
{
    int type = kind->type;
    ev_init(&any->w, note);
    any->w.data = (void*)(uintptr_t)kind->name;
    if (type == EV_IO) ev_io_set(&any->io, kinds_pipe[0], EV_READ);
    if (type == EV_TIMER) ev_timer_set(&any->timer, 100., 0.);
    if (type == EV_PERIODIC)
        ev_periodic_set(&any->periodic, ev_time() + 100., 0., 0);
    if (type == EV_SIGNAL) ev_signal_set(&any->signal, SIGUSR1);
    if (type == EV_CHILD) ev_child_set(&any->child, 1, 0);
    if (type == EV_STAT) ev_stat_set(&any->stat, "/", 0.);
    if (type == EV_EMBED) ev_embed_set(&any->embed, kinds_embedded);
}

/* Does an active one hold a reference? */
static inline int kind_holds(const Kind* kind)
{
    return kind->type != EV_CLEANUP;
}

/* What an error says of it: its fd, signal or process. */
static inline int kind_number(const Kind* kind, const Any* any)
{
    return kind->type == EV_IO     ? any->io.fd
         : kind->type == EV_SIGNAL ? any->signal.signum
         : kind->type == EV_CHILD  ? any->child.pid
                                   : -1;
}

static inline void kinds_open(void)
{
    assert_return_code(pipe(kinds_pipe), 0);
    kinds_embedded = ev_loop_new(embeddable_backend());
    assert_non_null(kinds_embedded);
}

static inline void kinds_close(void)
{
    ev_loop_destroy(kinds_embedded);
    close(kinds_pipe[0]), close(kinds_pipe[1]);
}

#endif
