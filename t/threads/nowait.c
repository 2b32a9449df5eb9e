/* Other threads and a loop that makes no system call, since it watches no fd
 * and does not wait.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>

#include "drive.h"

/* AddressSanitizer reports the frames that a canceled thread left. */
#ifdef __SANITIZE_ADDRESS__
enum { cancels = 0 };
#else
enum { cancels = 1 };
#endif

enum { rounds = 300 };

static struct ev_loop* loop;
static ev_async async;
static ev_signal sig;
static atomic_int answers, written;
static int read_last; /* of `written`, in the callback */

static void answer(void)
{
    read_last = atomic_load_explicit(&written, memory_order_relaxed);
    atomic_fetch_add(&answers, 1);
}

static void async_answers(struct ev_loop* l, ev_async* w, int revents)
{
    (void)l, (void)w, (void)revents;
    answer();
}

static void signal_answers(struct ev_loop* l, ev_signal* w, int revents)
{
    (void)l, (void)w, (void)revents;
    answer();
}

static void begin(void)
{
    loop = loop_new(0);
    answers = written = read_last = 0;
    ev_async_init(&async, async_answers);
    ev_async_start(loop, &async);
    ev_signal_init(&sig, signal_answers, SIGUSR1);
    ev_signal_start(loop, &sig);
}

static void finish(void)
{
    ev_async_stop(loop, &async);
    ev_signal_stop(loop, &sig);
    ev_loop_destroy(loop);
}

/* The next request comes when the last was answered, so each needs a callback.
 */
static void* request_all(void* loop_thread)
{
    pthread_t thread = *(pthread_t*)loop_thread;
    for (int i = 1; i <= rounds; ++i) {
        atomic_store_explicit(&written, i, memory_order_relaxed);
        if (i % 3) ev_async_send(loop, &async);
        else pthread_kill(thread, SIGUSR1);
        while (atomic_load(&answers) < i) sched_yield();
    }
    return NULL;
}

static void serve_all(int flags, int other_flags)
{
    pthread_t here = pthread_self(), sender;
    begin();
    assert_int_equal(pthread_create(&sender, NULL, request_all, &here), 0);
    for (int i = 0; atomic_load(&answers) < rounds; ++i) {
        ev_run(loop, i % 2 ? flags : other_flags);
        sched_yield();
    }
    pthread_join(sender, NULL);
    assert_int_equal(answers, rounds);
    assert_int_equal(read_last, rounds);
    finish();
}

static void test_threads_send_to_a_loop_that_never_waits(void** state)
{
    /* R1.14, R2.63: no send and no signal is lost, and the callback sees what
     * the sender wrote before. */
    (void)state;
    serve_all(EVRUN_NOWAIT, EVRUN_NOWAIT);
}

static void test_threads_send_to_a_loop_that_waits_sometimes(void** state)
{
    /* R1.14, R2.63: likewise if every second iteration may wait. */
    (void)state;
    serve_all(EVRUN_NOWAIT, EVRUN_ONCE);
}

static void idle_note(struct ev_loop* l, ev_idle* w, int revents)
{
    (void)l, (void)revents;
    atomic_store((atomic_int*)w->data, 1);
}

static void* idle_run(void* running)
{
    static ev_idle idle;
    ev_idle_init(&idle, idle_note);
    idle.data = running;
    ev_idle_start(loop, &idle);
    ev_run(loop, 0);
    return running;
}

static void test_threads_cancel_a_loop_that_never_waits(void** state)
{
    /* R1.21: an iteration polls, and that is a cancellation point: a thread
     * that only makes iterations can be canceled. */
    atomic_int running = 0;
    pthread_t idler;
    void* result;
    (void)state;
    if (!cancels) skip();
    loop = loop_new(0);
    assert_int_equal(pthread_create(&idler, NULL, idle_run, &running), 0);
    while (!running) sched_yield();
    assert_int_equal(pthread_cancel(idler), 0);
    assert_int_equal(pthread_join(idler, &result), 0);
    assert_true(result == PTHREAD_CANCELED);
    ev_loop_destroy(loop);
}

static const Test tests[] = {
    EACH(test_threads_send_to_a_loop_that_never_waits),
    EACH(test_threads_send_to_a_loop_that_waits_sometimes),
    EACH(test_threads_cancel_a_loop_that_never_waits),
};

HARNESS_MAIN("threads_nowait", tests)
