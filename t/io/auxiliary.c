/* ev_io: a system call that only helps fails: no event is late. */
#define _GNU_SOURCE

#include "forked.h"
#include "kernel.h"
#include "tried.h"

static const int errors[] = {EPERM, EINVAL, ENOMEM, ENOSYS};
enum { errors_count = sizeof errors / sizeof *errors };
static int error;
static int fcntl_fails; /* the fcntl of this command */
static int advice_fails;

static int fcntl_do(int fd, int command, long argument)
{
    if (error && fcntl_fails == command) return errno = error, -1;
    return kernel_fcntl(fd, command, argument);
}

static long fcntl_argument(va_list* list) { return (long)va_arg(*list, void*); }

#define FCNTL(name)                             \
    int name(int fd, int command, ...)          \
    {                                           \
        va_list list;                           \
        va_start(list, command);                \
        long argument = fcntl_argument(&list);  \
        va_end(list);                           \
        return fcntl_do(fd, command, argument); \
    }

FCNTL(fcntl)
#ifndef __USE_FILE_OFFSET64 /* then these are one */
FCNTL(fcntl64)
#endif

int madvise(void* start, size_t size, int advice)
{
    if (error && advice_fails) return errno = error, -1;
    return kernel_madvise(start, size, advice);
}

static int byte_comes; /* with the next precise wait */

static int precise_fails(const char* name)
{
    if (strcmp(name, "epoll_pwait2")) return 0;
    if (byte_comes) byte_put(s[1]);
    byte_comes = 0;
    return error;
}

static void ignore_timer(EV_P_ ev_timer* w, int revents)
{
    (void)EV_A, (void)w, (void)revents;
}

static void never(const char* what)
{
    fail_msg("the syserr callback is called: %s", what);
}

static void test_io_precise_wait_fails_and_delays_no_event(void** state)
{
    /* R4.5: epoll_pwait2 is for short waits only, and fails. */
    ev_timer soon;
    (void)state;
    if (backend == EVBACKEND_KQUEUE) skip(); /* it has no other call */
    ev_set_syserr_cb(never);
    for (int i = 0; i < errors_count; ++i) {
        begin();
        io_on(loop, &io, s[0], EV_READ);
        ev_timer_init(&soon, ignore_timer, 1. / 32, 1. / 32);
        ev_timer_start(loop, &soon);
        turn(loop);
        error = errors[i];
        waits_call = precise_fails;
        for (int k = 0; k < 5; ++k) {
            byte_comes = 1;
            ev_run(loop, EVRUN_ONCE);
            if (byte_comes) byte_put(s[1]), turn(loop);
            assert_took(&io, EV_READ);
            bytes_drain(s[0]);
        }
        assert_true(ev_is_active(&io.w) && ev_is_active(&soon));
        ev_verify(loop);
        finish();
        error = 0;
    }
    ev_set_syserr_cb(NULL);
}

static void test_io_far_number_without_fcntl_is_read(void** state)
{
    /* R4.5: an open fd far beyond the table, whose flags cannot be read. */
    enum { far = 12000 };
    (void)state;
    rlim_t was = fds_limit(far + 100);
    begin();
    if (dup2(s[0], far) != far) {
        print_message("# skipped: no fd %d is allowed here\n", far);
        finish();
        fds_limit(was);
        skip();
    }
    byte_put(s[1]);
    fcntl_fails = F_GETFD;
    error = EPERM;
    io_on(loop, &io, far, EV_READ);
    turn(loop);
    error = 0;
    assert_took(&io, EV_READ);
    assert_true(ev_is_active(&io.w));
    finish();
    close(far);
    fds_limit(was);
}

static void test_io_dead_fd_without_fcntl_is_an_error(void** state)
{
    /* R4.5, R2.12: a dead fd is told so, once, and others are served.
     * 4.33 aborts. */
    Io other;
    int q[2];
    (void)state;
    if (backend == EVBACKEND_SELECT) return; /* it has no other way to tell */
    for (int i = 0; i < errors_count; ++i) {
        begin();
        pipe_open(q);
        both_close(q);
        byte_put(s[1]);
        fcntl_fails = F_GETFD;
        error = errors[i];
        io_on(loop, &io, q[0], EV_READ);
        io_on(loop, &other, s[0], EV_READ);
        for (int k = 0; k < 3; ++k) turn(loop);
        error = 0;
        assert_took(&io, dead);
        assert_true(other.calls > 0 && other.revents == EV_READ);
        assert_true(!ev_is_active(&io.w) && ev_is_active(&other.w));
        finish();
    }
}

static int forks;

static void fork_note(EV_P_ ev_fork* w, int revents)
{
    (void)EV_A, (void)w, (void)revents;
    ++forks;
}

static void child_notices(void* unused)
{
    (void)unused;
    turn(loop);
    child_check(forks == 1);
}

static void test_io_fork_is_noticed_without_madvise(void** state)
{
    /* R4.5: EVFLAG_FORKCHECK works where its page of memory is refused. */
    ev_fork w;
    (void)state;
    for (int i = 0; i < errors_count; ++i) {
        error = errors[i];
        advice_fails = 1;
        forks = 0;
        loop = loop_new(EVFLAG_FORKCHECK);
        ev_fork_init(&w, fork_note);
        ev_fork_start(loop, &w);
        turn(loop);
        assert_child_passes(child_fork(child_notices, NULL));
        turn(loop);
        assert_int_equal(forks, 0);
        ev_loop_destroy(loop);
        error = advice_fails = 0;
    }
}

static const Test tests[] = {
    EACH(test_io_precise_wait_fails_and_delays_no_event),
    EACH(test_io_far_number_without_fcntl_is_read),
    OURS(test_io_dead_fd_without_fcntl_is_an_error),
    EACH(test_io_fork_is_noticed_without_madvise),
};

HARNESS_MAIN("io_auxiliary", tests)
