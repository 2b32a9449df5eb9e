/* A watcher of an fd initialised or set again while it is active: the others of
 * that fd, and of the one it is for then, go on. */

#include "anew_help.h"

static void crowd_to_crowd(void)
{
    begin();
    ev_io w[] = {io_of("a", one[0], EV_READ), io_of("b", one[0], EV_READ),
                 io_of("c", one[0], EV_READ), io_of("d", two[0], EV_READ)};
    for (int i = 0; i < 4; ++i) ev_io_start(loop, &w[i]);
    turn_leaves(loop, 4);
    calls_clear();
    assert_reports(0);
    anew(&w[1], "B", two[0]);
    assert_told(REINIT, EV_IO, &w[1], two[0]);
    turn_leaves(loop, 4);
    assert_int_equal(strlen(calls), 4);
    for (const char* c = "aBcd"; *c; ++c) assert_non_null(strchr(calls, *c));
    calls_clear();
    anew(&w[1], "b", one[0]);
    assert_told(REINIT, EV_IO, &w[1], one[0]);
    assert_int_equal(read(two[0], calls, 1), 1);
    calls_clear();
    turn_leaves(loop, 4);
    assert_calls("acb");
    stop_all(w, 4);
    assert_reports(0);
    end();
}

static void test_anew_io_moves_from_others_to_others(void** state)
{
    /* R3.9: one of several of an fd, initialised for another fd that has a
     * watcher, is that one's alone, and all others are served. */
    (void)state;
    made_twice(crowd_to_crowd);
}

static void crowd_to_none(void)
{
    begin();
    ev_io w[] = {io_of("a", one[0], EV_READ), io_of("b", one[0], EV_READ),
                 io_of("c", one[0], EV_READ), io_of("d", two[0], EV_READ)};
    ev_io_start(loop, &w[3]); /* the loop knows of that fd */
    ev_io_stop(loop, &w[3]);
    for (int i = 0; i < 3; ++i) ev_io_start(loop, &w[i]);
    turn(loop);
    calls_clear();
    anew(&w[1], "B", two[0]);
    assert_told(REINIT, EV_IO, &w[1], two[0]);
    turn_leaves(loop, 3);
    assert_int_equal(strlen(calls), 3);
    for (const char* c = "aBc"; *c; ++c) assert_non_null(strchr(calls, *c));
    ev_io_start(loop, &w[3]);
    calls_clear();
    turn_leaves(loop, 4);
    assert_int_equal(strlen(calls), 4);
    for (const char* c = "aBcd"; *c; ++c) assert_non_null(strchr(calls, *c));
    calls_clear();
    stop_all(w, 4);
    assert_reports(0);
    end();
}

static void test_anew_io_moves_from_others_to_an_fd_of_its_own(void** state)
{
    /* R3.9: the same, to an fd that nobody watches. */
    (void)state;
    made_twice(crowd_to_none);
}

static void one_to_another(void)
{
    begin();
    ev_io w[] = {io_of("a", one[0], EV_READ), io_of("b", one[0], EV_READ)};
    ev_io_start(loop, &w[0]);
    turn(loop);
    calls_clear();
    for (int i = 0; i < 10; ++i) {
        anew(&w[0], "A", two[0]);
        turn(loop);
        assert_non_null(strchr(calls_take(), 'A'));
        anew(&w[0], "A", one[0]);
        turn(loop);
        assert_non_null(strchr(calls_take(), 'A'));
    }
    anew(&w[0], "A", two[0]);
    reports_forget();
    ev_io_start(loop, &w[1]);
    assert_told(REINIT, EV_IO, &w[0], two[0]);
    turn_leaves(loop, 2);
    assert_int_equal(strlen(calls_take()), 2);
    stop_all(w, 2);
    assert_reports(0);
    end();
}

static void test_anew_io_alone_moves_to_and_fro(void** state)
{
    /* R3.9: the only one of an fd, moved to another and back: it has a
     * reference for each at most, and the loop finds out at the next start
     * there. */
    (void)state;
    made_twice(one_to_another);
}

static void alone_to_others(void)
{
    begin();
    ev_io w[] = {io_of("a", one[0], EV_READ), io_of("b", two[0], EV_READ),
                 io_of("c", two[0], EV_READ), io_of("d", one[0], EV_READ)};
    for (int i = 0; i < 3; ++i) ev_io_start(loop, &w[i]);
    turn(loop);
    anew(&w[0], "A", two[0]); /* before the others of its list */
    turn(loop);
    assert_reports(0);
    ev_io_init(&w[0], note_io, two[0], EV_READ);
    ev_verify(loop);
    ev_io_start(loop, &w[3]); /* finds that one is not here */
    assert_told(REINIT, EV_IO, &w[0], two[0]);
    calls_clear();
    turn_leaves(loop, 4);
    assert_int_equal(strlen(calls_take()), 4);
    ev_io_stop(loop, &w[0]);
    assert_told(REINIT, EV_IO, &w[0], two[0]);
    memset(&w[0], 0xee, sizeof w[0]);
    turn_leaves(loop, 3);
    calls_clear();
    stop_all(&w[1], 3);
    end();
}

static void test_anew_io_alone_moves_to_others(void** state)
{
    /* R3.9: the only one of an fd, moved to one that has others: the first fd
     * has nothing to do with those. */
    (void)state;
    made_twice(alone_to_others);
}

static void closed_beneath(void)
{
    begin();
    ev_io w[] = {io_of("a", one[0], EV_READ), io_of("b", one[0], EV_READ)};
    ev_io_start(loop, &w[0]);
    turn(loop);
    anew(&w[0], "A", two[0]);
    turn(loop);
    calls_clear();
    close(one[0]);
    w[1].events |= EV__IOFDSET;
    ev_io_start(loop, &w[1]); /* tells the kernel of the dead fd */
    assert_told(REINIT, EV_IO, &w[0], two[0]);
    turn_leaves(loop, 1);
    assert_true(ev_is_active(&w[0]) && !ev_is_active(&w[1]));
    assert_non_null(strchr(calls_take(), 'b'));
    turn_leaves(loop, 1);
    assert_calls("A");
    ev_io_stop(loop, &w[0]);
    one[0] = dup(two[0]); /* for end() */
    end();
}

static void test_anew_io_is_not_killed_with_the_fd_of_before(void** state)
{
    /* R3.9: the old fd is dead: that is no error of the watcher, which waits
     * for another. */
    (void)state;
    made_twice(closed_beneath);
}

static void closed_silently(void)
{
    begin();
    ev_io w = io_of("a", one[0], EV_READ);
    ev_io_start(loop, &w);
    turn(loop);
    anew(&w, "A", two[0]);
    turn(loop);
    close(one[0]);
    for (int i = 0; i < 3; ++i) {
        calls_clear();
        turn(loop);
        ev_verify(loop);
        assert_true(ev_is_active(&w));
        assert_non_null(strchr(calls, 'A'));
        assert_int_equal(calls_revents, EV_READ);
    }
    one[0] = dup(one[1]); /* for end(), and to be looked at once more */
    ev_io other = io_of("o", one[0], EV_WRITE);
    ev_io_start(loop, &other);
    assert_told(REINIT, EV_IO, &w, two[0]);
    turn_leaves(loop, 2);
    ev_io_stop(loop, &other);
    ev_io_stop(loop, &w);
    calls_clear();
    end();
}

static void test_anew_io_is_not_killed_with_the_fd_found_dead(void** state)
{
    /* R3.9: the same, where the loop's wait finds that the old fd is dead. */
    (void)state;
    made_twice(closed_silently);
}

static void set_while_active(void)
{
    begin();
    ev_io w[] = {io_of("a", one[0], EV_READ), io_of("b", one[0], EV_READ),
                 io_of("c", two[0], EV_READ)};
    for (int i = 0; i < 3; ++i) ev_io_start(loop, &w[i]);
    turn(loop);
    calls_clear();
    for (int i = 0; i < 3; ++i) {
        ev_io_set(&w[i], i == 2 ? one[0] : two[0], EV_READ);
        ev_io_start(loop, &w[i]);
        turn_leaves(loop, 3);
        assert_int_equal(strlen(calls_take()), 3);
    }
    stop_all(w, 3);
    assert_reports(0);
    end();
}

static void test_anew_io_set_while_active_is_served_as_started(void** state)
{
    /* R3.9: ev_io_set of an active watcher: the fd that it was started with
     * goes on, as in 4.33, and a stop finds it. */
    (void)state;
    made_twice(set_while_active);
}

static const Test tests[] = {
    OURS(test_anew_io_moves_from_others_to_others),
    OURS(test_anew_io_moves_from_others_to_an_fd_of_its_own),
    OURS(test_anew_io_alone_moves_to_and_fro),
    OURS(test_anew_io_alone_moves_to_others),
    OURS(test_anew_io_is_not_killed_with_the_fd_of_before),
    OURS(test_anew_io_is_not_killed_with_the_fd_found_dead),
    OURS(test_anew_io_set_while_active_is_served_as_started),
};

HARNESS_MAIN("mistakes_anew_io", tests)
