/* Watchers started twice, stopped when they are not active, and their memory
 * canceled as soon as that is allowed. */

#include <unistd.h>

#include "mistakes_help.h"

static void ready_pipe(int fds[2])
{
    assert_int_equal(pipe(fds), 0);
    assert_int_equal(write(fds[1], "x", 1), 1);
}

static void test_watchers_started_twice_count_once(void** state)
{
    /* R1.40: starting an active watcher changes nothing. */
    struct ev_loop* loop = loop_fresh(0);
    ev_timer t = timer_of("t", -1, 10);
    ev_check c = check_of("c");
    int fds[2];
    (void)state;

    ready_pipe(fds);
    ev_io r = io_of("r", fds[0], EV_READ);
    for (int i = 0; i < 2; ++i) {
        ev_io_start(loop, &r);
        ev_timer_start(loop, &t);
        ev_check_start(loop, &c);
    }
    turn_leaves(loop, 3);
    assert_calls("ctr");
    ev_io_stop(loop, &r);
    ev_timer_stop(loop, &t);
    ev_check_stop(loop, &c);
    turn_leaves(loop, 0);
    assert_calls("");
    ev_loop_destroy(loop);
    close(fds[0]), close(fds[1]);
}

static void test_watchers_stopped_before_start_or_twice_do_nothing(void** state)
{
    /* R1.40: stopping an inactive watcher changes nothing, not even for its
     * memory of before; and nothing of it is kept. */
    struct ev_loop* loop = loop_fresh(0);
    int fds[2];
    (void)state;

    ready_pipe(fds);
    ev_io r = io_of("r", fds[0], EV_READ);
    ev_timer t = timer_of("t", -1, 10);
    ev_idle i = idle_of("i");
    for (int round = 0; round < 3; ++round) {
        for (int twice = 0; twice < 2; ++twice) {
            ev_io_stop(loop, &r);
            ev_timer_stop(loop, &t);
            ev_idle_stop(loop, &i);
        }
        turn_leaves(loop, 0);
        ev_io_start(loop, &r);
        ev_timer_start(loop, &t);
        ev_idle_start(loop, &i);
        assert_int_equal(turn(loop), 3);
    }
    ev_io_stop(loop, &r);
    ev_timer_stop(loop, &t);
    ev_idle_stop(loop, &i);
    turn_leaves(loop, 0);
    ev_loop_destroy(loop);
    close(fds[0]), close(fds[1]);
}

static void test_watchers_stopped_while_pending_memory_is_the_callers(
    void** state)
{
    /* R1.33: nothing of a stopped watcher is read or called later, whatever
     * was pending. */
    struct ev_loop* loop = loop_fresh(0);
    int fds[2];
    (void)state;

    ready_pipe(fds);
    ev_io* r = malloc(sizeof *r);
    ev_timer* t = malloc(sizeof *t);
    assert_true(r && t);
    *r = io_of("r", fds[0], EV_READ);
    *t = timer_of("t", -1, 0);
    ev_io_start(loop, r);
    ev_timer_start(loop, t);
    turn(loop);
    assert_calls("tr");
    ev_feed_event(loop, r, EV_READ);
    ev_feed_event(loop, t, EV_TIMER);
    ev_io_stop(loop, r);
    ev_timer_stop(loop, t);
    memset(r, 0xee, sizeof *r), memset(t, 0xee, sizeof *t);
    free(r), free(t);
    turn_leaves(loop, 0);
    assert_calls("");
    ev_loop_destroy(loop);
    close(fds[0]), close(fds[1]);
}

static void stop_and_free(struct ev_loop* loop, ev_io* w, int revents)
{
    assert_int_equal(revents, EV_READ);
    ev_io_stop(loop, w);
    memset(w, 0xee, sizeof *w);
    free(w);
    strcat(calls, "f");
}

static void test_watchers_freed_in_own_callback_are_gone(void** state)
{
    /* R1.33: a callback may stop its own watcher and free it, also with others
     * on the same fd. */
    struct ev_loop* loop = loop_fresh(0);
    int fds[2];
    (void)state;

    ready_pipe(fds);
    ev_io other = io_of("r", fds[0], EV_READ);
    for (int i = 0; i < 3; ++i) {
        ev_io* w = malloc(sizeof *w);
        assert_non_null(w);
        ev_io_init(w, stop_and_free, fds[0], EV_READ);
        ev_io_start(loop, w);
        if (i == 1) ev_io_start(loop, &other);
    }
    turn_leaves(loop, 1);
    assert_calls("ffrf");
    turn_leaves(loop, 1);
    assert_calls("r");
    ev_io_stop(loop, &other);
    turn_leaves(loop, 0);
    ev_loop_destroy(loop);
    close(fds[0]), close(fds[1]);
}

static const Test tests[] = {
    EACH(test_watchers_started_twice_count_once),
    EACH(test_watchers_stopped_before_start_or_twice_do_nothing),
    EACH(test_watchers_stopped_while_pending_memory_is_the_callers),
    EACH(test_watchers_freed_in_own_callback_are_gone),
};

HARNESS_MAIN("mistakes_watchers", tests)
