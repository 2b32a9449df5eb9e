/* A second loop that watches SIGUSR1, too: it starts its watcher in each round,
 * and runs before and after each iteration of the first one.
 */
#define _GNU_SOURCE
#include <signal.h>

#include <relev.h>

#include "leave.h"

/* Of relev.h; libev has no such function. */
extern __typeof__(relev_signal_info) relev_signal_info __attribute__((weak));

void shared_make(void)
{
    unsigned flags = now.backend | EVFLAG_NOENV | world.program.flags;
    if (!(world.program.has & has_shared)) return;
    world.second = ev_loop_new(flags);
    if (!world.second) wrong("no second loop");
    Item* item = item_make("shared usr1", EV_SIGNAL);
    ev_signal_set(&item->u.signal, SIGUSR1);
}

/* It is refused if there is no memory for it. */
void shared_start(void)
{
    Item* item = item_find("shared usr1");
    if (!item) return;
    item_stop(item);
    item_start(item);
    int may_refuse = now.way == way_fail;
    if (!ev_is_active(&item->u.w) && !may_refuse)
        wrong("'%s' is refused", item->name);
}

void shared_owe(void)
{
    Item* item = item_find("shared usr1");
    if (item && ev_is_active(&item->u.w)) ++item->owed;
}

void shared_run(void)
{
    struct relev_sender by;
    Item* item = item_find("shared usr1");
    if (!world.second) return;
    ev_run(world.second, EVRUN_NOWAIT);
    if (!world.in_child) ev_verify(world.second);
    /* From the first call on, other handlers are installed. */
    if (!relev_signal_info) return;
    relev_signal_info(world.second, &item->u.signal, &by, sizeof by);
}

void shared_fork(void)
{
    if (world.second) ev_loop_fork(world.second);
}

void shared_end(void)
{
    if (world.second) loop_end(world.second);
}
