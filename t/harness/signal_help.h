/* What the signal tests share: the flags they are repeated with, and the
 * state of the process, which they check and restore. */
#ifndef SIGNAL_HELP_H_
#define SIGNAL_HELP_H_

#include <pthread.h>
#include <signal.h>

#include "calls.h"
#include "spare.h"

enum { signal_modes = 3 };

static const unsigned signal_flags[signal_modes] = {0, EVFLAG_SIGNALFD,
                                                    EVFLAG_NOSIGMASK};

static inline void signal_note(struct ev_loop* loop, ev_signal* w, int revents)
{
    (void)loop;
    assert_int_equal(revents, EV_SIGNAL);
    calls_add(w->data);
}

static inline void signal_begin(struct ev_loop* loop, ev_signal* w,
                                const char* name, int signum)
{
    ev_signal_init(w, signal_note, signum);
    w->data = (void*)name;
    ev_signal_start(loop, w);
}

static inline int is_blocked(int signum)
{
    sigset_t now;
    assert_int_equal(pthread_sigmask(SIG_BLOCK, NULL, &now), 0);
    return sigismember(&now, signum);
}

static inline void set_blocked(int signum, int blocked)
{
    sigset_t one;
    sigemptyset(&one);
    sigaddset(&one, signum);
    pthread_sigmask(blocked ? SIG_BLOCK : SIG_UNBLOCK, &one, NULL);
}

static inline struct sigaction disposition(int signum)
{
    struct sigaction now = {0};
    assert_int_equal(sigaction(signum, NULL, &now), 0);
    return now;
}

static __thread int canceling; /* a system call cancels this thread */

/* A request to cancel the thread arrives while that call returns. */
static inline void cancel_here(void)
{
    canceling = 0;
    pthread_cancel(pthread_self());
    pthread_testcancel();
}

static void* run_until_canceled(void* loop)
{
    canceling = 1;
    while (canceling) ev_run((struct ev_loop*)loop, EVRUN_ONCE);
    pthread_testcancel();
    return NULL;
}

/* A thread that runs the loop is canceled. Then this one runs it. */
static inline void run_after_canceled(struct ev_loop* loop)
{
    pthread_t thread;
    void* result;
    assert_int_equal(pthread_create(&thread, NULL, run_until_canceled, loop),
                     0);
    assert_int_equal(pthread_join(thread, &result), 0);
    assert_ptr_equal(result, PTHREAD_CANCELED);
    for (int i = 0; i < 3; ++i) turn(loop);
}

/* Everything the tests use back to how a program starts: to default and
 * unblocked. Ignoring a signal first discards one that still waits. */
static inline void signals_reset(void)
{
    static const int used[] = {SIGHUP, SIGUSR1, SIGUSR2, SIGALRM, SIGCHLD};
    sigset_t none;

    for (size_t i = 0; i < sizeof used / sizeof *used; ++i) {
        signal(used[i], SIG_IGN);
        signal(used[i], SIG_DFL);
    }
    for (int i = 0; i < spares_count; ++i) {
        signal(signal_spare(i), SIG_IGN);
        signal(signal_spare(i), SIG_DFL);
    }
    sigemptyset(&none);
    pthread_sigmask(SIG_SETMASK, &none, NULL);
    calls_clear();
}

#endif
