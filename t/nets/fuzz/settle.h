/* What follows every input: each active watcher that should be called is, and
 * everything that can happen is made to happen once, in two iterations. */
#ifndef SETTLE_H_
#define SETTLE_H_

#include "verbs_loops.h"

static const double settle_time = 2e5;

static int slot_expects(const Slot* s, struct ev_loop* loop, int forked)
{
    union ev_any_watcher* w = s->w;
    if (!slot_active(s)) return 0;
    switch (s->kind) {
        case IO:
            return io_ready(s);
        case TIMER:
            return ev_timer_remaining(loop, &w->timer) < settle_time;
        case PERIODIC:
            return ev_periodic_at(&w->periodic) < system_wall();
        case CHILD: /* no pid of a story has a pidfd */
            return ev_is_default_loop(loop);
        case SIGNAL:
        case PREPARE:
        case CHECK:
            return 1;
        case FORK:
            return forked;
        case ASYNC:
            ev_async_send(loop, &w->async);
            return 1;
        default:
            return 0;
    }
}

static void turn_all(void)
{
    for (int i = 0; i < loop_count; ++i) {
        run(i, EVRUN_NOWAIT);
        ev_verify(places[i].loop);
    }
}

static void settle_begin(void)
{
    system_waits(1000000, starved);
    for (int i = 0; i < loop_count; ++i) {
        ev_set_invoke_pending_cb(places[i].loop, ev_invoke_pending);
        ev_set_loop_release_cb(places[i].loop, NULL, NULL);
    }
    ev_feed_signal(SIGCHLD); /* for those whose signal went to a lost loop */
    for (int turns = 2; turns--;) {
        system_advance(1); /* so that a jump of the clock is noticed */
        turn_all();
    }
}

/* Everything happens, and each watcher that waits for it is called. A fork has
 * everything registered again, which would hide what was not registered
 * before: so the fork comes in an iteration of its own. */
static void settle_round(int forked)
{
    int expected[slot_count];
    system_advance(settle_time);
    for (int i = 0; i < slot_count; ++i) {
        slots[i].calls = 0;
        expected[i] =
            slot_expects(&slots[i], places[slots[i].loop].loop, forked);
    }
    for (int i = 0; i < loop_count && forked; ++i) ev_loop_fork(places[i].loop);
    for (int i = 1; i < 4; ++i) system_child(pids[i], 0);
    for (int i = 0; i < 4; ++i) ev_feed_signal(signals[i]);
    turn_all();
    turn_all();

    for (int i = 0; i < slot_count; ++i) {
        if (!expected[i] || slots[i].calls) continue;
        fprintf(stderr, "broken: %s%d of loop %d is not called\n",
                kinds[slots[i].kind].name, i % per_kind, slots[i].loop);
        abort();
    }
}

static void settle(void)
{
    trace("settle\n");
    settle_begin();
    play.settling = 1;
    settle_round(0);
    settle_round(1);
    for (int i = 0; i < loop_count; ++i) {
        double apart = ev_now(places[i].loop) - system_wall();
        must(apart < 1e-3 && apart > -1e-3);
    }
}

/* Stops everything, or leaves orphans, and destroys the loops. */
static void tear_down(int stopping)
{
    for (int i = 0; i < slot_count && stopping; ++i) stop(&slots[i]);
    if (stopping) turn_all();
    for (int i = 0; i < loop_count; ++i) {
        int cleanups = 0;
        for (int k = CLEANUP * per_kind; k < (CLEANUP + 1) * per_kind; ++k) {
            slots[k].calls = 0;
            if (slots[k].loop == i) cleanups += !!slot_active(&slots[k]);
        }
        play.dying = places[i].loop;
        ev_loop_destroy(places[i].loop);
        for (int k = CLEANUP * per_kind; k < (CLEANUP + 1) * per_kind; ++k)
            if (slots[k].loop == i) cleanups -= !!slots[k].calls;
        must(!cleanups);
        places[i].loop = NULL;
    }
    must(!ev_default_loop_ptr);
}

#endif
