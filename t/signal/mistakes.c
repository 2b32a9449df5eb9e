/* What a program does wrong with signal watchers, and survives: libev 4.33
 * aborts there, or writes where it should not. */

#include "signal_help.h"

static void test_signal_number_out_of_range_is_refused(void** state)
{
    /* R2.43: to start a watcher of a signal that does not exist is a usage
     * error: refused, without a reference and without harm. */
    const int wrong[] = {0, -1, -1000, NSIG, NSIG + 1, 100000};
    struct ev_loop* loop = loop_new(0);
    ev_signal w;

    (void)state;
    signals_reset();
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; ++i) {
        signal_begin(loop, &w, "w", wrong[i]);
        assert_false(ev_is_active(&w));
        ev_signal_stop(loop, &w);
        ev_feed_signal(wrong[i]);
    }
    assert_int_equal(ev_run(loop, EVRUN_NOWAIT), 0);
    assert_calls("");
    ev_loop_destroy(loop);
}

static void orphaned(unsigned flags)
{
    struct ev_loop *one = loop_new(flags), *two;
    ev_signal a, b;

    signals_reset();
    signal_begin(one, &a, "a", SIGUSR1);
    ev_feed_signal(SIGUSR1);
    ev_loop_destroy(one);
    if (!is_blocked(SIGUSR1)) raise(SIGUSR1);
    ev_feed_signal(SIGUSR1);
    two = loop_new(flags);
    ev_feed_signal_event(two, SIGUSR1);
    ev_run(two, EVRUN_NOWAIT);
    assert_calls("");

    signal_begin(two, &b, "b", SIGUSR1);
    ev_run(two, EVRUN_NOWAIT);
    assert_calls("");
    raise(SIGUSR1);
    ev_run(two, EVRUN_NOWAIT);
    assert_calls("b");
    ev_signal_stop(two, &b);
    ev_loop_destroy(two);
    signals_reset();
}

static void test_signal_of_a_destroyed_loop_is_free(void** state)
{
    /* R2.43: a loop destroyed with a signal watcher active gives the signal
     * up: it calls nobody, and another loop may take it. */
    (void)state;
    for (int i = 0; i < signal_modes; ++i) orphaned(signal_flags[i]);
}

static const Test tests[] = {
    OURS(test_signal_number_out_of_range_is_refused),
    OURS(test_signal_of_a_destroyed_loop_is_free),
};

HARNESS_MAIN("signal_mistakes", tests)
