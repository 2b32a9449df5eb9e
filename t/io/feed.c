/* ev_io: ev_feed_fd_event, and events dropped by a stop. */
#include "fds.h"

#include <limits.h>

enum { both = EV_READ | EV_WRITE, custom = EV_CUSTOM };

static void test_io_feed_fd_calls_each_with_own_mask(void** state)
{
    /* R2.15: ev_feed_fd_event makes the fd's watchers pending at once, each
     * with (events AND its mask). */
    struct ev_loop* loop = loop_new(0);
    Io reader, writer, any, other;
    int p[2];

    (void)state;
    pipe_open(p);
    bytes_fill(p[1]);
    io_on(loop, &reader, p[1], EV_READ);
    io_on(loop, &writer, p[1], EV_WRITE);
    io_on(loop, &any, p[1], both);
    io_on(loop, &other, p[0], EV_WRITE);
    turn(loop);

    ev_feed_fd_event(loop, p[1], EV_READ);
    assert_true(ev_is_pending(&reader.w));
    assert_false(ev_is_pending(&writer.w));
    assert_true(ev_is_pending(&any.w));
    assert_int_equal(ev_pending_count(loop), 2);
    ev_invoke_pending(loop);
    assert_took(&reader, EV_READ);
    assert_took(&writer, 0);
    assert_took(&any, EV_READ);

    ev_feed_fd_event(loop, p[1], both);
    turn(loop);
    assert_took(&reader, EV_READ);
    assert_took(&writer, EV_WRITE);
    assert_took(&any, both);
    assert_took(&other, 0);
    ev_loop_destroy(loop);
    both_close(p);
}

static void test_io_feed_fd_is_ored_into_what_is_pending(void** state)
{
    /* R2.15: the events are or'ed into what the watcher has pending. */
    struct ev_loop* loop = loop_new(0);
    Io any;
    int p[2];

    (void)state;
    pipe_open(p);
    io_on(loop, &any, p[0], both);
    ev_feed_event(loop, &any.w, custom);
    ev_feed_fd_event(loop, p[0], EV_READ);
    ev_feed_fd_event(loop, p[0], EV_WRITE);
    assert_int_equal(ev_pending_count(loop), 1);
    ev_invoke_pending(loop);
    assert_took(&any, custom | both);
    ev_loop_destroy(loop);
    both_close(p);
}

static void test_io_feed_fd_before_kernel_knows_works(void** state)
{
    /* R2.15: it works also before the fd is registered with the kernel, even if
     * that turns out not to be open, and not after the stop. */
    struct ev_loop* loop = loop_new(0);
    Io io;
    int fd = fcntl(0, F_DUPFD, 300);

    (void)state;
    close(fd);
    io_on(loop, &io, fd, EV_READ);
    ev_feed_fd_event(loop, fd, EV_READ);
    ev_invoke_pending(loop);
    assert_took(&io, EV_READ);
    io_off(loop, &io);
    ev_feed_fd_event(loop, fd, EV_READ);
    assert_int_equal(ev_pending_count(loop), 0);
    assert_int_equal(turn(loop), 0);
    assert_took(&io, 0);
    ev_loop_destroy(loop);
}

static void test_io_feed_fd_unknown_is_ignored(void** state)
{
    /* R2.15: negative fds and fds never seen are ignored, in a loop that has
     * watchers and in one that never had any. */
    static const int fds[] = {-1, INT_MIN, 3, 70, 1000, 100000, INT_MAX};
    struct ev_loop* loop = loop_new(0);
    Io io;
    int p[2];

    (void)state;
    pipe_open(p);
    for (int i = 0; i < 7; ++i) ev_feed_fd_event(loop, fds[i], both);
    assert_int_equal(ev_pending_count(loop), 0);

    int fd = fcntl(p[0], F_DUPFD, 40);
    io_on(loop, &io, fd, EV_READ);
    for (int i = 0; i < 7; ++i) ev_feed_fd_event(loop, fds[i], both);
    ev_feed_fd_event(loop, fd - 1, both);
    ev_feed_fd_event(loop, fd + 1, both);
    assert_int_equal(ev_pending_count(loop), 0);
    turn(loop);
    assert_took(&io, 0);
    ev_loop_destroy(loop);
    both_close(p), close(fd);
}

static void test_io_stop_drops_pending_event(void** state)
{
    /* R2.16: stopping a watcher that has a pending event drops that event. */
    struct ev_loop* loop = loop_new(0);
    Io io;
    int p[2];

    (void)state;
    pipe_open(p);
    io_on(loop, &io, p[0], EV_READ);
    turn(loop);
    ev_feed_fd_event(loop, p[0], EV_READ);
    io_off(loop, &io);
    assert_false(ev_is_pending(&io.w));
    ev_invoke_pending(loop);
    assert_took(&io, 0);

    ev_io_start(loop, &io.w);
    ev_feed_fd_event(loop, p[0], EV_READ);
    io_off(loop, &io);
    ev_io_start(loop, &io.w);
    turn(loop);
    assert_took(&io, 0);
    assert_true(ev_is_active(&io.w));
    ev_loop_destroy(loop);
    both_close(p);
}

static void rival_stop(struct ev_loop* loop, ev_io* w, int revents)
{
    io_note(loop, w, revents);
    io_off(loop, w->data);
}

static void rivals_check(int first_fd, int second_fd)
{
    struct ev_loop* loop = loop_new(0);
    Io first, second;

    io_on(loop, &first, first_fd, EV_READ);
    io_on(loop, &second, second_fd, EV_READ);
    ev_set_cb(&first.w, rival_stop);
    ev_set_cb(&second.w, rival_stop);
    first.w.data = &second;
    second.w.data = &first;
    assert_int_equal(turn(loop), 1);
    assert_int_equal(first.calls + second.calls, 1);
    assert_int_equal(ev_is_active(&first.w), first.calls);
    assert_int_equal(ev_is_active(&second.w), second.calls);
    ev_loop_destroy(loop);
}

static void test_io_stop_in_other_callback_drops_event(void** state)
{
    /* R2.16: also from another watcher's callback in the same round, be it of
     * the same fd or not: of two watchers that stop each other, one is
     * called. */
    int p[2];

    (void)state;
    pipe_open(p);
    byte_put(p[1]);
    int copy = dup(p[0]);
    rivals_check(p[0], p[0]);
    rivals_check(p[0], copy);
    both_close(p), close(copy);
}

static const Test tests[] = {
    EACH(test_io_feed_fd_calls_each_with_own_mask),
    EACH(test_io_feed_fd_is_ored_into_what_is_pending),
    EACH(test_io_feed_fd_before_kernel_knows_works),
    EACH(test_io_feed_fd_unknown_is_ignored),
    EACH(test_io_stop_drops_pending_event),
    EACH(test_io_stop_in_other_callback_drops_event),
};

HARNESS_MAIN("io_feed", tests)
