/* Leaving a run in the middle of a callback together with the thread: by
 * pthread_exit and by cancellation, which unwind the stack.
 */
#include <pthread.h>

#include "frames.h"
#include "leave.h"

/* What a thread does with the loop before it ends, and how it ended. */
typedef struct Thread {
    void (*call)(struct ev_loop* loop);
    struct ev_loop* loop;
} Thread;

static void* thread_run(void* arg)
{
    Thread* t = (Thread*)arg;
    pthread_cleanup_push(forget_frames, NULL);
    t->call(t->loop);
    pthread_cleanup_pop(0);
    return NULL;
}

static void* thread_result(struct ev_loop* loop, void (*call)(struct ev_loop*))
{
    Thread t = {call, loop};
    pthread_t thread;
    void* result;

    assert_int_equal(pthread_create(&thread, NULL, thread_run, &t), 0);
    assert_int_equal(pthread_join(thread, &result), 0);
    return result;
}

static void run(struct ev_loop* loop) { ev_run(loop, 0); }
static void invoke(struct ev_loop* loop) { ev_invoke(loop, &leaver, EV_READ); }

static void exit_thread(struct ev_loop* loop, ev_watcher* w, int revents)
{
    note(loop, w, revents);
    pthread_exit(&leaver);
}

static void cancel_thread(struct ev_loop* loop, ev_watcher* w, int revents)
{
    note(loop, w, revents);
    pthread_cancel(pthread_self());
    pthread_testcancel();
}

/* R1.55: a callback may end its thread: pthread_exit unwinds through ev_run
 * and ev_invoke_pending, and the loop can be used on, by another thread. */
static void test_leave_by_thread_exit_keeps_the_loop_usable(void** state)
{
    (void)state;
    struct ev_loop* loop = loop_new(0);

    feed_four(loop, exit_thread);
    assert_ptr_equal(thread_result(loop, ev_invoke_pending), &leaver);
    assert_works_on(loop, 0);
    feed_four(loop, exit_thread);
    assert_ptr_equal(thread_result(loop, run), &leaver);
    assert_works_on(loop, 1);
    ev_loop_destroy(loop);
}

/* R1.55: it may be canceled there as well. */
static void test_leave_by_cancellation_keeps_the_loop_usable(void** state)
{
    (void)state;
    struct ev_loop* loop = loop_new(0);

    feed_four(loop, cancel_thread);
    assert_ptr_equal(thread_result(loop, ev_invoke_pending), PTHREAD_CANCELED);
    assert_works_on(loop, 0);
    feed_four(loop, cancel_thread);
    assert_ptr_equal(thread_result(loop, run), PTHREAD_CANCELED);
    assert_works_on(loop, 1);
    ev_loop_destroy(loop);
}

/* R1.55: through ev_invoke, which changes nothing: all stay pending. */
static void test_leave_invoke_by_thread_exit_keeps_pending(void** state)
{
    (void)state;
    struct ev_loop* loop = loop_new(0);

    feed_four(loop, exit_thread);
    assert_ptr_equal(thread_result(loop, invoke), &leaver);
    assert_calls("leaver");
    assert_true(ev_is_pending(&leaver));
    assert_int_equal(ev_pending_count(loop), 4);
    ev_loop_destroy(loop);
}

/* R1.55: through ev_loop_destroy: the loop is still there, and the cleanup
 * watchers that were not yet called are called when it is destroyed. */
static void test_leave_destroy_by_thread_exit_keeps_the_loop(void** state)
{
    (void)state;
    struct ev_loop* loop = loop_new(0);
    ev_cleanup first, last;

    ev_cleanup_init(&first, 0);
    ev_cleanup_init(&last, 0);
    named(&first, "first", note), named(&last, "last", exit_thread);
    ev_cleanup_start(loop, &first);
    ev_cleanup_start(loop, &last);
    assert_ptr_equal(thread_result(loop, ev_loop_destroy), &leaver);
    assert_calls("last");
    ev_cleanup_stop(loop, &last);
    assert_int_equal(ev_run(loop, EVRUN_NOWAIT), 0);
    assert_calls("first");
    ev_cleanup_stop(loop, &first);
    ev_loop_destroy(loop);
    assert_calls("");
}

static void cancel_later(struct ev_loop* loop, ev_watcher* w, int revents)
{
    note(loop, w, revents);
    pthread_cancel(pthread_self());
}

/* R1.55: and a thread can be canceled while its loop waits. 4.33 takes that
 * for a run inside a run when the loop is used again. */
static void test_leave_by_cancellation_of_the_wait(void** state)
{
    (void)state;
    struct ev_loop* loop = loop_new(0);
    ev_prepare prepare;
    ev_timer timer;

    calls_clear();
    prepare_init(&prepare, "prepare", cancel_later);
    timer_init(&timer, "timer", note, 100., 0.);
    ev_prepare_start(loop, &prepare);
    ev_timer_start(loop, &timer);
    assert_ptr_equal(thread_result(loop, run), PTHREAD_CANCELED);
    assert_calls("prepare");
    ev_prepare_stop(loop, &prepare);
    ev_timer_stop(loop, &timer);
    timer_init(&timer, "timer", note, .001, 0.);
    ev_timer_start(loop, &timer);
    assert_int_equal(ev_run(loop, 0), 0);
    assert_calls("timer");
    ev_loop_destroy(loop);
}

static const Test tests[] = {
    EACH(test_leave_by_thread_exit_keeps_the_loop_usable),
    EACH(test_leave_by_cancellation_keeps_the_loop_usable),
    EACH(test_leave_invoke_by_thread_exit_keeps_pending),
    EACH(test_leave_destroy_by_thread_exit_keeps_the_loop),
    OURS(test_leave_by_cancellation_of_the_wait),
};

HARNESS_MAIN("break_thread", tests)
