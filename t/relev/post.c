/* relev_post in one thread: order, iterations, exits, what is handed back. */
#define EV_WALK_ENABLE 1
#include <errno.h>

#include "fds.h"
#include "post_help.h"

static void test_post_runs_tasks_in_order_and_first(void** state)
{
    /* Issue 22, 2.1: the tasks of a thread run in its order, in one iteration,
     * before events of lower priority; they hold no reference. */
    Named a, b, c;
    ev_timer timer;
    (void)state;
    loop = opened();
    assert_int_equal(relev_post_open(loop), 0);
    assert_int_equal(relev_refs(loop), 0);
    timer = timer_of("timer", 0, 0);
    ev_timer_start(loop, &timer);
    post(&a, "a", on_task), post(&b, "b", on_task), post(&c, "c", on_task);
    assert_calls("");
    assert_int_equal(turn(loop), 0);
    assert_calls("abc timer");
    post(&b, "b", on_task);
    assert_int_equal(ev_run(loop, 0), 0);
    assert_calls("b");
    closed();
}

static void test_post_before_open_waits_for_it(void** state)
{
    /* Issue 22, 2.1: tasks of a loop that is not open are kept. */
    Named a, b, c;
    (void)state;
    loop = loop_fresh(0);
    post(&a, "a", on_task);
    relev_metrics_enable(loop, 1);
    post(&b, "b", on_task);
    turn(loop), turn(loop);
    assert_calls("");
    relev_post_open(loop);
    turn(loop);
    assert_calls("ab");
    post(&c, "c", on_task);
    turn(loop);
    assert_calls("c");
    closed();
}

static void on_again(struct ev_loop* l, struct relev_task* task)
{
    on_task(l, task);
    if (((Named*)task)->again-- > 0) relev_post(l, task);
}

static void test_post_of_tasks_runs_in_the_next_iteration(void** state)
{
    /* Issue 22, 2.1: what tasks post does not starve I/O. */
    Named a, b;
    ev_io io;
    int ends[2];
    (void)state;
    loop = opened();
    pair_open(ends);
    io = io_of("i", ends[0], EV_WRITE);
    ev_io_start(loop, &io);
    a.again = b.again = 2;
    post(&a, "a", on_again), post(&b, "b", on_again);
    for (int i = 0; i < 3; ++i) {
        ev_run(loop, EVRUN_ONCE);
        assert_calls("abi");
    }
    ev_io_stop(loop, &io);
    turn(loop);
    both_close(ends);
    closed();
}

static void on_free(struct ev_loop* l, struct relev_task* task)
{
    on_task(l, task);
    memset(task, 'x', sizeof(Named));
    free(task);
}

static void test_post_task_may_free_itself(void** state)
{
    /* Issue 22, 2.1: nothing of a task is read after it was called. */
    (void)state;
    loop = opened();
    for (int i = 0; i < 3; ++i) post(malloc(sizeof(Named)), "f", on_free);
    turn(loop);
    assert_calls("fff");
    closed();
}

static int allocations; /* that are not freed */

static void* allocate(void* old, long size)
{
    allocations += (size > 0) - (old != NULL);
    if (size) return realloc(old, (size_t)size);
    free(old);
    return NULL;
}

static void* no_memory(void* old, long size)
{
    return size ? NULL : allocate(old, size);
}

static void on_call(struct ev_loop* l, void* name)
{
    assert_ptr_equal(l, loop);
    calls_add(name);
}

static void on_slow(struct ev_loop* l, const struct relev_slow* slow,
                    void* data)
{
    (void)l, (void)data;
    assert_int_equal(slow->type, EV_CUSTOM);
    assert_int_equal(slow->number, -1);
    assert_null(slow->watcher);
    calls_add(slow->callback == (void*)on_task   ? "slow"
              : slow->callback == (void*)on_call ? "SLOW"
                                                 : "unknown");
}

static void test_post_tasks_are_observed(void** state)
{
    /* Issue 22, 2.1: metrics and slow callbacks have each task, with the
     * function of the program; the event behind them is not counted. */
    struct relev_metrics m;
    Named a, b;
    (void)state;
    loop = opened();
    for (int level = 1; level <= 2; ++level) {
        relev_metrics_enable(loop, level), relev_metrics_reset(loop);
        if (level == 2) relev_set_slow_cb(loop, -1, on_slow, NULL);
        post(&a, "a", on_task), post(&b, "b", on_task);
        relev_call(loop, on_call, (void*)(uintptr_t) "c");
        turn(loop);
        assert_calls(level == 1 ? "abc" : "a slow b slow c SLOW");
        relev_metrics_read(loop, &m, sizeof m);
        assert_int_equal(m.callbacks[RELEV_KIND_OTHER], 3);
        for (int kind = 0; kind < RELEV_KINDS; ++kind) {
            if (kind != RELEV_KIND_OTHER) assert_int_equal(m.events[kind], 0);
            assert_int_equal(m.active[kind], 0);
        }
    }
    closed();
}

static void visit(struct ev_loop* l, int type, void* w)
{
    (void)l, (void)type, (void)w;
    calls_add("visited");
}

static void test_post_has_no_watcher_of_the_program(void** state)
{
    /* Issue 22, 2.1: relev_dump and ev_walk do not show the one inside. */
    char text[1000];
    int ends[2];
    (void)state;
    loop = opened();
    turn(loop);
    pipe_open(ends);
    assert_int_equal(relev_dump(loop, ends[1]), 0);
    ssize_t length = read(ends[0], text, sizeof text - 1);
    assert_true(length > 0);
    text[length] = 0;
    assert_null(strstr(text, "ev_async"));
    assert_non_null(strstr(text, "references: 0"));
    ev_walk(loop, -1, visit);
    assert_calls("");
    both_close(ends);
    closed();
}

static void on_unrun(struct relev_task* task)
{
    calls_add("un");
    calls_add(name_of(task));
    if (((Named*)task)->again-- > 0) relev_post(loop, task);
}

static void test_post_close_hands_back_what_did_not_run(void** state)
{
    /* Issue 22, 2.1: in order, once; functions are freed; what is posted
     * meanwhile or later waits. */
    Named a, b, c;
    (void)state;
    loop = opened();
    turn(loop);
    a.again = c.again = 0, b.again = 1;
    ev_set_allocator(allocate);
    allocations = 0;
    post(&a, "a", on_task), post(&b, "b", on_task);
    relev_call(loop, on_call, (void*)(uintptr_t) "no");
    assert_int_equal(allocations, 1);
    relev_post_close(loop, on_unrun);
    assert_int_equal(allocations, 0);
    assert_calls("un a un b");
    post(&c, "c", on_task);
    turn(loop);
    assert_calls("");
    relev_post_close(loop, on_unrun);
    assert_calls("un b un c");
    ev_set_allocator(NULL);
    relev_post_open(loop);
    post(&a, "a", on_task);
    turn(loop);
    assert_calls("a");
    closed();
}

static void on_close(struct ev_loop* l, struct relev_task* task)
{
    on_task(l, task);
    relev_post_close(l, on_unrun);
}

static void test_post_close_by_a_task_ends_the_batch(void** state)
{
    /* CORE2, section 2. */
    Named a, b, c;
    (void)state;
    loop = opened();
    b.again = c.again = 0;
    post(&a, "a", on_close), post(&b, "b", on_task), post(&c, "c", on_task);
    turn(loop);
    assert_calls("a un b un c");
    assert_int_equal(ev_pending_count(loop), 0);
    closed();
}

static void test_post_call_without_memory_fails(void** state)
{
    /* Issue 22, 2.1: -1 and ENOMEM; a task needs no memory, nor does a steady
     * loop. Loops that are destroyed free the rest. */
    Named a;
    char c[] = "c";
    (void)state;
    loop = opened();
    assert_int_equal(relev_call(loop, on_call, c), 0);
    post(&a, "a", on_task);
    turn(loop);
    assert_calls("ca");
    assert_int_equal(relev_call(loop, on_call, c), 0);
    ev_set_allocator(no_memory);
    errno = 0;
    assert_int_equal(relev_call(loop, on_call, c), -1);
    assert_int_equal(errno, ENOMEM);
    post(&a, "a", on_task);
    turn(loop);
    assert_calls("ca");
    ev_set_allocator(NULL);
    assert_int_equal(relev_call(loop, on_call, c), 0);
    ev_loop_destroy(loop);
    loop = loop_new(0);
    assert_int_equal(relev_call(loop, on_call, c), 0);
    ev_loop_destroy(loop);
    assert_calls("");
}

static const Test tests[] = {
    EACH(test_post_runs_tasks_in_order_and_first),
    ONCE(test_post_before_open_waits_for_it),
    EACH(test_post_of_tasks_runs_in_the_next_iteration),
    ONCE(test_post_task_may_free_itself),
    ONCE(test_post_close_hands_back_what_did_not_run),
    ONCE(test_post_close_by_a_task_ends_the_batch),
    ONCE(test_post_tasks_are_observed),
    ONCE(test_post_has_no_watcher_of_the_program),
    ONCE(test_post_call_without_memory_fails),
};

HARNESS_MAIN("relev_post", tests)
