/* Many child watchers: the table of them grows and shrinks. */

#include "child_help.h"

enum { many = 3000, pid_none = 5000000 }; /* above the highest pid of Linux */

static ev_child others[many];

static void others_begin(struct ev_loop* loop, int from, int to)
{
    for (int i = from; i < to; ++i)
        child_begin(loop, &others[i], "!", pid_none + i, 0);
}

static void others_end(struct ev_loop* loop, int from, int to)
{
    for (int i = from; i < to; ++i) ev_child_stop(loop, &others[i]);
}

/* Watchers of one child and of any are called in the same order, however many
 * others are started in between, and some stopped afterwards. */
static void with_others(int started, int stopped)
{
    static const char* const names[] = {"a", "b", "c", "d", "e"};
    struct ev_loop* loop = child_loop(0);
    ev_child w[5];
    pid_t pid = child_exits(3);

    for (int i = 0; i < 5; ++i) {
        child_begin(loop, &w[i], names[i], i % 2 ? 0 : pid, 0);
        others_begin(loop, i * started / 5, (i + 1) * started / 5);
    }
    others_end(loop, 0, stopped);
    ev_verify(loop);
    child_ended(pid);
    for (int i = 0; i < 10000 && !*calls; ++i) run_for(loop, 0.002);
    assert_string_equal(calls, "bdace");
    for (int i = 0; i < 5; ++i) {
        assert_int_equal(w[i].rpid, pid);
        assert_int_equal(WEXITSTATUS(w[i].rstatus), 3);
        ev_child_stop(loop, &w[i]);
    }
    others_end(loop, stopped, started);
    ev_verify(loop);
    assert_int_equal(ev_run(loop, EVRUN_NOWAIT), 0);
    child_loop_end(loop);
}

static void test_child_among_many_is_called_in_the_same_order(void** state)
{
    /* R2.55: the order of calls does not depend on how many lists there are,
     * or were. In libev it does, if 16 divides the process id. */
    (void)state;
    with_others(0, 0);
    with_others(40, 0);
    with_others(many, 0);
    with_others(many, many - 100);
    with_others(many, many);
}

static void test_child_watchers_of_a_destroyed_loop_are_forgotten(void** state)
{
    /* R2.53: after 3,000 watchers the next default loop begins empty. */
    struct ev_loop* loop = child_loop(0);
    (void)state;
    others_begin(loop, 0, many);
    ev_loop_destroy(loop);
    with_others(5, 5);
}

static const Test tests[] = {
    OURS(test_child_among_many_is_called_in_the_same_order),
    OURS(test_child_watchers_of_a_destroyed_loop_are_forgotten),
};

HARNESS_MAIN("child_many", tests)
