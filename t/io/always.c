/* ev_io: files that cannot block, which epoll refuses to watch. */
#define _GNU_SOURCE 1
#include "fds.h"
#include "spy.h"

enum { both = EV_READ | EV_WRITE };

static int path_open(const char* path, int flags)
{
    int fd = open(path, flags);
    assert_true(fd >= 0);
    return fd;
}

static void always_check(int fd, int events)
{
    struct ev_loop* loop = loop_new(0);
    Io io;

    io_on(loop, &io, fd, events);
    for (int i = 0; i < 5; ++i) {
        turn(loop);
        assert_took(&io, events);
    }
    for (int i = 0; i < 3; ++i) { /* blocks, unless ready */
        run_once(loop);
        assert_took(&io, events);
    }
    ev_loop_destroy(loop);
    close(fd);
}

static void test_io_regular_file_always_ready(void** state)
{
    /* R2.11: regular files are always ready for whatever is asked; the loop
     * does not block while such a watcher is active. */
    (void)state;
    always_check(regular_open(), EV_READ);
    always_check(regular_open(), EV_WRITE);
    always_check(regular_open(), both);
}

static void test_io_directory_always_ready(void** state)
{
    /* R2.11: the same for directories. */
    (void)state;
    always_check(path_open("/", O_RDONLY), EV_READ);
}

static void test_io_null_device_always_ready(void** state)
{
    /* R2.11: the same for devices that epoll refuses. */
    (void)state;
    always_check(path_open("/dev/null", O_RDWR), EV_READ);
    always_check(path_open("/dev/null", O_RDWR), both);
}

static void test_io_file_watched_others_are_polled(void** state)
{
    /* R2.11: other fds are still polled, and each of several watchers of the
     * file gets its own mask. */
    struct ev_loop* loop = loop_new(0);
    Io reader, writer, piped;
    int fd = regular_open(), p[2];

    (void)state;
    pipe_open(p);
    io_on(loop, &reader, fd, EV_READ);
    io_on(loop, &piped, p[0], EV_READ);
    io_on(loop, &writer, fd, EV_WRITE);
    turn(loop);
    assert_took(&reader, EV_READ);
    assert_took(&writer, EV_WRITE);
    assert_took(&piped, 0);
    byte_put(p[1]);
    for (int i = 0; i < 3; ++i) {
        turn(loop);
        assert_took(&reader, EV_READ);
        assert_took(&writer, EV_WRITE);
        assert_took(&piped, EV_READ);
    }
    bytes_drain(p[0]);
    turn(loop);
    assert_took(&piped, 0);
    ev_loop_destroy(loop);
    both_close(p), close(fd);
}

static void test_io_file_mask_changes_are_respected(void** state)
{
    /* R2.11: a changed mask is respected, by ev_io_modify and ev_io_set. */
    struct ev_loop* loop = loop_new(0);
    Io io;
    int fd = regular_open();
    static const int masks[] = {EV_READ, EV_WRITE, both, EV_WRITE, EV_READ};

    (void)state;
    io_on(loop, &io, fd, both);
    turn(loop);
    assert_took(&io, both);
    for (int i = 0; i < 10; ++i) {
        ev_io_stop(loop, &io.w);
        if (i < 5) ev_io_modify(&io.w, masks[i]);
        else ev_io_set(&io.w, fd, masks[i - 5]);
        ev_io_start(loop, &io.w);
        turn(loop);
        assert_took(&io, masks[i % 5]);
    }
    io_mask(loop, &io, 0);
    assert_in_range(waits_in(loop, 0.02), 1, 20);
    assert_took(&io, 0);
    io_mask(loop, &io, EV_READ);
    turn(loop);
    assert_took(&io, EV_READ);
    ev_loop_destroy(loop);
    close(fd);
}

static void test_io_file_stopped_loop_sleeps_again(void** state)
{
    /* R2.11: after the last stop the loop sleeps again, and not before. */
    struct ev_loop* loop = loop_new(0);
    Io first, second, again;
    int a = regular_open(), b = regular_open();

    (void)state;
    io_on(loop, &first, a, EV_READ);
    io_on(loop, &second, b, EV_READ);
    turn(loop);
    assert_took(&first, EV_READ);
    assert_took(&second, EV_READ);

    io_off(loop, &first);
    turn(loop);
    assert_took(&first, 0);
    assert_took(&second, EV_READ);

    io_off(loop, &second);
    assert_in_range(waits_in(loop, 0.02), 1, 10);
    assert_took(&first, 0);
    assert_took(&second, 0);

    io_on(loop, &again, a, EV_WRITE);
    turn(loop);
    assert_took(&again, EV_WRITE);
    ev_loop_destroy(loop);
    close(a), close(b);
}

static void test_io_file_number_becomes_pipe_is_polled(void** state)
{
    /* R2.11: a number that named a file and now names a pipe is ready when
     * the pipe is, with and without an iteration between. */
    struct ev_loop* loop = loop_new(0);
    Io io;
    int p[2];

    (void)state;
    for (int turns = 0; turns < 3; ++turns) {
        int fd = regular_open();
        io_on(loop, &io, fd, EV_READ);
        turn(loop);
        assert_took(&io, EV_READ);
        io_off(loop, &io);
        close(fd);
        for (int i = 0; i < turns; ++i) turn(loop);

        pipe_open(p);
        assert_int_equal(p[0], fd);
        io_on(loop, &io, fd, EV_READ);
        assert_in_range(waits_in(loop, 0.01), 1, 10);
        assert_took(&io, 0);
        byte_put(p[1]);
        turn(loop);
        assert_took(&io, EV_READ);
        io_off(loop, &io);
        both_close(p);
    }
    ev_loop_destroy(loop);
}

static void test_io_pipe_number_becomes_file_always_ready(void** state)
{
    /* R2.11: and a number that named a pipe and now names a file. */
    struct ev_loop* loop = loop_new(0);
    Io io;
    int p[2];

    (void)state;
    pipe_open(p);
    io_on(loop, &io, p[0], EV_READ);
    turn(loop);
    assert_took(&io, 0);
    io_off(loop, &io);
    fd_renumber(regular_open(), p[0]);
    io_on(loop, &io, p[0], EV_READ);
    for (int i = 0; i < 3; ++i) {
        turn(loop);
        assert_took(&io, EV_READ);
    }
    ev_loop_destroy(loop);
    both_close(p);
}

static void file_stop(struct ev_loop* loop, ev_io* w, int revents)
{
    io_note(loop, w, revents);
    ev_io_stop(loop, w);
}

static void test_io_file_stopped_in_callback_ends_run(void** state)
{
    /* R2.11: files that stop themselves when called are called once each, and
     * the run ends. */
    struct ev_loop* loop = loop_new(0);
    Io io[5];

    (void)state;
    for (int i = 0; i < 5; ++i) {
        io_on(loop, &io[i], regular_open(), EV_READ);
        ev_set_cb(&io[i].w, file_stop);
    }
    assert_int_equal(ev_run(loop, 0), 0);
    for (int i = 0; i < 5; ++i) {
        assert_took(&io[i], EV_READ);
        close(io[i].w.fd);
    }
    ev_loop_destroy(loop);
}

static const Test tests[] = {
    EACH(test_io_regular_file_always_ready),
    EACH(test_io_directory_always_ready),
    EACH(test_io_null_device_always_ready),
    EACH(test_io_file_watched_others_are_polled),
    EACH(test_io_file_mask_changes_are_respected),
    EACH(test_io_file_stopped_loop_sleeps_again),
    EACH(test_io_file_number_becomes_pipe_is_polled),
    EACH(test_io_pipe_number_becomes_file_always_ready),
    EACH(test_io_file_stopped_in_callback_ends_run),
};

HARNESS_MAIN("io_always", tests)
