/* Fork watchers are called once for each fork, however it is detected. */
#define _GNU_SOURCE 1
#include "forked.h"

#include "calls.h"

static int fork_events, grandchild = -1;

static void fork_event(struct ev_loop* loop, ev_fork* w, int revents)
{
    (void)loop, (void)w, (void)revents;
    ++fork_events;
}

static void prepare_forks(struct ev_loop* loop, ev_prepare* w, int revents)
{
    (void)revents;
    ev_prepare_stop(loop, w);
    grandchild = fork();
    if (!grandchild) ev_loop_fork(loop);
}

static void told_body(void* unused)
{
    struct ev_loop* loop = ev_loop_new(backend | EVFLAG_FORKCHECK);
    ev_fork forked;
    ev_prepare prepare;

    (void)unused;
    ev_fork_init(&forked, fork_event);
    ev_fork_start(loop, &forked);
    ev_prepare_init(&prepare, prepare_forks);
    ev_prepare_start(loop, &prepare);
    for (int i = 0; i < 3; ++i) turn(loop);
    child_check(fork_events == !grandchild);
    ev_loop_destroy(loop);
    if (!grandchild) _exit(0);
    child_check(!child_status(grandchild));
}

static void test_fork_in_prepare_with_loop_fork_is_told(void** state)
{
    /* R4.4: EVFLAG_FORKCHECK and ev_loop_fork in a prepare callback, as gevent
     * does it: the next iteration calls the fork watchers, once. */
    (void)state;
    assert_child_passes(child_fork(told_body, NULL));
}

static const Test tests[] = {
    EACH(test_fork_in_prepare_with_loop_fork_is_told),
};

HARNESS_MAIN("fork_told", tests)
