/* relev_set_error_cb: who receives what, and when. The details of each error
 * are tested in t/mistakes. */

#include <math.h>
#include <signal.h>
#include <unistd.h>

#include "mistakes_help.h"

static ev_timer bad_timer(void) { return timer_of("t", NAN, 0); }

static int heard[2]; /* by the callbacks of one loop and of all */

static void count(struct ev_loop* loop, const struct relev_error* error,
                  void* data)
{
    (void)loop, (void)error;
    ++*(int*)data;
}

static void test_error_goes_to_the_loop_or_to_that_of_all(void** state)
{
    /* 1.1: a loop's own callback comes before that of all loops; without
     * either, the syserr callback receives the error as before. */
    struct ev_loop* loop = loop_fresh(0);
    ev_timer w = bad_timer();
    (void)state;

    heard[0] = heard[1] = reports = 0;
    ev_set_syserr_cb(report);
    relev_set_error_cb(NULL, count, &heard[1]);
    ev_timer_start(loop, &w);
    assert_int_equal(heard[1], 1);
    relev_set_error_cb(loop, count, &heard[0]);
    ev_timer_start(loop, &w);
    assert_int_equal(heard[0], 1);
    relev_set_error_cb(loop, NULL, NULL);
    ev_timer_start(loop, &w);
    assert_int_equal(heard[1], 2);
    assert_reports(0);
    relev_set_error_cb(NULL, NULL, NULL);
    ev_timer_start(loop, &w);
    assert_reports(1);
    relev_set_error_cb(loop, count, &heard[0]);
    ev_timer_start(loop, &w);
    assert_int_equal(heard[0], 2);
    assert_int_equal(heard[1], 2);
    assert_reports(0);
    ev_set_syserr_cb(NULL);
    ev_loop_destroy(loop);
}

static void test_error_of_another_loop_is_not_heard(void** state)
{
    /* 1.1: the callback of a loop receives errors of that loop only. */
    struct ev_loop *one = loop_fresh(0), *two = loop_new(0);
    ev_timer w = bad_timer();
    (void)state;

    heard[0] = 0;
    relev_set_error_cb(one, count, &heard[0]);
    ev_timer_start(two, &w);
    assert_int_equal(heard[0], 0);
    ev_timer_start(one, &w);
    assert_int_equal(heard[0], 1);
    ev_loop_destroy(one);
    ev_loop_destroy(two);
}

static void test_error_closed_fd_is_told_before_its_callback(void** state)
{
    /* 1.1: the watcher of a closed fd is reported with EBADF, before it gets
     * EV_ERROR; the syserr callback does not receive it. */
    struct ev_loop* loop = loop_fresh(0);
    int fds[2];
    (void)state;

    errors_begin();
    ev_set_syserr_cb(never_told);
    assert_int_equal(pipe(fds), 0);
    ev_io w = io_of("w", fds[0], EV_READ);
    close(fds[0]);
    ev_io_start(loop, &w);
    assert_int_equal(told_faults.count, 0);
    turn_leaves(loop, 0);
    assert_calls("w");
    assert_int_equal(told_faults.errors[0].errnum, EBADF);
    assert_true(told_faults.errors[0].callback == (void*)note_io);
    told_fault(FD_CLOSED, EV_IO, &w, fds[0]);
    no_faults();
    ev_set_syserr_cb(NULL);
    errors_end();
    close(fds[1]);
    ev_loop_destroy(loop);
}

static void test_error_told_later_does_not_hold_up_idle_watchers(void** state)
{
    /* 1.1, R1.25: the report is an event of the loop's own; idle watchers wait
     * for events of the program only. */
    struct ev_loop* loop = loop_fresh(0);
    int fds[2];
    (void)state;

    errors_begin();
    assert_int_equal(pipe(fds), 0);
    ev_io w = io_of("w", fds[0], EV_READ);
    ev_idle idle = idle_of("i");
    ev_set_priority(&w, EV_MINPRI);
    close(fds[0]);
    ev_io_start(loop, &w);
    ev_idle_start(loop, &idle);
    turn(loop);
    assert_calls("iw");
    told_fault(FD_CLOSED, EV_IO, &w, fds[0]);
    no_faults();
    ev_idle_stop(loop, &idle);
    errors_end();
    close(fds[1]);
    ev_loop_destroy(loop);
}

static void test_error_closed_while_watched_names_each_watcher(void** state)
{
    /* 1.1: an fd closed while watched is reported for each of its watchers, as
     * soon as the loop or the kernel notices. */
    struct ev_loop* loop = loop_fresh(0);
    int fds[2];
    (void)state;

    errors_begin();
    assert_int_equal(pipe(fds), 0);
    ev_io a = io_of("a", fds[0], EV_READ), b = io_of("b", fds[0], EV_READ);
    ev_io_start(loop, &a), ev_io_start(loop, &b);
    turn(loop);
    close(fds[0]);
    ev_io_stop(loop, &b);
    ev_io_set(&b, fds[0], EV_READ); /* to be told to the kernel again */
    ev_io_start(loop, &b);
    turn(loop);
    turn_leaves(loop, 0);
    calls_clear();
    told_fault(FD_CLOSED, EV_IO, &b, fds[0]);
    told_fault(FD_CLOSED, EV_IO, &a, fds[0]);
    no_faults();
    errors_end();
    close(fds[1]);
    ev_loop_destroy(loop);
}

static void test_error_own_fd_closed_is_told_without_a_watcher(void** state)
{
    /* 1.1: a program that closes the library's own descriptors gets a report of
     * that, if the loop detects it. */
    struct ev_loop* loop = loop_fresh(0);
    int next = dup(0), fds[2];
    ev_async w;
    (void)state;

    if (forgets_closed(backend)) {
        close(next);
        ev_loop_destroy(loop);
        skip();
    }
    close(next); /* the number that the wake-up channel will get */
    errors_begin();
    ev_async_init(&w, (void (*)(EV_P_ ev_async*, int))note_io);
    w.data = (void*)"w";
    ev_async_start(loop, &w);
    assert_int_equal(pipe(fds), 0);
    ev_io quiet = io_of("q", fds[0], EV_READ); /* or it asks for no fd */
    ev_io_start(loop, &quiet);
    turn(loop);
    close(next);
    turn(loop), turn(loop);
    told_fault(FD_OWN, 0, NULL, next);
    no_faults();
    ev_async_send(loop, &w);
    turn_leaves(loop, 2);
    assert_calls("w");
    ev_async_stop(loop, &w);
    ev_io_stop(loop, &quiet);
    close(fds[0]), close(fds[1]);
    errors_end();
    ev_loop_destroy(loop);
}

static void test_error_changed_members_are_told(void** state)
{
    /* 1.1: an fd, a signal or a priority changed while active is found by the
     * stop, and reported; libev's callback does not receive it. */
    struct ev_loop* loop = loop_fresh(0);
    int fds[2];
    ev_signal s;
    (void)state;

    errors_begin();
    ev_set_syserr_cb(never_told);
    assert_int_equal(pipe(fds), 0);
    ev_io r = io_of("r", fds[0], EV_READ);
    ev_io_start(loop, &r);
    r.fd = fds[1];
    ev_io_stop(loop, &r);
    told_fault(CHANGED, EV_IO, &r, fds[1]);
    ev_signal_init(&s, (void (*)(EV_P_ ev_signal*, int))note_io, SIGUSR1);
    ev_signal_start(loop, &s);
    s.signum = SIGUSR2;
    ev_signal_stop(loop, &s);
    told_fault(CHANGED, EV_SIGNAL, &s, SIGUSR2);
    ev_idle i = idle_of("i");
    ev_idle_start(loop, &i);
    ev_set_priority(&i, 1);
    ev_idle_stop(loop, &i);
    told_fault(CHANGED, EV_IDLE, &i, -1);
    ev_timer t = timer_of("t", 1, 0);
    ev_feed_event(loop, &t, EV_TIMER);
    ev_set_priority(&t, 1);
    assert_int_equal(ev_pending_count(loop), 1);
    ev_clear_pending(loop, &t);
    assert_int_equal(ev_pending_count(loop), 1); /* a dead one, as before */
    turn_leaves(loop, 0);
    told_fault(PRIORITY, 0, &t, -1);
    ev_feed_signal_event(loop, 1000);
    assert_told(SIGNUM, EV_SIGNAL, NULL, 1000);
    no_faults();
    assert_calls("");
    ev_set_syserr_cb(NULL);
    errors_end();
    close(fds[0]), close(fds[1]);
    ev_loop_destroy(loop);
}

#ifdef __linux__
#include <sys/epoll.h>

static void test_error_refused_by_the_kernel_has_its_errno(void** state)
{
    /* 1.1: what the kernel cannot watch is reported with the errno: epoll sets
     * within each other, more than it allows. */
    struct epoll_event any = {.events = EPOLLIN};
    int set[5];
    (void)state;

    if (backend != EVBACKEND_EPOLL) skip();
    struct ev_loop* loop = loop_fresh(0);
    for (int i = 0; i < 5; ++i) {
        set[i] = epoll_create1(EPOLL_CLOEXEC);
        assert_true(set[i] >= 0);
        if (!i) continue;
        assert_int_equal(epoll_ctl(set[i], EPOLL_CTL_ADD, set[i - 1], &any), 0);
    }
    errors_begin();
    ev_io w = io_of("w", set[4], EV_READ);
    ev_io_start(loop, &w);
    turn_leaves(loop, 0);
    assert_calls("w");
    assert_int_equal(told_faults.errors[0].errnum, ELOOP);
    told_fault(FD_REFUSED, EV_IO, &w, set[4]);
    no_faults();
    errors_end();
    for (int i = 0; i < 5; ++i) close(set[i]);
    ev_loop_destroy(loop);
}

#endif

static void test_error_timers_initialized_while_active_are_told(void** state)
{
    /* 1.1: they are found when the loop needs memory for more timers. */
    struct ev_loop* loop = loop_fresh(0);
    ev_timer w;
    (void)state;

    heard[0] = 0;
    relev_set_error_cb(loop, count, &heard[0]);
    for (int i = 0; i < 200; ++i) {
        w = timer_of("t", 1000, 0);
        ev_timer_start(loop, &w);
    }
    assert_true(heard[0] > 0);
    ev_timer_stop(loop, &w);
    ev_loop_destroy(loop);
}

static const Test tests[] = {
    EACH(test_error_goes_to_the_loop_or_to_that_of_all),
    EACH(test_error_of_another_loop_is_not_heard),
    EACH(test_error_closed_fd_is_told_before_its_callback),
    EACH(test_error_told_later_does_not_hold_up_idle_watchers),
    EACH(test_error_closed_while_watched_names_each_watcher),
    EACH(test_error_own_fd_closed_is_told_without_a_watcher),
    EACH(test_error_changed_members_are_told),
#ifdef __linux__
    EACH(test_error_refused_by_the_kernel_has_its_errno),
#endif
    CORRUPTS(test_error_timers_initialized_while_active_are_told),
};

HARNESS_MAIN("relev_error", tests)
