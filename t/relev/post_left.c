/* Tasks of relev_post that leave, run the loop, or fork. */
#include <setjmp.h>

#include "forked.h"
#include "post_help.h"

static jmp_buf away;

static void on_leave(struct ev_loop* l, struct relev_task* task)
{
    on_task(l, task);
    longjmp(away, 1);
}

static void test_post_task_left_by_longjmp_loses_none(void** state)
{
    /* CORE2, section 2: the rest of a batch is in a list that the next
     * iteration reads. */
    Named tasks[4], late;
    static volatile int left;
    (void)state;
    loop = opened();
    left = 0;
    for (int i = 0; i < 4; ++i)
        post(&tasks[i], letter_of((char)('a' + i)), on_leave);
    if (setjmp(away) && ++left == 2) post(&late, "late", on_task);
    assert_int_equal(ev_pending_count(loop), left ? 1 : 0);
    turn(loop);
    assert_int_equal(left, 4);
    assert_calls("abcd late");
    assert_int_equal(ev_depth(loop), 4);
    turn(loop);
    closed();
}

static void on_run(struct ev_loop* l, struct relev_task* task)
{
    on_task(l, task);
    turn(l);
    calls_add("back");
}

static void test_post_task_may_run_the_loop(void** state)
{
    /* CORE2, section 2: the inner run goes on with the batch, once. */
    Named a, b, c;
    (void)state;
    loop = opened();
    post(&a, "a", on_run), post(&b, "b", on_run), post(&c, "c", on_task);
    turn(loop);
    assert_calls("abc back back");
    post(&a, "a", on_task);
    turn(loop);
    assert_calls("a");
    closed();
}

/* A task with the rest of a batch behind it forks; the child goes on. */
static pid_t forked_pid;
static int is_child;

static void on_fork(struct ev_loop* l, struct relev_task* task)
{
    on_task(l, task);
    forked_pid = fork();
    is_child = !forked_pid;
    if (!is_child) return;
    child_may_crash();
    alarm(child_patience);
    if (((Named*)task)->again) longjmp(away, 1);
}

static void forks(int leaves)
{
    Named a, b, c, d;
    loop = opened();
    fflush(NULL);
    b.again = leaves;
    post(&a, "a", on_task), post(&b, "b", on_fork), post(&c, "c", on_task);
    if (!setjmp(away)) turn(loop);
    if (is_child) {
        ev_loop_fork(loop);
        post(&d, "d", on_task);
        turn(loop), turn(loop);
        child_check(!strcmp(calls_take(), "abcd"));
        ev_loop_destroy(loop);
        _exit(0);
    }
    assert_child_passes(forked_pid);
    post(&d, "d", on_task);
    turn(loop);
    assert_calls("abcd");
    closed();
}

static void test_post_fork_by_a_task_runs_the_rest_in_both(void** state)
{
    /* Issue 22, 2.1: once in each, whether the child leaves the task or not. */
    (void)state;
    forks(0), forks(1);
}

static void child_runs(void* arg)
{
    (void)arg;
    ev_loop_fork(loop);
    turn(loop), turn(loop);
    child_check(!strcmp(calls_take(), "ab"));
}

static void test_post_before_a_fork_runs_in_both(void** state)
{
    /* Issue 22, 2.1. */
    Named a, b;
    (void)state;
    loop = opened();
    turn(loop);
    post(&a, "a", on_task), post(&b, "b", on_task);
    assert_child_passes(child_fork(child_runs, NULL));
    assert_calls("");
    turn(loop);
    assert_calls("ab");
    closed();
}

/* Dispatches nothing. */
static void on_invoke(struct ev_loop* l) { (void)l; }

static void on_event(struct ev_loop* l, ev_idle* w, int revents)
{
    (void)l, (void)w, (void)revents;
    longjmp(away, 1);
}

/* The wake-up for `late` is handled while the event for the rest of the batch
 * is pending; then another callback leaves. */
static void on_late(struct ev_loop* l, struct relev_task* task)
{
    static Named late;
    ev_idle fed;
    on_task(l, task);
    ev_init(&fed, on_event);
    ev_set_priority(&fed, EV_MAXPRI);
    post(&late, "late", on_task);
    ev_feed_event(l, &fed, EV_CUSTOM);
    ev_set_invoke_pending_cb(l, on_invoke);
    turn(l);
    ev_set_invoke_pending_cb(l, ev_invoke_pending);
    if (!setjmp(away)) ev_invoke_pending(l);
}

static void test_post_woken_within_a_batch_loses_none(void** state)
{
    /* CORE2, section 2: the last task of a batch runs, and what was posted in
     * between is in a list that the next iteration reads. */
    Named a, b;
    (void)state;
    loop = opened();
    post(&a, "a", on_late), post(&b, "b", on_task);
    turn(loop), turn(loop);
    assert_calls("ab late");
    closed();
}

static const Test tests[] = {
    ONCE(test_post_task_left_by_longjmp_loses_none),
    ONCE(test_post_task_may_run_the_loop),
    ONCE(test_post_woken_within_a_batch_loses_none),
    EACH(test_post_fork_by_a_task_runs_the_rest_in_both),
    EACH(test_post_before_a_fork_runs_in_both),
};

HARNESS_MAIN("relev_post_left", tests)
