/* A thread is cancelled while the loop reaps children in it: waitpid is a
 * cancellation point. No child is lost; 4.33 loses it.
 */
#define _GNU_SOURCE 1
#include <dlfcn.h>
#include <pthread.h>

#include "child_help.h"
#include "forked.h"

/* ASan takes the frames that a cancellation leaves for errors. */
#ifdef __SANITIZE_ADDRESS__
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

enum { children_count = 3, at_most = 1000 };

static pthread_t runner;
static volatile int runs;  /* true: there is that thread */
static volatile int calls; /* of waitpid in it, until it is cancelled there */
static int reaped_only;    /* true: just before waitpid returns a child */

static void cancel_here(pid_t got)
{
    if (!runs || !pthread_equal(pthread_self(), runner)) return;
    if (reaped_only && got <= 0) return;
    if (--calls) return;
    pthread_cancel(pthread_self());
    pthread_testcancel();
}

/* Cancellation acts where a cancellation point begins or, with libcs that do
 * not look at what it has done, where it ends. */
pid_t waitpid(pid_t pid, int* status, int options)
{
    static pid_t (*real)(pid_t, int*, int);

    if (!real) *(void**)&real = dlsym(RTLD_NEXT, "waitpid");
    if (!reaped_only) cancel_here(0);
    pid_t got = real(pid, status, options);
    if (reaped_only) cancel_here(got);
    return got;
}

static ev_child watchers[children_count];
static int told[children_count];

static void child_count(struct ev_loop* loop, ev_child* w, int revents)
{
    int i = (int)(w - watchers);
    (void)loop, (void)revents;
    child_check(w->rpid == w->pid && WEXITSTATUS(w->rstatus) == i);
    ++told[i];
}

static void end_note(struct ev_loop* loop, ev_timer* w, int revents)
{
    (void)revents;
    *(int*)w->data = 1;
    ev_break(loop, EVBREAK_ALL);
}

static void* loop_runs(void* loop)
{
    runner = pthread_self();
    runs = 1;
    for (int i = 0; i < at_most; ++i) ev_run(loop, EVRUN_NOWAIT);
    return NULL;
}

static int all_told(void)
{
    for (int i = 0; i < children_count; ++i)
        if (told[i] != 1) return 0;
    return 1;
}

static void children_begin(struct ev_loop* loop)
{
    for (int i = 0; i < children_count; ++i) {
        pid_t pid = fork();
        if (!pid) _exit(i);
        ev_child_init(&watchers[i], child_count, pid, 0);
        ev_child_start(loop, &watchers[i]);
        child_ended(pid);
    }
}

static void thread_is_cancelled(struct ev_loop* loop)
{
    pthread_t thread;
    void* result;

    child_check(!pthread_create(&thread, NULL, loop_runs, loop));
    child_check(!pthread_join(thread, &result));
    child_check(result == PTHREAD_CANCELED);
    runs = 0;
}

static void children_told(void* arg)
{
    unsigned flags = *(unsigned*)arg;
    struct ev_loop* loop = ev_default_loop(backend | flags);
    int late = 0;
    ev_timer end;

    children_begin(loop);
    thread_is_cancelled(loop);
    ev_timer_init(&end, end_note, 1., 0.);
    end.data = &late;
    ev_now_update(loop);
    ev_timer_start(loop, &end);
    while (!all_told() && !late) ev_run(loop, EVRUN_ONCE);
    child_check(all_told());
    ev_timer_stop(loop, &end);
    child_check(waitpid(-1, NULL, WNOHANG) == -1); /* there is no zombie */
    ev_verify(loop);
    ev_loop_destroy(loop);
}

static void assert_children_told(int when_reaped)
{
    if (SANITIZED) skip();
    reaped_only = when_reaped;
    for (int mode = 0; mode < child_modes; ++mode)
        for (int nth = 1; nth <= children_count; ++nth) {
            unsigned flags = child_flags[mode];
            calls = nth;
            assert_child_passes(child_fork(children_told, &flags));
        }
}

static void test_child_thread_cancelled_before_reaping_others_tell(void** state)
{
    /* R4.3, A13: a thread that runs the default loop is cancelled where it
     * calls waitpid, for the first child or a later one. When another thread
     * runs the loop, each child's status is told once, and is right. */
    (void)state;
    assert_children_told(0);
}

static void test_child_thread_cancelled_after_reaping_others_tell(void** state)
{
    /* R4.3, A13: the same where waitpid has reaped the child already. */
    (void)state;
    assert_children_told(1);
}

static const Test tests[] = {
    OURS(test_child_thread_cancelled_before_reaping_others_tell),
    OURS(test_child_thread_cancelled_after_reaping_others_tell),
};

HARNESS_MAIN("child_cancelled", tests)
