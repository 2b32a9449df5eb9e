/* kqueue on the stand-in (stand_in.c): changes that are refused, and fds whose
 * kind cannot be found out. $KQUEUE selects the system.
 */
#define _GNU_SOURCE 1
#include <errno.h>
#include <sys/stat.h>

#include "drive.h"
#include "fds.h"
#include "relev.h"

static int says(const char* word)
{
    const char* words = getenv("KQUEUE");
    return words && strstr(words, word);
}

/* An iteration in which the watcher receives exactly that. */
static void assert_takes(struct ev_loop* loop, Io* io, int revents)
{
    io->calls = io->revents = 0;
    turn(loop);
    assert_took(io, revents);
}

static void test_kqueue_many_refused_changes_hide_no_event(void** state)
{
    /* Fact 2: more errors than the array of events first has room for, and an
     * event: all in one iteration. */
    enum { many = 300 };
    struct ev_loop* loop = loop_new(0);
    static Io io[many];
    Io reader;
    int p[many][2], q[2];
    (void)state;

    pipe_open(q);
    byte_put(q[1]);
    for (int i = 0; i < many; ++i) {
        pipe_open(p[i]);
        close(p[i][0]);
        io_on(loop, &io[i], p[i][1], EV_WRITE);
    }
    io_on(loop, &reader, q[0], EV_READ);
    turn(loop);
    for (int i = 0; i < many; ++i) assert_took(&io[i], EV_WRITE);
    assert_took(&reader, EV_READ);
    ev_loop_destroy(loop);
    for (int i = 0; i < many; ++i) close(p[i][1]);
    both_close(q);
}

static void test_kqueue_device_is_ready_or_an_error(void** state)
{
    /* A device that cannot wait is always ready, as poll(2) says; one that the
     * kernel refuses for another reason is an error. */
    struct ev_loop* loop = loop_new(0);
    int fd = open("/dev/null", O_RDWR), both = EV_READ | EV_WRITE;
    Io w;
    (void)state;

    io_on(loop, &w, fd, both);
    turn(loop);
    assert_took(&w, says("einval") ? both | EV_ERROR : both);
    assert_int_equal(ev_is_active(&w.w), !says("einval"));
    turn(loop);
    assert_took(&w, says("einval") ? 0 : both);
    ev_loop_destroy(loop);
    close(fd);
}

static struct ev_loop* the_loop;
static Io the_io;

static void stop_and_start(struct ev_loop* loop) EV_NOEXCEPT
{
    ev_io_stop(loop, &the_io.w);
    ev_io_start(loop, &the_io.w);
}

static void ignore_hook(struct ev_loop* loop) EV_NOEXCEPT { (void)loop; }

static void test_kqueue_changed_while_released_is_not_lost(void** state)
{
    /* An fd is changed between the wait and the error of its change. */
    int p[2];
    (void)state;

    the_loop = loop_new(0);
    pipe_open(p);
    close(p[0]);
    io_on(the_loop, &the_io, p[1], EV_WRITE);
    ev_set_loop_release_cb(the_loop, ignore_hook, stop_and_start);
    turn(the_loop);
    ev_set_loop_release_cb(the_loop, NULL, NULL);
    turn(the_loop);
    assert_takes(the_loop, &the_io, EV_WRITE);
    ev_loop_destroy(the_loop);
    close(p[1]);
}

static int instead;

static void replace_file(struct ev_loop* loop) EV_NOEXCEPT
{
    ev_io_stop(loop, &the_io.w);
    assert_int_equal(dup2(instead, the_io.w.fd), the_io.w.fd);
    ev_io_set(&the_io.w, the_io.w.fd, EV_READ);
    ev_io_start(loop, &the_io.w);
}

static void test_kqueue_replaced_while_released_is_watched(void** state)
{
    /* The error of the old file's registration is none of the new file. */
    int p[2], fd = open("/dev/null", O_RDONLY);
    (void)state;

    the_loop = loop_new(0);
    pipe_open(p);
    byte_put(p[1]);
    instead = p[0];
    io_on(the_loop, &the_io, fd, EV_READ);
    ev_set_loop_release_cb(the_loop, ignore_hook, replace_file);
    turn(the_loop);
    ev_set_loop_release_cb(the_loop, NULL, NULL);
    assert_took(&the_io, 0);
    assert_takes(the_loop, &the_io, EV_READ);
    ev_loop_destroy(the_loop);
    both_close(p);
    close(fd);
}

static void test_kqueue_refused_and_stopped_is_quiet(void** state)
{
    /* An outer loop waits, so the change is made at once, and its error is left
     * for the next wait. Nobody wants it any more by then. */
    struct ev_loop* loop = loop_new(0);
    Io w;
    int p[2];
    (void)state;

    pipe_open(p);
    close(p[0]);
    relev_prepare(loop);
    io_on(loop, &w, p[1], EV_WRITE);
    int accepted = says("accept") != 0;
    assert_int_equal(relev_prepare(loop) > 0, accepted);
    io_off(loop, &w);
    turn(loop);
    assert_took(&w, 0);
    io_on(loop, &w, p[1], EV_WRITE);
    relev_prepare(loop);
    turn(loop);
    assert_took(&w, EV_WRITE);
    ev_loop_destroy(loop);
    close(p[1]);
}

static void test_kqueue_refused_and_narrowed_goes_on(void** state)
{
    /* The same, and nobody wants to write any more: the fd can be read. */
    struct ev_loop* loop = loop_new(0);
    int p[2];
    Io w;
    (void)state;

    pipe_open(p);
    byte_put(p[1]);
    relev_prepare(loop);
    io_on(loop, &w, p[0], EV_READ | EV_WRITE);
    assert_int_equal(relev_prepare(loop) > 0, !says("einval"));
    ev_io_stop(loop, &w.w);
    ev_io_modify(&w.w, EV_READ);
    ev_io_start(loop, &w.w);
    assert_takes(loop, &w, EV_READ);
    assert_takes(loop, &w, EV_READ);
    ev_io_stop(loop, &w.w);
    ev_io_modify(&w.w, EV_READ | EV_WRITE);
    ev_io_start(loop, &w.w);
    w.calls = 0;
    turn(loop), turn(loop);
    assert_int_equal(ev_is_active(&w.w), !says("einval"));
    ev_loop_destroy(loop);
    both_close(p);
}

static int fstat_fails;

int fstat(int fd, struct stat* s)
{
    if (fstat_fails) return errno = fstat_fails, -1;
    return fstatat(fd, "", s, AT_EMPTY_PATH);
}

static void test_kqueue_file_whose_file_system_fails_is_ready(void** state)
{
    /* Fact 6: these are errors of a file. */
    static const int errors[] = {EIO, EOVERFLOW};
    struct ev_loop* loop = loop_new(0);
    int fd = open("/etc/passwd", O_RDONLY);
    Io w;
    (void)state;

    for (int i = 0; i < 2; ++i) {
        fstat_fails = errors[i];
        io_on(loop, &w, fd, EV_READ);
        turn(loop);
        fstat_fails = 0;
        assert_took(&w, EV_READ);
        turn(loop);
        assert_took(&w, EV_READ);
        io_off(loop, &w);
        turn(loop);
    }
    ev_loop_destroy(loop);
    close(fd);
}

static void test_kqueue_fd_whose_fstat_is_refused_is_watched(void** state)
{
    /* Fact 6: FreeBSD lets a program give up the right to call fstat. Then
     * nothing says that it is a regular file, which is always ready. */
    static const int errors[] = {ENOMEM, EPERM};
    struct ev_loop* loop = loop_new(0);
    int p[2];
    Io w;
    (void)state;

    char c;
    pipe_open(p);
    for (int i = 0; i < 2; ++i) {
        fstat_fails = errors[i];
        io_on(loop, &w, p[0], EV_READ);
        turn(loop);
        fstat_fails = 0;
        assert_took(&w, 0);
        byte_put(p[1]);
        turn(loop);
        assert_took(&w, EV_READ);
        io_off(loop, &w);
        assert_int_equal(read(p[0], &c, 1), 1);
    }
    ev_loop_destroy(loop);
    both_close(p);
}

static const Test tests[] = {
    EACH(test_kqueue_many_refused_changes_hide_no_event),
    EACH(test_kqueue_device_is_ready_or_an_error),
    EACH(test_kqueue_changed_while_released_is_not_lost),
    EACH(test_kqueue_refused_and_narrowed_goes_on),
    EACH(test_kqueue_replaced_while_released_is_watched),
    EACH(test_kqueue_refused_and_stopped_is_quiet),
    EACH(test_kqueue_file_whose_file_system_fails_is_ready),
    EACH(test_kqueue_fd_whose_fstat_is_refused_is_watched),
};

HARNESS_MAIN("kqueue_facts_refused", tests)
