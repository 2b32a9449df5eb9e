/* ev_sleep. */
#define _GNU_SOURCE
#include "drive.h"
#include "spy.h"

#include <signal.h>
#include <sys/time.h>

static void test_sleep_of_nothing_returns_at_once(void** state)
{
    /* R2.72: ev_sleep with 0 or less returns at once. */
    const ev_tstamp none[] = {0., -1e-9, -1., -1e9};

    (void)state;
    spy_reset();
    for (size_t i = 0; i < sizeof none / sizeof *none; ++i)
        for (int k = 0; k < 10; ++k) ev_sleep(none[i]);
    assert_int_equal(spy_waits + spy_sleeps, 0);
}

static void test_sleep_lasts_at_least_as_long(void** state)
{
    /* R2.72: otherwise it sleeps at least that long, and not much longer is
     * asked of the kernel. */
    const ev_tstamp some[] = {1e-9, 1e-6, 0.0015, 0.01, 0.0107};

    (void)state;
    for (size_t i = 0; i < sizeof some / sizeof *some; ++i) {
        double before = monotonic();
        ev_sleep(some[i]);
        double slept = monotonic() - before;
        assert_true(slept >= some[i] - 1e-9);
        assert_true(spy_slept < some[i] + 0.001);
    }
}

static volatile sig_atomic_t alarms;

static void on_alarm(int signum)
{
    (void)signum;
    ++alarms;
}

static void test_sleep_ended_by_a_signal_does_not_go_on(void** state)
{
    /* R2.72: a signal ends it early, and it does not go on, whether the
     * handler was installed with SA_RESTART or not. */
    (void)state;
    for (int restart = 0; restart < 2; ++restart) {
        struct itimerval in = {{0, 5000}, {0, 5000}}, never = {0};
        struct sigaction action = {.sa_handler = on_alarm}, old;
        double before = monotonic();

        spy_reset();
        action.sa_flags = restart ? SA_RESTART : 0;
        alarms = 0;
        assert_int_equal(sigaction(SIGALRM, &action, &old), 0);
        assert_int_equal(setitimer(ITIMER_REAL, &in, NULL), 0);
        ev_sleep(30.);
        assert_int_equal(setitimer(ITIMER_REAL, &never, NULL), 0);
        assert_true(alarms >= 1);
        assert_int_equal(spy_waits + spy_sleeps, 1);
        assert_true(monotonic() - before < 30.);
        sigaction(SIGALRM, &old, NULL);
    }
}

static const Test tests[] = {
    ONCE(test_sleep_of_nothing_returns_at_once),
    ONCE(test_sleep_lasts_at_least_as_long),
    ONCE(test_sleep_ended_by_a_signal_does_not_go_on),
};

HARNESS_MAIN("sleep", tests)
