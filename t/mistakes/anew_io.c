/* A watcher of an fd initialized while it is active: the others of that fd, and
 * of the one that it is for then, go on. */

#include "anew_io_help.h"

static void not_started(void)
{
    static const char* const expected[][3] = {
        {"A"}, {"Ab", "aB"}, {"Abc", "aBc", "abC"}};
    for (int count = 1; count <= 3; ++count) {
        for (int i = 0; i < count; ++i) {
            ev_io w[3];
            begin();
            start_three(w, count);
            init(&w[i], letter_of("ABC"[i]), i % 2 ? two[0] : one[0]);
            for (int k = 0; k < 3; ++k) {
                turn_verified(count);
                called_once(expected[count - 1][i]);
                assert_int_equal(calls_revents, EV_READ);
            }
            assert_false(ev_is_active(&w[i]));
            assert_reports(0);
            drop();
        }
    }
}

static void test_anew_io_not_started_is_served_as_before(void** state)
{
    /* R4.12: initialized while active, for this fd or another, and left alone:
     * it is called as before, alone and among others. */
    (void)state;
    made_twice(not_started);
}

static void stopped(void)
{
    for (int count = 1; count <= 3; ++count) {
        for (int i = 0; i < count; ++i) {
            ev_io w[3];
            begin();
            start_three(w, count);
            init(&w[i], letter_of("abc"[i]), i % 2 ? two[0] : one[0]);
            ev_io_stop(loop, &w[i]);
            turn_verified(count);
            called_once(&"\0\0\0a\0\0ab\0abc"[3 * count]);
            ev_io_stop(loop, &w[i]);
            for (int k = 0; k < count; ++k)
                if (k != i) ev_io_stop(loop, &w[k]);
            turn_verified(1);
            called_once(letter_of("abc"[i]));
            assert_reports(0);
            drop();
        }
    }
}

static void test_anew_io_stop_of_one_not_started_does_nothing(void** state)
{
    /* R4.12: it is called after the stop, too, and keeps its reference. */
    (void)state;
    made_twice(stopped);
}

static void started_here(void)
{
    for (int count = 1; count <= 3; ++count) {
        for (int i = 0; i < count; ++i) {
            ev_io w[3];
            begin();
            start_three(w, count);
            anew(&w[i], letter_of("abc"[i]), one[0]);
            turn(loop); /* the old entry is met here, or before */
            calls_clear();
            turn_verified(count);
            called_once(&"\0\0\0a\0\0ab\0abc"[3 * count]);
            assert_told(REINIT, EV_IO, &w[i], one[0]);
            stop_all(w, count);
            assert_reports(0);
            end();
        }
    }
}

static void test_anew_io_started_on_the_same_fd_is_active_once(void** state)
{
    /* R4.12: the old entry is dropped, and reported. A stop ends it. */
    (void)state;
    made_twice(started_here);
}

static void started_there(int others)
{
    for (int count = 1; count <= 3; ++count) {
        for (int i = 0; i < count; ++i) {
            ev_io w[3], there[2];
            begin();
            for (int k = 0; k < others; ++k)
                anew(&there[k], letter_of("xy"[k]), two[0]);
            start_three(w, count);
            anew(&w[i], letter_of("abc"[i]), two[0]);
            turn(loop); /* the old entry is met here, or before */
            calls_clear();
            turn_verified(count + others);
            assert_int_equal(strlen(calls_take()), count + others);
            assert_told(REINIT, EV_IO, &w[i], two[0]);
            assert_int_equal(read(two[0], calls, 1), 1);
            calls_clear();
            turn_verified(count + others);
            assert_null(strchr(calls, "abc"[i]));
            assert_int_equal(strlen(calls_take()), count - 1);
            for (int k = 0; k < others; ++k) ev_io_stop(loop, &there[k]);
            stop_all(w, count);
            assert_reports(0);
            end();
        }
    }
}

static void started_there_alone(void) { started_there(0); }
static void started_beside_one(void) { started_there(1); }
static void started_beside_two(void) { started_there(2); }

static void test_anew_io_started_on_another_fd_leaves_the_first(void** state)
{
    /* R4.12: it is the other fd's alone, beside others or not. The old entry is
     * met in the next iteration, as the fd is ready, dropped and reported. */
    (void)state;
    made_twice(started_there_alone);
    made_twice(started_beside_one);
    made_twice(started_beside_two);
}

static void to_and_fro(void)
{
    ev_io w[2];
    begin();
    start_three(w, 2);
    for (int i = 0; i < 30; ++i) {
        anew(&w[0], "a", i % 2 ? one[0] : two[0]);
        if (i % 3 == 0) continue; /* several times in an iteration */
        turn(loop);
        assert_non_null(strchr(calls, 'a'));
        assert_non_null(strchr(calls_take(), 'b'));
    }
    turn(loop);
    reports_forget();
    calls_clear();
    turn_verified(2);
    called_once("ab");
    stop_all(w, 2);
    end();
}

static void test_anew_io_moves_to_and_fro(void** state)
{
    /* R4.12: nothing grows: one reference, whatever was done before. */
    (void)state;
    made_twice(to_and_fro);
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
        called_once("abc");
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
    EACH(test_anew_io_not_started_is_served_as_before),
    EACH(test_anew_io_stop_of_one_not_started_does_nothing),
    OURS(test_anew_io_started_on_the_same_fd_is_active_once),
    OURS(test_anew_io_started_on_another_fd_leaves_the_first),
    OURS(test_anew_io_moves_to_and_fro),
    OURS(test_anew_io_set_while_active_is_served_as_started),
};

HARNESS_MAIN("mistakes_anew_io", tests)
