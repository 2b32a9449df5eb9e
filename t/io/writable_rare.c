/* ev_io: an fd that newly wants EV_WRITE: errors, odd files, other loops and
 * processes. */
#define _GNU_SOURCE
#include <signal.h>

#include "forked.h"
#include "pair.h"

static void test_io_not_writable_is_waited_for(void** state)
{
    /* R2.3: of a full socket nothing is reported, and the loop blocks; then
     * there is room. */
    Io reader;
    (void)state;
    begin();
    bytes_fill(s[0]);
    io_on(loop, &reader, s[0], EV_READ);
    for (int i = 0; i < 3; ++i) {
        io_on(loop, &io, s[0], EV_WRITE);
        assert_in_range(waits_in(loop, 0.01), 1, 6);
        assert_took(&io, 0);
        bytes_drain(s[1]);
        run_once(loop);
        assert_took(&io, EV_WRITE);
        bytes_fill(s[0]);
        turn(loop);
        assert_took(&io, 0);
        io_off(loop, &io);
        turn(loop);
    }
    finish();
}

static void test_io_writable_without_reader_is_reported(void** state)
{
    /* R2.14: an error counts as writable. */
    int p[2];
    (void)state;
    signal(SIGPIPE, SIG_IGN);
    begin();
    pipe_open(p);
    bytes_fill(p[1]);
    close(p[0]);
    for (int i = 0; i < 3; ++i) {
        io_on(loop, &io, p[1], EV_WRITE);
        turn(loop);
        assert_took(&io, EV_WRITE);
        assert_true(ev_is_active(&io.w));
        turn(loop);
        assert_took(&io, EV_WRITE);
        io_off(loop, &io);
        turn(loop);
    }
    close(p[1]);
    finish();
    signal(SIGPIPE, SIG_DFL);
}

static void test_io_writable_file_is_always_ready(void** state)
{
    /* R2.11: a file that epoll refuses, called in each iteration. */
    (void)state;
    begin();
    int fd = open("/dev/null", O_WRONLY);
    for (int i = 0; i < 3; ++i) {
        io_on(loop, &io, fd, EV_WRITE);
        for (int k = 0; k < 3; ++k) {
            turn(loop);
            assert_took(&io, EV_WRITE);
        }
        io_off(loop, &io);
        turn(loop);
        assert_took(&io, 0);
    }
    close(fd);
    finish();
}

static void far_ignore(struct ev_loop* l, ev_timer* w, int revents)
{
    (void)l, (void)w, (void)revents;
}

static void test_io_writable_does_not_wait_nor_hide_others(void** state)
{
    /* R2.1: EVRUN_ONCE returns at once, with whatever else is ready. */
    ev_timer far;
    Io other;
    int p[2];
    (void)state;
    begin();
    pipe_open(p);
    ev_timer_init(&far, far_ignore, 100., 0.);
    io_on(loop, &other, p[0], EV_READ);
    turn(loop);
    byte_put(p[1]);
    for (int i = 0; i < 4; ++i) {
        if (i & 1) ev_timer_start(loop, &far);
        io_on(loop, &io, s[0], EV_WRITE);
        ev_run(loop, EVRUN_ONCE);
        assert_took(&io, EV_WRITE);
        assert_took(&other, EV_READ);
        io_off(loop, &io);
    }
    finish();
    both_close(p);
}

static void test_io_writable_number_of_a_closed_file_is_its_own(void** state)
{
    /* R2.9: a copy of the number's old file hangs up while the new file is only
     * tried: that reaches nobody. */
    int p[2];
    (void)state;
    begin();
    pipe_open(p);
    io_on(loop, &io, p[0], EV_READ);
    turn(loop);
    io_off(loop, &io);
    int copy = dup(p[0]);
    bytes_fill(s[0]);
    fd_renumber(s[0], p[0]);
    s[0] = p[0];
    close(p[1]);
    io_on(loop, &io, s[0], EV_WRITE);
    for (int i = 0; i < 4; ++i) {
        turn(loop);
        assert_took(&io, 0);
    }
    bytes_drain(s[1]);
    turn(loop);
    assert_took(&io, EV_WRITE);
    close(copy);
    finish();
}

static void child_writes(void* unused)
{
    (void)unused;
    ev_loop_fork(loop);
    for (int i = 0; i < 3; ++i) {
        turn(loop);
        child_check(io_take(&io) == EV_WRITE);
    }
}

static void test_io_writable_before_a_fork_is_so_in_both(void** state)
{
    /* R2.29: whether it is registered by then, or not yet. */
    (void)state;
    begin();
    io_on(loop, &io, s[0], EV_WRITE);
    for (int i = 0; i < 4; ++i) {
        assert_child_passes(child_fork(child_writes, NULL));
        turn(loop);
        assert_took(&io, EV_WRITE);
    }
    finish();
}

static void stop_and_note(struct ev_loop* l, ev_io* w, int revents)
{
    io_note(l, w, revents);
    ev_io_stop(l, w);
}

static void start_writer(struct ev_loop* l, ev_io* w, int revents)
{
    stop_and_note(l, w, revents);
    io_on(l, &io, s[0], EV_WRITE);
    ev_set_cb(&io.w, stop_and_note);
}

static void test_io_writable_in_an_embedded_loop_wakes_the_outer(void** state)
{
    /* R2.68: a writer of the inner loop, also one that is started in a callback
     * while the outer loop is about to block. */
    ev_embed embed;
    Io reader;
    (void)state;
    if (backend != EVBACKEND_EPOLL) skip();
    begin();
    struct ev_loop* outer = loop_new(0);
    ev_embed_init(&embed, 0, loop);
    ev_embed_start(outer, &embed);
    for (int i = 0; i < 3; ++i) {
        byte_put(s[1]);
        io_on(loop, &reader, s[0], EV_READ);
        ev_set_cb(&reader.w, start_writer);
        io.calls = 0;
        for (int k = 0; k < 5 && !io.calls; ++k) {
            if (REFERENCE) turn(outer); /* 4.33 blocks until something else */
            else assert_true(run_once(outer));
        }
        assert_took(&reader, EV_READ);
        assert_took(&io, EV_WRITE);
        bytes_drain(s[0]);
    }
    ev_embed_stop(outer, &embed);
    ev_loop_destroy(outer);
    finish();
}

static void test_io_writable_then_embedded_is_called_once(void** state)
{
    /* R2.68: the inner loop ran by itself before. An iteration of the outer
     * loop calls its writer once. */
    ev_embed embed;
    (void)state;
    if (backend != EVBACKEND_EPOLL) skip();
    begin();
    struct ev_loop* outer = loop_new(0);
    io_on(loop, &io, s[0], EV_WRITE);
    turn(loop);
    assert_took(&io, EV_WRITE);
    ev_embed_init(&embed, 0, loop);
    ev_embed_start(outer, &embed);
    for (int i = 0; i < 3; ++i) {
        turn(outer);
        assert_took(&io, EV_WRITE);
    }
    ev_embed_stop(outer, &embed);
    ev_loop_destroy(outer);
    finish();
}

static void hook_ignore(struct ev_loop* l) EV_NOEXCEPT { (void)l; }

static void test_io_writable_between_release_and_acquire_is_registered(
    void** st)
{
    /* R1.43: the functions around the wait see it in the set, not an event. */
    (void)st;
    backend = EVBACKEND_EPOLL;
    begin();
    ev_set_loop_release_cb(loop, hook_ignore, hook_ignore);
    io_on(loop, &io, s[0], EV_WRITE);
    assert_int_equal(turn_ctls(loop), 1);
    assert_took(&io, EV_WRITE);
    assert_int_equal(epoll_mask(s[0]), EPOLLOUT);
    finish();
}

static const Test tests[] = {
    EACH(test_io_not_writable_is_waited_for),
    EACH(test_io_writable_without_reader_is_reported),
    EACH(test_io_writable_file_is_always_ready),
    EACH(test_io_writable_does_not_wait_nor_hide_others),
    EACH(test_io_writable_number_of_a_closed_file_is_its_own),
    EACH(test_io_writable_before_a_fork_is_so_in_both),
    EACH(test_io_writable_in_an_embedded_loop_wakes_the_outer),
    EACH(test_io_writable_then_embedded_is_called_once),
    OURS_ONCE(test_io_writable_between_release_and_acquire_is_registered),
};

HARNESS_MAIN("io_writable_rare", tests)
