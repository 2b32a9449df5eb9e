/* ev_io: hang-ups and error conditions, which are events like others. */
#include "fds.h"

#include <signal.h>

enum { both = EV_READ | EV_WRITE };

typedef struct Three {
    Io reader, writer, any;
} Three;

static void three_on(struct ev_loop* loop, Three* three, int fd)
{
    io_on(loop, &three->reader, fd, EV_READ);
    io_on(loop, &three->writer, fd, EV_WRITE);
    io_on(loop, &three->any, fd, both);
}

/* Two iterations: ready is ready, and no watcher was stopped. */
static void three_check(struct ev_loop* loop, Three* three, int ready)
{
    for (int i = 0; i < 2; ++i) {
        assert_int_equal(turn(loop), 3);
        assert_took(&three->reader, ready & EV_READ);
        assert_took(&three->writer, ready & EV_WRITE);
        assert_took(&three->any, ready);
    }
    assert_true(ev_is_active(&three->reader.w));
    assert_true(ev_is_active(&three->writer.w));
    assert_true(ev_is_active(&three->any.w));
}

static void test_io_pipe_hangup_is_readable_and_writable(void** state)
{
    /* R2.13: hang-up counts as readable and writable on poll and epoll, masked
     * by each watcher's interest; on select a pipe's is readable only. The
     * watcher stays active and gets no EV_ERROR. */
    struct ev_loop* loop = loop_new(0);
    Three three;
    int p[2];

    (void)state;
    pipe_open(p);
    three_on(loop, &three, p[0]);
    three_check(loop, &three, 0);
    close(p[1]);
    three_check(loop, &three, backend == EVBACKEND_SELECT ? EV_READ : both);
    ev_loop_destroy(loop);
    close(p[0]);
}

static void test_io_pipe_hangup_reaches_lone_watcher(void** state)
{
    /* R2.13: likewise when one watcher alone asks for one of the two. */
    struct ev_loop* loop = loop_new(0);
    Io io;
    int p[2];

    (void)state;
    pipe_open(p);
    close(p[1]);
    io_on(loop, &io, p[0], EV_READ);
    turn(loop);
    assert_took(&io, EV_READ);
    io_mask(loop, &io, EV_WRITE);
    turn(loop);
    assert_took(&io, backend == EVBACKEND_SELECT ? 0 : EV_WRITE);
    assert_true(ev_is_active(&io.w));
    ev_loop_destroy(loop);
    close(p[0]);
}

static void test_io_socket_peer_closed_is_readable_and_writable(void** state)
{
    /* R2.13: a socket whose peer has closed is readable and writable on every
     * backend. */
    struct ev_loop* loop = loop_new(0);
    Three three;
    int s[2];

    (void)state;
    pair_open(s);
    three_on(loop, &three, s[0]);
    three_check(loop, &three, EV_WRITE);
    close(s[1]);
    three_check(loop, &three, both);
    ev_loop_destroy(loop);
    close(s[0]);
}

static void test_io_socket_half_closed_is_readable(void** state)
{
    /* R2.13: a peer that only ends its writing makes the socket readable; it
     * is writable as long as there is room. */
    struct ev_loop* loop = loop_new(0);
    Three three;
    int s[2];

    (void)state;
    pair_open(s);
    bytes_fill(s[0]);
    three_on(loop, &three, s[0]);
    three_check(loop, &three, 0);
    shutdown(s[1], SHUT_WR);
    three_check(loop, &three, EV_READ);
    ev_loop_destroy(loop);
    both_close(s);
}

static void test_io_pipe_reader_gone_is_error_for_all(void** state)
{
    /* R2.14: an error condition counts as both: the write end of a full pipe
     * whose reader has gone calls a write watcher with EV_WRITE and a read
     * watcher on that same fd with EV_READ, on every backend. EV_ERROR is
     * only for dead fds. */
    struct ev_loop* loop = loop_new(0);
    Three three;
    int p[2];

    (void)state;
    signal(SIGPIPE, SIG_IGN);
    pipe_open(p);
    bytes_fill(p[1]);
    three_on(loop, &three, p[1]);
    three_check(loop, &three, 0);
    close(p[0]);
    three_check(loop, &three, both);
    ev_loop_destroy(loop);
    close(p[1]);
    signal(SIGPIPE, SIG_DFL);
}

static void test_io_pipe_reader_gone_reaches_lone_watcher(void** state)
{
    /* R2.14: likewise for a read watcher alone, and a write watcher alone. */
    struct ev_loop* loop = loop_new(0);
    Io io;
    int p[2];

    (void)state;
    pipe_open(p);
    bytes_fill(p[1]);
    close(p[0]);
    io_on(loop, &io, p[1], EV_READ);
    turn(loop);
    assert_took(&io, EV_READ);
    io_mask(loop, &io, EV_WRITE);
    turn(loop);
    assert_took(&io, EV_WRITE);
    ev_loop_destroy(loop);
    close(p[1]);
}

static const Test tests[] = {
    EACH(test_io_pipe_hangup_is_readable_and_writable),
    EACH(test_io_pipe_hangup_reaches_lone_watcher),
    EACH(test_io_socket_peer_closed_is_readable_and_writable),
    EACH(test_io_socket_half_closed_is_readable),
    EACH(test_io_pipe_reader_gone_is_error_for_all),
    EACH(test_io_pipe_reader_gone_reaches_lone_watcher),
};

HARNESS_MAIN("io_hangup", tests)
