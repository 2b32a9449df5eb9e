/* A million timers in virtual time: each is called when it is due, not before
 * and not twice. */
#define _GNU_SOURCE
#include "../../harness/clock.h"
#include "soak.h"

enum { timers = 1000000, span = 1024 /* seconds */, steps = 64 };

typedef struct Timed {
    ev_timer w;
    float due; /* since the beginning; whole seconds, so exact */
    unsigned char calls, wanted;
} Timed;

static Timed* all;
static double present, last_due; /* since the beginning */
static int calls, wrong;

static void timer_called(struct ev_loop* loop, ev_timer* w, int revents)
{
    Timed* t = (Timed*)w;
    (void)loop;
    double step = span / steps;
    int in_time = t->due < present && t->due >= present - step;
    wrong += revents != EV_TIMER || !in_time || t->due < last_due;
    last_due = t->due;
    ++t->calls;
    ++calls;
}

static void timers_start(struct ev_loop* loop)
{
    for (int i = 0; i < timers; ++i) {
        Timed* t = &all[i];
        t->due = (float)(1 + chance(span - 2));
        t->wanted = 1;
        ev_timer_init(&t->w, timer_called, (double)t->due, 0.);
        ev_timer_start(loop, &t->w);
    }
}

/* Some are stopped, and some of these are started again for later. */
static int timers_change(struct ev_loop* loop)
{
    int wanted = timers;
    for (int i = 0; i < timers; i += 3) {
        Timed* t = &all[i];
        ev_timer_stop(loop, &t->w);
        t->wanted = (unsigned char)chance(2);
        wanted -= !t->wanted;
        if (!t->wanted) continue;
        t->due = (float)(1 + chance(span - 2));
        ev_timer_set(&t->w, (double)t->due, 0.);
        ev_timer_start(loop, &t->w);
    }
    return wanted;
}

static void test_scale_million_timers_are_called_once_and_in_order(void** state)
{
    (void)state;
    all = calloc(timers, sizeof *all);
    assert_non_null(all);
    Ledger ledger = ledger_open();
    clock_freeze();
    struct ev_loop* loop = loop_new(0);
    present = calls = wrong = 0;
    timers_start(loop);
    int wanted = timers_change(loop);
    ev_verify(loop);

    for (int i = 0; i < steps; ++i) {
        clock_advance((double)span / steps);
        present += (double)span / steps;
        last_due = 0;
        ev_run(loop, EVRUN_NOWAIT);
    }
    assert_int_equal(wrong, 0);
    assert_int_equal(calls, wanted);
    for (int i = 0; i < timers; ++i)
        if (all[i].calls != all[i].wanted || ev_is_active(&all[i].w)) ++wrong;
    assert_int_equal(wrong, 0);
    ev_verify(loop);
    ev_loop_destroy(loop);
    clock_thaw();
    ledger_close(ledger);
    free(all);
}

enum { rounds = 10 };

static void repeat_called(struct ev_loop* loop, ev_timer* w, int revents)
{
    (void)loop;
    wrong += revents != EV_TIMER;
    ++((Timed*)w)->calls;
}

/* R1.61: repeating ones keep their phase, all of them. */
static void test_scale_million_repeating_timers_keep_their_phase(void** state)
{
    (void)state;
    int count = timers / 4;
    all = calloc((size_t)count, sizeof *all);
    assert_non_null(all);
    clock_freeze();
    struct ev_loop* loop = loop_new(0);
    wrong = 0;
    for (int i = 0; i < count; ++i) {
        double phase = 1. / 64 + chance(62) / 64.;
        ev_timer_init(&all[i].w, repeat_called, phase, 1.);
        ev_timer_start(loop, &all[i].w);
    }
    for (int i = 0; i < rounds; ++i) {
        clock_advance(1.);
        ev_run(loop, EVRUN_NOWAIT);
    }
    for (int i = 0; i < count; ++i) {
        wrong += all[i].calls != rounds;
        ev_timer_stop(loop, &all[i].w);
    }
    assert_int_equal(wrong, 0);
    ev_loop_destroy(loop);
    clock_thaw();
    free(all);
}

static const Test tests[] = {
    ONCE(test_scale_million_timers_are_called_once_and_in_order),
    ONCE(test_scale_million_repeating_timers_keep_their_phase),
};

HARNESS_MAIN("timers", tests)
