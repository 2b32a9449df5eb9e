/* All of the library's own fds closed behind its back, of every kind, so that
 * those it reopens get each other's numbers. */

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mistakes_help.h"

enum { first_own = 3, last_own = 64, kind_count = 4 };
enum { no_fork, fork_before, fork_after };

typedef struct Own {
    struct ev_loop* loop;
    ev_async async;
    ev_signal signal;
    ev_periodic periodic;
    ev_stat stat;
    char path[40];
} Own;

static void kind_start(Own* own, int kind)
{
    if (kind == 0) {
        ev_async_init(&own->async, note_async);
        own->async.data = (void*)"a";
        ev_async_start(own->loop, &own->async);
    } else if (kind == 1) {
        ev_signal_init(&own->signal, note_signal, SIGUSR1);
        own->signal.data = (void*)"s";
        ev_signal_start(own->loop, &own->signal);
    } else if (kind == 2) {
        own->periodic = periodic_of("p", 1e12, 0);
        ev_periodic_start(own->loop, &own->periodic);
    } else {
        ev_stat_init(&own->stat, note_stat, own->path, 3600.);
        own->stat.data = (void*)"t";
        ev_stat_start(own->loop, &own->stat);
    }
}

/* With `plugs` numbers taken below those of the loop, and the kinds started
 * from the given one on. */
static void own_new(Own* own, unsigned flags, int plugs, int from, int step)
{
    for (int i = 0; i < plugs; ++i) assert_true(dup(0) >= first_own);
    strcpy(own->path, "/tmp/mistakes_closed.XXXXXX");
    int fd = mkstemp(own->path);
    assert_true(fd >= 0);
    close(fd);
    own->loop = loop_fresh(flags);
    for (int i = 0; i < kind_count; ++i)
        kind_start(own, (from + i * step) % kind_count);
    turn(own->loop);
}

static void own_free(Own* own)
{
    ev_stat_stop(own->loop, &own->stat);
    ev_periodic_stop(own->loop, &own->periodic);
    ev_signal_stop(own->loop, &own->signal);
    ev_async_stop(own->loop, &own->async);
    turn_leaves(own->loop, 0);
    ev_loop_destroy(own->loop);
    unlink(own->path);
}

/* How many fds of that kind this process has. */
static int fds_of(const char* kind)
{
    int count = 0;
    for (int fd = first_own; fd < last_own; ++fd) {
        char path[40], target[80] = "";
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        if (readlink(path, target, sizeof target - 1) < 0) continue;
        if (strstr(target, kind)) ++count;
    }
    return count;
}

static int called(char letter)
{
    int count = 0;
    for (const char* c = calls; *c; ++c) count += *c == letter;
    return count;
}

static void own_works(Own* own)
{
    for (int i = 0; i < 6; ++i) turn_leaves(own->loop, kind_count);
    calls_clear();
    ev_async_send(own->loop, &own->async);
    raise(SIGUSR1);
    assert_int_equal(chmod(own->path, 0400), 0);
    for (int i = 0; i < 4; ++i) turn_leaves(own->loop, kind_count);
    assert_int_equal(called('a'), 1);
    assert_int_equal(called('s'), 1);
    assert_int_equal(called('t'), 1);
    assert_int_equal(strlen(calls_take()), 3);
}

static void fds_close(void)
{
    for (int fd = first_own; fd < last_own; ++fd) close(fd);
}

static void closed(unsigned flags, int forked, int plugs, int from, int step)
{
    Own own;
    own_new(&own, flags, plugs, from, step);
    if (forked == fork_before) ev_loop_fork(own.loop), turn(own.loop);
    int timerfds = fds_of("[timerfd]"), events = fds_of("[eventfd]");
    int signals = fds_of("[signalfd]"), sets = fds_of("[eventpoll]");
    fds_close();
    if (forked == fork_after) ev_loop_fork(own.loop);
    own_works(&own);
    assert_int_equal(fds_of("[timerfd]"), timerfds);
    assert_int_equal(fds_of("[signalfd]"), signals);
    assert_int_equal(fds_of("[eventpoll]"), sets);
    assert_int_equal(fds_of("[eventfd]"), events);
    own_free(&own);
    fds_close();
}

static void closed_in_any_order(unsigned flags, int forked)
{
    for (int plugs = 0; plugs <= 3; ++plugs)
        for (int from = 0; from < kind_count; ++from)
            for (int step = 1; step < kind_count; step += 2)
                closed(flags, forked, plugs, from, step);
}

static void test_closed_own_fds_are_opened_anew(void** state)
{
    /* R3.10: whatever numbers the new ones get, all kinds work again. */
    (void)state;
    closed_in_any_order(0, no_fork);
    closed_in_any_order(EVFLAG_SIGNALFD, no_fork);
}

static void test_closed_own_fds_then_fork_are_opened_anew(void** state)
{
    /* R3.10: the same with ev_loop_fork, which daemons call after closefrom(3):
     * nothing that was just opened is closed for an old one. */
    (void)state;
    closed_in_any_order(0, fork_after);
    closed_in_any_order(EVFLAG_SIGNALFD, fork_after);
}

static void test_closed_own_fds_after_a_fork_are_opened_anew(void** state)
{
    /* R3.10: the same after a fork. epoll's set has a larger number than the
     * other fds then, and the next set gets the number of one of these. */
    (void)state;
    closed_in_any_order(0, fork_before);
    closed_in_any_order(EVFLAG_SIGNALFD, fork_before);
}

static const Test tests[] = {
    OURS(test_closed_own_fds_are_opened_anew),
    OURS(test_closed_own_fds_then_fork_are_opened_anew),
    OURS(test_closed_own_fds_after_a_fork_are_opened_anew),
};

HARNESS_MAIN("mistakes_closed_own", tests)
