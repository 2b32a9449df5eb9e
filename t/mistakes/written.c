/* What the library writes into a watcher that was given odd numbers, for every
 * argument of every _init, _set and _start but times (written_times.c). Where a
 * number makes no sense to 4.33 it ends the program: such rows are ours only,
 * and the watcher stays as it was. */

#include <limits.h>
#include <signal.h>
#include <unistd.h>

#include "calls.h"
#include "kinds.h"

static const struct {
    int priority, started;
} priorities[] = {
    {0, 0},
    {1, 1},
    {2, 2},
    {3, 2},
    {100, 2},
    {INT_MAX, 2},
    {INT_MAX - 1, 2},
    {-1, -1},
    {-2, -2},
    {-3, -2},
    {-100, -2},
    {INT_MIN, -2},
    {INT_MIN + 1, -2},
};

static void priority_row(size_t i, const Kind* kind, struct ev_loop* loop)
{
    Any any;
    kind_init(kind, &any);
    assert_int_equal(ev_priority(&any), 0);
    ev_set_priority(&any, priorities[i].priority);
    assert_int_equal(ev_priority(&any), priorities[i].priority);
    assert_false(ev_is_active(&any) || ev_is_pending(&any));
    kind->start(loop, &any);
    if (ev_priority(&any) != priorities[i].started)
        fail_msg("%s, priority %d: %d, not %d", kind->name,
                 priorities[i].priority, ev_priority(&any),
                 priorities[i].started);
    assert_true(ev_is_active(&any));
    kind->stop(loop, &any);
    assert_int_equal(ev_priority(&any), priorities[i].started);
    assert_false(ev_is_active(&any));
}

static void test_written_priority_of_every_kind(void** state)
{
    /* R1.39: a start takes any priority to the nearest that there is, and
     * writes that down; a stop leaves it. */
    struct ev_loop* loop = loop_default(0);
    (void)state;

    kinds_open();
    for (size_t i = 0; i < sizeof priorities / sizeof *priorities; ++i)
        for (int k = 0; k < kinds_count; ++k) priority_row(i, &kinds[k], loop);
    kinds_close();
    ev_loop_destroy(loop);
    signal(SIGCHLD, SIG_DFL);
}

static void test_written_priority_fed_before_a_start(void** state)
{
    /* R1.39: one that is fed and was never started keeps its number, and is
     * called as if it had the nearest that there is. */
    struct ev_loop* loop = loop_fresh(0);
    ev_timer w[] = {timer_of("1", 0, 0), timer_of("2", 0, 0),
                    timer_of("3", 0, 0)};
    (void)state;

    ev_set_priority(&w[0], INT_MAX), ev_set_priority(&w[2], INT_MIN);
    for (int i = 3; i--;) ev_feed_event(loop, &w[i], EV_CUSTOM);
    ev_invoke_pending(loop);
    assert_calls("123");
    assert_int_equal(ev_priority(&w[0]), INT_MAX);
    assert_int_equal(ev_priority(&w[2]), INT_MIN);
    ev_loop_destroy(loop);
}

static const struct {
    int events, set, started;
    int ours;
} masks[] = {
    {0, 0x80, 0, 0},
    {EV_READ, 0x81, EV_READ, 0},
    {EV_WRITE, 0x82, EV_WRITE, 0},
    {EV_READ | EV_WRITE, 0x83, 3, 0},
    {0x80, 0x80, 0, 0},
    {0x83, 0x83, 3, 0},
    {4, 0x84, 0x84, 1},
    {0x7f, 0xff, 0xff, 1},
    {INT_MAX, INT_MAX, INT_MAX, 1},
    {INT_MIN, (int)(INT_MIN | 0x80u), (int)(INT_MIN | 0x80u), 1},
    {-1, -1, -1, 1},
};

static void masks_rows(int ours)
{
    int fds[2];

    assert_int_equal(pipe(fds), 0);
    for (size_t i = 0; i < sizeof masks / sizeof *masks; ++i) {
        if (masks[i].ours != ours) continue;
        struct ev_loop* loop = loop_fresh(0);
        ev_io w = io_of("w", fds[0], masks[i].events);
        assert_int_equal(w.events, masks[i].set);
        ev_io_start(loop, &w);
        assert_int_equal(w.events, masks[i].started);
        turn(loop);
        assert_int_equal(ev_is_active(&w) != 0, !masks[i].ours);
        ev_io_stop(loop, &w);
        assert_int_equal(w.events, masks[i].started);
        assert_int_equal(w.fd, fds[0]);
        ev_io_modify(&w, masks[i].events);
        assert_int_equal(w.events & ~0x80, masks[i].events & ~0x80);
        calls_clear();
        ev_loop_destroy(loop);
    }
    close(fds[0]), close(fds[1]);
}

static void test_written_io_events(void** state)
{
    /* R2.1: a start takes the library's own bit away. */
    (void)state;
    masks_rows(0);
}

static void test_written_io_events_that_are_illegal(void** state)
{
    /* R2.1: what is refused keeps all of its mask; 4.33 aborts. */
    (void)state;
    masks_rows(1);
}

static void test_written_io_fd_and_signum(void** state)
{
    /* R2.1, R2.43: what is refused keeps its number; 4.33 aborts, or reads
     * what is not its own. */
    const int odd[] = {-1, -7, INT_MIN, INT_MAX, 1 << 20};
    (void)state;

    for (size_t i = 0; i < sizeof odd / sizeof *odd; ++i) {
        struct ev_loop* loop = loop_fresh(0);
        ev_io r = io_of("r", odd[i], EV_READ);
        ev_signal s;
        ev_init(&s, NULL);
        ev_signal_set(&s, odd[i]);
        assert_int_equal(s.signum, odd[i]);
        ev_io_start(loop, &r);
        ev_signal_start(loop, &s);
        turn(loop);
        assert_int_equal(r.fd, odd[i]);
        assert_int_equal(s.signum, odd[i]);
        assert_false(ev_is_active(&r) || ev_is_active(&s));
        calls_clear();
        ev_loop_destroy(loop);
    }
}

static void test_written_child_pid_and_trace(void** state)
{
    /* R2.51: trace is 0 or 1 whatever it was; any pid may be waited for; what
     * a child's end fills in stays as it was. */
    const int odd[] = {0, 1, -1, 2, 1000, INT_MIN, INT_MAX, 0x80};
    struct ev_loop* loop = loop_default(0);
    (void)state;

    for (size_t i = 0; i < sizeof odd / sizeof *odd; ++i) {
        ev_child w;
        w.rpid = -77, w.rstatus = -78;
        ev_init(&w, NULL);
        ev_child_set(&w, odd[i], odd[i]);
        for (int step = 0; step < 3; ++step) {
            assert_int_equal(w.pid, odd[i]);
            assert_int_equal(w.flags, odd[i] != 0);
            assert_int_equal(w.rpid, -77);
            assert_int_equal(w.rstatus, -78);
            assert_int_equal(ev_is_active(&w), step == 1);
            if (step == 0) ev_child_start(loop, &w);
            else ev_child_stop(loop, &w);
        }
    }
    ev_loop_destroy(loop);
    signal(SIGCHLD, SIG_DFL);
}

static const Test tests[] = {
    EACH(test_written_priority_of_every_kind),
    OURS(test_written_priority_fed_before_a_start),
    EACH(test_written_io_events),
    OURS(test_written_io_events_that_are_illegal),
    OURS(test_written_io_fd_and_signum),
    ONCE(test_written_child_pid_and_trace),
};

HARNESS_MAIN("mistakes_written", tests)
