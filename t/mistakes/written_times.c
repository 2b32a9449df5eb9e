/* What the library writes into a watcher that was given odd times. Where one
 * makes no sense to 4.33 it ends the program: such rows are ours only, and the
 * watcher stays as it was. The other numbers are in written.c. */

#include <math.h>

#include "calls.h"

static const double least = 0.1074891; /* what ev_stat polls at the most */

/* The same number, or both are none. */
static int same(double a, double b) { return a == b || (isnan(a) && isnan(b)); }

static void assert_number(const char* what, size_t row, double got,
                          double expected)
{
    if (!same(got, expected))
        fail_msg("%s, row %zu: %.17g, not %.17g", what, row, got, expected);
}

static const struct {
    double interval, started, polled; /* 0: the default */
    int ours;
} stats[] = {
    {0, 0, 5.0074891, 0},
    {-0., -0., 5.0074891, 0},
    {-1, least, least, 0},
    {-1e-300, least, least, 0},
    {-1e300, least, least, 0},
    {-INFINITY, least, least, 0},
    {1e-300, least, least, 0},
    {0.05, least, least, 0},
    {0.1074890, least, least, 0},
    {0.1074891, least, least, 0},
    {0.1074892, 0.1074892, 0.1074892, 0},
    {1, 1, 1, 0},
    {1e9, 1e9, 1e9, 0},
    {1e300, 1e300, 1e300, 0},
    {INFINITY, INFINITY, INFINITY, 0},
    {NAN, NAN, 5.0074891, 1},
};

static void stat_row(size_t i, unsigned flags)
{
    struct ev_loop* loop = loop_fresh(flags);
    ev_stat w;

    ev_stat_init(&w, note_stat, "/", stats[i].interval);
    assert_number("stat", i, w.interval, stats[i].interval);
    ev_stat_start(loop, &w);
    assert_true(ev_is_active(&w));
    assert_number("stat started", i, w.interval, stats[i].started);
    if (flags) {
        assert_true(ev_is_active(&w.timer));
        assert_number("stat polled", i, w.timer.repeat, stats[i].polled);
    }
    ev_stat_stop(loop, &w);
    assert_number("stat stopped", i, w.interval, stats[i].started);
    ev_stat_set(&w, "/etc", stats[i].interval);
    assert_number("stat set", i, w.interval, stats[i].interval);
    assert_int_equal(w.wd, -2);
    ev_loop_destroy(loop);
}

static void stat_rows(int ours)
{
    for (size_t i = 0; i < sizeof stats / sizeof *stats; ++i) {
        if (stats[i].ours != ours) continue;
        stat_row(i, 0);
        stat_row(i, EVFLAG_NOINOTIFY);
    }
}

static void test_written_stat_interval(void** state)
{
    /* R3.15: an interval that is not 0 and below the shortest, a negative one
     * too, is raised to that, in the watcher. */
    (void)state;
    stat_rows(0);
}

static void test_written_stat_interval_not_a_number(void** state)
{
    /* R3.15: it counts as the default. */
    (void)state;
    stat_rows(1);
}

static const struct {
    double after, repeat;
    int active, again; /* after a start, after ev_timer_again */
    int ours;
} timers[] = {
    {0, 0, 1, 0, 0},
    {-0., -0., 1, 0, 0},
    {-1, 0, 1, 0, 0},
    {-1e300, 1, 1, 1, 0},
    {-INFINITY, 1e-300, 1, 1, 0},
    {INFINITY, 0, 1, 0, 0},
    {INFINITY, INFINITY, 1, 1, 0},
    {1e300, 1e300, 1, 1, 0},
    {5, 1e-9, 1, 1, 0},
    {5, 3, 1, 1, 0},
    {5, -1, 0, 0, 1},
    {5, -1e-300, 0, 0, 1},
    {5, -INFINITY, 0, 0, 1},
    {5, NAN, 0, 0, 1},
    {NAN, 0, 0, 0, 1},
    {NAN, 5, 0, 1, 1},
};

static void timer_row(size_t i)
{
    struct ev_loop* loop = loop_fresh(0);
    double repeat = timers[i].repeat;
    ev_timer w = timer_of("t", timers[i].after, repeat);

    assert_number("timer", i, w.at, timers[i].after);
    assert_number("timer", i, w.repeat, repeat);
    ev_timer_start(loop, &w);
    assert_int_equal(ev_is_active(&w) != 0, timers[i].active);
    assert_number("timer started", i, w.repeat, repeat);
    if (timers[i].active && fabs(timers[i].after) < 1e9)
        assert_true(fabs(ev_timer_remaining(loop, &w) - timers[i].after)
                    < 1e-3);
    ev_timer_stop(loop, &w);
    assert_number("timer stopped", i, w.repeat, repeat);
    if (!timers[i].active)
        assert_number("timer refused", i, w.at, timers[i].after);
    ev_timer_again(loop, &w);
    assert_int_equal(ev_is_active(&w) != 0, timers[i].again);
    assert_number("timer again", i, w.repeat, repeat);
    ev_loop_destroy(loop);
}

static void test_written_timer_after_and_repeat(void** state)
{
    /* R1.58: any time may be asked for, and nothing of it is changed. */
    (void)state;
    for (size_t i = 0; i < sizeof timers / sizeof *timers; ++i)
        if (!timers[i].ours) timer_row(i);
}

static void test_written_timer_repeat_that_is_illegal(void** state)
{
    /* R1.69: a repeat below 0, or no number, is refused; 4.33 aborts. */
    (void)state;
    for (size_t i = 0; i < sizeof timers / sizeof *timers; ++i)
        if (timers[i].ours) timer_row(i);
}

enum { at_offset, next, at_once, refused }; /* when a periodic is due */

static const struct {
    double offset, interval;
    int due;
    int ours;
} periodics[] = {
    {0, 0, at_offset, 0},
    {-5, 0, at_offset, 0},
    {1e300, 0, at_offset, 0},
    {INFINITY, 0, at_offset, 0},
    {-INFINITY, 0, at_offset, 0},
    {0, 5, next, 0},
    {-0.5, 5, next, 0},
    {1e9, 0.2, next, 0},
    {5e9, 7, next, 0},
    {0, 1e9, next, 0},
    {0, 1e18, next, 0},
    {0, 1e300, next, 0},
    {0, 1e-9, at_once, 0},
    {0, 1e-300, at_once, 0},
    {1e9, 1e-300, at_once, 0},
    {-1e300, 1e-9, at_once, 1}, /* 4.33 looks for ever */
    {0, -1, refused, 1},
    {0, -INFINITY, refused, 1},
    {0, NAN, refused, 1},
    {0, INFINITY, refused, 1}, /* due when it is no number, in 4.33 */
    {NAN, 0, refused, 1},
    {NAN, 5, refused, 1},
    {INFINITY, 5, refused, 1},
};

static void periodic_row(size_t i)
{
    struct ev_loop* loop = loop_fresh(0);
    double offset = periodics[i].offset, interval = periodics[i].interval;
    ev_periodic w = periodic_of("p", offset, interval);

    ev_periodic_start(loop, &w);
    double wait = ev_periodic_at(&w) - ev_now(loop);
    assert_int_equal(ev_is_active(&w) != 0, periodics[i].due != refused);
    assert_number("periodic", i, w.offset, offset);
    assert_number("periodic", i, w.interval, interval);
    if (periodics[i].due == at_offset)
        assert_number("periodic", i, ev_periodic_at(&w), offset);
    if (periodics[i].due == next && !(wait >= 0 && wait <= interval + 1e-3))
        fail_msg("periodic, row %zu: due in %g", i, wait);
    if (periodics[i].due == at_once && !(wait >= 0 && wait < 1e-3))
        fail_msg("periodic, row %zu: due in %g", i, wait);
    ev_periodic_stop(loop, &w);
    ev_periodic_set(&w, offset, interval, NULL);
    assert_number("periodic set", i, w.offset, offset);
    assert_number("periodic set", i, w.interval, interval);
    ev_loop_destroy(loop);
}

static void test_written_periodic_offset_and_interval(void** state)
{
    /* R1.69, R1.71: offset and interval are left as they are; an interval too
     * small to tell apart is due at once, and not never. */
    (void)state;
    for (size_t i = 0; i < sizeof periodics / sizeof *periodics; ++i)
        if (!periodics[i].ours) periodic_row(i);
}

static void test_written_periodic_that_is_illegal(void** state)
{
    /* R1.69, R1.71: refused, or due at once; 4.33 aborts, or does not end. */
    (void)state;
    for (size_t i = 0; i < sizeof periodics / sizeof *periodics; ++i)
        if (periodics[i].ours) periodic_row(i);
}

static const Test tests[] = {
    EACH(test_written_stat_interval),
    OURS(test_written_stat_interval_not_a_number),
    EACH(test_written_timer_after_and_repeat),
    OURS(test_written_timer_repeat_that_is_illegal),
    EACH(test_written_periodic_offset_and_interval),
    OURS(test_written_periodic_that_is_illegal),
};

HARNESS_MAIN("mistakes_written_times", tests)
