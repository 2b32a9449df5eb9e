/* Stat watchers without inotify: the path is examined at the interval. */

#include "stat_help.h"

#include <math.h>

static void test_stat_polling_sees_changes_at_the_interval(void** state)
{
    /* R2.58: by polling at the interval with EVFLAG_NOINOTIFY: not before the
     * interval is over, and once. */
    struct ev_loop* loop = stat_loop(EVFLAG_NOINOTIFY);
    ev_stat w;

    (void)state;
    put_file("file", "12345");
    stat_begin(loop, &w, "w", in_dir("file"), 1.);
    pass(loop, 0.125);
    for (int round = 0; round < 3; ++round) {
        add_file("file", "+");
        pass(loop, 0.75);
        assert_calls("");
        pass(loop, 0.25);
        assert_calls("w");
        assert_int_equal(w.prev.st_size, 5 + round);
        assert_int_equal(w.attr.st_size, 6 + round);
        pass(loop, 0.75);
        pass(loop, 0.25);
        assert_calls("");
    }
    ev_stat_stop(loop, &w);
    stat_end(loop);
}

static void test_stat_polling_sees_creation_and_removal(void** state)
{
    /* R2.58: creation, removal and creation again; prev and attr differ in
     * every call. */
    struct ev_loop* loop = stat_loop(EVFLAG_NOINOTIFY);
    ev_stat w;

    (void)state;
    stat_begin(loop, &w, "w", in_dir("file"), 1.);
    for (int round = 0; round < 2; ++round) {
        put_file("file", "1");
        pass(loop, 1.5);
        assert_calls("w");
        assert_int_equal(w.prev.st_nlink, 0);
        assert_int_equal(w.attr.st_nlink, 1);
        pass(loop, 1.5);
        assert_calls("");
        assert_int_equal(unlink(in_dir("file")), 0);
        pass(loop, 1.5);
        assert_calls("w");
        assert_int_equal(w.prev.st_nlink, 1);
        assert_int_equal(w.attr.st_nlink, 0);
        pass(loop, 1.5);
        assert_calls("");
    }
    ev_stat_stop(loop, &w);
    stat_end(loop);
}

static void test_stat_polling_ends_the_wait(void** state)
{
    /* R2.58: the loop wakes for the poll by itself, after the smallest
     * interval there is. The inner timer holds no reference, the watcher
     * does: the loop does not end. */
    struct ev_loop* loop = stat_loop(EVFLAG_NOINOTIFY);
    ev_stat w;

    (void)state;
    put_file("file", "1");
    stat_begin(loop, &w, "w", in_dir("file"), 0.001);
    add_file("file", "2");
    /* All but the last of the interval has passed when true time begins. */
    clock_advance(0.1);
    clock_state.mono -= clock_true(CLOCK_MONOTONIC);
    clock_state.real -= clock_true(CLOCK_REALTIME);
    clock_state.frozen = 0;
    assert_true(w.interval < 0.2);
    assert_true(run_until(loop, &stat_calls, 1));
    assert_calls("w");
    ev_stat_stop(loop, &w);
    stat_end(loop);
}

static void test_stat_noinotify_opens_no_inotify(void** state)
{
    /* R2.58: with EVFLAG_NOINOTIFY no change is seen before the interval is
     * over; without the flag it is. */
    const unsigned flags[] = {EVFLAG_NOINOTIFY, 0};

    (void)state;
    for (int i = 0; i < 2; ++i) {
        struct ev_loop* loop = stat_loop(flags[i]);
        ev_stat w, gone;

        put_file("file", "1");
        stat_begin(loop, &w, "w", in_dir("file"), 10.);
        stat_begin(loop, &gone, "g", in_dir("gone"), 10.);
        add_file("file", "2");
        put_file("gone", "");
        turns(loop);
        assert_int_equal(strlen(calls), flags[i] ? 0 : 2);
        calls_clear();
        ev_stat_stop(loop, &w);
        ev_stat_stop(loop, &gone);
        stat_end(loop);
    }
}

static void test_stat_interval_is_raised_to_the_smallest(void** state)
{
    /* R2.59: an interval above 0 and below 0.1074891 is raised to that,
     * visibly in `interval`; larger ones are taken as they are. */
    const double smallest = 0.1074891;
    const struct {
        double given, taken;
    } cases[] = {{1e-9, smallest},   {0.05, smallest}, {0.1, smallest},
                 {0.1074, smallest}, {0.11, 0.11},     {0.5, 0.5},
                 {5.007, 5.007},     {1e6, 1e6}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        struct ev_loop* loop = stat_loop(EVFLAG_NOINOTIFY);
        ev_stat w;

        stat_begin(loop, &w, "w", in_dir("file"), cases[i].given);
        assert_true(fabs(w.interval - cases[i].taken) < 1e-9);
        assert_true(fabs(w.timer.repeat - cases[i].taken) < 1e-9);
        put_file("file", "1");
        pass(loop, cases[i].taken * 0.9);
        assert_calls("");
        pass(loop, cases[i].taken * 0.2);
        assert_calls("w");
        ev_stat_stop(loop, &w);
        stat_end(loop);
    }
}

static void test_stat_interval_zero_polls_every_five_seconds(void** state)
{
    /* R2.59: interval 0 stays 0 in `interval` while the inner timer repeats
     * at about 5.007 s. */
    struct ev_loop* loop = stat_loop(EVFLAG_NOINOTIFY);
    ev_stat w;

    (void)state;
    put_file("file", "1");
    stat_begin(loop, &w, "w", in_dir("file"), 0.);
    assert_true(w.interval == 0.);
    assert_true(w.timer.repeat > 5.005 && w.timer.repeat < 5.01);
    add_file("file", "2");
    pass(loop, 5.);
    assert_calls("");
    pass(loop, 0.015);
    assert_calls("w");
    assert_true(w.interval == 0.);
    ev_stat_stop(loop, &w);
    stat_end(loop);
}

static void test_stat_many_late_polls_call_once(void** state)
{
    /* R2.58: however many intervals have gone by, a change is reported once. */
    struct ev_loop* loop = stat_loop(EVFLAG_NOINOTIFY);
    ev_stat w;

    (void)state;
    put_file("file", "1");
    stat_begin(loop, &w, "w", in_dir("file"), 0.5);
    add_file("file", "2");
    pass(loop, 100.);
    assert_calls("w");
    pass(loop, 100.);
    assert_calls("");
    ev_stat_stop(loop, &w);
    stat_end(loop);
}

static const Test tests[] = {
    EACH(test_stat_polling_sees_changes_at_the_interval),
    EACH(test_stat_polling_sees_creation_and_removal),
    EACH(test_stat_polling_ends_the_wait),
    EACH(test_stat_noinotify_opens_no_inotify),
    ONCE(test_stat_interval_is_raised_to_the_smallest),
    ONCE(test_stat_interval_zero_polls_every_five_seconds),
    EACH(test_stat_many_late_polls_call_once),
};

HARNESS_MAIN("stat_poll", tests)
