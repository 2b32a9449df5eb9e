/* ev_walk: a watcher that was initialized while active, and started again. */

#define EV_WALK_ENABLE 1

#include <signal.h>

#include "harness.h"

static int seen_signals;

static void count_signal(struct ev_loop* l, int type, void* w)
{
    (void)l, (void)w;
    assert_int_equal(type, EV_SIGNAL);
    ++seen_signals;
}

static void test_walk_sees_one_started_again_once(void** state)
{
    /* R4.12: a watcher that was initialized while active has two entries. */
    ev_signal w;
    struct ev_loop* loop = loop_default(0);
    (void)state;

    for (int i = 0; i < 2; ++i) {
        ev_init(&w, NULL);
        ev_signal_set(&w, SIGUSR1);
        ev_signal_start(loop, &w);
    }
    seen_signals = 0;
    ev_walk(loop, EV_SIGNAL, count_signal);
    assert_int_equal(seen_signals, 1);
    ev_signal_stop(loop, &w);
    ev_loop_destroy(loop);
    signal(SIGUSR1, SIG_DFL);
    signal(SIGCHLD, SIG_DFL);
}

static const Test tests[] = {
    ONCE(test_walk_sees_one_started_again_once),
};

HARNESS_MAIN("relev_walk_again", tests)
