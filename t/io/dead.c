/* ev_io: fds that turn out to be invalid. */
#include "fds.h"

enum { both = EV_READ | EV_WRITE, dead = EV_ERROR | EV_READ | EV_WRITE };

static int stopped; /* of the watchers called, how many were stopped by then */

static void dead_note(struct ev_loop* loop, ev_io* w, int revents)
{
    if (!ev_is_active(w) && !ev_is_pending(w)) ++stopped;
    io_note(loop, w, revents);
}

static void dead_on(struct ev_loop* loop, Io* io, int fd, int events)
{
    io_on(loop, io, fd, events);
    ev_set_cb(&io->w, dead_note);
}

/* An fd number that names nothing, and will not by accident either. */
static int dead_fd(void)
{
    int fd = fcntl(0, F_DUPFD, 200);
    assert_true(fd >= 0);
    close(fd);
    return fd;
}

/* 4.33 built with assertions aborts on poll and epoll. */
static void dead_fd_or_skip(void)
{
    if (REFERENCE && backend != EVBACKEND_SELECT) skip();
    stopped = 0;
}

static void test_io_fd_never_open_stops_and_tells_all_watchers(void** state)
{
    /* R2.12: an fd found invalid: every watcher of that fd, whatever its
     * mask, is stopped, then gets one call with EV_ERROR|EV_READ|EV_WRITE. */
    (void)state;
    dead_fd_or_skip();
    struct ev_loop* loop = loop_new(0);
    Io reader, writer, none;
    int fd = dead_fd();

    dead_on(loop, &reader, fd, EV_READ);
    dead_on(loop, &writer, fd, EV_WRITE);
    dead_on(loop, &none, fd, 0);
    assert_int_equal(turn(loop), 0);
    assert_took(&reader, dead);
    assert_took(&writer, dead);
    assert_took(&none, dead);
    assert_int_equal(stopped, 3);

    assert_int_equal(ev_run(loop, 0), 0);
    assert_took(&reader, 0);
    assert_took(&writer, 0);
    assert_took(&none, 0);
    ev_loop_destroy(loop);
}

static void test_io_fd_dead_others_served_same_iteration(void** state)
{
    /* R2.12: other fds are served in the same iteration, whether they were
     * started before or after the dead ones. */
    struct ev_loop* loop = loop_new(0);
    Io first, last, bad[3];
    int p[2], q[2];

    (void)state;
    pipe_open(p);
    pipe_open(q);
    byte_put(p[1]);
    int fd = dead_fd();
    io_on(loop, &first, p[0], EV_READ);
    for (int i = 0; i < 3; ++i) dead_on(loop, &bad[i], fd + i, EV_READ);
    io_on(loop, &last, q[1], EV_WRITE);
    assert_int_equal(turn(loop), 2);
    for (int i = 0; i < 3; ++i) assert_took(&bad[i], dead);
    assert_took(&first, EV_READ);
    assert_took(&last, EV_WRITE);

    turn(loop);
    for (int i = 0; i < 3; ++i) assert_took(&bad[i], 0);
    assert_took(&first, EV_READ);
    assert_took(&last, EV_WRITE);
    ev_loop_destroy(loop);
    both_close(p), both_close(q);
}

static void test_io_fd_dead_blocking_run_does_not_block(void** state)
{
    /* R2.12: the watcher of a dead fd is called by a run that may block for
     * ever, and the run ends when nothing is left. */
    (void)state;
    dead_fd_or_skip();
    struct ev_loop* loop = loop_new(0);
    Io bad;

    dead_on(loop, &bad, dead_fd(), EV_READ);
    assert_int_equal(ev_run(loop, 0), 0);
    assert_took(&bad, dead);
    assert_int_equal(stopped, 1);
    ev_loop_destroy(loop);
}

static void test_io_fd_closed_while_watched_is_found(void** state)
{
    /* R2.12: an fd closed behind the loop's back: select and poll find it in
     * their set, epoll when it has to be registered (here: for a second
     * watcher); all its watchers receive it. */
    (void)state;
    dead_fd_or_skip();
    struct ev_loop* loop = loop_new(0);
    Io first, second, other;
    int p[2], q[2];

    pipe_open(p);
    pipe_open(q);
    dead_on(loop, &first, p[0], EV_READ);
    io_on(loop, &other, q[0], EV_READ);
    assert_int_equal(turn(loop), 2);
    close(p[0]);
    dead_on(loop, &second, p[0], EV_WRITE);
    assert_int_equal(turn(loop), 1);
    assert_took(&first, dead);
    assert_took(&second, dead);
    assert_int_equal(stopped, 2);
    assert_true(ev_is_active(&other.w));

    byte_put(q[1]);
    turn(loop);
    assert_took(&other, EV_READ);
    ev_loop_destroy(loop);
    close(p[1]), both_close(q);
}

static void test_io_fd_closed_while_watched_is_found_by_polling(void** state)
{
    /* R2.12: select and poll find it without any change of watchers. */
    (void)state;
    dead_fd_or_skip();
    struct ev_loop* loop = loop_new(0);
    Io io;
    int p[2];

    pipe_open(p);
    dead_on(loop, &io, p[0], EV_READ);
    turn(loop);
    assert_took(&io, 0);
    close(p[0]);
    assert_int_equal(turn(loop), forgets_closed(backend));
    assert_took(&io, forgets_closed(backend) ? 0 : dead);
    ev_loop_destroy(loop);
    close(p[1]);
}

static void dead_restart(struct ev_loop* loop, ev_io* w, int revents)
{
    int* p = w->data;
    dead_note(loop, w, revents);
    if (!(revents & EV_ERROR)) return;
    assert_int_equal(dup2(*p, w->fd), w->fd);
    ev_io_set(w, w->fd, EV_READ);
    ev_io_start(loop, w);
}

static void test_io_fd_dead_restarted_in_callback_works(void** state)
{
    /* R2.12: the callback may reopen the fd and start the watcher again;
     * it is served like any other from then on. */
    (void)state;
    dead_fd_or_skip();
    struct ev_loop* loop = loop_new(0);
    Io io;
    int p[2];

    pipe_open(p);
    dead_on(loop, &io, dead_fd(), EV_READ);
    ev_set_cb(&io.w, dead_restart);
    io.w.data = &p[0];
    turn(loop);
    assert_took(&io, dead);
    turn(loop);
    assert_took(&io, 0);
    byte_put(p[1]);
    turn(loop);
    assert_took(&io, EV_READ);
    ev_loop_destroy(loop);
    close(io.w.fd), both_close(p);
}

static void test_io_fd_above_all_others_never_open_is_told(void** state)
{
    /* R2.12: an fd above all that the process ever had. select of Linux takes
     * no notice of it. */
    struct ev_loop* loop = loop_new(0);
    Io high, higher, low;
    int p[2];

    (void)state;
    pipe_open(p);
    dead_on(loop, &high, 1000, EV_READ);
    dead_on(loop, &low, 700, EV_WRITE);
    dead_on(loop, &higher, 1900, EV_READ);
    turn(loop);
    assert_took(&high, dead);
    assert_took(&higher, dead);
    assert_took(&low, dead);
    assert_int_equal(dup2(p[0], 1000), 1000); /* now there is one */
    byte_put(p[1]);
    io_on(loop, &high, 1000, EV_READ);
    dead_on(loop, &higher, 1900, EV_READ);
    for (int i = 0; i < 3 && !high.calls; ++i) turn(loop);
    assert_int_equal(high.revents, EV_READ);
    assert_took(&higher, dead);
    ev_loop_destroy(loop);
    close(1000);
    both_close(p);
}

static void test_io_fd_far_never_open_is_told(void** state)
{
    /* R2.12: an fd far beyond those that a process may have, too. */
    struct ev_loop* loop = loop_new(0);
    Io far, none;

    (void)state;
    dead_on(loop, &far, 100000000, EV_READ);
    dead_on(loop, &none, 2147483647, 0);
    assert_int_equal(turn(loop), 0);
    assert_took(&far, dead);
    assert_took(&none, dead);
    assert_false(ev_is_active(&far.w));
    ev_loop_destroy(loop);
}

static const Test tests[] = {
    EACH(test_io_fd_never_open_stops_and_tells_all_watchers),
    OURS(test_io_fd_dead_others_served_same_iteration),
    EACH(test_io_fd_dead_blocking_run_does_not_block),
    EACH(test_io_fd_closed_while_watched_is_found),
    EACH(test_io_fd_closed_while_watched_is_found_by_polling),
    EACH(test_io_fd_dead_restarted_in_callback_works),
    OURS(test_io_fd_above_all_others_never_open_is_told),
    OURS(test_io_fd_far_never_open_is_told),
};

HARNESS_MAIN("io_dead", tests)
