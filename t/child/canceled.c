/* A thread that runs the default loop is canceled when waitpid has taken a
 * child's status; then another thread runs the loop. */
#define _GNU_SOURCE

#include "child_help.h"
#include "kernel.h"
#include "msan.h"

/* Cancels a thread that asks for it while the call returns. */
pid_t waitpid(pid_t pid, int* status, int options)
{
    pid_t got = kernel_waitpid(pid, status, options);
    if (got > 0 && status) msan_written(status, sizeof *status);
    if (!canceling || got <= 0) return got;
    cancel_here();
    return got;
}

static void test_child_thread_canceled_in_waitpid_event_is_kept(void** state)
{
    /* R4.3, A13: the child is not lost: who runs the loop next is told, once.
     */
    struct ev_loop* loop = child_loop(0);
    ev_child w;
    (void)state;

    pid_t pid = child_exits(7);
    child_begin(loop, &w, "c", pid, 0);
    run_after_canceled(loop);
    assert_calls("c");
    assert_int_equal(WEXITSTATUS(w.rstatus), 7);
    ev_child_stop(loop, &w);
    child_loop_end(loop);
}

static const Test tests[] = {
    OURS(test_child_thread_canceled_in_waitpid_event_is_kept),
};

HARNESS_MAIN("child_canceled", tests)
