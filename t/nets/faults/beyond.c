/* Faults of what relev.h has beyond libev. */
#define _GNU_SOURCE
#include <errno.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../../harness/fds.h"
#include "inject.h"

static int syserrs;

static void syserr_note(const char* what)
{
    (void)what;
    ++syserrs;
}

static void begin(void)
{
    assert_true(inject_library_is_found());
    inject_reset();
    syserrs = 0;
    ev_set_syserr_cb(syserr_note);
}

static void end(void)
{
    inject_reset();
    ev_set_syserr_cb(NULL);
}

static int exclusives; /* registrations that were asked to be exclusive */

/* A kernel, or a filter of system calls, that refuses EPOLLEXCLUSIVE. */
static int refuses_exclusive(int set, int op, int fd, struct epoll_event* event)
{
    int asks = op != EPOLL_CTL_DEL && event->events & EPOLLEXCLUSIVE;
    exclusives += asks;
    if (!asks) return (int)syscall(SYS_epoll_ctl, set, op, fd, event);
    errno = EINVAL;
    return -1;
}

/* 2.3: then the fd is watched as usual, and nothing is reported; also when
 * watchers come and go. */
static void test_fault_exclusive_that_is_refused_is_usual(void** state)
{
    int p[2];
    Io a, b;

    (void)state;
    begin();
    inject_replace(call_epoll_ctl, (void*)refuses_exclusive);
    exclusives = 0;
    pipe_open(p);
    struct ev_loop* loop = loop_new(0);
    io_on(loop, &a, p[0], EV_READ | RELEV_EXCLUSIVE);
    turn(loop);
    assert_int_equal(exclusives > 0, backend == EVBACKEND_EPOLL);
    byte_put(p[1]);
    run_once(loop);
    assert_int_equal(a.revents, EV_READ);
    io_on(loop, &b, p[0], EV_READ);
    turn(loop);
    io_off(loop, &a);
    turn(loop);
    io_on(loop, &a, p[0], EV_READ | RELEV_EXCLUSIVE);
    io_off(loop, &b);
    for (a.calls = 0; a.calls < 2;) run_once(loop);
    assert_int_equal(a.revents, EV_READ);
    assert_int_equal(syserrs, 0);
    io_off(loop, &a);
    ev_loop_destroy(loop);
    both_close(p);
    end();
}

/* 2.3: it says so. */
static void test_fault_exclusive_that_is_refused_is_no_feature(void** state)
{
    (void)state;
    begin();
    inject_replace(call_epoll_ctl, (void*)refuses_exclusive);
    assert_false(relev_features() & RELEV_FEATURE_EXCLUSIVE);
    end();
}

/* 2.5: a failing call leaves no watcher and no reference. */
static void test_fault_forget_that_fails_forgets(void** state)
{
    static const int errors[] = {ENOENT, EBADF, ENOMEM, EPERM};
    int p[2];
    Io a;

    (void)state;
    begin();
    for (int i = 0; i < 4; ++i) {
        pipe_open(p);
        struct ev_loop* loop = loop_new(0);
        io_on(loop, &a, p[0], EV_READ);
        turn(loop);
        inject_reset();
        inject_set((Fault){call_epoll_ctl, 1, errors[i], 0});
        assert_int_equal(relev_fd_forget(loop, p[0]), 1);
        assert_int_equal(relev_refs(loop), 0);
        byte_put(p[1]);
        turn(loop), turn(loop);
        assert_int_equal(a.calls, 0);
        assert_int_equal(syserrs, 0);
        ev_loop_destroy(loop);
        both_close(p);
    }
    end();
}

static const Test tests[] = {
    EACH(test_fault_exclusive_that_is_refused_is_usual),
    EACH(test_fault_forget_that_fails_forgets),
    ONCE(test_fault_exclusive_that_is_refused_is_no_feature),
};

HARNESS_MAIN("faults_beyond", tests)
