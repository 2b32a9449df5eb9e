/* A wall clock that is set by days and years, again and again, and a machine
 * that sleeps for years: in virtual time. */
#define _GNU_SOURCE
#include "../../harness/clock.h"
#include "soak.h"

enum { periodics = 100, day = 86400, year = 365 * day };

typedef struct Rhythm {
    ev_periodic w;
    int calls;
} Rhythm;

static Rhythm all[periodics];
static int absolute_calls, timer_calls, wrong;
static double timer_due; /* by the monotonic clock */

static void rhythm_called(struct ev_loop* loop, ev_periodic* w, int revents)
{
    (void)loop;
    wrong += revents != EV_PERIODIC;
    ++((Rhythm*)w)->calls;
}

static void absolute_called(struct ev_loop* loop, ev_periodic* w, int revents)
{
    (void)w, (void)revents;
    wrong += ev_now(loop) < w->offset;
    ++absolute_calls;
}

static void timer_called(struct ev_loop* loop, ev_timer* w, int revents)
{
    (void)loop, (void)w, (void)revents;
    wrong += clock_mono() < timer_due;
    ++timer_calls;
}

static double wall(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void rhythms_start(struct ev_loop* loop)
{
    for (int i = 0; i < periodics; ++i) {
        all[i].calls = 0;
        double interval = 60. * (1 + i), offset = (double)chance(3600);
        ev_periodic_init(&all[i].w, rhythm_called, offset, interval, NULL);
        ev_periodic_start(loop, &all[i].w);
    }
}

/* Each is due within its interval from now on, and on its beat. */
static void rhythms_check(struct ev_loop* loop)
{
    for (int i = 0; i < periodics; ++i) {
        const ev_periodic* w = &all[i].w;
        double ahead = ev_periodic_at(w) - ev_now(loop);
        double beats = (ev_periodic_at(w) - w->offset) / w->interval;
        wrong += ahead < -1e-3 || ahead > w->interval + 1e-3;
        wrong += beats - (double)(int64_t)(beats + .5) > 1e-3;
    }
}

static void turns(struct ev_loop* loop)
{
    for (int i = 0; i < 3; ++i) ev_run(loop, EVRUN_NOWAIT);
}

static double jump_random(void)
{
    static const double sizes[] = {1.5, 3600, day, 30. * day, year, 10. * year};
    double size = sizes[chance(6)] * (1 + chance(64) / 64.);
    double to = wall() + (chance(2) ? size : -size);
    /* Between the years 1990 and 2100. */
    return to < 20. * year || to > 130. * year ? 0 : to - wall();
}

/* R1.74, R1.75: the clock is set. Nothing that was skipped is made up for,
 * timers do not notice, loop time follows. */
static void test_scale_clock_set_by_years_confuses_nobody(void** state)
{
    ev_timer timer;
    int jumps = dose(2000, 100000);

    (void)state;
    Ledger ledger = ledger_open();
    clock_freeze();
    struct ev_loop* loop = loop_new(0);
    wrong = timer_calls = 0;
    rhythms_start(loop);
    ev_timer_init(&timer, timer_called, 1000., 0.);
    timer_due = clock_mono() + 1000.;
    ev_timer_start(loop, &timer);
    for (int i = 0; i < jumps; ++i) {
        clock_jump(jump_random());
        clock_advance(.515625); /* so that both clocks are read */
        for (int k = 0; k < periodics; ++k) all[k].calls = 0;
        turns(loop);
        for (int k = 0; k < periodics; ++k) wrong += all[k].calls > 1;
        double off = ev_now(loop) - wall();
        wrong += off < -1e-3 || off > 1e-3;
        rhythms_check(loop);
        wrong += timer_calls != (clock_mono() > timer_due);
    }
    assert_int_equal(wrong, 0);
    assert_int_equal(timer_calls, clock_mono() > timer_due);
    ev_verify(loop);
    ev_loop_destroy(loop);
    clock_thaw();
    ledger_close(ledger);
}

/* R1.74, R1.75: an absolute time is waited for, however the clock is set. */
static void test_scale_absolute_time_comes_once(void** state)
{
    ev_periodic w;

    (void)state;
    clock_freeze();
    struct ev_loop* loop = loop_new(0);
    wrong = 0;
    for (int i = 0; i < 200; ++i) {
        absolute_calls = 0;
        ev_now_update(loop);
        ev_periodic_init(&w, absolute_called, wall() + day, 0., NULL);
        ev_periodic_start(loop, &w);
        clock_jump(-year), clock_advance(1), turns(loop);
        clock_jump(year - 60), clock_advance(1), turns(loop);
        assert_int_equal(absolute_calls, 0);
        clock_jump(2 * day), clock_advance(1), turns(loop);
        assert_int_equal(absolute_calls, 1);
        clock_jump(-3 * day), clock_advance(1), turns(loop);
        clock_jump(day), clock_advance(1), turns(loop);
        assert_int_equal(absolute_calls, 1);
        assert_false(ev_is_active(&w));
    }
    assert_int_equal(wrong, 0);
    ev_loop_destroy(loop);
    clock_thaw();
}

/* R1.62: the machine slept for years: what repeats is called once, and goes on
 * from the present. */
static void test_scale_sleep_of_years_is_made_up_for_once(void** state)
{
    ev_timer timer;

    (void)state;
    clock_freeze();
    struct ev_loop* loop = loop_new(0);
    wrong = 0;
    timer_due = 0;
    ev_timer_init(&timer, timer_called, .5, .5);
    ev_timer_start(loop, &timer);
    rhythms_start(loop);
    for (int i = 0; i < 20; ++i) {
        for (int k = 0; k < periodics; ++k) all[k].calls = 0;
        timer_calls = 0;
        clock_advance(year);
        turns(loop);
        wrong += timer_calls != 1 || ev_timer_remaining(loop, &timer) > .5;
        for (int k = 0; k < periodics; ++k) wrong += all[k].calls != 1;
        rhythms_check(loop);
    }
    assert_int_equal(wrong, 0);
    ev_loop_destroy(loop);
    clock_thaw();
}

static const Test tests[] = {
    ONCE(test_scale_clock_set_by_years_confuses_nobody),
    ONCE(test_scale_absolute_time_comes_once),
    ONCE(test_scale_sleep_of_years_is_made_up_for_once),
};

HARNESS_MAIN("jumps", tests)
