/* Async watchers sent by other threads: every send wakes, none is lost. */

#include "drive.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

static struct ev_loop* loop; /* the loop under test */
static ev_async async;

static int calls;
static atomic_int made; /* sends begun */
static int seen;        /* of these, as the latest call saw it */
static atomic_int answered;

static void count_call(struct ev_loop* l, ev_async* w, int revents)
{
    (void)l, (void)w;
    assert_int_equal(revents, EV_ASYNC);
    ++calls;
    seen = atomic_load(&made);
    atomic_store(&answered, seen);
}

static void begin(void)
{
    calls = seen = 0;
    atomic_store(&made, 0);
    atomic_store(&answered, 0);
    loop = loop_new(0);
    ev_async_init(&async, count_call);
    ev_async_start(loop, &async);
}

static void end(void)
{
    assert_false(ev_async_pending(&async));
    ev_async_stop(loop, &async);
    ev_loop_destroy(loop);
}

static void send_one(void)
{
    atomic_fetch_add(&made, 1);
    ev_async_send(loop, &async);
}

static void* send_late(void* unused)
{
    (void)unused;
    ev_sleep(0.005);
    send_one();
    return NULL;
}

static void test_async_sent_by_a_thread_wakes_a_blocked_loop(void** state)
{
    /* R2.63: a send from another thread wakes a blocked loop. */
    pthread_t thread;

    (void)state;
    begin();
    for (int i = 1; i <= 3; ++i) {
        assert_false(pthread_create(&thread, NULL, send_late, NULL));
        assert_true(run_once(loop));
        assert_int_equal(calls, i);
        pthread_join(thread, NULL);
    }
    end();
}

enum { storm_sends = 20000, storm_threads = 3, rounds = 2000 };

static void* storm(void* unused)
{
    (void)unused;
    for (int i = 0; i < storm_sends; ++i) send_one();
    return NULL;
}

static void test_async_storm_of_sends_loses_none(void** state)
{
    /* R2.67: under a storm of sends every send is followed by a call; at the
     * end the flag is clear and the next send works. */
    const int all = storm_sends * storm_threads;
    pthread_t threads[storm_threads];

    (void)state;
    begin();
    for (int i = 0; i < storm_threads; ++i)
        assert_false(pthread_create(&threads[i], NULL, storm, NULL));
    assert_true(run_until(loop, &seen, all));
    for (int i = 0; i < storm_threads; ++i) pthread_join(threads[i], NULL);
    ev_run(loop, EVRUN_NOWAIT); /* for a send made after the last look */
    assert_in_range(calls, 1, all);

    calls = 0;
    ev_run(loop, EVRUN_NOWAIT);
    assert_int_equal(calls, 0);
    send_one();
    assert_true(run_once(loop));
    assert_int_equal(calls, 1);
    end();
}

/* Sends, and waits for the call before it sends again. Gives up, so that the
 * test can fail, when an answer does not come. */
static void* send_and_wait(void* unused)
{
    (void)unused;
    for (int i = 1; i <= rounds; ++i) {
        double give_up = monotonic() + drive_patience;
        send_one();
        while (atomic_load(&answered) < i && monotonic() < give_up)
            sched_yield();
        if (atomic_load(&answered) < i) break;
    }
    return NULL;
}

static void test_async_each_single_send_is_answered(void** state)
{
    /* R2.67: no send is lost, whatever the loop is doing when it comes: here
     * each one has to lead to a call of its own. */
    pthread_t thread;

    (void)state;
    begin();
    assert_false(pthread_create(&thread, NULL, send_and_wait, NULL));
    int complete = run_until(loop, &seen, rounds);
    pthread_join(thread, NULL);
    assert_true(complete);
    assert_int_equal(calls, rounds);
    end();
}

static ev_async many[8];
static int many_calls[8];

static void count_many(struct ev_loop* l, ev_async* w, int revents)
{
    (void)l, (void)revents;
    ++many_calls[w - many];
    ++seen;
}

static void* send_own(void* w)
{
    ev_sleep(0.002);
    ev_async_send(loop, w);
    return NULL;
}

static void test_async_each_thread_has_its_own(void** state)
{
    /* R2.67: sends to different watchers from different threads at one time
     * do not hide one another. */
    pthread_t threads[8];

    (void)state;
    begin();
    for (int i = 0; i < 8; ++i) {
        many_calls[i] = 0;
        ev_async_init(&many[i], count_many);
        ev_async_start(loop, &many[i]);
        assert_false(pthread_create(&threads[i], NULL, send_own, &many[i]));
    }
    assert_true(run_until(loop, &seen, 8));
    for (int i = 0; i < 8; ++i) {
        pthread_join(threads[i], NULL);
        assert_int_equal(many_calls[i], 1);
        ev_async_stop(loop, &many[i]);
    }
    end();
}

static const Test tests[] = {
    EACH(test_async_sent_by_a_thread_wakes_a_blocked_loop),
    EACH(test_async_storm_of_sends_loses_none),
    EACH(test_async_each_single_send_is_answered),
    EACH(test_async_each_thread_has_its_own),
};

HARNESS_MAIN("async_threads", tests)
