/* Signal watchers and the process: handlers, masks, signalfd. */

#include "signal_help.h"

#include <dirent.h>
#include <sys/wait.h>
#include <unistd.h>

static void foreign(int signum) { (void)signum; }

static int signalfds(void) /* how many this process has open */
{
    char path[300], target[100];
    DIR* dir = opendir("/proc/self/fd");
    int found = 0;

    assert_non_null(dir);
    for (struct dirent* e; (e = readdir(dir));) {
        snprintf(path, sizeof path, "/proc/self/fd/%s", e->d_name);
        ssize_t n = readlink(path, target, sizeof target - 1);
        if (n < 0) continue;
        target[n] = 0;
        found += !!strstr(target, "[signalfd]");
    }
    closedir(dir);
    return found;
}

static void test_signal_handler_restarts_and_masks_all(void** state)
{
    /* R2.44: the handler is installed with SA_RESTART and all signals masked,
     * the C library's own ones excepted. */
    struct ev_loop* loop = loop_new(0);
    ev_signal a;

    (void)state;
    signals_reset();
    signal_begin(loop, &a, "a", SIGUSR1);
    struct sigaction now = disposition(SIGUSR1);
    assert_true(now.sa_handler != SIG_DFL && now.sa_handler != SIG_IGN);
    assert_true(now.sa_flags & SA_RESTART);
    assert_false(now.sa_flags & SA_RESETHAND);
    for (int signum = 1; signum < NSIG; ++signum) {
        int exempt = signum == SIGKILL || signum == SIGSTOP
                  || signal_is_reserved(signum);
        assert_true(exempt || sigismember(&now.sa_mask, signum) == 1);
    }
    ev_signal_stop(loop, &a);
    ev_loop_destroy(loop);
    signals_reset();
}

static void test_signal_interrupted_read_goes_on(void** state)
{
    /* R2.44: SA_RESTART, seen from a system call: a read that a watched
     * signal interrupts is not given up. */
    struct ev_loop* loop = loop_new(0);
    ev_signal a;
    int fds[2];
    char c = 0;

    (void)state;
    signals_reset();
    assert_int_equal(pipe(fds), 0);
    signal_begin(loop, &a, "a", SIGUSR1);
    pid_t parent = getpid(), pid = fork();
    if (!pid) {
        usleep(5000);
        kill(parent, SIGUSR1);
        usleep(5000);
        _exit(write(fds[1], "x", 1) != 1);
    }
    assert_int_equal(read(fds[0], &c, 1), 1);
    assert_int_equal(c, 'x');
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    ev_run(loop, EVRUN_NOWAIT);
    assert_calls("a");
    ev_signal_stop(loop, &a);
    ev_loop_destroy(loop);
    close(fds[0]), close(fds[1]);
    signals_reset();
}

static void test_signal_last_stop_sets_the_default(void** state)
{
    /* R2.44: the handler stays while any watcher of the signal is left; the
     * last stop sets SIG_DFL, not what was there before. */
    void (*const before[])(int) = {SIG_DFL, SIG_IGN, foreign};
    struct ev_loop* loop = loop_new(0);
    ev_signal a, b;

    (void)state;
    for (int i = 0; i < 3; ++i) {
        signals_reset();
        signal(SIGUSR1, before[i]);
        signal_begin(loop, &a, "a", SIGUSR1);
        signal_begin(loop, &b, "b", SIGUSR1);
        ev_signal_stop(loop, &a);
        raise(SIGUSR1);
        ev_run(loop, EVRUN_NOWAIT);
        assert_calls("b");
        ev_signal_stop(loop, &b);
        assert_true(disposition(SIGUSR1).sa_handler == SIG_DFL);
    }
    ev_loop_destroy(loop);
    signals_reset();
}

static void test_signal_without_a_watcher_is_left_alone(void** state)
{
    /* R2.44: only the watched signal is touched. */
    struct ev_loop* loop = loop_new(0);
    ev_signal a;

    (void)state;
    signals_reset();
    signal(SIGUSR2, foreign);
    signal_begin(loop, &a, "a", SIGUSR1);
    assert_true(disposition(SIGUSR2).sa_handler == foreign);
    ev_signal_stop(loop, &a);
    assert_true(disposition(SIGUSR2).sa_handler == foreign);
    ev_loop_destroy(loop);
    signals_reset();
}

static void test_signal_signalfd_blocks_and_installs_no_handler(void** state)
{
    /* R2.47: with EVFLAG_SIGNALFD the watched signals are blocked in the
     * calling thread, no handler is installed, delivery is by signalfd. */
    struct ev_loop* loop = loop_new(EVFLAG_SIGNALFD);
    ev_signal a;

    (void)state;
    signals_reset();
    assert_int_equal(signalfds(), 0);
    signal_begin(loop, &a, "a", SIGUSR1);
    assert_int_equal(signalfds(), 1);
    assert_true(is_blocked(SIGUSR1));
    assert_false(is_blocked(SIGUSR2));
    assert_true(disposition(SIGUSR1).sa_handler == SIG_DFL);
    raise(SIGUSR1);
    assert_true(run_once(loop));
    assert_calls("a");
    ev_signal_stop(loop, &a);
    ev_loop_destroy(loop);
    assert_int_equal(signalfds(), 0);
    signals_reset();
}

static void test_signal_signalfd_leaves_a_foreign_handler(void** state)
{
    /* R2.47: no handler is installed: the program's own stays in place, and
     * is not called while the signal is watched. */
    struct ev_loop* loop = loop_new(EVFLAG_SIGNALFD);
    ev_signal a;

    (void)state;
    signals_reset();
    signal(SIGUSR1, foreign);
    signal_begin(loop, &a, "a", SIGUSR1);
    assert_true(disposition(SIGUSR1).sa_handler == foreign);
    raise(SIGUSR1);
    ev_run(loop, EVRUN_NOWAIT);
    assert_calls("a");
    ev_signal_stop(loop, &a);
    ev_loop_destroy(loop);
    signals_reset();
}

static void test_signal_signalfd_last_stop_unblocks_that_signal_only(
    void** state)
{
    /* R2.47: the last stop of a signal unblocks that signal and leaves the
     * others blocked and working. */
    struct ev_loop* loop = loop_new(EVFLAG_SIGNALFD);
    ev_signal a, a2, b;

    (void)state;
    signals_reset();
    signal_begin(loop, &a, "a", SIGUSR1);
    signal_begin(loop, &a2, "A", SIGUSR1);
    signal_begin(loop, &b, "b", SIGUSR2);
    assert_int_equal(signalfds(), 1);
    ev_signal_stop(loop, &a);
    assert_true(is_blocked(SIGUSR1));
    raise(SIGUSR1);
    ev_run(loop, EVRUN_NOWAIT);
    assert_calls("A");

    ev_signal_stop(loop, &a2);
    assert_false(is_blocked(SIGUSR1));
    assert_true(is_blocked(SIGUSR2));
    raise(SIGUSR2);
    ev_run(loop, EVRUN_NOWAIT);
    assert_calls("b");

    signal_begin(loop, &a, "a", SIGUSR1);
    assert_true(is_blocked(SIGUSR1));
    raise(SIGUSR1);
    ev_run(loop, EVRUN_NOWAIT);
    assert_calls("a");
    ev_signal_stop(loop, &a);
    ev_signal_stop(loop, &b);
    assert_false(is_blocked(SIGUSR2));
    ev_loop_destroy(loop);
    signals_reset();
}

static void test_signal_without_the_flag_uses_no_signalfd(void** state)
{
    /* R2.47: signalfd is used with EVFLAG_SIGNALFD only; otherwise a watched
     * signal is not blocked. */
    struct ev_loop* loop = loop_new(0);
    ev_signal a;

    (void)state;
    signals_reset();
    signal_begin(loop, &a, "a", SIGUSR1);
    assert_int_equal(signalfds(), 0);
    assert_false(is_blocked(SIGUSR1));
    ev_signal_stop(loop, &a);
    ev_loop_destroy(loop);
    signals_reset();
}

static void test_signal_blocked_before_stays_blocked(void** state)
{
    /* R2.48: without flags a signal that was blocked stays so, and is
     * delivered once the program unblocks it. */
    struct ev_loop* loop = loop_new(0);
    ev_signal a;

    (void)state;
    signals_reset();
    set_blocked(SIGUSR1, 1);
    signal_begin(loop, &a, "a", SIGUSR1);
    assert_true(is_blocked(SIGUSR1));
    raise(SIGUSR1);
    ev_run(loop, EVRUN_NOWAIT);
    assert_calls("");
    set_blocked(SIGUSR1, 0);
    ev_run(loop, EVRUN_NOWAIT);
    assert_calls("a");
    ev_signal_stop(loop, &a);
    ev_loop_destroy(loop);
    signals_reset();
}

static void test_signal_nosigmask_unblocks(void** state)
{
    /* R2.48: with EVFLAG_NOSIGMASK the start of a watcher unblocks its
     * signal, and no other. */
    struct ev_loop* loop = loop_new(EVFLAG_NOSIGMASK);
    ev_signal a;

    (void)state;
    signals_reset();
    set_blocked(SIGUSR1, 1);
    set_blocked(SIGUSR2, 1);
    raise(SIGUSR1);
    signal_begin(loop, &a, "a", SIGUSR1);
    assert_false(is_blocked(SIGUSR1));
    assert_true(is_blocked(SIGUSR2));
    ev_run(loop, EVRUN_NOWAIT);
    assert_calls("a");
    ev_signal_stop(loop, &a);
    ev_loop_destroy(loop);
    signals_reset();
}

static const Test tests[] = {
    ONCE(test_signal_handler_restarts_and_masks_all),
    ONCE(test_signal_interrupted_read_goes_on),
    ONCE(test_signal_last_stop_sets_the_default),
    ONCE(test_signal_without_a_watcher_is_left_alone),
    EACH(test_signal_signalfd_blocks_and_installs_no_handler),
    ONCE(test_signal_signalfd_leaves_a_foreign_handler),
    EACH(test_signal_signalfd_last_stop_unblocks_that_signal_only),
    ONCE(test_signal_without_the_flag_uses_no_signalfd),
    EACH(test_signal_blocked_before_stays_blocked),
    EACH(test_signal_nosigmask_unblocks),
};

HARNESS_MAIN("signal_mask", tests)
