/* ev_io: what the kernel is told, and when. */
#define _GNU_SOURCE 1
#include "fds.h"
#include "spy.h"

static unsigned held_fd_mask; /* seen where the loop is about to poll */
static int held_fd;

static void held_look(struct ev_loop* loop) EV_NOEXCEPT
{
    (void)loop;
    held_fd_mask = epoll_mask(held_fd);
}

static void held_ignore(struct ev_loop* loop) EV_NOEXCEPT { (void)loop; }

static void test_io_start_reaches_kernel_before_poll(void** state)
{
    /* R2.5: a start is registered with the kernel when ev_run is about to poll,
     * not at the call. */
    struct ev_loop* loop = ev_loop_new(EVBACKEND_EPOLL);
    Io reader;
    int p[2];

    (void)state;
    pipe_open(p);
    held_fd = p[0];
    ev_set_loop_release_cb(loop, held_look, held_ignore);
    spy_ctls = 0;
    io_on(loop, &reader, p[0], EV_READ);
    assert_int_equal(spy_ctls, 0);
    assert_int_equal(epoll_entries(p[0]), 0);
    turn(loop);
    assert_int_equal(held_fd_mask, EPOLLIN);
    assert_int_equal(epoll_entries(p[0]), 1);
    ev_loop_destroy(loop);
    both_close(p);
}

static Io held_io;

static void held_start(struct ev_loop* loop, ev_prepare* w, int revents)
{
    (void)revents;
    ev_prepare_stop(loop, w);
    io_on(loop, &held_io, held_fd, EV_READ);
    held_fd_mask = epoll_mask(held_fd);
}

static void test_io_start_in_prepare_reaches_kernel_same_turn(void** state)
{
    /* R2.5: a start in a prepare callback is told to the kernel after it, in
     * the same iteration. */
    struct ev_loop* loop = loop_new(0);
    ev_prepare prepare;
    int p[2];

    (void)state;
    pipe_open(p);
    byte_put(p[1]);
    held_fd = p[0];
    held_fd_mask = 99;
    ev_prepare_init(&prepare, held_start);
    ev_prepare_start(loop, &prepare);
    turn(loop);
    assert_int_equal(held_fd_mask, 0);
    assert_took(&held_io, EV_READ);
    ev_loop_destroy(loop);
    both_close(p);
}

static void test_io_stop_makes_no_epoll_ctl_at_the_call(void** state)
{
    /* R2.5: a stop, too, only notes the fd as changed. */
    struct ev_loop* loop = ev_loop_new(EVBACKEND_EPOLL);
    Io reader, writer;
    int s[2];

    (void)state;
    pair_open(s);
    io_on(loop, &reader, s[0], EV_READ);
    io_on(loop, &writer, s[0], EV_WRITE);
    turn(loop);
    spy_ctls = 0;
    io_off(loop, &writer);
    assert_int_equal(spy_ctls, 0);
    assert_int_equal(epoll_mask(s[0]), EPOLLIN | EPOLLOUT);
    turn(loop);
    assert_int_equal(epoll_mask(s[0]), EPOLLIN);
    ev_loop_destroy(loop);
    both_close(s);
}

static void test_io_changes_undone_make_no_epoll_ctl(void** state)
{
    /* R2.6: start and stop of a new fd within one iteration: no epoll_ctl;
     * stop and start again with the mask unchanged: none; idle: none. */
    struct ev_loop* loop = ev_loop_new(EVBACKEND_EPOLL);
    Io reader;
    int p[2];

    (void)state;
    pipe_open(p);
    io_on(loop, &reader, p[0], EV_READ);
    io_off(loop, &reader);
    assert_int_equal(turn_ctls(loop), 0);

    io_on(loop, &reader, p[0], EV_READ);
    assert_in_range(turn_ctls(loop), 1, 2);
    assert_int_equal(turn_ctls(loop), 0);
    io_off(loop, &reader);
    ev_io_start(loop, &reader.w);
    assert_int_equal(turn_ctls(loop), 0);
    byte_put(p[1]);
    assert_int_equal(turn_ctls(loop), 0);
    assert_took(&reader, EV_READ);
    ev_loop_destroy(loop);
    both_close(p);
}

static void test_io_masks_changed_back_make_no_epoll_ctl(void** state)
{
    /* R2.6: an event mask that is the old one again at the next poll: changed
     * by ev_io_modify, or by a second watcher of the fd. */
    struct ev_loop* loop = ev_loop_new(EVBACKEND_EPOLL);
    Io reader, writer;
    int s[2];

    (void)state;
    pair_open(s);
    io_on(loop, &reader, s[0], EV_READ);
    assert_in_range(turn_ctls(loop), 1, 2);
    io_on(loop, &writer, s[0], EV_WRITE);
    turn(loop);
    io_off(loop, &writer);
    for (int i = 0; i < 3; ++i) turn(loop);

    io_mask(loop, &reader, EV_READ | EV_WRITE);
    io_mask(loop, &reader, EV_READ);
    assert_int_equal(turn_ctls(loop), 0);
    ev_io_start(loop, &writer.w);
    io_off(loop, &writer);
    assert_int_equal(turn_ctls(loop), 0);
    assert_int_equal(epoll_mask(s[0]), EPOLLIN);
    ev_loop_destroy(loop);
    both_close(s);
}

static void test_io_closed_at_once_makes_no_epoll_ctl(void** state)
{
    /* R2.6: a connection that is accepted and closed in one iteration, and the
     * next one, which gets its number and stays. */
    struct ev_loop* loop = ev_loop_new(EVBACKEND_EPOLL);
    Io reader;
    int p[2], next[2];

    (void)state;
    pipe_open(p);
    io_on(loop, &reader, p[0], EV_READ);
    io_off(loop, &reader);
    both_close(p);
    assert_int_equal(turn_ctls(loop), 0);

    pipe_open(p);
    io_on(loop, &reader, p[0], EV_READ);
    io_off(loop, &reader);
    both_close(p);
    pipe_open(next);
    assert_int_equal(next[0], p[0]);
    io_on(loop, &reader, next[0], EV_READ);
    assert_in_range(turn_ctls(loop), 1, 1 + REFERENCE);
    ev_loop_destroy(loop);
    both_close(next);
}

static void test_io_set_makes_the_kernel_asked_again(void** state)
{
    /* R2.6: ev_io_set marks the fd as possibly reopened, so the next poll
     * asks the kernel again though the mask is the same. */
    struct ev_loop* loop = ev_loop_new(EVBACKEND_EPOLL);
    Io reader;
    int p[2];

    (void)state;
    pipe_open(p);
    io_on(loop, &reader, p[0], EV_READ);
    turn(loop);
    io_off(loop, &reader);
    ev_io_set(&reader.w, p[0], EV_READ);
    ev_io_start(loop, &reader.w);
    assert_in_range(turn_ctls(loop), 1, 3);
    assert_int_equal(turn_ctls(loop), 0);
    assert_int_equal(epoll_mask(p[0]), EPOLLIN);
    ev_loop_destroy(loop);
    both_close(p);
}

static void test_io_other_mask_of_a_kept_entry_takes_one_call(void** state)
{
    /* R2.17: a stop leaves the entry in the set. A start with another event
     * mask changes it. */
    struct ev_loop* loop = ev_loop_new(EVBACKEND_EPOLL);
    Io reader;
    int s[2];

    (void)state;
    pair_open(s);
    io_on(loop, &reader, s[0], EV_READ);
    turn(loop);
    io_off(loop, &reader);
    assert_int_equal(turn_ctls(loop), 0);
    assert_int_equal(epoll_mask(s[0]), EPOLLIN);
    ev_io_modify(&reader.w, EV_READ | EV_WRITE);
    ev_io_start(loop, &reader.w);
    assert_in_range(turn_ctls(loop), 1, 1 + REFERENCE);
    assert_int_equal(epoll_mask(s[0]), EPOLLIN | EPOLLOUT);
    ev_loop_destroy(loop);
    both_close(s);
}

static const Test tests[] = {
    ONCE(test_io_start_reaches_kernel_before_poll),
    EACH(test_io_start_in_prepare_reaches_kernel_same_turn),
    ONCE(test_io_stop_makes_no_epoll_ctl_at_the_call),
    ONCE(test_io_changes_undone_make_no_epoll_ctl),
    ONCE(test_io_masks_changed_back_make_no_epoll_ctl),
    ONCE(test_io_closed_at_once_makes_no_epoll_ctl),
    ONCE(test_io_set_makes_the_kernel_asked_again),
    ONCE(test_io_other_mask_of_a_kept_entry_takes_one_call),
};

HARNESS_MAIN("io_kernel", tests)
