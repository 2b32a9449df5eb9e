/* A thread that runs the loop is cancelled when it has read a signal from the
 * signalfd; then another thread runs the loop. */
#define _GNU_SOURCE
#include <pthread.h>
#include <sys/syscall.h>

#include "msan.h"
#include "signal_help.h"

static __thread int cancelling; /* this thread is cancelled by read */

/* A request to cancel the thread arrives while the call returns. */
ssize_t read(int fd, void* bytes, size_t size)
{
    ssize_t got = syscall(SYS_read, fd, bytes, size);
    if (got > 0) msan_written(bytes, (size_t)got);
    if (!cancelling || got < 64) return got; /* not a signal */
    cancelling = 0;
    pthread_cancel(pthread_self());
    pthread_testcancel();
    return got;
}

static int calls;

static void note_signal(EV_P_ ev_signal* w, int revents)
{
    (void)EV_A, (void)w;
    calls += revents == EV_SIGNAL;
}

static void* run_until_cancelled(void* loop)
{
    cancelling = 1;
    while (cancelling) ev_run(loop, EVRUN_ONCE);
    pthread_testcancel();
    return NULL;
}

static void test_signal_thread_cancelled_in_read_event_is_kept(void** state)
{
    /* R4.3: the signal is not lost: who runs the loop next is told, once. */
    struct ev_loop* loop = loop_new(EVFLAG_SIGNALFD);
    ev_signal w;
    pthread_t thread;
    void* result;
    (void)state;

    calls = 0;
    ev_signal_init(&w, note_signal, SIGUSR1);
    ev_signal_start(loop, &w);
    ev_run(loop, EVRUN_NOWAIT);
    kill(getpid(), SIGUSR1);
    assert_int_equal(pthread_create(&thread, NULL, run_until_cancelled, loop),
                     0);
    assert_int_equal(pthread_join(thread, &result), 0);
    assert_ptr_equal(result, PTHREAD_CANCELED);
    for (int i = 0; i < 3; ++i) ev_run(loop, EVRUN_NOWAIT);
    assert_int_equal(calls, 1);
    ev_signal_stop(loop, &w);
    ev_loop_destroy(loop);
}

static const Test tests[] = {
    OURS(test_signal_thread_cancelled_in_read_event_is_kept),
};

HARNESS_MAIN("signal_cancelled", tests)
