/* A signal that one loop releases and another acquires, at the same moment: the
 * other loop, in another thread, starts its watcher while the first is about to
 * set the default action. And a fork at that moment.
 */
#define _GNU_SOURCE
#include <dlfcn.h>

#include "forked.h"
#include "signal_help.h"

static struct ev_loop* two;
static ev_signal b;
static int before, after; /* when to start: around the system call */
static int forks;
static pid_t forked;
static pthread_t starter;

static void* start(void* unused)
{
    ev_signal_start(two, &b);
    return unused;
}

/* It is given the time to do it, if it can. */
static void try_start(void)
{
    const struct timespec moment = {0, 3000000};
    before = after = 0;
    assert_false(pthread_create(&starter, NULL, start, NULL));
    nanosleep(&moment, NULL);
}

static int handled(void);

/* The thread that stops the other watcher does not exist here. */
static void child_starts(void* unused)
{
    (void)unused;
    ev_loop_fork(two);
    ev_signal_start(two, &b);
    child_check(handled());
    raise(SIGUSR1);
    ev_run(two, EVRUN_NOWAIT);
    child_check(!strcmp(calls_take(), "b"));
    ev_signal_stop(two, &b);
}

static void* fork_child(void* unused)
{
    forked = child_fork(child_starts, NULL);
    return unused;
}

static void try_fork(void)
{
    pthread_t forker;
    forks = 0;
    assert_false(pthread_create(&forker, NULL, fork_child, NULL));
    pthread_join(forker, NULL);
}

int sigaction(int signum, const struct sigaction* new, struct sigaction* old)
{
    int (*libc)(int, const struct sigaction*, struct sigaction*);

    *(void**)&libc = dlsym(RTLD_NEXT, "sigaction");
    int reset = signum == SIGUSR1 && new&& new->sa_handler == SIG_DFL;
    if (reset && forks) try_fork();
    if (reset && before) try_start();
    int result = libc(signum, new, old);
    if (reset && after) try_start();
    return result;
}

static int handled(void) { return disposition(SIGUSR1).sa_handler != SIG_DFL; }

/* Two loops; the first one has a watcher. */
static struct ev_loop* loops_begin(ev_signal* a)
{
    struct ev_loop* one = loop_new(0);
    two = loop_new(0);
    signals_reset();
    signal_begin(one, a, "a", SIGUSR1);
    ev_signal_init(&b, signal_note, SIGUSR1);
    b.data = (void*)"b";
    return one;
}

static void loops_end(struct ev_loop* one)
{
    assert_false(handled());
    ev_loop_destroy(one);
    ev_loop_destroy(two);
    signals_reset();
}

static void handed_over(int early)
{
    ev_signal a;
    struct ev_loop* one = loops_begin(&a);
    before = early, after = !early;
    ev_signal_stop(one, &a);
    assert_false(before || after);
    pthread_join(starter, NULL);
    assert_true(ev_is_active(&b) && handled());
    raise(SIGUSR1);
    ev_run(two, EVRUN_NOWAIT);
    assert_calls("b");
    ev_signal_stop(two, &b);
    loops_end(one);
}

static void test_signal_started_during_a_stop_has_a_handler(void** state)
{
    /* R3.6: whenever a watcher is active there is a handler. */
    (void)state;
    handed_over(1);
    handed_over(0);
}

static void test_signal_forked_during_a_stop_can_be_started(void** state)
{
    /* R3.4, R3.6: what a lost thread was about to do keeps nobody waiting. */
    ev_signal a;
    struct ev_loop* one = loops_begin(&a);
    (void)state;
    forks = 1;
    ev_signal_stop(one, &a);
    assert_false(forks);
    assert_child_passes(forked);
    loops_end(one);
}

static const Test tests[] = {
    OURS(test_signal_started_during_a_stop_has_a_handler),
    OURS(test_signal_forked_during_a_stop_can_be_started),
};

HARNESS_MAIN("signal_handover", tests)
