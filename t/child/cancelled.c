/* A thread that runs the default loop is cancelled when waitpid has taken a
 * child's status; then another thread runs the loop. */
#define _GNU_SOURCE
#include <pthread.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "child_help.h"
#include "msan.h"

static __thread int cancelling; /* this thread is cancelled by waitpid */

/* A request to cancel the thread arrives while the call returns. */
pid_t waitpid(pid_t pid, int* status, int options)
{
    pid_t got = (pid_t)syscall(SYS_wait4, pid, status, options, NULL);
    if (got > 0 && status) msan_written(status, sizeof *status);
    if (!cancelling || got <= 0) return got;
    cancelling = 0;
    pthread_cancel(pthread_self());
    pthread_testcancel();
    return got;
}

static int calls, status_seen;

static void note_child(EV_P_ ev_child* w, int revents)
{
    (void)EV_A, (void)revents;
    ++calls;
    status_seen = w->rstatus;
}

static void* run_until_cancelled(void* loop)
{
    cancelling = 1;
    while (cancelling) ev_run(loop, EVRUN_ONCE);
    pthread_testcancel();
    return NULL;
}

static void test_child_thread_cancelled_in_waitpid_event_is_kept(void** state)
{
    /* R4.3, A13: the child is not lost: who runs the loop next is told, once.
     */
    struct ev_loop* loop = child_loop(0);
    ev_child w;
    pthread_t thread;
    void* result;
    (void)state;

    calls = 0;
    pid_t pid = child_exits(7);
    ev_child_init(&w, note_child, pid, 0);
    ev_child_start(loop, &w);
    assert_int_equal(pthread_create(&thread, NULL, run_until_cancelled, loop),
                     0);
    assert_int_equal(pthread_join(thread, &result), 0);
    assert_ptr_equal(result, PTHREAD_CANCELED);
    for (int i = 0; i < 3; ++i) ev_run(loop, EVRUN_NOWAIT);
    assert_int_equal(calls, 1);
    assert_int_equal(WEXITSTATUS(status_seen), 7);
    ev_child_stop(loop, &w);
    child_loop_end(loop);
}

static const Test tests[] = {
    OURS(test_child_thread_cancelled_in_waitpid_event_is_kept),
};

HARNESS_MAIN("child_cancelled", tests)
