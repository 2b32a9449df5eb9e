/* ev_feed_signal, ev_feed_signal_event. */

#include "signal_help.h"
#include "spoil.h"

#include <pthread.h>
#include <stdatomic.h>

static int errno_kept;

/* The release callback runs when the loop is all but blocked: from there to
 * the acquire callback a fed signal has to wake it. */
static void feed_when_blocked(struct ev_loop* loop) EV_NOEXCEPT
{
    ev_set_loop_release_cb(loop, NULL, NULL);
    spoiling = 1;
    errno = ENOTTY;
    ev_feed_signal(SIGUSR1);
    errno_kept = errno == ENOTTY;
    spoiling = 0;
}

static void woken(unsigned flags)
{
    struct ev_loop* loop = loop_new(flags);
    ev_signal a, b, c;

    signals_reset();
    signal_begin(loop, &a, "a", SIGUSR1);
    signal_begin(loop, &b, "b", SIGUSR1);
    signal_begin(loop, &c, "c", SIGUSR2);
    errno_kept = 0;
    ev_set_loop_release_cb(loop, feed_when_blocked, NULL);
    assert_true(run_once(loop));
    assert_calls("ab");
    assert_true(errno_kept);
    ev_run(loop, EVRUN_NOWAIT);
    assert_calls("");
    ev_signal_stop(loop, &a);
    ev_signal_stop(loop, &b);
    ev_signal_stop(loop, &c);
    ev_loop_destroy(loop);
    signals_reset();
}

static void test_feed_signal_wakes_a_blocked_loop_and_keeps_errno(void** state)
{
    /* R2.45: ev_feed_signal wakes a blocked loop, keeps errno and leads to
     * EV_SIGNAL calls. */
    (void)state;
    woken(0);
    woken(EVFLAG_NOSIGMASK);
}

static void feeding_handler(int signum)
{
    (void)signum;
    spoiling = 1;
    errno = ENOTTY;
    ev_feed_signal(SIGUSR1);
    errno_kept = errno == ENOTTY;
    spoiling = 0;
}

static void raise_when_blocked(struct ev_loop* loop) EV_NOEXCEPT
{
    ev_set_loop_release_cb(loop, NULL, NULL);
    raise(SIGUSR2);
}

static void test_feed_signal_in_a_handler_wakes_the_loop(void** state)
{
    /* R2.45: ev_feed_signal may be called from any signal handler. */
    struct ev_loop* loop = loop_new(0);
    ev_signal a;

    (void)state;
    signals_reset();
    signal_begin(loop, &a, "a", SIGUSR1);
    signal(SIGUSR2, feeding_handler);
    errno_kept = 0;
    ev_set_loop_release_cb(loop, raise_when_blocked, NULL);
    assert_true(run_once(loop));
    assert_calls("a");
    assert_true(errno_kept);
    ev_signal_stop(loop, &a);
    ev_loop_destroy(loop);
    signals_reset();
}

static void* feeding_thread(void* signum)
{
    ev_sleep(0.005);
    ev_feed_signal(*(int*)signum);
    return NULL;
}

static void from_a_thread(unsigned flags)
{
    struct ev_loop* loop = loop_new(flags);
    int signum = signal_spare(3);
    pthread_t thread;
    ev_signal a;

    signals_reset();
    signal_begin(loop, &a, "a", signum);
    for (int i = 0; i < 3; ++i) {
        assert_false(pthread_create(&thread, NULL, feeding_thread, &signum));
        assert_true(run_once(loop));
        assert_calls("a");
        pthread_join(thread, NULL);
    }
    ev_signal_stop(loop, &a);
    ev_loop_destroy(loop);
    signals_reset();
}

static void test_feed_signal_in_a_thread_wakes_the_loop(void** state)
{
    /* R2.45: ev_feed_signal may be called from any thread. */
    (void)state;
    from_a_thread(0);
    from_a_thread(EVFLAG_NOSIGMASK);
}

static void test_feed_signal_wakes_a_blocked_signalfd_loop(void** state)
{
    /* R2.45: the same with EVFLAG_SIGNALFD. libev 4.33 has no wake-up channel
     * there, and would sleep on. */
    (void)state;
    woken(EVFLAG_SIGNALFD);
    from_a_thread(EVFLAG_SIGNALFD);
}

static void test_feed_signal_before_the_run_is_served_at_once(void** state)
{
    /* R2.45: fed while the loop does not run, the signal leads to a call in
     * the next iteration, which does not block; many feeds, one call. */
    struct ev_loop* loop = loop_new(0);
    ev_signal a;

    (void)state;
    signals_reset();
    signal_begin(loop, &a, "a", SIGUSR1);
    ev_feed_signal(SIGUSR1);
    ev_feed_signal(SIGUSR1);
    assert_false(ev_is_pending(&a));
    assert_true(run_once(loop));
    assert_calls("a");
    ev_run(loop, EVRUN_NOWAIT);
    assert_calls("");
    ev_signal_stop(loop, &a);
    ev_loop_destroy(loop);
    signals_reset();
}

static void test_feed_signal_without_a_watcher_does_nothing(void** state)
{
    /* R2.45: with no watcher for the signal ev_feed_signal does nothing: not
     * now, and not to a watcher that is started later. */
    struct ev_loop* loop = loop_new(0);
    ev_signal a, b;

    (void)state;
    signals_reset();
    ev_feed_signal(SIGUSR1);
    signal_begin(loop, &b, "b", SIGUSR2);
    ev_feed_signal(SIGUSR1);
    ev_run(loop, EVRUN_NOWAIT);
    signal_begin(loop, &a, "a", SIGUSR1);
    ev_run(loop, EVRUN_NOWAIT);
    assert_calls("");
    ev_signal_stop(loop, &a);
    ev_feed_signal(SIGUSR1);
    signal_begin(loop, &a, "a", SIGUSR1);
    ev_run(loop, EVRUN_NOWAIT);
    assert_calls("");
    ev_signal_stop(loop, &a);
    ev_signal_stop(loop, &b);
    ev_loop_destroy(loop);
    signals_reset();
}

static void test_feed_signal_event_is_pending_at_once(void** state)
{
    /* R2.46: ev_feed_signal_event marks all watchers of the signal pending at
     * once, without waiting for a poll. */
    struct ev_loop* loop = loop_new(0);
    ev_signal a, b, c;

    (void)state;
    signals_reset();
    signal_begin(loop, &a, "a", SIGUSR1);
    signal_begin(loop, &b, "b", SIGUSR1);
    signal_begin(loop, &c, "c", SIGUSR2);
    ev_feed_signal_event(loop, SIGUSR1);
    assert_true(ev_is_pending(&a));
    assert_true(ev_is_pending(&b));
    assert_false(ev_is_pending(&c));
    assert_int_equal(ev_pending_count(loop), 2);
    ev_invoke_pending(loop);
    assert_calls("ab");
    ev_run(loop, EVRUN_NOWAIT);
    assert_calls("");
    ev_signal_stop(loop, &a);
    ev_signal_stop(loop, &b);
    ev_signal_stop(loop, &c);
    ev_loop_destroy(loop);
    signals_reset();
}

static void test_feed_signal_event_for_nobody_is_ignored(void** state)
{
    /* R2.46: numbers out of range, signals nobody watches and signals of
     * another loop are ignored. */
    const int wrong[] = {0, -1, -100000, NSIG, NSIG + 1, 1000, 100000};
    struct ev_loop *loop = loop_new(0), *other = loop_new(0);
    ev_signal a, b;

    (void)state;
    signals_reset();
    signal_begin(loop, &a, "a", SIGUSR1);
    signal_begin(other, &b, "b", SIGUSR2);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; ++i)
        ev_feed_signal_event(loop, wrong[i]);
    ev_feed_signal_event(loop, SIGHUP);
    ev_feed_signal_event(loop, SIGUSR2);
    assert_int_equal(ev_pending_count(loop), 0);
    assert_int_equal(ev_pending_count(other), 0);
    assert_false(ev_is_pending(&b));
    ev_run(loop, EVRUN_NOWAIT);
    ev_run(other, EVRUN_NOWAIT);
    assert_calls("");

    ev_feed_signal_event(other, SIGUSR2);
    ev_run(loop, EVRUN_NOWAIT);
    assert_calls("");
    ev_run(other, EVRUN_NOWAIT);
    assert_calls("b");

    raise(SIGUSR2);
    ev_feed_signal_event(loop, SIGUSR2); /* takes nothing from the other */
    ev_run(other, EVRUN_NOWAIT);
    assert_calls("b");
    ev_signal_stop(loop, &a);
    ev_signal_stop(other, &b);
    ev_loop_destroy(loop);
    ev_loop_destroy(other);
    signals_reset();
}

static const Test tests[] = {
    EACH(test_feed_signal_wakes_a_blocked_loop_and_keeps_errno),
    EACH(test_feed_signal_in_a_handler_wakes_the_loop),
    EACH(test_feed_signal_in_a_thread_wakes_the_loop),
    OURS(test_feed_signal_wakes_a_blocked_signalfd_loop),
    EACH(test_feed_signal_before_the_run_is_served_at_once),
    EACH(test_feed_signal_without_a_watcher_does_nothing),
    EACH(test_feed_signal_event_is_pending_at_once),
    EACH(test_feed_signal_event_for_nobody_is_ignored),
};

HARNESS_MAIN("signal_feed", tests)
