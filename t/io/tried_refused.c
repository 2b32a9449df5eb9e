/* ev_io: the system call that asks whether fds are writable fails. */
#define _GNU_SOURCE
#include "forked.h"
#include "tried.h"

static const int errors[] = {EPERM, EINVAL, ENOMEM, ENOSYS, EINTR, EAGAIN};
static int error;

static int try_fails(const char* name) { return is_try(name) ? error : 0; }

static int file_open(void)
{
    char path[] = "/tmp/tried-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    unlink(path);
    return fd;
}

static void test_io_tried_in_vain_file_is_ready_at_once(void** state)
{
    /* R4.5, A2: EV_WRITE on a regular file, which is always ready: no wait. */
    (void)state;
    for (size_t i = 0; i < sizeof errors / sizeof *errors; ++i) {
        begin();
        int fd = file_open();
        error = errors[i];
        waits_call = try_fails;
        io_on(loop, &io, fd, EV_WRITE);
        assert_false(run_waits());
        assert_took(&io, EV_WRITE);
        assert_false(run_waits());
        assert_took(&io, EV_WRITE);
        io_off(loop, &io);
        run_waits(); /* 4.33 notices that nobody wants it any more */
        assert_true(run_waits());
        close(fd);
        finish();
    }
}

static void test_io_tried_in_vain_beside_others_is_ready_at_once(void** state)
{
    /* R4.5, A2: the same beside a socket that cannot be written to at first. */
    Io file;
    (void)state;
    for (size_t i = 0; i < sizeof errors / sizeof *errors; ++i) {
        begin();
        bytes_fill(s[0]);
        int fd = file_open();
        error = errors[i];
        waits_call = try_fails;
        io_on(loop, &io, s[0], EV_WRITE);
        io_on(loop, &file, fd, EV_WRITE);
        assert_false(run_waits());
        assert_took(&file, EV_WRITE);
        bytes_drain(s[1]);
        assert_false(run_waits());
        assert_took(&io, EV_WRITE);
        close(fd);
        finish();
    }
}

static void test_io_tried_and_ready_does_not_wait(void** state)
{
    /* R2.1: it is called at once, each time. */
    (void)state;
    begin();
    for (int i = 0; i < 3; ++i) {
        io_on(loop, &io, s[0], EV_WRITE);
        assert_false(run_waits());
        assert_took(&io, EV_WRITE);
        assert_false(run_waits());
        assert_took(&io, EV_WRITE);
        io_off(loop, &io);
    }
    finish();
}

static void test_io_tried_and_interrupted_ends_the_wait(void** state)
{
    /* R4.8: a signal handler ran, which may have called ev_break: the loop does
     * not wait. 4.33 does not ask. */
    (void)state;
    backend = EVBACKEND_EPOLL;
    begin();
    bytes_fill(s[0]);
    error = EINTR;
    waits_call = try_fails;
    io_on(loop, &io, s[0], EV_WRITE);
    assert_false(run_waits());
    assert_took(&io, 0);
    waits_call = NULL;
    bytes_drain(s[1]);
    assert_false(run_waits());
    assert_took(&io, EV_WRITE);
    finish();
}

static int done;

static void done_set(EV_P_ ev_io* w, int revents)
{
    done += revents == EV_WRITE;
    ev_io_stop(EV_A_ w);
    ev_break(EV_A_ EVBREAK_ALL);
}

static void child_without_fds(void* unused)
{
    struct ev_loop* parent = loop;
    int fd = file_open();
    (void)unused;

    loop = ev_default_loop(EVBACKEND_EPOLL);
    child_check(loop && loop != parent);
    ev_io_init(&io.w, done_set, fd, EV_WRITE);
    ev_io_start(loop, &io.w);
    fds_limit(0);
    child_check(!run_waits());
    child_check(done == 1);
}

static void test_io_written_file_under_no_fd_limit_is_ready(void** state)
{
    /* R4.5, A2: the same in a sandbox, in which poll(2) fails for any number of
     * fds, and the default loop. */
    (void)state;
    backend = EVBACKEND_EPOLL;
    begin();
    pid_t child = child_fork(child_without_fds, NULL);
    clock_thaw(); /* to wait for the child */
    assert_child_passes(child);
    finish();
}

static const Test tests[] = {
    EACH(test_io_tried_in_vain_file_is_ready_at_once),
    EACH(test_io_tried_in_vain_beside_others_is_ready_at_once),
    EACH(test_io_tried_and_ready_does_not_wait),
    OURS_ONCE(test_io_tried_and_interrupted_ends_the_wait),
    ONCE(test_io_written_file_under_no_fd_limit_is_ready),
};

HARNESS_MAIN("io_tried_refused", tests)
