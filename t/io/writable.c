/* ev_io: an fd that newly wants EV_WRITE, and mostly has it at once. */
#define _GNU_SOURCE
#include "calls.h"
#include "pair.h"

enum { both = EV_READ | EV_WRITE, dead = EV_ERROR | both };

static void test_io_writable_once_is_not_registered(void** state)
{
    /* R2.1: who stops after the first EV_WRITE costs no epoll_ctl, also if it
     * was set anew. */
    (void)state;
    backend = EVBACKEND_EPOLL;
    begin();
    for (int i = 0; i < 5; ++i) {
        io_on(loop, &io, s[0], EV_WRITE);
        assert_int_equal(turn_ctls(loop), 0);
        assert_took(&io, EV_WRITE);
        io_off(loop, &io);
        assert_int_equal(turn_ctls(loop), 0);
        assert_took(&io, 0);
    }
    assert_int_equal(epoll_entries(s[0]), 0);
    finish();
}

static void test_io_writable_beside_a_reader_is_not_registered(void** state)
{
    /* R2.1: a writer that is started and stopped again and again, as a server
     * does for each answer, and a reader of the same fd. */
    Io reader;
    (void)state;
    backend = EVBACKEND_EPOLL;
    begin();
    io_on(loop, &reader, s[0], EV_READ);
    io_on(loop, &io, s[0], EV_WRITE);
    io_off(loop, &io);
    turn(loop);
    for (int i = 0; i < 5; ++i) {
        ev_io_start(loop, &io.w);
        assert_int_equal(turn_ctls(loop), 0);
        assert_took(&io, EV_WRITE);
        io_off(loop, &io);
        turn(loop);
        byte_put(s[1]);
        turn(loop);
        assert_took(&reader, EV_READ);
        assert_took(&io, 0);
        bytes_drain(s[0]);
    }
    finish();
}

static void test_io_writable_and_still_wanted_is_registered(void** state)
{
    /* R2.3: level-triggered: called in each iteration, once, from the second
     * on by the kernel's set. */
    (void)state;
    begin();
    io_on(loop, &io, s[0], EV_WRITE);
    for (int i = 0; i < 4; ++i) {
        int ctls = turn_ctls(loop);
        assert_took(&io, EV_WRITE);
        if (backend == EVBACKEND_EPOLL && !REFERENCE)
            assert_int_equal(ctls, i == 1);
    }
    if (backend == EVBACKEND_EPOLL)
        assert_int_equal(epoll_mask(s[0]), EPOLLOUT);
    finish();
}

static void test_io_writable_switched_each_time_is_registered(void** state)
{
    /* R2.6: stop and start between two iterations: the kernel is told once. */
    (void)state;
    begin();
    io_on(loop, &io, s[0], EV_WRITE);
    for (int i = 0; i < 5; ++i) {
        int ctls = turn_ctls(loop);
        assert_took(&io, EV_WRITE);
        io_off(loop, &io);
        ev_io_start(loop, &io.w);
        if (backend == EVBACKEND_EPOLL && !REFERENCE)
            assert_int_equal(ctls, i == 1);
    }
    finish();
}

static void test_io_writable_and_readable_are_one_iteration(void** state)
{
    /* R2.1: a watcher whose mask grows by EV_WRITE gets both in one call. */
    (void)state;
    begin();
    io_on(loop, &io, s[0], EV_READ);
    turn(loop);
    byte_put(s[1]);
    for (int i = 0; i < 3; ++i) {
        io_mask(loop, &io, both);
        turn(loop);
        assert_took(&io, both);
        turn(loop);
        assert_took(&io, both);
        io_mask(loop, &io, EV_READ);
        turn(loop);
        assert_took(&io, EV_READ);
    }
    finish();
}

static void pair_order(const char* first, int first_mask, const char* second)
{
    ev_io a, b, old;
    begin();
    io_init(&old, "old", note, s[0], EV_READ);
    ev_io_start(loop, &old);
    turn(loop);
    byte_put(s[1]);
    ev_io_stop(loop, &old);
    io_init(&a, first, note, s[0], first_mask);
    io_init(&b, second, note, s[0], both & ~first_mask);
    a.events &= both, b.events &= both;
    ev_io_start(loop, &a);
    ev_io_start(loop, &b);
    for (int i = 0; i < 3; ++i) {
        turn(loop);
        assert_calls("first second");
    }
    finish();
}

static void test_io_writable_and_readable_in_the_order_started(void** state)
{
    /* R2.2: watchers of an fd that become ready together are called in the
     * order in which they were started, a reader and a writer, too. */
    (void)state;
    pair_order("first", EV_READ, "second");
    pair_order("first", EV_WRITE, "second");
}

static void test_io_writable_goes_by_priority(void** state)
{
    /* R1.25: among other events of the iteration. */
    ev_io high, low, other;
    ev_timer timer;
    int p[2];
    (void)state;
    begin();
    pipe_open(p);
    byte_put(p[1]);
    io_init(&other, "other", note, p[0], EV_READ);
    ev_io_start(loop, &other);
    turn(loop);
    calls_clear();
    io_init(&high, "high", note, s[0], EV_WRITE);
    ev_set_priority(&high, 1);
    io_init(&low, "low", note, s[1], EV_WRITE);
    ev_set_priority(&low, -1);
    timer_init(&timer, "timer", note, -1, 0);
    ev_io_start(loop, &low);
    ev_io_start(loop, &high);
    ev_timer_start(loop, &timer);
    turn(loop);
    assert_calls("high timer other low");
    finish();
    both_close(p);
}

static Io others[3];

static void stop_others(struct ev_loop* l, ev_io* w, int revents)
{
    io_note(l, w, revents);
    for (int i = 0; i < 3; ++i) ev_io_stop(l, &others[i].w);
}

static void test_io_writable_for_several_may_be_stopped_by_one(void** state)
{
    /* R2.16: of several writers of an fd, the first stops all: the others are
     * not called. */
    (void)state;
    begin();
    for (int i = 0; i < 3; ++i) io_on(loop, &others[i], s[0], EV_WRITE);
    turn(loop);
    for (int i = 0; i < 3; ++i) assert_took(&others[i], EV_WRITE);
    for (int i = 0; i < 3; ++i) io_off(loop, &others[i]);
    turn(loop);
    ev_set_cb(&others[0].w, stop_others);
    for (int i = 0; i < 3; ++i) ev_io_start(loop, &others[i].w);
    turn(loop);
    assert_took(&others[0], EV_WRITE);
    assert_took(&others[1], 0);
    assert_took(&others[2], 0);
    assert_int_equal(turn(loop), 0);
    finish();
}

static void test_io_writable_of_a_dead_fd_is_an_error(void** state)
{
    /* R2.12: told in this iteration, in which others are served. */
    Io good;
    int p[2];
    (void)state;
    begin();
    pipe_open(p);
    io_on(loop, &good, s[0], EV_WRITE);
    io_on(loop, &io, p[1], EV_WRITE);
    both_close(p);
    turn(loop);
    assert_took(&io, dead);
    assert_false(ev_is_active(&io.w));
    turn(loop);
    assert_took(&io, 0);
    assert_in_range(good.calls, 1, 2);
    io_off(loop, &good);
    io_on(loop, &io, p[1], EV_WRITE);
    ev_run(loop, EVRUN_ONCE);
    assert_took(&io, dead);
    finish();
}

static void dead_again(struct ev_loop* l, ev_io* w, int revents)
{
    io_note(l, w, revents);
    ev_io_start(l, w);
}

static void test_io_writable_of_a_dead_fd_again_is_not_busy(void** state)
{
    /* R2.12: a writer that is started again each time. */
    int p[2];
    (void)state;
    backend = EVBACKEND_EPOLL; /* the others find it when they wait */
    begin();
    pipe_open(p);
    io_on(loop, &io, p[1], EV_WRITE);
    ev_set_cb(&io.w, dead_again);
    both_close(p);
    assert_in_range(waits_in(loop, 0.05), 1, 40);
    assert_true(io.calls > 0);
    finish();
}

static const Test tests[] = {
    OURS_ONCE(test_io_writable_once_is_not_registered),
    OURS_ONCE(test_io_writable_beside_a_reader_is_not_registered),
    EACH(test_io_writable_and_still_wanted_is_registered),
    EACH(test_io_writable_switched_each_time_is_registered),
    EACH(test_io_writable_and_readable_are_one_iteration),
    EACH(test_io_writable_and_readable_in_the_order_started),
    EACH(test_io_writable_goes_by_priority),
    EACH(test_io_writable_for_several_may_be_stopped_by_one),
    OURS(test_io_writable_of_a_dead_fd_is_an_error),
    OURS_ONCE(test_io_writable_of_a_dead_fd_again_is_not_busy),
};

HARNESS_MAIN("io_writable", tests)
