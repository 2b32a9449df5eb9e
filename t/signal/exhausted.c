/* ev_signal with no descriptor for the wake-up channel: the syserr callback
 * leaves by longjmp, and the program starts the watcher again. */
#include <setjmp.h>
#include <sys/resource.h>

#include "child_help.h"

static jmp_buf away;
static volatile int left;

/* No more than `spare` descriptors can be opened; returns the limit before. */
static rlim_t exhaust(int spare)
{
    struct rlimit limit;
    int next = dup(0);
    assert_true(next >= 0);
    close(next);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    rlim_t before = limit.rlim_cur;
    limit.rlim_cur = (rlim_t)(next + spare);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    return before;
}

static void restore(rlim_t before)
{
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = before;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

static void leave(const char* what) EV_NOEXCEPT
{
    (void)what;
    left = 1;
    longjmp(away, 1);
}

static void test_signal_start_left_without_a_channel_takes_no_signal(
    void** state)
{
    /* R4.3: the watcher is not active; started again, it is called. */
    (void)state;
    struct ev_loop* loop = loop_new(0);
    ev_signal w;
    signals_reset();
    ev_set_syserr_cb(leave);
    left = 0;
    rlim_t before = exhaust(0);
    if (!setjmp(away)) signal_begin(loop, &w, "w", SIGUSR1);
    restore(before);
    assert_true(left);
    assert_false(ev_is_active(&w));
    ev_signal_start(loop, &w);
    raise(SIGUSR1);
    ev_run(loop, EVRUN_NOWAIT);
    assert_calls("w");
    ev_signal_stop(loop, &w);
    assert_int_equal(ev_run(loop, EVRUN_NOWAIT), 0);
    ev_set_syserr_cb(NULL);
    ev_loop_destroy(loop);
}

static struct ev_loop* starter;
static ev_signal more[20];
static rlim_t limit_before;

static void start_more(const char* what) EV_NOEXCEPT
{
    (void)what;
    restore(limit_before);
    for (int i = 0; i < 20; ++i)
        signal_begin(starter, &more[i], "m", signal_spare(i));
}

static void test_signal_start_without_a_channel_may_start_others(void** state)
{
    /* R4.3: the syserr callback finds descriptors, and starts others in this
     * loop. 4.33 opens two channels. */
    (void)state;
    ev_signal w;
    signals_reset();
    starter = loop_new(0);
    ev_set_syserr_cb(start_more);
    limit_before = exhaust(0);
    signal_begin(starter, &w, "w", SIGHUP);
    ev_set_syserr_cb(NULL);
    raise(SIGHUP);
    for (int i = 0; i < 20; ++i) raise(signal_spare(i));
    ev_run(starter, EVRUN_NOWAIT);
    assert_calls("wmmmmmmmmmmmmmmmmmmmm");
    ev_verify(starter);
    ev_signal_stop(starter, &w);
    for (int i = 0; i < 20; ++i) ev_signal_stop(starter, &more[i]);
    assert_int_equal(ev_run(starter, EVRUN_NOWAIT), 0);
    ev_loop_destroy(starter);
}

static void test_signal_default_loop_left_half_made_reaps_later(void** state)
{
    /* R4.3, R2.53: the next ev_default_loop watches SIGCHLD. */
    (void)state;
    if (EV_DEFAULT_UC) ev_loop_destroy(EV_DEFAULT_UC);
    signals_reset();
    struct ev_loop* volatile loop = NULL;
    ev_set_syserr_cb(leave);
    left = 0;
    rlim_t before = exhaust(1); /* for epoll */
    if (!setjmp(away)) loop = ev_default_loop(EVBACKEND_EPOLL);
    restore(before);
    assert_true(left && !loop);
    loop = loop_default(0);
    ev_set_syserr_cb(NULL);
    pid_t pid = child_exits(0);
    ev_child w;
    calls_clear();
    child_begin(loop, &w, "c", pid, 0);
    while (!*calls) assert_true(run_once(loop));
    assert_calls("c");
    ev_child_stop(loop, &w);
    ev_loop_destroy(loop);
}

static const Test tests[] = {
    OURS(test_signal_start_left_without_a_channel_takes_no_signal),
    OURS(test_signal_start_without_a_channel_may_start_others),
    OURS_ONCE(test_signal_default_loop_left_half_made_reaps_later),
};

HARNESS_MAIN("signal_exhausted", tests)
