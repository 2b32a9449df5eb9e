/* The library's own fds closed behind its back: it opens new ones. */

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mistakes_help.h"

enum { first_own = 3, last_own = 64 };

/* Like a daemon that closes "all other" fds. */
static void fds_close(void)
{
    for (int fd = first_own; fd < last_own; ++fd) close(fd);
}

/* Enough turns for all to be found dead, and reopened. */
static void turns(struct ev_loop* loop, int references)
{
    for (int i = 0; i < 4; ++i) turn(loop);
    turn_leaves(loop, references);
}

static void io_after_close(void)
{
    struct ev_loop* loop = loop_fresh(0);
    int fds[2];

    turn(loop);
    fds_close();
    assert_int_equal(pipe(fds), 0);
    assert_int_equal(write(fds[1], "x", 1), 1);
    ev_io w = io_of("r", fds[0], EV_READ);
    ev_io_start(loop, &w);
    turns(loop, 1);
    assert_true(strlen(calls_take()) >= 2);
    assert_int_equal(calls_revents, EV_READ); /* it was never dead */
    ev_io_stop(loop, &w);
    ev_loop_destroy(loop);
    close(fds[0]), close(fds[1]);
}

static void test_closed_all_then_new_io_is_served(void** state)
{
    /* R2.12: only the watchers of dead fds are told; an fd that is opened and
     * watched after the loop's own was closed is served. */
    (void)state;
    io_after_close();
}

static void test_closed_kernel_set_then_new_io_is_served(void** state)
{
    /* R2.12: the same if the number of the loop's own fd is in use no more
     * when the new watcher starts. */
    struct ev_loop* loop = loop_fresh(0);
    int fds[2];
    (void)state;

    assert_int_equal(pipe(fds), 0);
    assert_int_equal(write(fds[1], "x", 1), 1);
    turn(loop);
    for (int fd = first_own; fd < last_own; ++fd)
        if (fd != fds[0] && fd != fds[1]) close(fd);
    ev_io w = io_of("r", fds[0], EV_READ);
    ev_io_start(loop, &w);
    turns(loop, 1);
    assert_true(strlen(calls_take()) >= 2);
    assert_int_equal(calls_revents, EV_READ);
    ev_io_stop(loop, &w);
    ev_loop_destroy(loop);
    close(fds[0]), close(fds[1]);
}

static void test_closed_all_watched_fds_are_told(void** state)
{
    /* R2.12: those that were watched get EV_ERROR and are stopped. */
    struct ev_loop* loop = loop_fresh(0);
    int fds[2];
    (void)state;

    assert_int_equal(pipe(fds), 0);
    ev_io w = io_of("r", fds[0], EV_READ);
    ev_io_start(loop, &w);
    turn(loop);
    fds_close();
    turns(loop, 0);
    assert_calls("r");
    assert_int_equal(calls_revents, EV_ERROR | EV_READ | EV_WRITE);
    assert_false(ev_is_active(&w));
    ev_loop_destroy(loop);
}

static void test_closed_all_async_works_again(void** state)
{
    /* R2.63: the wake-up channel is reopened. */
    struct ev_loop* loop = loop_fresh(0);
    ev_async w;
    (void)state;

    ev_async_init(&w, note_async);
    w.data = (void*)"a";
    ev_async_start(loop, &w);
    turn(loop);
    fds_close();
    ev_async_send(loop, &w);
    turns(loop, 1);
    assert_calls("a");
    ev_async_send(loop, &w);
    turn_leaves(loop, 1);
    assert_calls("a");
    ev_async_stop(loop, &w);
    turn_leaves(loop, 0);
    ev_loop_destroy(loop);
}

static void signal_after_close(unsigned flags)
{
    struct ev_loop* loop = loop_fresh(flags);
    ev_signal w;

    ev_signal_init(&w, note_signal, SIGUSR1);
    w.data = (void*)"s";
    ev_signal_start(loop, &w);
    turn(loop);
    fds_close();
    turns(loop, 1);
    raise(SIGUSR1);
    turns(loop, 1);
    assert_calls("s");
    ev_signal_stop(loop, &w);
    turn_leaves(loop, 0);
    ev_loop_destroy(loop);
}

static void test_closed_all_signal_works_again(void** state)
{
    /* R2.49, R2.47: so is the signalfd. */
    (void)state;
    signal_after_close(0);
    signal_after_close(EVFLAG_SIGNALFD);
}

static rlim_t fds_limit(rlim_t count)
{
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    rlim_t was = limit.rlim_cur;
    limit.rlim_cur = count;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    return was;
}

static void test_closed_signalfd_not_to_be_had_again_loses_nothing(void** state)
{
    /* R2.47: with no fd left for a new signalfd, signals are handled without
     * one: unblocked, and by a handler, until the last stop. */
    if (forgets_closed(backend)) skip();
    struct ev_loop* loop = loop_fresh(EVFLAG_SIGNALFD);
    int wakeup = dup(2); /* the number that the wake-up channel will get */
    sigset_t mask;
    ev_signal w;
    (void)state;

    close(wakeup);
    ev_signal_init(&w, note_signal, SIGUSR1);
    w.data = (void*)"s";
    ev_signal_start(loop, &w);
    turn(loop);
    assert_int_equal(close(wakeup + 1), 0);
    rlim_t was = fds_limit((rlim_t)wakeup + 1);
    turns(loop, 1);
    fds_limit(was);
    raise(SIGUSR1);
    turns(loop, 1);
    assert_calls("s");
    ev_signal_stop(loop, &w);
    assert_int_equal(sigprocmask(SIG_BLOCK, NULL, &mask), 0);
    assert_false(sigismember(&mask, SIGUSR1));
    turn_leaves(loop, 0);
    ev_loop_destroy(loop);
}

static void test_closed_all_stat_works_again(void** state)
{
    /* R2.57: so is inotify, with all paths. */
    struct ev_loop* loop = loop_fresh(0);
    char path[] = "/tmp/mistakes_closed.XXXXXX";
    int fd = mkstemp(path);
    ev_stat w;
    (void)state;

    assert_true(fd >= 0);
    ev_stat_init(&w, note_stat, path, 0.);
    w.data = (void*)"t";
    ev_stat_start(loop, &w);
    turn(loop);
    fds_close();
    turns(loop, 1);
    assert_int_equal(chmod(path, 0400), 0);
    turns(loop, 1);
    assert_calls("t");
    ev_stat_stop(loop, &w);
    turn_leaves(loop, 0);
    ev_loop_destroy(loop);
    unlink(path);
}

static void test_closed_all_periodic_works_again(void** state)
{
    /* R1.70: so is the timerfd; what is due is called. */
    struct ev_loop* loop = loop_fresh(0);
    ev_periodic late = periodic_of("p", 1e12, 0);
    ev_periodic due = periodic_of("d", 1, 0);
    (void)state;

    ev_periodic_start(loop, &late);
    turn(loop);
    fds_close();
    turns(loop, 1);
    ev_periodic_start(loop, &due);
    turns(loop, 1);
    assert_calls("d");
    ev_periodic_stop(loop, &late);
    turn_leaves(loop, 0);
    ev_loop_destroy(loop);
}

static void test_closed_all_two_loops_part_again(void** state)
{
    /* R2.12: two loops whose fds were closed, one of which may get the other's
     * old number, each serve their own watchers in the end. */
    struct ev_loop *one = loop_fresh(0), *two = loop_new(0);
    ev_async a, b;
    (void)state;

    ev_async_init(&a, note_async);
    ev_async_init(&b, note_async);
    a.data = (void*)"a", b.data = (void*)"b";
    ev_async_start(one, &a), ev_async_start(two, &b);
    turn(one), turn(two);
    fds_close();
    for (int i = 0; i < 4; ++i) turn_leaves(two, 1), turn_leaves(one, 1);
    ev_async_send(one, &a), ev_async_send(two, &b);
    for (int i = 0; i < 4; ++i) turn_leaves(two, 1), turn_leaves(one, 1);
    assert_calls("ba");
    ev_loop_destroy(one);
    ev_loop_destroy(two);
}

static const Test tests[] = {
    OURS(test_closed_all_then_new_io_is_served),
    OURS(test_closed_kernel_set_then_new_io_is_served),
    OURS(test_closed_all_watched_fds_are_told),
    OURS(test_closed_all_async_works_again),
    OURS(test_closed_all_signal_works_again),
    OURS(test_closed_signalfd_not_to_be_had_again_loses_nothing),
    OURS(test_closed_all_stat_works_again),
    OURS(test_closed_all_periodic_works_again),
    OURS(test_closed_all_two_loops_part_again),
};

HARNESS_MAIN("mistakes_closed", tests)
