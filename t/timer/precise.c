/* How long the loop waits for a timer: never too short, and precisely if it is
 * short.
 */

#include <math.h>

#include "calls.h"
#include "clock.h"
#include "frozen.h"

static const double below = 0.1;   /* shorter waits are precise */
static const double noise = 1e-8;  /* of the arithmetic: see clock.h */
static const double micros = 1e-6; /* what select counts in */

/* False: not where the tests run, as under valgrind. */
static int system_is_precise(void)
{
    return backend != EVBACKEND_EPOLL || kernel_has_pwait2();
}

/* What the loop asks the kernel for, in frozen time. */
static double asked_for(struct ev_loop* loop, double after)
{
    ev_timer a = timer_of("a", after, 0);
    ev_now_update(loop);
    ev_timer_start(loop, &a);
    waits_clear();
    ev_run(loop, EVRUN_ONCE);
    assert_calls("a");
    assert_in_range(waits.polls, 1, 2); /* epoll may ask first */
    return waits.polled;
}

static void test_timer_short_is_waited_for_precisely(void** state)
{
    /* R2.23: the wait is rounded up, by no more than what the kernel counts in,
     * if it is below a tenth of a second. */
    const double unit = backend == EVBACKEND_SELECT ? micros : noise;
    if (!system_is_precise()) skip();
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    (void)state;

    waits_coarse = 0;
    for (int i = 0; i < 900; ++i) {
        double after = 1e-4 + i * 1.11e-4;
        double got = asked_for(loop, after);
        assert_true(after < below);
        assert_true(got >= after - noise);
        assert_true(got <= after + unit + noise);
    }
    ev_loop_destroy(loop);
}

static void test_timer_of_microseconds_is_waited_for_precisely(void** state)
{
    /* R2.23: likewise, down to the least. */
    static const double afters[] = {2e-6, 1e-5, 3.3e-5, 9.99e-5};
    if (!system_is_precise()) skip();
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    (void)state;

    for (int i = 0; i < 4; ++i) {
        double got = asked_for(loop, afters[i]);
        assert_true(got >= afters[i] - noise);
        assert_true(got <= afters[i] + micros + noise);
    }
    ev_loop_destroy(loop);
}

static void test_timer_long_is_waited_for_in_whole_milliseconds(void** state)
{
    /* R2.23: from a tenth of a second on, poll and epoll count milliseconds,
     * rounded up, so that many wake-ups fall together. */
    static const double afters[] = {.1,     .10001, .1004, .1239,
                                    .99999, 1.0001, 7.77,  59.9991};
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    (void)state;

    for (int i = 0; i < 8; ++i) {
        double got = asked_for(loop, afters[i]);
        assert_true(got >= afters[i] - noise);
        assert_true(got <= afters[i] + 1e-3);
        if (i && backend != EVBACKEND_SELECT)
            assert_true(fabs(got * 1e3 - round(got * 1e3)) < 1e-9);
    }
    ev_loop_destroy(loop);
}

static void test_timer_short_is_never_early(void** state)
{
    /* R2.23: a timer never fires early as seen by the monotonic clock: from a
     * tenth of a millisecond to twenty, in true time. */
    double early = 0, after = 1e-4;
    clock_thaw();
    struct ev_loop* loop = loop_fresh(0);
    (void)state;

    for (; after < 0.02; after *= 1.3) {
        ev_timer a = timer_of("a", after, 0);
        double start = clock_mono();
        ev_now_update(loop);
        ev_timer_start(loop, &a);
        for (int i = 0; !calls[0]; ++i) {
            assert_true(i < 100);
            ev_run(loop, EVRUN_ONCE);
        }
        assert_calls("a");
        early = fmax(early, after - (clock_mono() - start));
    }
    assert_true(early <= 0);
    ev_loop_destroy(loop);
}

static void test_timer_short_among_others_is_never_early(void** state)
{
    /* R2.23: also if it was put off, and repeats. */
    clock_thaw();
    struct ev_loop* loop = loop_fresh(0);
    ev_timer a = timer_of("a", 0, 0.002), b = timer_of("b", 0, 0.0007);
    (void)state;

    ev_timer_again(loop, &b);
    for (int round = 0; round < 8; ++round) {
        double start = clock_mono();
        ev_now_update(loop);
        ev_timer_again(loop, &a);
        for (int i = 0; !strchr(calls, 'a'); ++i) {
            assert_true(i < 1000);
            ev_run(loop, EVRUN_ONCE);
        }
        calls_clear();
        assert_true(clock_mono() - start >= 0.002);
    }
    ev_loop_destroy(loop);
}

static const Test tests[] = {
    OURS(test_timer_short_is_waited_for_precisely),
    OURS(test_timer_of_microseconds_is_waited_for_precisely),
    OURS(test_timer_long_is_waited_for_in_whole_milliseconds),
    EACH(test_timer_short_is_never_early),
    EACH(test_timer_short_among_others_is_never_early),
};

HARNESS_MAIN("timer_precise", tests)
