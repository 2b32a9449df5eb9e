/* A watcher of an fd initialized while it is active, and the fd found dead. */

#include "anew_io_help.h"

static void closed_beneath(void)
{
    ev_io w[2];
    begin();
    start_three(w, 1);
    anew(&w[0], "a", two[0]);
    turn(loop);
    reports_forget();
    calls_clear();
    close(one[0]);
    init(&w[1], "b", one[0]);
    ev_io_start(loop, &w[1]); /* passes the dead fd to the kernel */
    for (int i = 0; i < 3; ++i) turn(loop);
    assert_true(ev_is_active(&w[0]) && !ev_is_active(&w[1]));
    assert_non_null(strchr(calls_take(), 'b'));
    turn_verified(1);
    assert_calls("a");
    assert_int_equal(calls_revents, EV_READ);
    ev_io_stop(loop, &w[0]);
    reports_forget();
    one[0] = dup(two[0]); /* for end() */
    end();
}

static void test_anew_io_is_not_killed_with_the_fd_of_before(void** state)
{
    /* R4.12: the old fd is dead: that is no error of the watcher, which is for
     * another. */
    (void)state;
    made_twice(closed_beneath);
}

static void closed_silently(void)
{
    ev_io w[2];
    begin();
    start_three(w, 1);
    anew(&w[0], "a", two[0]);
    close(one[0]);
    for (int i = 0; i < 3; ++i) {
        turn(loop);
        assert_non_null(strchr(calls_take(), 'a'));
        assert_int_equal(calls_revents, EV_READ);
        assert_true(ev_is_active(&w[0]));
    }
    one[0] = dup(one[1]); /* now the old entry is met, if it was not */
    init(&w[1], "b", one[0]);
    ev_io_set(&w[1], one[0], EV_WRITE);
    ev_io_start(loop, &w[1]);
    turn(loop);
    assert_told(REINIT, EV_IO, &w[0], two[0]);
    calls_clear();
    turn_verified(2);
    called_once("ab");
    stop_all(w, 2);
    end();
}

static void test_anew_io_is_not_killed_with_the_fd_found_dead(void** state)
{
    /* R4.12: the same, where the loop finds that the old fd is dead. */
    (void)state;
    made_twice(closed_silently);
}

static void dead_not_started(void)
{
    ev_io w[3];
    for (int count = 1; count <= 3; ++count) {
        begin();
        start_three(w, count);
        init(&w[0], "a", one[0]);
        close(one[0]);
        init(&w[2], "c", one[0]);
        if (count < 3) ev_io_start(loop, &w[2]);
        else ev_feed_fd_event(loop, one[0], EV_READ);
        ev_loop_fork(loop); /* all fds are passed to the kernel again */
        for (int i = 0; i < 3; ++i) turn(loop);
        turn_verified(0);
        calls_clear();
        reports_forget();
        one[0] = dup(two[0]); /* for end() */
        end();
    }
}

static void test_anew_io_not_started_on_a_dead_fd_is_dropped(void** state)
{
    /* R4.12, R2.12: the fd is found dead, with one that looks inactive. 4.33
     * does not return. */
    (void)state;
    made_twice(dead_not_started);
}

static const Test tests[] = {
    OURS(test_anew_io_is_not_killed_with_the_fd_of_before),
    OURS(test_anew_io_is_not_killed_with_the_fd_found_dead),
    OURS(test_anew_io_not_started_on_a_dead_fd_is_dropped),
};

HARNESS_MAIN("mistakes_anew_dead", tests)
