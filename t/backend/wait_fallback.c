/* A kernel without epoll_pwait2, or a filter that forbids it: epoll waits in
 * milliseconds, as everywhere before.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "fds.h"
#include "pwait2.h"

static int precise, coarse; /* calls */
static int precise_error;   /* of all of the former, if not 0 */
static int coarse_ms;       /* asked for by the latest of the latter */

int epoll_pwait2(int epfd, struct epoll_event* events, int max,
                 const struct timespec* timeout, const sigset_t* mask)
{
    ++precise;
    errno = precise_error;
    if (precise_error) return -1;
    return kernel_pwait2(epfd, events, max, timeout, mask);
}

int epoll_wait(int epfd, struct epoll_event* events, int max, int ms)
{
    ++coarse;
    coarse_ms = ms;
    return (int)syscall(SYS_epoll_pwait, epfd, events, max, ms, NULL,
                        (size_t)8);
}

static int fired; /* calls of timers */

static void count_fired(struct ev_loop* loop, ev_timer* w, int revents)
{
    (void)loop, (void)w, (void)revents;
    ++fired;
}

static struct ev_loop* begin(int error)
{
    backend = EVBACKEND_EPOLL;
    struct ev_loop* loop = loop_new(0);
    precise = coarse = fired = 0;
    precise_error = error;
    return loop;
}

static void timer_on(struct ev_loop* loop, ev_timer* w, double after)
{
    ev_timer_init(w, count_fired, after, 0.);
    ev_now_update(loop);
    ev_timer_start(loop, w);
}

/* Until the timer is called, which is not before its time. */
static void wait_for_timer(struct ev_loop* loop, double after)
{
    ev_timer a;
    int before = fired;
    timer_on(loop, &a, after);
    ev_tstamp start = ev_now(loop);
    for (int i = 0; fired == before; ++i) {
        assert_true(i < 5);
        ev_run(loop, EVRUN_ONCE);
    }
    assert_true(ev_now(loop) - start >= after - 1e-5);
}

static void test_wait_precise_refused_is_not_asked_for_again(void** state)
{
    /* R2.23: the wait is rounded up to whole milliseconds then; the call that
     * fails is made once in the life of a loop. */
    static const int errors[] = {ENOSYS, EPERM};
    (void)state;
    for (int i = 0; i < 2; ++i) {
        struct ev_loop* loop = begin(errors[i]);
        /* On a slow machine the time may be over before the wait. */
        for (int k = 0; k < 50 && !precise; ++k) wait_for_timer(loop, 9.5e-3);
        assert_int_equal(precise, 1);
        assert_true(coarse_ms <= 10);
        for (int k = 0; k < 3; ++k) wait_for_timer(loop, 2.5e-3);
        assert_int_equal(precise, 1);
        assert_true(coarse_ms <= 3);
        ev_loop_destroy(loop);
    }
}

static void test_wait_precise_refused_still_serves_fds(void** state)
{
    /* R2.23: the very wait that fell back finds what is ready. */
    int p[2];
    Io io;
    (void)state;
    struct ev_loop* loop = begin(EPERM);
    ev_timer end;

    pipe_open(p);
    io_on(loop, &io, p[0], EV_READ);
    byte_put(p[1]);
    timer_on(loop, &end, .09);
    ev_run(loop, EVRUN_ONCE);
    assert_int_equal(precise, 1);
    assert_int_equal(coarse, 1);
    assert_took(&io, EV_READ);
    assert_int_equal(fired, 0);
    ev_timer_stop(loop, &end);
    io_off(loop, &io);
    ev_loop_destroy(loop);
    both_close(p);
}

static void test_wait_precise_interrupted_stays_precise(void** state)
{
    /* R2.24: a signal ends the wait, and says nothing about the kernel. */
    (void)state;
    struct ev_loop* loop = begin(EINTR);
    ev_timer a;

    timer_on(loop, &a, .09);
    for (int i = 1; i <= 3 && !fired; ++i) {
        ev_run(loop, EVRUN_ONCE);
        assert_int_equal(precise, i);
        assert_int_equal(coarse, 0);
    }
    ev_timer_stop(loop, &a);
    ev_loop_destroy(loop);
}

static void test_wait_precise_is_for_short_ones_only(void** state)
{
    /* R2.23: not to wait, and to wait long, take the older call. */
    (void)state;
    struct ev_loop* loop = begin(0);
    ev_timer a;
    int p[2];
    Io io;

    pipe_open(p);
    io_on(loop, &io, p[0], EV_READ);
    byte_put(p[1]);
    timer_on(loop, &a, 60.);
    ev_run(loop, EVRUN_ONCE);
    assert_took(&io, EV_READ);
    turn(loop);
    assert_int_equal(coarse, 2);
    assert_int_equal(precise, 0);
    ev_timer_stop(loop, &a);
    io_off(loop, &io);
    ev_loop_destroy(loop);
    both_close(p);
}

static const Test tests[] = {
    OURS_ONCE(test_wait_precise_refused_is_not_asked_for_again),
    OURS_ONCE(test_wait_precise_refused_still_serves_fds),
    OURS_ONCE(test_wait_precise_interrupted_stays_precise),
    OURS_ONCE(test_wait_precise_is_for_short_ones_only),
};

HARNESS_MAIN("wait_fallback", tests)
