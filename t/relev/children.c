/* ev_child in a loop that is not the default one. */

#define _GNU_SOURCE
#include "children_help.h"
#include "forked.h"

#ifdef __linux__
#include <sys/syscall.h>
#endif

static void test_children_status_of_any_loop(void** state)
{
    /* 2.2: exit status and signal, each once; the watcher stays active. */
    ev_child a, b;
    (void)state;

    begin();
    pid_t exits = child_exits(7), waits = child_waits();
    child_begin(other, &a, "a", exits, 0);
    child_begin(other, &b, "b", waits, 0);
    assert_true(ev_is_active(&a) && ev_is_active(&b));
    calls_come(other, 1);
    assert_calls("a");
    assert_int_equal(a.rpid, exits);
    assert_true(WIFEXITED(a.rstatus) && WEXITSTATUS(a.rstatus) == 7);
    turn(other);
    assert_calls("");
    kill(waits, SIGTERM);
    calls_come(other, 1);
    assert_calls("b");
    assert_int_equal(b.rpid, waits);
    assert_true(WIFSIGNALED(b.rstatus) && WTERMSIG(b.rstatus) == SIGTERM);
    assert_true(ev_is_active(&a) && ev_is_active(&b));
    ev_child_stop(other, &a);
    ev_child_stop(other, &b);
    assert_int_equal(turn(other), 0);
    end();
}

static void test_children_of_a_stopped_watcher_are_not_reaped(void** state)
{
    /* 2.2: the program's waitpid has it. */
    ev_child w;
    (void)state;

    begin();
    pid_t pid = child_waits();
    child_begin(other, &w, "w", pid, 0);
    turn(other);
    ev_child_stop(other, &w);
    kill(pid, SIGKILL);
    child_ended(pid);
    turn(other);
    assert_calls("");
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    end();
}

static void test_children_without_a_watcher_are_not_reaped(void** state)
{
    /* 2.2: the watcher was stopped with another pid. */
    ev_child w;
    (void)state;

    begin();
    pid_t pid = child_waits();
    child_begin(other, &w, "w", pid, 0);
    w.pid = 1;
    ev_child_stop(other, &w);
    kill(pid, SIGKILL);
    child_ended(pid);
    turn(other);
    assert_calls("");
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    turn(other);
    end();
}

static void test_children_in_a_callback(void** state)
{
    /* 2.2: a callback stops itself and another one, and starts a third. */
    ev_child a, b;
    (void)state;

    begin();
    pid_t first = child_exits(1), second = child_exits(2);
    child_ended(first);
    child_ended(second);
    child_begin(other, &a, "a", first, 0);
    child_begin(other, &b, "b", second, 0);
    turn(other);
    assert_int_equal((int)strlen(calls), 2);
    calls_clear();
    ev_child_stop(other, &a);
    ev_child_stop(other, &b);

    pid_t third = child_exits(3);
    child_ended(third);
    child_begin(other, &a, "r", third, 0);
    ev_child_stop(other, &a); /* before it is called */
    turn(other);
    assert_calls("");
    child_begin(other, &a, "r", third, 0);
    turn(other);
    assert_calls("r");
    ev_child_stop(other, &a);
    end();
}

static void test_children_of_a_destroyed_loop(void** state)
{
    /* 2.2: no descriptor is left, and the program reaps the children. */
    ev_child a, b;
    (void)state;

    begin();
    struct ev_loop* third = loop_new(0);
    pid_t first = child_waits(), second = child_exits(2);
    child_begin(third, &a, "a", first, 0);
    child_begin(third, &b, "b", second, 0);
    int before = dup(0);
    close(before);
    ev_loop_destroy(third);
    int after = dup(0);
    close(after);
    assert_true(after < before);
    kill(first, SIGKILL);
    assert_int_equal(waitpid(first, NULL, 0), first);
    assert_int_equal(waitpid(second, NULL, 0), second);
    end();
}

static void run_in_child(void* arg)
{
    /* It is the parent's child: no call, and none lost for the parent. */
    ev_child mine;
    (void)arg;
    ev_loop_fork(other);
    for (int i = 0; i < 3; ++i) turn(other);
    child_check(!(int)strlen(calls));
    pid_t pid = fork();
    if (!pid) _exit(9);
    child_begin(other, &mine, "m", pid, 0);
    calls_come(other, 1);
    child_check((int)strlen(calls) == 1 && mine.rpid == pid);
    child_check(WEXITSTATUS(mine.rstatus) == 9);
}

static void run_in_child_at_once(void* arg)
{
    /* The same if a watcher is started before the loop was made anew. */
    ev_child mine;
    (void)arg;
    pid_t pid = fork();
    if (!pid) _exit(9);
    child_begin(other, &mine, "m", pid, 0);
    calls_come(other, 1);
    child_check((int)strlen(calls) == 1 && mine.rpid == pid);
    child_check(WEXITSTATUS(mine.rstatus) == 9);
    ev_child_stop(other, &mine);
    ev_loop_destroy(other);
}

static void test_children_of_the_parent_in_a_forked_loop(void** state)
{
    /* 2.2: the child of a fork takes nothing from its parent. */
    void (*const bodies[])(void*) = {run_in_child, run_in_child_at_once};
    ev_child w;
    (void)state;

    for (int i = 0; i < 2; ++i) {
        begin();
        pid_t pid = child_exits(4);
        child_ended(pid);
        child_begin(other, &w, "w", pid, 0);
        assert_child_passes(child_fork(bodies[i], NULL));
        turn(other);
        assert_calls("w");
        assert_int_equal(WEXITSTATUS(w.rstatus), 4);
        ev_child_stop(other, &w);
        end();
    }
}

static void test_children_many(void** state)
{
    /* 2.2: more at once than are taken from the kernel at once. */
    enum { count = 100 };
    static ev_child all[count];
    pid_t pids[count];
    (void)state;

    begin();
    for (int i = 0; i < count; ++i) {
        pids[i] = child_exits(i);
        child_begin(other, &all[i], "c", pids[i], 0);
    }
    for (int i = 0; i < 20000 && turn(other); ++i) {
        int left = 0;
        for (int k = 0; k < count; ++k) left += all[k].rpid != pids[k];
        if (!left) break;
        usleep(1000);
    }
    for (int i = 0; i < count; ++i) {
        assert_int_equal(all[i].rpid, pids[i]);
        assert_int_equal(WEXITSTATUS(all[i].rstatus), i);
        ev_child_stop(other, &all[i]);
    }
    calls_clear();
    end();
}

/* A descriptor of this process, or -1. */
static int pidfd_new(void)
{
#ifdef __linux__
    return (int)syscall(434, getpid(), 0); /* pidfd_open */
#else
    return -1;
#endif
}

static void test_children_feature(void** state)
{
    int fd = pidfd_new();
    unsigned expected = fd >= 0 ? RELEV_FEATURE_CHILDREN : 0;
    (void)state;

    if (fd >= 0) close(fd);
    assert_int_equal(relev_features() & RELEV_FEATURE_CHILDREN, expected);
}

static const Test tests[] = {
    EACH(test_children_status_of_any_loop),
    EACH(test_children_of_a_stopped_watcher_are_not_reaped),
    EACH(test_children_without_a_watcher_are_not_reaped),
    EACH(test_children_in_a_callback),
    EACH(test_children_of_a_destroyed_loop),
    EACH(test_children_of_the_parent_in_a_forked_loop),
    EACH(test_children_many),
    EACH(test_children_feature),
};

HARNESS_MAIN("relev_children", tests)
