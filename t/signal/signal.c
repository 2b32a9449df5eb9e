/* Signal watchers: who is called, in which order, on which loop. */

#include "signal_help.h"

static void in_start_order(unsigned flags)
{
    struct ev_loop* loop = loop_new(flags);
    ev_signal a, b, c;

    signals_reset();
    signal_begin(loop, &a, "a", SIGUSR1);
    signal_begin(loop, &b, "b", SIGUSR1);
    signal_begin(loop, &c, "c", SIGUSR1);
    raise(SIGUSR1);
    ev_run(loop, EVRUN_NOWAIT);
    assert_calls("abc");

    ev_signal_stop(loop, &b);
    raise(SIGUSR1);
    ev_run(loop, EVRUN_NOWAIT);
    assert_calls("ac");

    signal_begin(loop, &b, "b", SIGUSR1);
    raise(SIGUSR1);
    ev_run(loop, EVRUN_NOWAIT);
    assert_calls("acb");

    ev_run(loop, EVRUN_NOWAIT);
    assert_calls("");
    ev_signal_stop(loop, &a);
    ev_signal_stop(loop, &b);
    ev_signal_stop(loop, &c);
    ev_loop_destroy(loop);
    signals_reset();
}

static void test_signal_several_watchers_are_called_in_start_order(void** state)
{
    /* R2.42: all watchers of a signal are called, in start order. */
    (void)state;
    for (int i = 0; i < signal_modes; ++i) in_start_order(signal_flags[i]);
}

static void collapsed(unsigned flags, int signum)
{
    struct ev_loop* loop = loop_new(flags);
    ev_signal a, b;

    signals_reset();
    signal_begin(loop, &a, "a", signum);
    signal_begin(loop, &b, "b", signum);
    for (int i = 0; i < 20; ++i) raise(signum);
    ev_run(loop, EVRUN_NOWAIT);
    assert_calls("ab");
    ev_run(loop, EVRUN_NOWAIT);
    assert_calls("");

    raise(signum);
    ev_run(loop, EVRUN_NOWAIT);
    assert_calls("ab");
    ev_signal_stop(loop, &a);
    ev_signal_stop(loop, &b);
    ev_loop_destroy(loop);
    signals_reset();
}

static void test_signal_raised_often_calls_once(void** state)
{
    /* R2.42: signals that arrive before the loop looks are collapsed, also
     * real-time signals, of which the kernel keeps each. */
    (void)state;
    for (int i = 0; i < signal_modes; ++i) {
        collapsed(signal_flags[i], SIGUSR2);
        collapsed(signal_flags[i], signal_spare(1));
    }
}

static void lowest_first(unsigned flags)
{
    enum { count = 5 };
    const int signums[count] = {SIGALRM, signal_spare(2), SIGUSR1, SIGHUP,
                                SIGUSR2};
    struct ev_loop* loop = loop_new(flags);
    ev_signal w[count];

    signals_reset();
    for (int i = 0; i < count; ++i) {
        int lower = 0;
        for (int k = 0; k < count; ++k) lower += signums[k] < signums[i];
        const char* name = letter_of((char)('a' + lower));
        signal_begin(loop, &w[i], name, signums[i]);
    }
    for (int i = 0; i < count; ++i) raise(signums[i]);
    ev_run(loop, EVRUN_NOWAIT);
    assert_calls("abcde");

    for (int i = count; i--;) raise(signums[i]);
    ev_run(loop, EVRUN_NOWAIT);
    assert_calls("abcde");
    for (int i = 0; i < count; ++i) ev_signal_stop(loop, &w[i]);
    ev_loop_destroy(loop);
    signals_reset();
}

static void test_signal_different_ones_are_called_from_the_lowest(void** state)
{
    /* R2.42: different signals pending at once are called from the lowest
     * number up, whatever the order of arrival. */
    (void)state;
    lowest_first(0);
    lowest_first(EVFLAG_NOSIGMASK);
}

static void test_signal_signalfd_too_calls_the_lowest_first(void** state)
{
    /* R2.42: the same with EVFLAG_SIGNALFD, where libev 4.33 calls from the
     * highest down. */
    (void)state;
    lowest_first(EVFLAG_SIGNALFD);
}

static void test_signal_signalfd_calls_each_different_one(void** state)
{
    /* R2.42: of different signals pending at once none is lost, be it more
     * than one read of a signalfd can bring. */
    struct ev_loop* loop = loop_new(EVFLAG_SIGNALFD);
    ev_signal w[20];

    (void)state;
    signals_reset();
    for (int i = 0; i < 20; ++i) {
        const char* name = letter_of((char)('a' + i));
        signal_begin(loop, &w[i], name, signal_spare(i));
    }
    for (int i = 0; i < 20; ++i) raise(signal_spare(i));
    for (int i = 0; i < 20; ++i) ev_run(loop, EVRUN_NOWAIT);
    assert_int_equal(strlen(calls), 20);
    for (int i = 0; i < 20; ++i) assert_non_null(strchr(calls, 'a' + i));
    for (int i = 0; i < 20; ++i) ev_signal_stop(loop, &w[i]);
    ev_loop_destroy(loop);
    signals_reset();
}

static void in_two_loops(unsigned flags)
{
    struct ev_loop *one = loop_new(flags), *two = loop_new(flags);
    ev_signal a, b;

    signals_reset();
    signal_begin(one, &a, "a", SIGUSR1);
    signal_begin(two, &b, "b", SIGUSR2);
    raise(SIGUSR1);
    raise(SIGUSR2);
    ev_run(one, EVRUN_NOWAIT);
    assert_calls("a");
    ev_run(one, EVRUN_NOWAIT);
    assert_calls("");
    ev_run(two, EVRUN_NOWAIT);
    assert_calls("b");

    raise(SIGUSR2);
    ev_run(one, EVRUN_NOWAIT);
    assert_calls("");
    assert_true(run_once(two));
    assert_calls("b");
    ev_signal_stop(one, &a);
    ev_signal_stop(two, &b);
    ev_loop_destroy(one);
    ev_loop_destroy(two);
    signals_reset();
}

static void test_signal_different_ones_live_in_different_loops(void** state)
{
    /* R2.43: different signals may live in different loops; a loop that looks
     * takes nothing from another. */
    (void)state;
    for (int i = 0; i < signal_modes; ++i) in_two_loops(signal_flags[i]);
}

static void handed_over(unsigned flags)
{
    struct ev_loop *one = loop_new(flags), *two = loop_new(flags);
    ev_signal a, b, c;

    signals_reset();
    signal_begin(one, &a, "a", SIGUSR1);
    signal_begin(one, &b, "b", SIGUSR1);
    ev_signal_stop(one, &a);
    ev_signal_stop(one, &b);
    signal_begin(two, &c, "c", SIGUSR1);
    raise(SIGUSR1);
    ev_run(one, EVRUN_NOWAIT);
    assert_calls("");
    ev_run(two, EVRUN_NOWAIT);
    assert_calls("c");

    ev_signal_stop(two, &c);
    signal_begin(one, &a, "a", SIGUSR1);
    raise(SIGUSR1);
    ev_run(two, EVRUN_NOWAIT);
    assert_calls("");
    ev_run(one, EVRUN_NOWAIT);
    assert_calls("a");
    ev_signal_stop(one, &a);
    ev_loop_destroy(one);
    ev_loop_destroy(two);
    signals_reset();
}

static void test_signal_moves_to_another_loop_after_the_last_stop(void** state)
{
    /* R2.43: after the last stop another loop may take the signal. */
    (void)state;
    for (int i = 0; i < signal_modes; ++i) handed_over(signal_flags[i]);
}

static const Test tests[] = {
    EACH(test_signal_several_watchers_are_called_in_start_order),
    EACH(test_signal_raised_often_calls_once),
    EACH(test_signal_different_ones_are_called_from_the_lowest),
    OURS(test_signal_signalfd_too_calls_the_lowest_first),
    EACH(test_signal_signalfd_calls_each_different_one),
    EACH(test_signal_different_ones_live_in_different_loops),
    EACH(test_signal_moves_to_another_loop_after_the_last_stop),
};

HARNESS_MAIN("signal", tests)
