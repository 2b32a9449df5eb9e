/* Mistakes with a periodic, a child and a stat watcher. */

#include <signal.h>
#include <string.h>

#include "clock.h"
#include "mistakes_help.h"

static void initialize_periodics(void)
{
    struct ev_loop* loop = loop_fresh(0);
    ev_periodic a, b;

    ev_periodic_init(&a, note_periodic, ev_now(loop) + 1., 0., NULL);
    ev_periodic_init(&b, note_periodic, ev_now(loop) + 2., 0., NULL);
    a.data = "a", b.data = "b";
    ev_periodic_start(loop, &a);
    ev_periodic_start(loop, &b);
    ev_init(&a, note_periodic);
    clock_advance(3.);
    turn_leaves(loop, 0);
    assert_calls("b");
    assert_told(REINIT, EV_PERIODIC, &a, -1);
    assert_false(ev_is_active(&b));
    ev_loop_destroy(loop);
}

static void test_kinds_periodic_initialized_while_active_does_not_hang(
    void** state)
{
    /* R1.39: a watcher may not be initialized while active; when such a
     * periodic is due the loop lets it go, tells, and goes on with others. */
    (void)state;
    clock_freeze();
    made_twice(initialize_periodics);
    clock_thaw();
}

static void copy_child(void)
{
    struct ev_loop* loop = loop_default(0);
    ev_child w, copy;

    calls_clear();
    ev_child_init(&w, note_child, 0, 0);
    w.data = "w";
    ev_child_start(loop, &w);
    copy = w;
    ev_child_stop(loop, &copy);
    assert_told(OTHER_LOOP, EV_CHILD, &copy, 0);
    assert_true(ev_is_active(&w));
    ev_child_stop(loop, &w);
    assert_reports(0);
    turn_leaves(loop, 0);
    ev_loop_destroy(loop);
    signal(SIGCHLD, SIG_DFL);
}

static void test_kinds_child_copied_while_active_copy_is_not_in_the_loop(
    void** state)
{
    /* R1.39: nor may it be moved while active: a copy that says it is active
     * is not known to the loop, which stops nothing, and tells. */
    (void)state;
    made_twice(copy_child);
}

static void start_without_a_path(void)
{
    struct ev_loop* loop = loop_fresh(0);
    ev_stat w;

    ev_stat_init(&w, note_stat, NULL, 0.);
    ev_stat_start(loop, &w);
    assert_told(PATH, EV_STAT, &w, -1);
    assert_false(ev_is_active(&w));
    ev_stat_stop(loop, &w);
    turn_leaves(loop, 0);
    ev_loop_destroy(loop);
}

static void test_kinds_stat_without_a_path_is_refused(void** state)
{
    /* R2.56: a path is what a stat watcher is about; without one it is not
     * started, and the caller is told. */
    (void)state;
    made_twice(start_without_a_path);
}

static const Test tests[] = {
    OURS_CORRUPTS(test_kinds_periodic_initialized_while_active_does_not_hang),
    OURS(test_kinds_child_copied_while_active_copy_is_not_in_the_loop),
    OURS(test_kinds_stat_without_a_path_is_refused),
};

HARNESS_MAIN("mistakes_kinds", tests)
