/* Backends: which there are, which one a loop gets, how long they wait. */
#define _GNU_SOURCE 1
#include <signal.h>
#include <sys/time.h>
#include <time.h>

#include "fds.h"
#include "forked.h"
#include "spy.h"

enum {
    all_three = EVBACKEND_SELECT | EVBACKEND_POLL | EVBACKEND_EPOLL,
    foreign = EVBACKEND_DEVPOLL | EVBACKEND_PORT
};

/* The backend that a loop made with these flags gets; 0 if there is none. */
static unsigned chosen(unsigned flags)
{
    struct ev_loop* loop = ev_loop_new(flags);
    unsigned got = loop ? ev_backend(loop) : 0;
    ev_loop_destroy(loop);
    return got;
}

static void test_backends_supported_holds_the_three(void** state)
{
    /* R2.20: supported includes select, poll and epoll; recommended is a
     * subset of it, with those three and without port, devpoll, linux aio and
     * io_uring. */
    unsigned supported = ev_supported_backends();
    unsigned recommended = ev_recommended_backends();

    (void)state;
    assert_int_equal(supported & all_three, all_three);
    assert_int_equal(supported & foreign, 0);
    assert_int_equal(recommended & ~supported, 0);
    assert_int_equal(recommended & ~EVBACKEND_KQUEUE, all_three);
    assert_int_equal(ev_version_major(), 4);
    assert_int_equal(ev_version_minor(), 33);
}

static void test_backends_embeddable_holds_epoll(void** state)
{
    /* R2.20: embeddable contains epoll, never select or poll. */
    unsigned embeddable = ev_embeddable_backends();

    (void)state;
    assert_int_equal(embeddable & all_three, EVBACKEND_EPOLL);
}

static void test_backends_best_of_the_named_is_taken(void** state)
{
    /* R2.21: the best of the named backends: epoll before poll before select;
     * no backend bits means recommended; unavailable ones do not matter. */
    (void)state;
    assert_int_equal(chosen(EVBACKEND_SELECT), EVBACKEND_SELECT);
    assert_int_equal(chosen(EVBACKEND_POLL), EVBACKEND_POLL);
    assert_int_equal(chosen(EVBACKEND_EPOLL), EVBACKEND_EPOLL);
    assert_int_equal(chosen(EVBACKEND_SELECT | EVBACKEND_POLL), EVBACKEND_POLL);
    assert_int_equal(chosen(EVBACKEND_SELECT | EVBACKEND_EPOLL),
                     EVBACKEND_EPOLL);
    assert_int_equal(chosen(all_three), EVBACKEND_EPOLL);
    assert_int_equal(chosen(0), EVBACKEND_EPOLL);
    assert_int_equal(chosen(EVFLAG_NOINOTIFY | EVFLAG_NOTIMERFD),
                     EVBACKEND_EPOLL);
    assert_int_equal(chosen(foreign | EVBACKEND_SELECT), EVBACKEND_SELECT);
    assert_int_equal(chosen(EVBACKEND_LINUXAIO | EVBACKEND_POLL),
                     EVBACKEND_POLL);
}

static void test_backends_only_unavailable_named_gives_null(void** state)
{
    /* R2.21: only unavailable ones named: NULL. */
    (void)state;
    assert_null(ev_loop_new(EVBACKEND_DEVPOLL));
    assert_null(ev_loop_new(EVBACKEND_PORT));
    assert_null(ev_loop_new(EVBACKEND_LINUXAIO));
    assert_null(ev_loop_new(foreign | EVFLAG_FORKCHECK));
}

static void test_backends_default_loop_null_then_succeeds(void** state)
{
    /* R2.21: NULL for ev_default_loop too, after which it may be called again
     * and succeed. Flags to an existing default loop are ignored. */
    (void)state;
    assert_null(ev_default_loop(foreign));
    assert_null(ev_default_loop_ptr);
    struct ev_loop* loop = ev_default_loop(EVBACKEND_POLL);
    assert_non_null(loop);
    assert_int_equal(ev_backend(loop), EVBACKEND_POLL);
    assert_ptr_equal(ev_default_loop(EVBACKEND_SELECT), loop);
    assert_ptr_equal(ev_default_loop(foreign), loop);
    assert_int_equal(ev_backend(loop), EVBACKEND_POLL);
    assert_int_equal(ev_run(loop, 0), 0);
    ev_loop_destroy(loop);
}

static unsigned chosen_env(const char* value, unsigned flags)
{
    setenv("LIBEV_FLAGS", value, 1);
    unsigned got = chosen(flags);
    unsetenv("LIBEV_FLAGS");
    return got;
}

static void test_backends_environment_replaces_flags(void** state)
{
    /* R2.22: LIBEV_FLAGS replaces the flags whole, backend bits included: "1"
     * forces select, "16" makes creation fail, "0" means automatic even if a
     * backend was named; EVFLAG_NOENV makes it be ignored. */
    (void)state;
    assert_int_equal(chosen_env("1", EVBACKEND_EPOLL), EVBACKEND_SELECT);
    assert_int_equal(chosen_env("1", 0), EVBACKEND_SELECT);
    assert_int_equal(chosen_env("2", EVBACKEND_SELECT), EVBACKEND_POLL);
    assert_int_equal(chosen_env("16", EVBACKEND_SELECT), 0);
    assert_int_equal(chosen_env("0", EVBACKEND_SELECT), EVBACKEND_EPOLL);
    assert_int_equal(chosen_env("1", EVBACKEND_POLL | EVFLAG_NOENV),
                     EVBACKEND_POLL);
    assert_int_equal(chosen_env("16", EVFLAG_NOENV), EVBACKEND_EPOLL);
}

static void privileged_choose(void* none)
{
    (void)none;
    child_check(setreuid(65534, 0) == 0);
    child_check(chosen_env("1", EVBACKEND_POLL) == EVBACKEND_POLL);
}

static void privileged_group_choose(void* none)
{
    (void)none;
    child_check(setregid(65534, 0) == 0);
    child_check(chosen_env("1", EVBACKEND_POLL) == EVBACKEND_POLL);
}

static void test_backends_environment_ignored_when_privileged(void** state)
{
    /* R2.22: LIBEV_FLAGS is ignored if the process is setuid or setgid. */
    (void)state;
    if (geteuid() != 0 || getuid() != 0) skip();
    assert_child_passes(child_fork(privileged_choose, NULL));
    assert_child_passes(child_fork(privileged_group_choose, NULL));
}

static double mono_now(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9;
}

static double fired_at;

static void timer_note(struct ev_loop* loop, ev_timer* w, int revents)
{
    (void)loop, (void)w, (void)revents;
    fired_at = mono_now();
}

/* Lets that many timers of that delay fire, one after the other. */
static void timers_wait(struct ev_loop* loop, int count, double delay)
{
    ev_timer w;
    for (int i = 0; i < count; ++i) {
        double started = mono_now();
        ev_now_update(loop);
        ev_timer_init(&w, timer_note, delay, 0.);
        ev_timer_start(loop, &w);
        assert_int_equal(ev_run(loop, 0), 0);
        assert_true(fired_at >= started + delay);
    }
}

static void test_backends_timer_never_early_nor_spinning(void** state)
{
    /* R2.23: a timer never fires early as seen by the monotonic clock: waits
     * are rounded up. 10 timers of 2.4 ms take at most 60 iterations. */
    struct ev_loop* loop = loop_new(0);

    (void)state;
    timers_wait(loop, 10, 0.0024);
    assert_in_range(ev_iteration(loop), 10, 60);
    ev_loop_destroy(loop);
}

static void test_backends_wait_below_smallest_is_raised(void** state)
{
    /* R2.23: a wait below the backend's smallest is raised to it: timers of
     * 0.3 ms on poll and epoll, of 0.3 us on select do not make it spin. */
    struct ev_loop* loop = loop_new(0);
    double delay = backend == EVBACKEND_SELECT ? 3e-7 : 3e-4;

    (void)state;
    timers_wait(loop, 20, delay);
    assert_in_range(ev_iteration(loop), 20, 100);
    ev_loop_destroy(loop);
}

static int complaints;

static void complaint_count(const char* message) EV_NOEXCEPT
{
    (void)message;
    ++complaints;
}

static void nothing_on_signal(int number) { (void)number; }

static void nothing_on_timer(struct ev_loop* loop, ev_timer* w, int revents)
{
    (void)loop, (void)w, (void)revents;
}

static void test_backends_signal_ends_poll_and_iteration(void** state)
{
    /* R2.24: a poll interrupted by a signal is neither retried inside nor an
     * error: the iteration ends without events, ev_run(EVRUN_ONCE) returns,
     * the syserr callback is not called. */
    struct ev_loop* loop = loop_new(0);
    struct sigaction action = {.sa_handler = nothing_on_signal}, was;
    struct itimerval often = {{0, 20000}, {0, 20000}}, never = {0};
    ev_timer far;

    (void)state;
    sigaction(SIGALRM, &action, &was);
    complaints = 0;
    ev_set_syserr_cb(complaint_count);
    ev_timer_init(&far, nothing_on_timer, 30., 0.);
    ev_timer_start(loop, &far);
    spy_waits = 0;
    setitimer(ITIMER_REAL, &often, NULL);
    int references = ev_run(loop, EVRUN_ONCE);
    setitimer(ITIMER_REAL, &never, NULL);
    assert_int_equal(references, 1);
    assert_true(ev_is_active(&far));
    assert_int_equal(spy_waits, 1);
    assert_int_equal(ev_iteration(loop), 1);
    assert_int_equal(complaints, 0);
    ev_set_syserr_cb(NULL);
    sigaction(SIGALRM, &was, NULL);
    ev_loop_destroy(loop);
}

static const Test tests[] = {
    ONCE(test_backends_supported_holds_the_three),
    ONCE(test_backends_embeddable_holds_epoll),
    ONCE(test_backends_best_of_the_named_is_taken),
    ONCE(test_backends_only_unavailable_named_gives_null),
    ONCE(test_backends_default_loop_null_then_succeeds),
    ONCE(test_backends_environment_replaces_flags),
    ONCE(test_backends_environment_ignored_when_privileged),
    EACH(test_backends_timer_never_early_nor_spinning),
    EACH(test_backends_wait_below_smallest_is_raised),
    EACH(test_backends_signal_ends_poll_and_iteration),
};

HARNESS_MAIN("backends", tests)
