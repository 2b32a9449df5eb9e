/* Backends and fds: how many a loop needs, and what if there are none. */
#define _GNU_SOURCE 1
#include <errno.h>
#include <sys/stat.h>

#include "fds.h"
#include "forked.h"

enum { fds_seen = 256 };

static unsigned chosen(unsigned flags)
{
    struct ev_loop* loop = ev_loop_new(flags);
    unsigned got = loop ? ev_backend(loop) : 0;
    ev_loop_destroy(loop);
    return got;
}

static void test_backends_no_fd_left_next_one_is_taken(void** state)
{
    /* R2.25: with no fd left, creating an epoll loop fails: NULL if epoll
     * alone was named, else the next backend that was named or recommended. */
    rlim_t was = fds_exhaust();
    unsigned alone = chosen(EVBACKEND_EPOLL);
    unsigned with_poll = chosen(EVBACKEND_EPOLL | EVBACKEND_POLL);
    unsigned with_select = chosen(EVBACKEND_EPOLL | EVBACKEND_SELECT);
    unsigned automatic = chosen(0);
    struct ev_loop* defaults = ev_default_loop(EVBACKEND_EPOLL);

    (void)state;
    fds_limit(was);
    assert_int_equal(alone, 0);
    assert_int_equal(with_poll, EVBACKEND_POLL);
    assert_int_equal(with_select, EVBACKEND_SELECT);
    assert_int_equal(automatic, EVBACKEND_POLL);
    assert_null(defaults);
}

static rlim_t limit_before;
static int complaints, complaint_errno;
static size_t complaint_length;

static void complaint_repair(const char* message) EV_NOEXCEPT
{
    complaint_errno = errno;
    complaint_length = strlen(message);
    if (++complaints == 3) fds_limit(limit_before);
    if (complaints > 50) abort();
}

static void async_note(struct ev_loop* loop, ev_async* w, int revents)
{
    (void)loop;
    *(int*)w->data += revents == EV_ASYNC;
}

static void test_backends_no_fd_for_wakeup_syserr_repairs(void** state)
{
    /* R2.26: when the library cannot get the fd for its wake-up channel it
     * calls the syserr callback (message not empty, errno set), and tries
     * again when that returns: a callback that frees fds repairs the call. */
    struct ev_loop* loop = loop_new(0);
    ev_async async;
    int called = 0;

    (void)state;
    complaints = complaint_errno = 0;
    complaint_length = 0;
    ev_set_syserr_cb(complaint_repair);
    limit_before = fds_exhaust();
    ev_async_init(&async, async_note);
    async.data = &called;
    ev_async_start(loop, &async);
    fds_limit(limit_before);
    ev_set_syserr_cb(NULL);
    assert_int_equal(complaints, 3);
    assert_int_equal(complaint_errno, EMFILE);
    assert_true(complaint_length > 0);

    ev_async_send(loop, &async);
    run_once(loop);
    assert_int_equal(called, 1);
    ev_loop_destroy(loop);
}

static void wakeup_without_fd(void* arg)
{
    int* p = arg;
    struct rlimit no_core = {0, 0};
    struct ev_loop* loop = ev_loop_new(EVBACKEND_SELECT);
    ev_async async;

    setrlimit(RLIMIT_CORE, &no_core);
    signal(SIGABRT, SIG_DFL);
    child_check(dup2(p[1], 2) == 2);
    fds_exhaust();
    ev_async_init(&async, async_note);
    ev_async_start(loop, &async);
}

static void test_backends_no_fd_no_callback_aborts(void** state)
{
    /* R2.27: without a syserr callback the message is printed to standard
     * error and the process aborts. */
    int p[2];
    char message[512];

    (void)state;
    pipe_open(p);
    int status = child_status(child_fork(wakeup_without_fd, p));
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
    assert_true(read(p[0], message, sizeof message) > 3);
    both_close(p);
}

/* Which fds this process has open. */
typedef struct FdSet {
    char open[fds_seen];
} FdSet;

static FdSet fds_now(void)
{
    FdSet set;
    for (int fd = 0; fd < fds_seen; ++fd)
        set.open[fd] = fcntl(fd, F_GETFD) >= 0;
    return set;
}

/* How many have come since then; each of them must be close-on-exec. */
static int fds_since(const FdSet* before)
{
    int count = 0;
    for (int fd = 0; fd < fds_seen; ++fd) {
        int flags = fcntl(fd, F_GETFD);
        if (flags < 0 || before->open[fd]) continue;
        assert_true(flags & FD_CLOEXEC);
        ++count;
    }
    return count;
}

static void assert_fds_unchanged(const FdSet* before)
{
    FdSet now = fds_now();
    assert_memory_equal(now.open, before->open, sizeof now.open);
}

static void nothing_on_timer(struct ev_loop* loop, ev_timer* w, int revents)
{
    (void)loop, (void)w, (void)revents;
}

static void test_backends_new_loop_has_at_most_one_fd(void** state)
{
    /* R2.28: a new loop has one fd on epoll or kqueue, none on select and poll,
     * close-on-exec, also while only fds and timers are watched, and destroy
     * closes it. */
    FdSet before = fds_now();
    int expected = has_own_fd(backend);
    struct ev_loop* loop = loop_new(0);
    ev_timer timer;
    Io io;

    (void)state;
    assert_int_equal(fds_since(&before), expected);
    ev_timer_init(&timer, nothing_on_timer, 1., 0.);
    ev_timer_start(loop, &timer);
    io_on(loop, &io, 0, 0);
    turn(loop);
    assert_int_equal(fds_since(&before), expected);
    ev_loop_destroy(loop);
    assert_fds_unchanged(&before);
}

static void nothing_on_stat(struct ev_loop* loop, ev_stat* w, int revents)
{
    (void)loop, (void)w, (void)revents;
}

static void nothing_on_signal(struct ev_loop* loop, ev_signal* w, int revents)
{
    (void)loop, (void)w, (void)revents;
}

static void nothing_on_date(struct ev_loop* loop, ev_periodic* w, int revents)
{
    (void)loop, (void)w, (void)revents;
}

static void test_backends_further_fds_come_when_needed(void** state)
{
    /* R2.28: wake-up channel, inotify, timerfd and signalfd come with the
     * first watcher that needs them. All are close-on-exec, and all are closed
     * by ev_loop_destroy. */
    FdSet before = fds_now();
    struct ev_loop* loop = loop_new(EVFLAG_SIGNALFD);
    int own = fds_since(&before), called = 0;
    ev_async async, second;
    ev_signal signals;
    ev_stat stats;
    ev_periodic date;

    (void)state;
    ev_async_init(&async, async_note);
    async.data = &called;
    ev_async_start(loop, &async);
    int with_async = fds_since(&before);
    assert_in_range(with_async, own + 1, own + 2);
    ev_async_init(&second, async_note);
    ev_async_start(loop, &second);
    assert_int_equal(fds_since(&before), with_async);

    ev_signal_init(&signals, nothing_on_signal, SIGUSR2);
    ev_signal_start(loop, &signals);
    int with_signal = fds_since(&before);
    assert_in_range(with_signal, with_async + 1, with_async + 1);
    ev_stat_init(&stats, nothing_on_stat, "/dev/shm", 0.);
    ev_stat_start(loop, &stats);
    int with_stat = fds_since(&before);
    assert_in_range(with_stat, with_signal, with_signal + 1);
    ev_periodic_init(&date, nothing_on_date, 0., 3600., NULL);
    ev_periodic_start(loop, &date);
    turn(loop);
    assert_in_range(fds_since(&before), with_stat, with_stat + 1);

    ev_signal_stop(loop, &signals);
    ev_loop_destroy(loop);
    assert_fds_unchanged(&before);
}

static void test_backends_default_loop_fds_are_closed(void** state)
{
    /* R2.28: the same for the default loop, whose signal channel is there
     * from its creation on. */
    FdSet before = fds_now();
    struct ev_loop* loop = loop_default(0);
    int expected = has_own_fd(backend);

    (void)state;
    assert_in_range(fds_since(&before), expected + 1, expected + 2);
    turn(loop);
    ev_loop_destroy(loop);
    assert_fds_unchanged(&before);
}

static const Test tests[] = {
    ONCE(test_backends_no_fd_left_next_one_is_taken),
    EACH(test_backends_no_fd_for_wakeup_syserr_repairs),
    ONCE(test_backends_no_fd_no_callback_aborts),
    EACH(test_backends_new_loop_has_at_most_one_fd),
    EACH(test_backends_further_fds_come_when_needed),
    EACH(test_backends_default_loop_fds_are_closed),
};

HARNESS_MAIN("backends_fds", tests)
