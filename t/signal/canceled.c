/* A thread that runs the loop is canceled when it has read a signal from the
 * signalfd; then another thread runs the loop. */
#define _GNU_SOURCE
#include <sys/signalfd.h>

#include "kernel.h"
#include "msan.h"
#include "signal_help.h"

/* Cancels a thread that asks for it while the call returns. */
ssize_t read(int fd, void* bytes, size_t size)
{
    ssize_t got = kernel_read(fd, bytes, size);
    if (got > 0) msan_written(bytes, (size_t)got);
    if (!canceling || got < (ssize_t)sizeof(struct signalfd_siginfo))
        return got;
    cancel_here();
    return got;
}

static void test_signal_thread_canceled_in_read_event_is_kept(void** state)
{
    /* R4.3: the signal is not lost: who runs the loop next is told, once. */
    struct ev_loop* loop = loop_new(EVFLAG_SIGNALFD);
    ev_signal w;
    (void)state;

    signals_reset();
    signal_begin(loop, &w, "s", SIGUSR1);
    ev_run(loop, EVRUN_NOWAIT);
    kill(getpid(), SIGUSR1);
    run_after_canceled(loop);
    assert_calls("s");
    ev_signal_stop(loop, &w);
    ev_loop_destroy(loop);
}

static const Test tests[] = {
    OURS(test_signal_thread_canceled_in_read_event_is_kept),
};

HARNESS_MAIN("signal_canceled", tests)
