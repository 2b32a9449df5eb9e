/* fds and event masks that cannot be. */

#include <limits.h>
#include <unistd.h>

#include "mistakes_help.h"

enum { dead = EV_ERROR | EV_READ | EV_WRITE };

static void assert_refused(const ev_io* w, int reported)
{
    if (reported) told_next(FD_RANGE, EV_IO, w, w->fd);
    assert_reports(0);
    no_faults();
}

static void refused(struct ev_loop* loop, int fd, int reported)
{
    ev_io w = io_of("w", fd, EV_READ);
    ev_io_start(loop, &w);
    assert_refused(&w, reported);
    if (reported) ev_feed_fd_event(loop, fd, EV_READ);
    turn_leaves(loop, 0);
    assert_calls("w");
    if (!reported) told_fault(FD_CLOSED, EV_IO, &w, fd);
    no_faults();
    assert_int_equal(calls_revents, dead);
    assert_false(ev_is_active(&w));
    ev_io_stop(loop, &w);
    ev_io_start(loop, &w);
    assert_refused(&w, reported);
    ev_io_stop(loop, &w); /* and may be stopped before it is told */
    turn_leaves(loop, 0);
    assert_calls("");
}

static void illegal_fds(void)
{
    const int illegal[] = {-1, -2, INT_MIN};
    struct ev_loop* loop = loop_fresh(0);

    for (size_t i = 0; i < sizeof illegal / sizeof *illegal; ++i)
        refused(loop, illegal[i], 1);
    ev_loop_destroy(loop);
}

static void test_illegal_fd_is_refused_and_told(void** state)
{
    /* R2.12: an fd that cannot exist: in the next iteration, which does not
     * wait, the watcher is stopped and told. */
    (void)state;
    made_twice(illegal_fds);
}

static void dead_fds(void)
{
    const int numbers[] = {60,        1000,    1 << 16,     1 << 20,
                           100000000, 1 << 30, INT_MAX - 1, INT_MAX};
    struct ev_loop* loop = loop_fresh(0);

    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; ++i)
        refused(loop, numbers[i], 0);
    assert_reports(0);
    ev_loop_destroy(loop);
}

static void test_illegal_is_not_what_is_not_open(void** state)
{
    /* R3.11: that an fd is not open is told to its watchers alone, whatever its
     * number. */
    (void)state;
    made_twice(dead_fds);
}

static void start_again(struct ev_loop* loop, ev_io* w, int revents)
{
    (void)revents;
    ++*(int*)w->data;
    ev_io_start(loop, w);
}

static void test_illegal_fd_restarted_blindly_is_told_once_a_turn(void** state)
{
    /* R2.12: a callback that starts its watcher again, whatever it is told,
     * does not keep the loop in one pass for ever. */
    struct ev_loop* loop = loop_fresh(0);
    int calls = 0;
    ev_io w;

    (void)state;
    ev_io_init(&w, start_again, -1, EV_READ);
    w.data = &calls;
    ev_io_start(loop, &w);
    for (int turns = 1; turns <= 3; ++turns) {
        turn_leaves(loop, 1);
        assert_int_equal(calls, turns);
    }
    ev_io_stop(loop, &w);
    turn_leaves(loop, 0);
    assert_int_equal(calls, 3);
    ev_loop_destroy(loop);
}

static void illegal_masks(void)
{
    const int illegal[] = {0x04,      0x40,   EV_READ | EV_TIMER, EV_ERROR, -1,
                           EV_CUSTOM, INT_MIN};
    struct ev_loop* loop = loop_fresh(0);
    int fds[2];

    assert_int_equal(pipe(fds), 0);
    assert_int_equal(write(fds[1], "x", 1), 1);
    ev_io good = io_of("g", fds[0], EV_READ);
    ev_io_start(loop, &good);
    for (size_t i = 0; i < sizeof illegal / sizeof *illegal; ++i) {
        ev_io w = io_of("w", fds[0], EV_READ);
        w.events = illegal[i];
        ev_io_start(loop, &w);
        assert_told(MASK, EV_IO, &w, fds[0]);
        turn_leaves(loop, 1);
        assert_calls("gw");
        assert_false(ev_is_active(&w));
    }
    ev_io_stop(loop, &good);
    turn_leaves(loop, 0);
    ev_loop_destroy(loop);
    close(fds[0]), close(fds[1]);
}

static void test_illegal_mask_is_refused_and_told(void** state)
{
    /* R2.1: only EV_READ and EV_WRITE can be asked for; others on the fd go on
     * undisturbed. */
    (void)state;
    made_twice(illegal_masks);
}

static void note_once(int revents, void* letter)
{
    calls_note(letter, revents);
}

static void once(void)
{
    struct ev_loop* loop = loop_fresh(0);

    ev_once(loop, INT_MAX, EV_READ, -1, note_once, (void*)"f");
    assert_reports(0);
    turn_leaves(loop, 0);
    assert_calls("f");
    assert_int_equal(calls_revents, dead);
    ev_once(loop, 0, 0x40, 10, note_once, (void*)"m");
    assert_told(MASK, EV_IO, NULL, 0);
    turn_leaves(loop, 0);
    assert_calls("m");
    ev_once(loop, -1, EV_READ, -1, note_once, (void*)"n");
    turn_leaves(loop, 0); /* for nothing: waits for ever, freed with the loop */
    assert_calls("");
    ev_loop_destroy(loop);
}

static void test_illegal_fd_in_once_is_told(void** state)
{
    /* R2.73: one call, also if what was asked for is refused. */
    (void)state;
    made_twice(once);
}

static const Test tests[] = {
    OURS(test_illegal_fd_is_refused_and_told),
    OURS(test_illegal_is_not_what_is_not_open),
    OURS(test_illegal_fd_restarted_blindly_is_told_once_a_turn),
    OURS(test_illegal_mask_is_refused_and_told),
    OURS(test_illegal_fd_in_once_is_told),
};

HARNESS_MAIN("mistakes_illegal", tests)
