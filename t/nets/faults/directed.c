/* Faults that need a story of their own. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../harness/fds.h"
#include "../../harness/forked.h"
#include "inject.h"

static int syserrs, syserr_errno;

static void syserr_note(const char* what)
{
    (void)what;
    ++syserrs;
    syserr_errno = errno;
}

static void begin(void)
{
    assert_true(inject_library_is_found());
    inject_reset();
    syserrs = syserr_errno = 0;
    ev_set_syserr_cb(syserr_note);
}

static void end(void)
{
    inject_reset();
    ev_set_syserr_cb(NULL);
}

/* R2.12: an fd that is open but cannot be waited for (O_PATH) is stopped with
 * EV_ERROR, where the kernel says so; select of Linux calls it ready. The
 * others are served. */
static void test_fault_fd_of_a_mere_path_is_refused_alone(void** state)
{
    int p[2];
    Io path, good;

    (void)state;
    begin();
    pipe_open(p);
    int fd = open("/", O_PATH | O_CLOEXEC);
    assert_true(fd >= 0);
    struct ev_loop* loop = loop_new(0);
    io_on(loop, &path, fd, EV_READ);
    io_on(loop, &good, p[0], EV_READ);
    byte_put(p[1]);
    run_once(loop);
    assert_int_equal(path.calls, 1);
    assert_int_equal(!ev_is_active(&path.w), backend != EVBACKEND_SELECT);
    assert_int_equal(!(path.revents & EV_ERROR), backend == EVBACKEND_SELECT);
    for (int i = 0; i < 3 && !good.calls; ++i) run_once(loop);
    assert_int_equal(good.revents, EV_READ);
    io_off(loop, &good), io_off(loop, &path);
    ev_loop_destroy(loop);
    close(fd), both_close(p);
    end();
}

/* R2.12: the error is delivered soon, also if nothing else ever happens. */
static void test_fault_refused_fd_is_told_without_other_events(void** state)
{
    int p[2];
    Io quiet;

    (void)state;
    begin();
    pipe_open(p);
    struct ev_loop* loop = loop_new(0);
    inject_set((Fault){call_epoll_ctl, 1, ENOSPC, 0});
    inject_set((Fault){call_poll, 1, ENOMEM, 0});
    inject_set((Fault){call_select, 1, ENOMEM, 0});
    io_on(loop, &quiet, p[0], EV_READ);
    assert_true(run_once(loop));
    assert_int_equal(quiet.calls, 1);
    assert_int_equal(quiet.revents, EV_ERROR | EV_READ | EV_WRITE);
    ev_loop_destroy(loop);
    both_close(p);
    end();
}

static int signal_calls;

static void signal_note(struct ev_loop* loop, ev_signal* w, int revents)
{
    (void)loop, (void)w;
    signal_calls += revents == EV_SIGNAL;
}

/* R2.45: signals that cannot be caught (sigaction gives EINVAL) may be watched
 * all the same, and fed. */
static void test_fault_signal_that_cannot_be_caught_can_be_fed(void** state)
{
    static const int numbers[] = {SIGKILL, SIGSTOP};
    static const unsigned flags[] = {0, EVFLAG_SIGNALFD, EVFLAG_NOSIGMASK};

    (void)state;
    begin();
    for (int i = 0; i < 6; ++i) {
        ev_signal w;
        struct ev_loop* loop = loop_new(flags[i / 2]);
        signal_calls = 0;
        ev_signal_init(&w, signal_note, numbers[i % 2]);
        ev_signal_start(loop, &w);
        ev_feed_signal(numbers[i % 2]);
        turn(loop);
        assert_int_equal(signal_calls, 1);
        ev_signal_stop(loop, &w);
        ev_loop_destroy(loop);
    }
    end();
}

static void async_note(struct ev_loop* loop, ev_async* w, int revents)
{
    (void)loop, (void)w, (void)revents;
}

static rlim_t fds_before;

/* The callback mends it: there are fds again. */
static void syserr_mend(const char* what)
{
    (void)what;
    ++syserrs;
    syserr_errno = errno;
    inject_reset();
    fds_limit(fds_before);
}

/* R2.1: if epoll cannot ask at first whether an fd can be written to, it is
 * registered, and served in the same iteration. */
static void test_fault_writer_that_is_not_asked_is_registered(void** state)
{
    static const int errors[] = {EINTR, ENOMEM, EINVAL};

    (void)state;
    backend = EVBACKEND_EPOLL;
    for (int i = 0; i < 3; ++i) {
        int p[2];
        Io io;
        begin();
        pipe_open(p);
        struct ev_loop* loop = loop_new(0);
        inject_set((Fault){call_poll, 1, errors[i], 0});
        io_on(loop, &io, p[1], EV_WRITE);
        run_once(loop);
        assert_int_equal(inject_hits(), 1);
        assert_int_equal(syserrs, 0);
        assert_took(&io, EV_WRITE);
        turn(loop);
        assert_took(&io, EV_WRITE);
        end();
        ev_loop_destroy(loop);
        both_close(p);
    }
}

/* R2.12: a dead fd that was to be asked is told in the same iteration, also if
 * the call fails. */
static void test_fault_dead_writer_that_is_not_asked_is_told(void** state)
{
    int p[2];
    Io io;

    (void)state;
    backend = EVBACKEND_EPOLL;
    begin();
    pipe_open(p);
    struct ev_loop* loop = loop_new(0);
    inject_set((Fault){call_poll, 1, ENOMEM, 0});
    io_on(loop, &io, p[1], EV_WRITE);
    both_close(p);
    run_once(loop);
    assert_int_equal(inject_hits(), 1);
    assert_took(&io, EV_ERROR | EV_READ | EV_WRITE);
    assert_int_equal(syserrs, 0);
    end();
    ev_loop_destroy(loop);
}

/* ERRORS in man/ev.3: if the epoll set is lost and no fd is available for
 * another, the syserr callback may mend it; no error is reported. */
static void test_fault_epoll_lost_without_fds_is_mended_by_callback(void** s)
{
    int p[2];
    Io before, after;

    (void)s;
    begin();
    ev_set_syserr_cb(syserr_mend);
    pipe_open(p);
    struct ev_loop* loop = ev_loop_new(EVBACKEND_EPOLL);
    assert_non_null(loop);
    io_on(loop, &before, p[0], EV_READ);
    turn(loop);
    inject_reset();
    inject_set((Fault){call_epoll_wait, 1, EBADF, 0});
    inject_set((Fault){call_epoll_create1, 1, EMFILE, 1});
    fds_before = fds_limit(100);
    turn(loop);
    assert_int_equal(syserrs, 1);
    assert_int_equal(syserr_errno, EMFILE);

    io_on(loop, &after, p[1], EV_WRITE);
    byte_put(p[1]);
    for (int i = 0; i < 3 && !(before.calls && after.calls); ++i)
        run_once(loop);
    assert_int_equal(before.revents, EV_READ);
    assert_int_equal(after.revents, EV_WRITE);
    io_off(loop, &before), io_off(loop, &after);
    ev_loop_destroy(loop);
    both_close(p);
    end();
}

/* ERRORS in man/ev.3: without any fd for the wake-up channel the syserr
 * callback is called with errno, and what it mends is tried again. */
static void test_fault_no_fd_for_wakeups_is_mended_by_callback(void** state)
{
    ev_async w;

    (void)state;
    begin();
    ev_set_syserr_cb(syserr_mend);
    struct ev_loop* loop = loop_new(0);
    fds_before = fds_exhaust();
    ev_async_init(&w, async_note);
    ev_async_start(loop, &w);
    assert_int_equal(syserrs, 1);
    assert_int_equal(syserr_errno, EMFILE);
    ev_async_send(loop, &w);
    assert_true(ev_async_pending(&w));
    turn(loop);
    assert_false(ev_async_pending(&w));
    ev_async_stop(loop, &w);
    ev_loop_destroy(loop);
    end();
}

static void start_async_without_fds(void* said)
{
    ev_async w;
    struct rlimit no_core = {0, 0};
    setrlimit(RLIMIT_CORE, &no_core);
    dup2(*(int*)said, 2);
    struct ev_loop* loop = ev_loop_new(backend);
    child_check(loop);
    fds_exhaust();
    ev_async_init(&w, async_note);
    ev_async_start(loop, &w);
}

/* ERRORS in man/ev.3: the same without a callback prints a message and aborts.
 */
static void test_fault_no_fd_for_wakeups_without_callback_aborts(void** state)
{
    int p[2];
    char text[200] = "";

    (void)state;
    begin();
    end();
    pipe_open(p);
    int status = child_status(child_fork(start_async_without_fds, &p[1]));
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
    assert_true(read(p[0], text, sizeof text - 1) > 0);
    assert_non_null(strstr(text, strerror(EMFILE)));
    both_close(p);
}

static const Test tests[] = {
    OURS(test_fault_fd_of_a_mere_path_is_refused_alone),
    OURS(test_fault_refused_fd_is_told_without_other_events),
    OURS_ONCE(test_fault_writer_that_is_not_asked_is_registered),
    OURS_ONCE(test_fault_dead_writer_that_is_not_asked_is_told),
    OURS_ONCE(test_fault_epoll_lost_without_fds_is_mended_by_callback),
    OURS(test_fault_signal_that_cannot_be_caught_can_be_fed),
    OURS(test_fault_no_fd_for_wakeups_is_mended_by_callback),
    OURS(test_fault_no_fd_for_wakeups_without_callback_aborts),
};

HARNESS_MAIN("faults", tests)
