/* ev_io: the mask, where it is empty, where it shrinks. */
#define _GNU_SOURCE 1
#include "fds.h"
#include "spy.h"

enum { both = EV_READ | EV_WRITE };

static void test_io_set_mark_lives_in_events(void** state)
{
    /* R2.7: ev_io_set marks the watcher in bit 0x80 of `events`; start clears
     * the mark, so that `events` reads as the plain mask. */
    struct ev_loop* loop = loop_new(0);
    ev_io w;
    int p[2];

    (void)state;
    pipe_open(p);
    ev_io_init(&w, io_note, p[0], EV_READ);
    assert_int_equal(w.events, EV_READ | 0x80);
    ev_io_start(loop, &w);
    assert_int_equal(w.events, EV_READ);
    ev_io_stop(loop, &w);
    assert_int_equal(w.events, EV_READ);
    ev_io_set(&w, p[1], both);
    assert_int_equal(w.events, both | 0x80);
    assert_int_equal(w.fd, p[1]);
    ev_io_start(loop, &w);
    assert_int_equal(w.events, both);
    ev_loop_destroy(loop);
    both_close(p);
}

static void test_io_modify_keeps_mark_and_fd(void** state)
{
    /* R2.7: ev_io_modify changes the mask, keeps the mark of ev_io_set as it
     * was, and leaves `fd` alone. */
    struct ev_loop* loop = loop_new(0);
    ev_io w;
    int p[2];

    (void)state;
    pipe_open(p);
    ev_io_init(&w, io_note, p[0], EV_READ);
    ev_io_modify(&w, EV_WRITE);
    assert_int_equal(w.events, EV_WRITE | 0x80);
    ev_io_modify(&w, both);
    assert_int_equal(w.events, both | 0x80);
    ev_io_start(loop, &w);
    ev_io_stop(loop, &w);
    ev_io_modify(&w, EV_READ);
    assert_int_equal(w.events, EV_READ);
    ev_io_modify(&w, 0);
    assert_int_equal(w.events, 0);
    assert_int_equal(w.fd, p[0]);
    ev_loop_destroy(loop);
    both_close(p);
}

static void test_io_mask_zero_is_active_but_never_called(void** state)
{
    /* R2.4: a watcher with mask 0 is active, holds a reference, and is never
     * called for data, hang-up or ev_feed_fd_event. */
    struct ev_loop* loop = loop_new(0);
    Io none, reader;
    int p[2];

    (void)state;
    pipe_open(p);
    io_on(loop, &none, p[0], 0);
    assert_true(ev_is_active(&none.w));
    assert_int_equal(turn(loop), 1);

    io_on(loop, &reader, p[0], EV_READ);
    byte_put(p[1]);
    ev_feed_fd_event(loop, p[0], both);
    assert_int_equal(turn(loop), 2);
    assert_int_not_equal(io_take(&reader), 0);
    close(p[1]);
    turn(loop);
    assert_took(&reader, EV_READ);
    assert_took(&none, 0);
    assert_true(ev_is_active(&none.w));
    ev_loop_destroy(loop);
    close(p[0]);
}

static void test_io_mask_zero_alone_does_not_wake(void** state)
{
    /* R2.4: nobody else watches the fd: it is hidden from epoll (which would
     * report the hang-up whatever the mask), and nothing wakes the loop. */
    struct ev_loop* loop = loop_new(0);
    Io none;
    int p[2];

    (void)state;
    pipe_open(p);
    byte_put(p[1]);
    close(p[1]);
    io_on(loop, &none, p[0], 0);
    turn(loop);
    assert_int_equal(epoll_entries(p[0]), 0);
    assert_in_range(waits_in(loop, 0.02), 1, 10);
    assert_took(&none, 0);
    ev_loop_destroy(loop);
    close(p[0]);
}

static void test_io_mask_reduced_to_zero_does_not_spin(void** state)
{
    /* R2.4: the same when the mask shrinks to 0 while data and a hang-up are
     * there to report. */
    struct ev_loop* loop = loop_new(0);
    Io io;
    int p[2];

    (void)state;
    pipe_open(p);
    byte_put(p[1]);
    close(p[1]);
    io_on(loop, &io, p[0], EV_READ);
    turn(loop);
    assert_took(&io, EV_READ);
    io_mask(loop, &io, 0);
    assert_in_range(waits_in(loop, 0.02), 1, 20);
    assert_took(&io, 0);
    assert_true(ev_is_active(&io.w));

    io_mask(loop, &io, EV_READ);
    turn(loop);
    assert_took(&io, EV_READ);
    ev_loop_destroy(loop);
    close(p[0]);
}

static void test_io_interest_shrinks_writable_fd_sleeps(void** state)
{
    /* R2.17: interest shrinks from READ|WRITE to READ: an fd that is only
     * writable causes no further wake-ups. */
    struct ev_loop* loop = loop_new(0);
    Io io;
    int s[2];

    (void)state;
    pair_open(s);
    io_on(loop, &io, s[0], both);
    turn(loop);
    assert_took(&io, EV_WRITE);
    io_mask(loop, &io, EV_READ);
    assert_in_range(waits_in(loop, 0.02), 1, 10);
    assert_took(&io, 0);
    if (backend == EVBACKEND_EPOLL) assert_int_equal(epoll_mask(s[0]), EPOLLIN);
    byte_put(s[1]);
    turn(loop);
    assert_took(&io, EV_READ);
    ev_loop_destroy(loop);
    both_close(s);
}

static void test_io_last_stop_unread_data_costs_few_wakeups(void** state)
{
    /* R2.17: when the last watcher goes, unread data costs at most a few
     * wake-ups, though the kernel entry may stay behind. */
    struct ev_loop* loop = loop_new(0);
    Io io;
    int p[2];

    (void)state;
    pipe_open(p);
    byte_put(p[1]);
    io_on(loop, &io, p[0], EV_READ);
    turn(loop);
    assert_took(&io, EV_READ);
    io_off(loop, &io);
    assert_in_range(waits_in(loop, 0.02), 1, 20);
    assert_took(&io, 0);

    io_on(loop, &io, p[0], EV_READ);
    turn(loop);
    assert_took(&io, EV_READ);
    ev_loop_destroy(loop);
    both_close(p);
}

static const Test tests[] = {
    ONCE(test_io_set_mark_lives_in_events),
    ONCE(test_io_modify_keeps_mark_and_fd),
    EACH(test_io_mask_zero_is_active_but_never_called),
    EACH(test_io_mask_zero_alone_does_not_wake),
    EACH(test_io_mask_reduced_to_zero_does_not_spin),
    EACH(test_io_interest_shrinks_writable_fd_sleeps),
    EACH(test_io_last_stop_unread_data_costs_few_wakeups),
};

HARNESS_MAIN("io_mask", tests)
