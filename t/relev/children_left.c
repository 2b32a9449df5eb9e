/* ev_child in another loop: control leaves in the middle of a start or an
 * event. */

#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>

#include "children_help.h"

static jmp_buf left;
static int leaves_at; /* the allocation that leaves; 0: none */
static void* allocate(void* old, long size)
{
    if (size && leaves_at && !--leaves_at) longjmp(left, 1);
    if (size) return realloc(old, (size_t)size);
    free(old);
    return NULL;
}

static void test_left_in_a_start(void** state)
{
    /* 2.2: whichever allocation leaves it, the next start works. */
    ev_child w;
    (void)state;

    begin();
    for (int k = 1; k < 20; ++k) {
        volatile int was_left = 0;
        ev_set_allocator(allocate);
        struct ev_loop* loop = loop_new(0);
        pid_t pid = child_exits(k);
        child_ended(pid);
        leaves_at = k;
        if (setjmp(left)) was_left = 1;
        else child_begin(loop, &w, "w", pid, 0);
        int over = leaves_at > 0;
        leaves_at = 0;
        if (was_left) child_begin(loop, &w, "w", pid, 0);
        for (int i = 0; i < 3; ++i) turn(loop);
        assert_calls("w");
        assert_int_equal(WEXITSTATUS(w.rstatus), k);
        ev_child_stop(loop, &w);
        ev_loop_destroy(loop);
        if (over) break;
    }
    end();
}

static void test_left_in_the_event(void** state)
{
    /* 2.2: the allocator leaves the iteration that has reaped the child. */
    ev_child w[3];
    (void)state;

    begin();
    for (int k = 1; k < 20; ++k) {
        ev_set_allocator(allocate);
        struct ev_loop* loop = loop_new(0);
        for (int i = 0; i < 3; ++i) {
            pid_t pid = child_exits(i);
            child_ended(pid);
            child_begin(loop, &w[i], letter_of((char)('a' + i)), pid, 0);
        }
        leaves_at = k;
        if (!setjmp(left)) turn(loop);
        int over = leaves_at > 0;
        leaves_at = 0;
        for (int i = 0; i < 3; ++i) turn(loop);
        assert_int_equal(strlen(calls_take()), 3);
        for (int i = 0; i < 3; ++i) {
            assert_int_equal(WEXITSTATUS(w[i].rstatus), i);
            ev_child_stop(loop, &w[i]);
        }
        ev_loop_destroy(loop);
        if (over) break;
    }
    end();
}

static int all_events;
static void add_events(struct ev_loop* loop, ev_child* w, int revents)
{
    (void)loop, (void)w;
    all_events |= revents;
}

static void test_left_with_a_pending_event(void** state)
{
    /* 2.2: the event that the program has fed is kept. */
    ev_child w;
    (void)state;

    begin();
    for (int k = 1; k < 20; ++k) {
        ev_set_allocator(allocate);
        struct ev_loop* loop = loop_new(0);
        pid_t pid = child_exits(3);
        child_ended(pid);
        child_begin(loop, &w, "w", pid, 0);
        ev_set_cb(&w, add_events);
        ev_child_stop(loop, &w);
        ev_set_priority(&w, -2);
        ev_child_start(loop, &w);
        ev_feed_event(loop, &w, EV_CUSTOM);
        all_events = 0;
        leaves_at = k;
        if (!setjmp(left)) turn(loop);
        int over = leaves_at > 0;
        leaves_at = 0;
        for (int i = 0; i < 3; ++i) turn(loop);
        assert_int_equal(all_events, EV_CUSTOM | EV_CHILD);
        ev_child_stop(loop, &w);
        ev_loop_destroy(loop);
        if (over) break;
    }
    end();
}

static void leave(struct ev_loop* loop, ev_child* w, int revents)
{
    (void)loop;
    assert_int_equal(revents, EV_CHILD);
    calls_add(w->data);
    longjmp(left, 1);
}

static void test_left_by_each_callback(void** state)
{
    /* 2.2: the other events are still there. */
    ev_child w[3];
    (void)state;

    begin();
    for (int i = 0; i < 3; ++i) {
        pid_t pid = child_exits(i);
        child_ended(pid);
        child_begin(other, &w[i], letter_of((char)('a' + i)), pid, 0);
        ev_set_cb(&w[i], leave);
    }
    for (volatile int i = 0; i < 6; ++i)
        if (!setjmp(left)) turn(other);
    assert_int_equal(strlen(calls_take()), 3);
    for (int i = 0; i < 3; ++i) ev_child_stop(other, &w[i]);
    end();
}

static void cancel_thread(struct ev_loop* loop, ev_child* w, int revents)
{
    (void)loop, (void)revents;
    calls_add(w->data);
    pthread_cancel(pthread_self());
    pthread_testcancel();
}

static void* thread_run(void* arg)
{
    (void)arg;
    ev_run(other, EVRUN_NOWAIT);
    return NULL;
}

static void test_left_by_canceled_threads_with_small_stacks(void** state)
{
    /* 2.2: 16 KiB; who runs the loop next calls the others. */
    ev_child w[3];
    pthread_attr_t attributes;
    pthread_t thread;
    (void)state;

    begin();
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 16384);
    for (int i = 0; i < 3; ++i) {
        pid_t pid = child_exits(i);
        child_ended(pid);
        child_begin(other, &w[i], letter_of((char)('a' + i)), pid, 0);
        ev_set_cb(&w[i], cancel_thread);
    }
    for (int i = 0; i < 4; ++i) {
        assert_int_equal(pthread_create(&thread, &attributes, thread_run, NULL),
                         0);
        pthread_join(thread, NULL);
    }
    pthread_attr_destroy(&attributes);
    assert_int_equal(strlen(calls_take()), 3);
    for (int i = 0; i < 3; ++i) ev_child_stop(other, &w[i]);
    end();
}

static volatile int stopped;

static void* thread_stop(void* arg)
{
    pthread_cancel(pthread_self());
    errno = 77;
    stopped = relev_features() && errno == 77;
    ev_child_stop(other, arg);
    stopped += stopped;
    pthread_testcancel();
    return NULL;
}

static void test_a_stop_is_no_cancellation_point(void** state)
{
    /* 2.2: nor is the question whether there are pidfds, which preserves
     * errno. */
    ev_child w;
    pthread_t thread;
    (void)state;

    begin();
    pid_t pid = child_exits(1);
    child_begin(other, &w, "w", pid, 0);
    stopped = 0;
    assert_int_equal(pthread_create(&thread, NULL, thread_stop, &w), 0);
    pthread_join(thread, NULL);
    assert_int_equal(stopped, 2);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    end();
}

static void timer_ends(struct ev_loop* loop, ev_timer* w, int revents)
{
    (void)w, (void)revents;
    ev_break(loop, EVBREAK_ALL);
}

static void test_closed_pidfd_that_a_process_has_wakes_once(void** state)
{
    /* 2.2: a child made by fork has a copy, so it stays in the set. */
    ev_child first, w;
    ev_timer timer;
    (void)state;
    begin();

    pid_t one = child_waits(), two = child_waits();
    child_begin(other, &first, "f", one, 0); /* opens the set */
    int next = dup(0);
    close(next);
    child_begin(other, &w, "w", two, 0);
    pid_t third = child_waits();
    close(next);
    ev_child_stop(other, &w);
    kill(two, SIGKILL);
    assert_int_equal(waitpid(two, NULL, 0), two);
    unsigned before = ev_iteration(other);
    ev_timer_init(&timer, timer_ends, .05, 0.);
    ev_timer_start(other, &timer);
    ev_run(other, 0);
    assert_in_range(ev_iteration(other) - before, 1, 5);
    kill(one, SIGKILL);
    while (calls[0] == 0) ev_run(other, EVRUN_ONCE);
    assert_calls("f");
    ev_child_stop(other, &first);
    kill(third, SIGKILL);
    assert_int_equal(waitpid(third, NULL, 0), third);
    end();
}

static const Test tests[] = {
    EACH(test_left_in_a_start),
    EACH(test_left_in_the_event),
    EACH(test_left_with_a_pending_event),
    EACH(test_left_by_each_callback),
    EACH(test_left_by_canceled_threads_with_small_stacks),
    EACH(test_a_stop_is_no_cancellation_point),
    EACH(test_closed_pidfd_that_a_process_has_wakes_once),
};

HARNESS_MAIN("relev_children_left", tests)
