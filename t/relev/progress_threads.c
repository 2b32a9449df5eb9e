/* relev_set_slow_cb and relev_progress_read: which callback is slow, and which
 * one hangs, seen by another thread while it hangs. */

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "calls.h"

static struct ev_loop* loop;
static atomic_int released, rounds;
static int slow_count;
static struct relev_slow slow;

static void on_slow(struct ev_loop* l, const struct relev_slow* s, void* data)
{
    assert_ptr_equal(l, loop);
    assert_ptr_equal(data, &slow_count);
    ++slow_count;
    slow = *s;
}

static void on_quick(struct ev_loop* l, ev_timer* w, int revents)
{
    (void)l, (void)w, (void)revents;
    atomic_fetch_add(&rounds, 1);
}

static void on_nap(struct ev_loop* l, ev_timer* w, int revents)
{
    (void)l, (void)w, (void)revents;
    ev_sleep(.04), ev_sleep(.04);
}

static void on_hang(struct ev_loop* l, ev_timer* w, int revents)
{
    (void)l, (void)w, (void)revents;
    while (!atomic_load(&released)) ev_sleep(.001);
}

static void call_once(void (*callback)(struct ev_loop*, ev_timer*, int))
{
    ev_timer w;
    ev_timer_init(&w, callback, 0., 0.);
    ev_timer_start(loop, &w);
    ev_run(loop, 0);
}

static void test_slow_callback_is_named(void** state)
{
    /* 1.4: one that sleeps for 80 ms, with its duration; no other. */
    struct relev_progress p;
    (void)state;

    loop = loop_fresh(0);
    slow_count = 0;
    relev_set_slow_cb(loop, .05, on_slow, &slow_count);
    call_once(on_nap);
    assert_int_equal(slow_count, 1);
    assert_int_equal(slow.type, EV_TIMER);
    assert_ptr_equal(slow.callback, (void*)on_nap);
    assert_true(slow.took >= .0799);
    relev_set_slow_cb(loop, 1000., on_slow, &slow_count);
    call_once(on_nap);
    assert_int_equal(slow_count, 1);
    assert_int_equal(relev_progress_read(loop, &p, sizeof p), 0);
    relev_set_slow_cb(loop, .001, NULL, NULL);
    assert_int_equal(relev_progress_read(loop, &p, sizeof p), -1);
    call_once(on_nap);
    assert_int_equal(slow_count, 1);
    ev_loop_destroy(loop);
}

static void test_progress_needs_to_be_enabled(void** state)
{
    /* 1.4: by metrics of level 2, or by a callback for slow ones. */
    struct relev_progress p;
    (void)state;

    loop = loop_fresh(0);
    assert_int_equal(relev_progress_read(loop, &p, sizeof p), -1);
    relev_metrics_enable(loop, 1);
    assert_int_equal(relev_progress_read(loop, &p, sizeof p), -1);
    relev_metrics_enable(loop, 2);
    assert_int_equal(relev_progress_read(loop, &p, sizeof p), 0);
    assert_int_equal(p.state, RELEV_BETWEEN);
    relev_set_slow_cb(loop, 1., on_slow, NULL);
    relev_metrics_enable(loop, 0);
    turn(loop);
    assert_int_equal(relev_progress_read(loop, &p, sizeof p), 0);
    assert_int_equal(p.iteration, ev_iteration(loop));
    ev_loop_destroy(loop);
}

/* Waits for a state that lasts, of a callback if there is one. */
static struct relev_progress seen(int state, void* callback)
{
    struct relev_progress p;
    do ev_sleep(.001);
    while (relev_progress_read(loop, &p, sizeof p) || p.state != state
           || p.callback != callback);
    return p;
}

static void* watch_hang(void* result)
{
    struct relev_progress* p = result;
    p[0] = seen(RELEV_CALLING, (void*)on_hang);
    p[1] = seen(RELEV_CALLING, (void*)on_hang);
    atomic_store(&released, 1);
    p[2] = seen(RELEV_WAITING, NULL);
    ev_async_send(loop, ev_userdata(loop));
    return NULL;
}

static void on_async(struct ev_loop* l, ev_async* w, int revents)
{
    (void)revents;
    ev_async_stop(l, w);
}

static void test_progress_shows_a_callback_that_hangs(void** state)
{
    /* 1.4: another thread sees it while it hangs, and since when; then that
     * the loop waits. */
    struct relev_progress p[3];
    struct timespec now;
    pthread_t thread;
    ev_timer hang;
    ev_async async;
    (void)state;

    loop = loop_fresh(0);
    atomic_store(&released, 0);
    relev_metrics_enable(loop, 2);
    ev_async_init(&async, on_async);
    ev_async_start(loop, &async);
    ev_set_userdata(loop, &async);
    ev_timer_init(&hang, on_hang, 0., 0.);
    ev_timer_start(loop, &hang);
    assert_int_equal(pthread_create(&thread, NULL, watch_hang, p), 0);
    ev_run(loop, 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    clock_gettime(CLOCK_MONOTONIC, &now);
    assert_int_equal(p[0].type, EV_TIMER);
    assert_true(p[0].since > 0 && p[0].since <= (ev_tstamp)now.tv_sec + 1);
    assert_true(p[0].since == p[1].since);
    assert_true(p[2].since >= p[1].since);
    assert_true(p[2].iteration > p[1].iteration);
    ev_loop_destroy(loop);
}

static void* watch_race(void* arg)
{
    struct relev_progress p;
    (void)arg;
    while (atomic_load(&rounds) < 2000) {
        assert_int_equal(relev_progress_read(loop, &p, sizeof p), 0);
        assert_in_range(p.state, RELEV_WAITING, RELEV_BETWEEN);
        int calling = p.state == RELEV_CALLING;
        assert_true(calling ? p.callback == (void*)on_quick : !p.callback);
        assert_int_equal(p.type, calling ? EV_TIMER : 0);
    }
    return NULL;
}

static void test_progress_is_consistent_in_another_thread(void** state)
{
    /* 1.4: what is read belongs together, whatever the loop does meanwhile. */
    pthread_t thread;
    ev_timer w;
    (void)state;

    loop = loop_fresh(0);
    atomic_store(&rounds, 0);
    relev_metrics_enable(loop, 2);
    assert_int_equal(pthread_create(&thread, NULL, watch_race, NULL), 0);
    ev_timer_init(&w, on_quick, 0., 1e-9);
    ev_timer_start(loop, &w);
    while (atomic_load(&rounds) < 2000) ev_run(loop, EVRUN_NOWAIT);
    assert_int_equal(pthread_join(thread, NULL), 0);
    ev_loop_destroy(loop);
}

static const Test tests[] = {
    EACH(test_slow_callback_is_named),
    EACH(test_progress_needs_to_be_enabled),
    EACH(test_progress_shows_a_callback_that_hangs),
    EACH(test_progress_is_consistent_in_another_thread),
};

HARNESS_MAIN("relev_progress_threads", tests)
