/* Children that several loops watch, or that the default loop reaps; and a
 * default loop with RELEV_NOREAP, which reaps only what it watches. */

#include "children_help.h"

static void test_children_two_watchers_and_two_loops(void** state)
{
    /* 2.2: each has the status, whichever loop reaps the child. */
    ev_child a, b, c;
    (void)state;

    begin();
    struct ev_loop* third = loop_new(0);
    pid_t pid = child_exits(3);
    child_ended(pid);
    child_begin(other, &a, "a", pid, 0);
    child_begin(other, &b, "b", pid, 0);
    child_begin(third, &c, "c", pid, 0);
    turn(other);
    turn(other);
    assert_int_equal((int)strlen(calls), 2);
    calls_clear();
    turn(third);
    assert_calls("c");
    assert_int_equal(WEXITSTATUS(a.rstatus), 3);
    assert_int_equal(WEXITSTATUS(b.rstatus), 3);
    assert_int_equal(WEXITSTATUS(c.rstatus), 3);
    ev_child_stop(other, &a);
    ev_child_stop(other, &b);
    ev_child_stop(third, &c);
    ev_loop_destroy(third);
    end();
}

static void test_children_reaped_by_the_default_loop(void** state)
{
    /* 2.2: before the other loop has looked, and before the watcher was
     * started: each has the status. */
    ev_child early, late;
    (void)state;

    begin();
    struct ev_loop* loop = loop_default(0);
    pid_t a = child_exits(1), b = child_exits(2);
    child_begin(other, &early, "e", a, 0);
    child_ended(a);
    child_ended(b);
    for (int i = 0; i < 3; ++i) turn(loop);
    assert_true(child_is_reaped(a) && child_is_reaped(b));
    child_begin(other, &late, "l", b, 0);
    assert_true(ev_is_active(&late));
    turn(other);
    assert_int_equal((int)strlen(calls), 2);
    assert_int_equal(WEXITSTATUS(early.rstatus), 1);
    assert_int_equal(WEXITSTATUS(late.rstatus), 2);
    assert_int_equal(late.rpid, b);
    calls_clear();
    turn(other);
    assert_calls("");
    ev_child_stop(other, &early);
    ev_child_stop(other, &late);
    ev_loop_destroy(loop);
    end();
}

static void test_children_of_the_default_loop_reaped_by_another(void** state)
{
    /* 2.2: its watchers of that child, and of any child, are called. */
    ev_child a, any, mine;
    (void)state;

    begin();
    struct ev_loop* loop = loop_default(0);
    pid_t pid = child_exits(5);
    child_begin(loop, &mine, "m", pid, 0);
    child_begin(loop, &any, "y", 0, 0);
    child_begin(other, &a, "a", pid, 0);
    child_ended(pid);
    turn(other);
    assert_calls("a");
    assert_true(child_is_reaped(pid));
    calls_come(loop, 2);
    assert_int_equal((int)strlen(calls), 2);
    assert_int_equal(mine.rpid, pid);
    assert_int_equal(any.rpid, pid);
    assert_int_equal(WEXITSTATUS(any.rstatus), 5);
    calls_clear();
    ev_child_stop(loop, &any);
    ev_child_stop(loop, &mine);
    ev_child_stop(other, &a);
    ev_loop_destroy(loop);
    end();
}

static void test_children_noreap_leaves_others_to_the_program(void** state)
{
    /* 2.2: no handler of SIGCHLD, and no foreign child is reaped. */
    struct sigaction action;
    ev_child w;
    (void)state;

    begin();
    struct ev_loop* loop = ev_default_loop(backend | RELEV_NOREAP);
    pid_t foreign = child_exits(1), ours = child_exits(2);
    assert_int_equal(sigaction(SIGCHLD, NULL, &action), 0);
    assert_true(action.sa_handler == SIG_DFL);
    child_begin(loop, &w, "w", ours, 0);
    child_ended(foreign);
    calls_come(loop, 1);
    assert_calls("w");
    assert_int_equal(WEXITSTATUS(w.rstatus), 2);
    assert_true(child_is_reaped(ours));
    assert_int_equal(waitpid(foreign, NULL, 0), foreign);
    ev_child_stop(loop, &w);
    ev_loop_destroy(loop);
    end();
}

static void test_children_noreap_is_kept_with_libev_flags(void** state)
{
    /* 2.2: LIBEV_FLAGS replaces the flags, but not who reaps. */
    struct sigaction action;
    char flags[20];
    (void)state;

    begin();
    snprintf(flags, sizeof flags, "%u", backend);
    setenv("LIBEV_FLAGS", flags, 1);
    struct ev_loop* loop = ev_default_loop(RELEV_NOREAP);
    unsetenv("LIBEV_FLAGS");
    assert_int_equal(ev_backend(loop), backend);
    assert_int_equal(sigaction(SIGCHLD, NULL, &action), 0);
    assert_true(action.sa_handler == SIG_DFL);
    ev_loop_destroy(loop);
    end();
}

static void test_children_reaped_before_the_default_loop_was_made(void** state)
{
    /* 2.2: they are not of its time. */
    ev_child a, any;
    (void)state;

    begin();
    pid_t early = child_exits(1);
    child_ended(early);
    child_begin(other, &a, "a", early, 0);
    turn(other);
    assert_calls("a");
    struct ev_loop* loop = loop_default(0);
    child_begin(loop, &any, "y", 0, 0);
    pid_t later = child_exits(2);
    child_ended(later);
    for (int i = 0; i < 3; ++i) turn(loop);
    assert_calls("y");
    assert_int_equal(any.rpid, later);
    ev_child_stop(loop, &any);
    ev_child_stop(other, &a);
    ev_loop_destroy(loop);
    end();
}

static void test_children_late_twice(void** state)
{
    /* 2.2: a status is there for each watcher that is started late. */
    ev_child a, b;
    (void)state;

    begin();
    struct ev_loop *loop = loop_default(0), *third = loop_new(0);
    pid_t pid = child_exits(2);
    child_begin(other, &a, "a", pid, 0);
    child_ended(pid);
    for (int i = 0; i < 3; ++i) turn(loop);
    assert_true(child_is_reaped(pid));
    child_begin(third, &b, "b", pid, 0);
    turn(third);
    assert_calls("b");
    turn(other);
    assert_calls("a");
    assert_int_equal(WEXITSTATUS(a.rstatus), 2);
    assert_int_equal(WEXITSTATUS(b.rstatus), 2);
    ev_child_stop(other, &a);
    ev_child_stop(third, &b);
    ev_loop_destroy(third);
    ev_loop_destroy(loop);
    end();
}

static const Test tests[] = {
    EACH(test_children_two_watchers_and_two_loops),
    EACH(test_children_reaped_by_the_default_loop),
    EACH(test_children_of_the_default_loop_reaped_by_another),
    EACH(test_children_noreap_leaves_others_to_the_program),
    EACH(test_children_noreap_is_kept_with_libev_flags),
    EACH(test_children_reaped_before_the_default_loop_was_made),
    EACH(test_children_late_twice),
};

HARNESS_MAIN("relev_children_shared", tests)
