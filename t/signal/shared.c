/* One signal in several loops: each gets it. libev 4.33 fails an assertion. */

#include "forked.h"
#include "signal_help.h"

enum { most = 40 }; /* loops: more than the library has room for at first */

static struct ev_loop* loops[most];
static ev_signal watchers[most];

static void loops_begin(int count, unsigned flags)
{
    signals_reset();
    for (int i = 0; i < count; ++i) {
        loops[i] = loop_new(flags);
        signal_begin(loops[i], &watchers[i], letter_of((char)('a' + i % 26)),
                     SIGUSR1);
        assert_true(ev_is_active(&watchers[i]));
    }
}

static void loops_end(int count)
{
    for (int i = 0; i < count; ++i) ev_loop_destroy(loops[i]);
    signals_reset();
}

static int handled(int signum)
{
    return disposition(signum).sa_handler != SIG_DFL;
}

/* Runs each once; the last first, if `last` is set. */
static void run_each(int count, int last)
{
    for (int i = 0; i < count; ++i)
        ev_run(loops[last ? count - 1 - i : i], EVRUN_NOWAIT);
}

static void reaches_each(int count, unsigned flags)
{
    loops_begin(count, flags);
    for (int i = 0; i < 3; ++i) {
        raise(SIGUSR1);
        run_each(count, i % 2);
        assert_int_equal(strlen(calls), count);
        calls_clear();
        run_each(count, 0);
        assert_calls("");
    }
    ev_feed_signal(SIGUSR1);
    run_each(count, 0);
    assert_int_equal(strlen(calls), count);
    for (int i = 0; i < count; ++i) {
        assert_true(handled(SIGUSR1) || flags & EVFLAG_SIGNALFD);
        ev_signal_stop(loops[i], &watchers[i]);
        assert_int_equal(ev_run(loops[i], EVRUN_NOWAIT), 0);
    }
    assert_false(handled(SIGUSR1) || is_blocked(SIGUSR1));
    loops_end(count);
}

static void test_signal_shared_reaches_each_loop(void** state)
{
    /* R2.43: once, in whichever order the loops run; the last stop sets
     * SIG_DFL. */
    (void)state;
    for (int i = 0; i < signal_modes; ++i) {
        reaches_each(2, signal_flags[i]);
        reaches_each(3, signal_flags[i]);
    }
}

static void test_signal_shared_by_many_loops_reaches_each(void** state)
{
    /* R2.43: there is no limit to their number. */
    (void)state;
    for (int i = 0; i < 3; ++i) reaches_each(most, 0);
}

static void test_signal_shared_goes_on_without_the_first_loop(void** state)
{
    /* R2.43: the others get it when the loop that started first stops its
     * watcher, and when it is destroyed with the watcher active. */
    (void)state;
    for (int destroyed = 0; destroyed < 2; ++destroyed) {
        loops_begin(3, 0);
        if (destroyed) ev_loop_destroy(loops[0]), loops[0] = loop_new(0);
        else ev_signal_stop(loops[0], &watchers[0]);
        assert_true(handled(SIGUSR1));
        raise(SIGUSR1);
        run_each(3, 0);
        assert_calls("bc");
        signal_begin(loops[0], &watchers[0], "a", SIGUSR1);
        ev_signal_stop(loops[1], &watchers[1]);
        raise(SIGUSR1);
        run_each(3, 0);
        assert_calls("ac");
        loops_end(3);
    }
}

static void test_signal_shared_is_fed_to_its_watchers_in_order(void** state)
{
    /* R2.42, R2.43: each loop calls all of its watchers, in start order, and
     * has its own events. */
    ev_signal more, other;
    (void)state;
    loops_begin(2, 0);
    signal_begin(loops[0], &more, "A", SIGUSR1);
    signal_begin(loops[1], &other, "B", SIGUSR2);
    raise(SIGUSR2), raise(SIGUSR1);
    ev_run(loops[0], EVRUN_NOWAIT);
    assert_calls("aA");
    raise(SIGUSR1);
    ev_run(loops[1], EVRUN_NOWAIT);
    assert_calls("bB");
    ev_run(loops[0], EVRUN_NOWAIT);
    assert_calls("aA");
    ev_feed_signal_event(loops[1], SIGUSR1);
    run_each(2, 0);
    assert_calls("b");
    ev_verify(loops[0]), ev_verify(loops[1]);
    loops_end(2);
}

static void signalfd_and_handler(unsigned first, unsigned second, int stopped)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN}, now;
    signals_reset();
    sigaction(SIGUSR1, &ignore, NULL);
    unsigned flags[] = {first, second};
    for (int i = 0; i < 2; ++i) {
        loops[i] = loop_new(flags[i]);
        signal_begin(loops[i], &watchers[i], letter_of((char)('a' + i)),
                     SIGUSR1);
    }
    assert_false(is_blocked(SIGUSR1));
    for (int i = 0; i < 2; ++i) {
        raise(SIGUSR1);
        ev_run(loops[i], EVRUN_NOWAIT); /* the other one does not run */
        assert_calls(i ? "b" : "a");
        run_each(2, 0);
        assert_calls(i ? "a" : "b");
    }
    ev_signal_stop(loops[stopped], &watchers[stopped]);
    raise(SIGUSR1);
    run_each(2, 0);
    assert_calls(stopped ? "a" : "b");
    ev_signal_stop(loops[!stopped], &watchers[!stopped]);
    now = disposition(SIGUSR1);
    assert_true(now.sa_handler == SIG_DFL);
    assert_false(is_blocked(SIGUSR1));
    loops_end(2);
}

static void test_signal_shared_with_a_signalfd_has_a_handler(void** state)
{
    /* R2.43, R2.47: if one of the loops has EVFLAG_SIGNALFD, or both, none
     * depends on another one to run. */
    (void)state;
    for (int stopped = 0; stopped < 2; ++stopped) {
        signalfd_and_handler(EVFLAG_SIGNALFD, 0, stopped);
        signalfd_and_handler(0, EVFLAG_SIGNALFD, stopped);
        signalfd_and_handler(EVFLAG_SIGNALFD, EVFLAG_SIGNALFD, stopped);
    }
}

static void test_signal_shared_read_from_a_signalfd_reaches_each(void** state)
{
    /* R2.47: a signal may still be blocked where it arrives. The loop that
     * reads it from its signalfd passes it on. */
    (void)state;
    signals_reset();
    loops[0] = loop_new(EVFLAG_SIGNALFD), loops[1] = loop_new(0);
    signal_begin(loops[0], &watchers[0], "a", SIGUSR1);
    signal_begin(loops[1], &watchers[1], "b", SIGUSR1);
    set_blocked(SIGUSR1, 1);
    raise(SIGUSR1);
    ev_run(loops[1], EVRUN_NOWAIT);
    assert_calls("");
    assert_true(run_once(loops[0]));
    assert_calls("a");
    assert_true(run_once(loops[1]));
    assert_calls("b");
    loops_end(2);
}

static void test_signal_shared_of_a_blocked_one_stays_blocked(void** state)
{
    /* R2.48: what the program blocked stays so, in each loop. */
    (void)state;
    signals_reset();
    set_blocked(SIGUSR1, 1);
    for (int i = 0; i < 2; ++i) {
        loops[i] = loop_new(0);
        signal_begin(loops[i], &watchers[i], i ? "b" : "a", SIGUSR1);
    }
    assert_true(is_blocked(SIGUSR1));
    raise(SIGUSR1);
    run_each(2, 0);
    assert_calls("");
    set_blocked(SIGUSR1, 0);
    run_each(2, 0);
    assert_calls("ab");
    loops_end(2);
}

static void child_runs(void* told)
{
    for (int i = 0; i < 3 && told; ++i) ev_loop_fork(loops[i]);
    run_each(3, 0);
    child_check(!strcmp(calls_take(), "abc")); /* from before the fork */
    raise(SIGUSR1);
    ev_loop_destroy(loops[0]);
    ev_run(loops[2], EVRUN_NOWAIT);
    child_check(!strcmp(calls_take(), "c"));
    ev_run(loops[1], EVRUN_NOWAIT);
    child_check(!strcmp(calls_take(), "b"));
    loops[0] = ev_loop_new((unsigned)backend);
    signal_begin(loops[0], &watchers[0], "a", SIGUSR1);
    raise(SIGUSR1);
    run_each(3, 0);
    child_check(!strcmp(calls_take(), "abc"));
    for (int i = 0; i < 3; ++i) ev_signal_stop(loops[i], &watchers[i]);
    child_check(!handled(SIGUSR1));
}

static void test_signal_shared_after_a_fork_reaches_each(void** state)
{
    /* R3.4: the child's loops get what was marked before the fork, and what
     * the child receives. The parent's get the same, and no more. */
    (void)state;
    for (int told = 0; told < 2; ++told) {
        loops_begin(3, 0);
        raise(SIGUSR1);
        assert_child_passes(child_fork(child_runs, told ? &told : NULL));
        run_each(3, 0);
        assert_calls("abc");
        loops_end(3);
    }
}

static void test_signal_shared_moves_between_loops(void** state)
{
    /* R4.12: started for another signal while active, the loop's other
     * watchers go on, and so do other loops. */
    (void)state;
    loops_begin(2, 0);
    signal_begin(loops[0], &watchers[0], "x", SIGUSR2);
    raise(SIGUSR1), raise(SIGUSR2);
    run_each(2, 0);
    assert_calls("xb");
    assert_true(handled(SIGUSR1) && handled(SIGUSR2));
    ev_signal_stop(loops[1], &watchers[1]);
    assert_false(handled(SIGUSR1));
    ev_signal_stop(loops[0], &watchers[0]);
    assert_false(handled(SIGUSR2));
    loops_end(2);
}

static void test_signal_shared_stopped_in_between_is_called_once(void** state)
{
    /* R4.12: a loop that stops before it has run leaves nothing to a loop that
     * has been called for that signal. */
    ev_signal other;
    (void)state;
    loops_begin(2, 0);
    signal_begin(loops[1], &other, "o", SIGUSR2);
    raise(SIGUSR1);
    ev_run(loops[1], EVRUN_NOWAIT);
    assert_calls("b");
    ev_signal_stop(loops[0], &watchers[0]);
    raise(SIGUSR2);
    ev_run(loops[1], EVRUN_NOWAIT);
    assert_calls("o");
    loops_end(2);
}

static const Test tests[] = {
    OURS(test_signal_shared_reaches_each_loop),
    OURS(test_signal_shared_by_many_loops_reaches_each),
    OURS(test_signal_shared_goes_on_without_the_first_loop),
    OURS(test_signal_shared_is_fed_to_its_watchers_in_order),
    OURS(test_signal_shared_with_a_signalfd_has_a_handler),
    OURS(test_signal_shared_read_from_a_signalfd_reaches_each),
    OURS(test_signal_shared_of_a_blocked_one_stays_blocked),
    OURS(test_signal_shared_after_a_fork_reaches_each),
    OURS(test_signal_shared_moves_between_loops),
    OURS(test_signal_shared_stopped_in_between_is_called_once),
};

HARNESS_MAIN("signal_shared", tests)
