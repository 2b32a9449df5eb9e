/* relev_post by a thread while the loop makes what relev.h needs. */
#include <pthread.h>

#include "calls.h"

static struct ev_loop* loop;
static struct relev_task task;

static void on_task(struct ev_loop* l, struct relev_task* t)
{
    (void)l, (void)t;
    calls_add("t");
}

static void* post(void* arg)
{
    task.run = on_task;
    relev_post(loop, &task);
    return arg;
}

static void on_error(struct ev_loop* l, const struct relev_error* error,
                     void* data)
{
    (void)l, (void)error, (void)data;
    calls_add("e");
}

static void on_io(struct ev_loop* l, ev_io* w, int revents)
{
    (void)l, (void)w, (void)revents;
}

static void test_post_during_the_first_error_loses_none(void** state)
{
    /* CORE2, section 2: tasks may be posted before relev_post_open. An error
     * of the loop makes its state for relev.h, which relev_post reads. */
    pthread_t thread;
    ev_io w;
    (void)state;
    loop = loop_fresh(0);
    relev_set_error_cb(NULL, on_error, NULL);
    assert_int_equal(pthread_create(&thread, NULL, post, NULL), 0);
    ev_io_init(&w, on_io, -1, EV_READ);
    ev_io_start(loop, &w);
    turn(loop);
    assert_int_equal(relev_post_open(loop), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_calls("e");
    turn(loop), turn(loop);
    assert_calls("t");
    relev_set_error_cb(NULL, NULL, NULL);
    ev_loop_destroy(loop);
}

static const Test tests[] = {
    ONCE(test_post_during_the_first_error_loses_none),
};

HARNESS_MAIN("relev_post_threads_early", tests)
