/* relev_post by other threads, and by signal handlers.
 *
 * $POSTED is how many tasks eight threads post in all; without it there are
 * few, so that slow tools are quick, too.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>

#include "calls.h"
#include "kernel.h"
#include "spy.h"

enum { producers = 8, few = 20000, batch = 100 };

static struct ev_loop* loop;
static atomic_int writes; /* system calls, of anybody */

ssize_t write(int fd, const void* data, size_t size)
{
    atomic_fetch_add(&writes, 1);
    return kernel_write(fd, data, size);
}

/* For threads, where cmocka's assertions end the process without a word. */
#define must(what)                                                    \
    do {                                                              \
        if (!(what)) fprintf(stderr, "not so: %s\n", #what), abort(); \
    } while (0)

static void opened(void)
{
    loop = loop_fresh(0);
    assert_int_equal(relev_post_open(loop), 0);
    ev_ref(loop);
}

static void unrun(struct relev_task* task)
{
    (void)task;
    fail_msg("a task did not run");
}

static void closed(void)
{
    ev_verify(loop);
    relev_post_close(loop, unrun);
    ev_loop_destroy(loop);
}

/* Tasks with numbers. */
typedef struct Numbered {
    struct relev_task task;
    int producer, number;
} Numbered;

typedef struct Producer {
    pthread_t thread;
    Numbered* tasks;
    int number, count, calls;
    int ran, called; /* in the loop's thread */
} Producer;

static Producer all[producers];
static int left; /* tasks and calls */

static void on_number(struct ev_loop* l, struct relev_task* task)
{
    Numbered* made = (Numbered*)task;
    must(made->number == all[made->producer].ran++);
    if (!--left) ev_break(l, EVBREAK_ALL);
}

static void on_call(struct ev_loop* l, void* arg)
{
    Producer* p = (Producer*)arg;
    must(++p->called <= p->calls);
    if (!--left) ev_break(l, EVBREAK_ALL);
}

static void* produce(void* arg)
{
    Producer* p = (Producer*)arg;
    for (int i = 0; i < p->count; ++i) {
        Numbered* made = &p->tasks[i];
        made->task.run = on_number;
        made->producer = p->number;
        made->number = i;
        relev_post(loop, &made->task);
        if (i % 16) continue;
        must(!relev_call(loop, on_call, p));
        if (i % 256 == 0) sched_yield();
    }
    return NULL;
}

static void test_post_by_eight_threads_loses_none(void** state)
{
    /* Issue 22, 2.1: each task runs once, those of a thread in its order, by a
     * loop that waits or not. */
    const char* posted = getenv("POSTED");
    int count = (posted ? atoi(posted) : few) / producers;
    (void)state;
    opened();
    left = 0;
    for (int i = 0; i < producers; ++i) {
        Producer* p = &all[i];
        Numbered* tasks = malloc((size_t)count * sizeof *tasks);
        *p = (Producer){.number = i, .count = count, .tasks = tasks};
        p->calls = (count + 15) / 16;
        left += count + p->calls;
    }
    for (int i = 0; i < producers; ++i)
        must(!pthread_create(&all[i].thread, NULL, produce, &all[i]));
    ev_run(loop, 0);
    for (int i = 0; i < producers; ++i) {
        must(!pthread_join(all[i].thread, NULL));
        assert_int_equal(all[i].ran, count);
        assert_int_equal(all[i].called, all[i].calls);
        free(all[i].tasks);
    }
    assert_int_equal(left, 0);
    closed();
}

static Numbered tasks[batch];
static int ran;

static void on_task(struct ev_loop* l, struct relev_task* task)
{
    Numbered* made = (Numbered*)task;
    (void)l;
    must(made->number == ran++);
}

static void* post_batch(void* arg)
{
    (void)arg;
    for (int i = 0; i < batch; ++i) {
        tasks[i].task.run = on_task;
        tasks[i].number = i;
        relev_post(loop, &tasks[i].task);
    }
    return NULL;
}

static void in_thread(void* (*f)(void*))
{
    pthread_t thread;
    must(!pthread_create(&thread, NULL, f, NULL));
    must(!pthread_join(thread, NULL));
}

static void post_once(void)
{
    spy_hook = NULL;
    in_thread(post_batch);
}

static void on_posting(struct ev_loop* l, struct relev_task* task)
{
    (void)l, (void)task;
    in_thread(post_batch);
}

static void test_post_writes_once_for_a_batch(void** state)
{
    /* Issue 22, 2.1: a loop that waits is written to once for all tasks that
     * come before it wakes up, one that works not at all. */
    struct relev_task posting = {NULL, on_posting};
    (void)state;
    opened();
    turn(loop), turn(loop);
    for (int i = 0; i < 3; ++i) {
        ran = 0;
        atomic_store(&writes, 0);
        spy_hook = post_once;
        ev_run(loop, EVRUN_ONCE);
        assert_int_equal(ran, batch);
        assert_int_equal(writes, 1);
    }
    relev_post(loop, &posting);
    atomic_store(&writes, 0), ran = 0;
    turn(loop);
    assert_int_equal(ran, 0);
    ev_run(loop, EVRUN_ONCE);
    assert_int_equal(ran, batch);
    assert_int_equal(writes, 0);
    closed();
}

static atomic_int handled; /* signals */

static void on_signal(int number)
{
    int i = atomic_load(&handled);
    (void)number;
    if (i == batch) return;
    tasks[i].task.run = on_task;
    tasks[i].number = i;
    relev_post(loop, &tasks[i].task);
    atomic_store(&handled, i + 1);
}

static void* send_signals(void* thread)
{
    while (atomic_load(&handled) < batch) {
        pthread_kill(*(pthread_t*)thread, SIGUSR1);
        sched_yield();
    }
    return NULL;
}

static void test_post_by_a_signal_handler_loses_none(void** state)
{
    /* Issue 22, 2.1: at any instruction of the loop, which waits or not. */
    pthread_t self = pthread_self(), thread;
    (void)state;
    opened();
    ran = 0;
    atomic_store(&handled, 0);
    signal(SIGUSR1, on_signal);
    must(!pthread_create(&thread, NULL, send_signals, &self));
    for (int i = 0; ran < batch; ++i) {
        ev_verify(loop);
        ev_run(loop, i % 2 ? EVRUN_ONCE : EVRUN_NOWAIT);
    }
    must(!pthread_join(thread, NULL));
    signal(SIGUSR1, SIG_DFL);
    closed();
}

static atomic_int posted;

static void* post_until_canceled(void* arg)
{
    (void)arg;
    for (int i = 0;; ++i) {
        if (i < batch) {
            tasks[i].task.run = on_task;
            tasks[i].number = i;
            relev_post(loop, &tasks[i].task);
            atomic_store(&posted, i + 1);
        }
        if (i > 2) pthread_testcancel();
    }
    return NULL;
}

static void test_post_by_a_canceled_thread_loses_none(void** state)
{
    /* CORE2, section 2: what a thread posted runs, whatever becomes of it. */
    pthread_t thread;
    void* value;
    (void)state;
    opened();
    ran = 0;
    atomic_store(&posted, 0);
    must(!pthread_create(&thread, NULL, post_until_canceled, NULL));
    while (!ran) ev_run(loop, EVRUN_ONCE);
    must(!pthread_cancel(thread));
    must(!pthread_join(thread, &value));
    assert_ptr_equal(value, PTHREAD_CANCELED);
    turn(loop);
    assert_int_equal(ran, atomic_load(&posted));
    closed();
}

static const Test tests[] = {
    EACH(test_post_by_eight_threads_loses_none),
    EACH(test_post_writes_once_for_a_batch),
    EACH(test_post_by_a_signal_handler_loses_none),
    ONCE(test_post_by_a_canceled_thread_loses_none),
};

HARNESS_MAIN("relev_post_threads", tests)
