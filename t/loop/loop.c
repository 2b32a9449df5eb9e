/* Creating loops: versions, backends, a fresh loop; and loop time. */
#define _GNU_SOURCE
#include <signal.h>
#include <unistd.h>

#include "calls.h"
#include "clock.h"
#include "spy.h"

enum { unusable = EVBACKEND_DEVPOLL | EVBACKEND_PORT };

static unsigned backend_taken(unsigned flags)
{
    struct ev_loop* loop = ev_loop_new(flags);
    if (!loop) return 0;
    unsigned taken = ev_backend(loop);
    ev_loop_destroy(loop);
    return taken;
}

/* R1.1: the version is 4.33. */
static void test_version_always_is_4_33(void** state)
{
    (void)state;
    assert_int_equal(ev_version_major(), 4);
    assert_int_equal(ev_version_minor(), 33);
    assert_int_equal(EV_VERSION_MAJOR, 4);
    assert_int_equal(EV_VERSION_MINOR, 33);
}

/* R1.1: select, poll and epoll are supported on Linux. The recommended set is
 * a part of the supported one, not empty, without Linux AIO and io_uring. */
static void test_backends_sets_hold_what_linux_has(void** state)
{
    (void)state;
    unsigned three = EVBACKEND_SELECT | EVBACKEND_POLL | EVBACKEND_EPOLL;
    unsigned recommended = ev_recommended_backends();

    assert_int_equal(ev_supported_backends() & three, three);
    assert_int_not_equal(recommended, 0);
    assert_int_equal(recommended & ~ev_supported_backends(), 0);
    assert_int_equal(recommended & (EVBACKEND_LINUXAIO | EVBACKEND_IOURING), 0);
}

/* R1.2, issue 21: there is no backend of io_uring. 4.33 has one, which is used
 * if nothing else is named. */
static void test_loop_asked_for_io_uring_alone_is_null(void** state)
{
    (void)state;
    assert_int_equal(ev_supported_backends() & EVBACKEND_IOURING, 0);
    assert_null(ev_loop_new(EVBACKEND_IOURING));
}

/* R1.2: a loop asked for by one backend's bit uses that backend, and tells
 * so by that one bit. */
static void test_backend_named_alone_is_used(void** state)
{
    (void)state;
    assert_int_equal(backend_taken(backend), backend);
    assert_int_equal(backend_taken(backend | EVFLAG_NOENV | EVFLAG_FORKCHECK),
                     backend);
}

/* R1.2: with no backend bit the best recommended one is taken; other flag
 * bits are no choice of backend. */
static void test_backend_not_named_is_a_recommended_one(void** state)
{
    (void)state;
    unsigned taken = backend_taken(EVFLAG_AUTO);

    assert_int_not_equal(taken & ev_recommended_backends(), 0);
    assert_int_equal(taken, EVBACKEND_EPOLL);
    assert_int_equal(backend_taken(EVFLAG_NOENV | EVFLAG_FORKCHECK), taken);
    assert_int_equal(backend_taken(EVFLAG_NOINOTIFY | EVFLAG_SIGNALFD), taken);
    assert_int_equal(backend_taken(EVFLAG_NOSIGMASK | EVFLAG_NOTIMERFD), taken);
}

/* R1.2: of several backends epoll is preferred to poll, poll to select. */
static void test_backends_several_named_newest_is_used(void** state)
{
    (void)state;
    const unsigned s = EVBACKEND_SELECT, p = EVBACKEND_POLL,
                   e = EVBACKEND_EPOLL;

    assert_int_equal(backend_taken(s | p), p);
    assert_int_equal(backend_taken(s | e), e);
    assert_int_equal(backend_taken(p | e), e);
    assert_int_equal(backend_taken(s | p | e), e);
}

/* R1.2: bits of backends that cannot be used are skipped. */
static void test_backend_unusable_beside_usable_is_skipped(void** state)
{
    (void)state;
    assert_int_equal(backend_taken(unusable | backend), backend);
}

/* R1.3: when none of the backends asked for can be used there is no loop. */
static void test_loop_new_unusable_backends_gives_null(void** state)
{
    (void)state;
    assert_null(ev_loop_new(unusable));
    assert_null(ev_loop_new(EVBACKEND_PORT | EVFLAG_FORKCHECK));
}

/* R1.10: a fresh loop has done nothing, and its time is the present. */
static void test_loop_fresh_has_done_nothing(void** state)
{
    (void)state;
    ev_tstamp before = ev_time();
    struct ev_loop* loop = loop_new(0);
    assert_int_equal(ev_iteration(loop), 0);
    assert_int_equal(ev_depth(loop), 0);
    assert_int_equal(ev_pending_count(loop), 0);
    assert_null(ev_userdata(loop));
    assert_true(before <= ev_now(loop));
    assert_true(ev_now(loop) <= ev_time());
    ev_loop_destroy(loop);
}

/* R1.10: user data is one pointer of each loop, which a run leaves alone. */
static void test_userdata_set_is_kept_by_its_loop(void** state)
{
    (void)state;
    int mine, yours;
    struct ev_loop *loop = loop_new(0), *other = loop_new(0);

    ev_set_userdata(loop, &mine);
    assert_null(ev_userdata(other));
    ev_set_userdata(other, &yours);
    ev_run(loop, EVRUN_NOWAIT);
    ev_loop_fork(loop);
    ev_run(loop, EVRUN_NOWAIT);
    assert_ptr_equal(ev_userdata(loop), &mine);
    assert_ptr_equal(ev_userdata(other), &yours);
    ev_set_userdata(loop, NULL);
    assert_null(ev_userdata(loop));
    ev_loop_destroy(other), ev_loop_destroy(loop);
}

/* R1.11: ev_time reads the clock, ev_now only what the loop has read last. */
static void test_now_changes_in_iterations_and_on_update(void** state)
{
    (void)state;
    clock_freeze();
    struct ev_loop* loop = loop_new(0);
    ev_tstamp start = ev_now(loop);
    assert_true(start == ev_time());

    clock_advance(.25);
    assert_true(ev_time() == start + .25);
    assert_true(ev_now(loop) == start);
    ev_now_update(loop);
    assert_true(ev_now(loop) == start + .25);

    clock_advance(.25);
    assert_true(ev_now(loop) == start + .25);
    ev_run(loop, EVRUN_NOWAIT);
    assert_true(ev_now(loop) == start + .5);
    clock_thaw();
    ev_loop_destroy(loop);
}

/* R1.11: the clocks are libc's, so a program can put its own before them:
 * an hour passes for a timer as soon as the faked clock says so. */
static void test_clock_faked_by_the_program_is_believed(void** state)
{
    (void)state;
    ev_timer timer;

    clock_freeze();
    struct ev_loop* loop = loop_new(0);
    timer_init(&timer, "timer", note, 3600., 0.);
    ev_timer_start(loop, &timer);
    ev_run(loop, EVRUN_NOWAIT);
    clock_advance(3599.);
    ev_run(loop, EVRUN_NOWAIT);
    assert_calls("");
    clock_advance(2.);
    ev_run(loop, EVRUN_NOWAIT);
    assert_calls("timer");
    clock_thaw();
    ev_loop_destroy(loop);
}

static double true_seconds(void)
{
    return (double)clock_true(CLOCK_MONOTONIC) / clock_ns;
}

/* R1.11: ev_sleep of zero or less returns at once, otherwise it sleeps about
 * that long. */
static void test_sleep_takes_about_as_long_as_asked(void** state)
{
    (void)state;
    spy_reset();
    ev_sleep(0.), ev_sleep(-1.), ev_sleep(-1e6);
    assert_int_equal(spy_waits + spy_sleeps, 0);

    double start = true_seconds();
    ev_sleep(.01);
    assert_true(true_seconds() - start >= .009);
    assert_int_equal(spy_waits + spy_sleeps, 1);
    assert_true(spy_slept >= .01 - 1e-9 && spy_slept < .02);
}

static const Test tests[] = {
    ONCE(test_version_always_is_4_33),
    ONCE(test_backends_sets_hold_what_linux_has),
    OURS_ONCE(test_loop_asked_for_io_uring_alone_is_null),
    EACH(test_backend_named_alone_is_used),
    ONCE(test_backend_not_named_is_a_recommended_one),
    ONCE(test_backends_several_named_newest_is_used),
    EACH(test_backend_unusable_beside_usable_is_skipped),
    ONCE(test_loop_new_unusable_backends_gives_null),
    EACH(test_loop_fresh_has_done_nothing),
    EACH(test_userdata_set_is_kept_by_its_loop),
    EACH(test_now_changes_in_iterations_and_on_update),
    EACH(test_clock_faked_by_the_program_is_believed),
    ONCE(test_sleep_takes_about_as_long_as_asked),
};

HARNESS_MAIN("loop", tests)
