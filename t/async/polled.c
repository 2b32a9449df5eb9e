/* A thread that polls ev_async_pending while another runs the loop. The check
 * is TSan's: it reports a read that is not atomic.
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "drive.h"

enum { rounds = 50 };

static struct ev_loop* loop;
static ev_async async;
static int calls;
static atomic_int polled, finished;

static void async_count(struct ev_loop* l, ev_async* w, int revents)
{
    (void)l, (void)w, (void)revents;
    ++calls;
}

/* A producer that sends only if no send is pending. */
static void* thread_polls(void* unused)
{
    double give_up = monotonic() + drive_patience;

    for (int i = 0; i < rounds && monotonic() < give_up; ++i) {
        ev_async_send(loop, &async);
        while (ev_async_pending(&async) && monotonic() < give_up) sched_yield();
        atomic_fetch_add(&polled, 1);
    }
    atomic_store(&finished, 1);
    return unused;
}

static void test_async_pending_polled_by_thread_is_atomic(void** state)
{
    /* R2.64, A17: ev_async_pending may be called in any thread: it is an atomic
     * read, of the type that the plain read had. */
    pthread_t thread;

    (void)state;
    calls = 0;
    atomic_store(&polled, 0), atomic_store(&finished, 0);
    loop = loop_new(0);
    ev_async_init(&async, async_count);
    ev_async_start(loop, &async);
    const ev_async* constant = &async;
    _Static_assert(sizeof ev_async_pending(constant) == sizeof(int), "int");
    assert_int_equal(ev_async_pending(constant), 0);
    assert_int_equal(_Generic(ev_async_pending(&async), int : 1, default : 0),
                     1);
    assert_int_equal(pthread_create(&thread, NULL, thread_polls, NULL), 0);
    while (!atomic_load(&finished)) ev_run(loop, EVRUN_NOWAIT);
    pthread_join(thread, NULL);
    ev_run(loop, EVRUN_NOWAIT);
    assert_int_equal(atomic_load(&polled), rounds);
    assert_in_range(calls, 1, rounds);
    ev_loop_destroy(loop);
}

static const Test tests[] = {
    EACH(test_async_pending_polled_by_thread_is_atomic),
};

HARNESS_MAIN("async_polled", tests)
