/* ev_io: fd numbers that are closed and used again. */
#include "fds.h"

static void reuse_twenty_times(int turns_between)
{
    struct ev_loop* loop = loop_new(0);
    Io io;
    int p[2], next[2];

    pipe_open(p);
    io_on(loop, &io, p[0], EV_READ);
    turn(loop);
    for (int i = 0; i < 20; ++i) {
        byte_put(p[1]);
        io_off(loop, &io);
        if (i & 1) ev_io_set(&io.w, p[0], EV_READ);
        close(p[0]);
        for (int t = 0; t < turns_between; ++t) turn(loop);

        pipe_open(next);
        assert_int_equal(next[0], p[0]); /* the lowest number that is free */
        close(p[1]);
        p[1] = next[1];
        if (!(i & 1)) ev_io_set(&io.w, p[0], EV_READ);
        ev_io_start(loop, &io.w);
        turn(loop);
        assert_took(&io, 0);
        byte_put(p[1]);
        turn(loop);
        assert_took(&io, EV_READ);
        bytes_drain(p[0]);
        turn(loop);
        assert_took(&io, 0);
    }
    ev_loop_destroy(loop);
    both_close(p);
}

static void test_io_number_reused_after_iteration_is_new_file(void** state)
{
    /* R2.8: an fd number that was closed and now names another file works
     * after stop, ev_io_set, start. */
    (void)state;
    reuse_twenty_times(2);
}

static void test_io_number_reused_at_once_is_new_file(void** state)
{
    /* R2.8: also when old close, new open and start happen without an
     * iteration between, again and again. */
    (void)state;
    reuse_twenty_times(0);
}

static void test_io_number_reused_by_other_watcher_is_new_file(void** state)
{
    /* R2.8: also when another watcher, newly initialized, with another mask
     * takes over the number, and dup2 closes the old file silently. */
    struct ev_loop* loop = loop_new(0);
    Io reader, writer;
    int p[2], s[2];

    (void)state;
    pipe_open(p);
    pair_open(s);
    io_on(loop, &reader, p[0], EV_READ);
    turn(loop);
    io_off(loop, &reader);
    fd_renumber(s[0], p[0]);
    io_on(loop, &writer, p[0], EV_READ | EV_WRITE);
    byte_put(s[1]);
    turn(loop);
    assert_took(&reader, 0);
    assert_took(&writer, EV_READ | EV_WRITE);
    ev_loop_destroy(loop);
    both_close(p), close(s[1]);
}

static void file_returns_check(int turn_between)
{
    struct ev_loop* loop = loop_new(0);
    Io reader, writer;
    int s[2], t[2];

    pair_open(s);
    pair_open(t);
    io_on(loop, &reader, s[0], EV_READ);
    turn(loop);
    io_off(loop, &reader);
    int copy = dup(s[0]);
    bytes_fill(t[0]);
    fd_renumber(t[0], s[0]);
    io_on(loop, &writer, s[0], EV_WRITE);
    turn(loop);
    assert_took(&writer, 0);
    io_off(loop, &writer);
    if (turn_between) turn(loop);
    fd_renumber(copy, s[0]);
    io_on(loop, &writer, s[0], EV_WRITE);
    turn(loop);
    assert_took(&writer, EV_WRITE);
    ev_loop_destroy(loop);
    both_close(s), close(t[1]);
}

static void test_io_file_returns_to_its_number_is_watched(void** state)
{
    /* R2.8: a file that comes back to the number it had before, after another
     * file had it, is watched for what is asked now: what epoll kept from the
     * first time, thanks to a dup, does not count. 4.33 may trust that. */
    (void)state;
    file_returns_check(0);
    file_returns_check(1);
}

static const Test tests[] = {
    EACH(test_io_number_reused_after_iteration_is_new_file),
    EACH(test_io_number_reused_at_once_is_new_file),
    EACH(test_io_number_reused_by_other_watcher_is_new_file),
    OURS(test_io_file_returns_to_its_number_is_watched),
};

HARNESS_MAIN("io_reuse", tests)
