/* What is done at the k-th exit. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../faults/plan.h"
#include "leave.h"

const char* const way_names[ways] = {
    "none",    "longjmp", "cancel",  "nothing", "continue", "renew", "iterate",
    "renewed", "send",    "destroy", "break",   "fail",     "memory"};

enum { calls_most = 3000 }; /* while no time passes */

static int met; /* exits so far */

/* The cancellation points among the calls, by glibc's manual. */
static int is_cancellation_point(int call)
{
    static const int points[] = {call_epoll_wait, call_epoll_pwait2, call_poll,
                                 call_ppoll,      call_select,       call_read,
                                 call_write,      call_waitpid,      call_close,
                                 call_nanosleep,  call_kevent};
    for (size_t i = 0; i < sizeof points / sizeof *points; ++i)
        if (points[i] == call) return 1;
    return 0;
}

static int is_enabled(void)
{
    int was, none;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &was);
    pthread_setcancelstate(was, &none);
    return was == PTHREAD_CANCEL_ENABLE;
}

int exit_is_of_wait(int call)
{
    switch (now.backend) {
        case EVBACKEND_SELECT:
            return call == call_select;
        case EVBACKEND_POLL:
            return call == call_poll || call == call_ppoll;
        case EVBACKEND_KQUEUE:
            return call == call_kevent;
        default:
            return call == call_epoll_wait || call == call_epoll_pwait2;
    }
}

static void note(int kind, int shrinks, const Item* item)
{
    Exit e = {(unsigned char)kind, (unsigned char)world.window, 0,
              (unsigned char)shrinks, ""};
    e.cancels = (kind >= exit_testcancel || is_cancellation_point(kind))
             && is_enabled();
    if (item) snprintf(e.item, sizeof e.item, "%s", item->name);
    if (met == exits_most && now.way == way_none) wrong("too many exits");
    if (now.way == way_none) result->exits[met] = e;
    else if (met == now.k && memcmp(&result->exits[met], &e, 2))
        wrong("this exit is not the one of the first run");
    ++met;
    if (now.way == way_none) result->exits_count = met;
}

static void loop_left(void)
{
    world.since = 0;
    result->left = 1;
}

/* An ignored SIGCHLD is not sent, so it does not wake a signalfd, which would
 * change the order of the parent's events. One that is pending hides another.
 * Returns whether it is ignored from now on. */
static int sigchld_ignore(struct sigaction* was)
{
    static const struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigset_t pending;
    sigpending(&pending);
    if (sigismember(&pending, SIGCHLD)) return 0;
    sigaction(SIGCHLD, &ignore, was);
    return 1;
}

static void child_wait(pid_t pid)
{
    while (syscall(SYS_wait4, pid, NULL, 0, NULL) < 0 && errno == EINTR) {}
    if (!result->child_ended) wrong("the child died");
}

static void fork_here(void)
{
    static char before[1 << 14], after[1 << 14];
    struct sigaction action;
    sigset_t all, mask;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &mask);
    state_read(before, sizeof before);
    int ignored = sigchld_ignore(&action);
    pid_t pid = fork();
    if (pid < 0) abort();
    if (pid) child_wait(pid);
    if (ignored) sigaction(SIGCHLD, &action, NULL);
    if (!pid) {
        pthread_sigmask(SIG_SETMASK, &mask, NULL);
        child_acts();
        return;
    }
    state_read(after, sizeof after);
    pthread_sigmask(SIG_SETMASK, &mask, NULL);
    states_compare(before, after);
}

static void on_break(int number)
{
    int runs_second = world.second && ev_depth(world.second);
    (void)number;
    if (now.way == way_break && !runs_second) world.broken = 1;
    ev_break(world.loop, EVBREAK_ALL);
}

/* The process has another signal handler of its own. */
static int break_here(int kind)
{
    static const unsigned wakes = has_signals | has_asyncs | has_default;
    signal(SIGURG, on_break);
    raise(SIGURG);
    signal(SIGURG, SIG_DFL);
    /* Without a wake-up channel it must come in the wait itself. */
    int opens = !!(world.program.has & wakes);
    return exit_is_of_wait(kind) && !opens ? EINTR : 0;
}

static int leave(int kind)
{
    result->left = 1;
    if (!way_forks(now.way)) record("--- it leaves\n");
    switch (now.way) {
        case way_longjmp:
            loop_left();
            longjmp(world.jump, 1);
        case way_cancel:
            if (!is_enabled()) return 0;
            loop_left();
            pthread_sigmask(SIG_SETMASK, NULL, &world.mask);
            pthread_cancel(pthread_self());
            pthread_testcancel();
            abort();
        case way_break:
            return break_here(kind);
        case way_fail:
            if (now.lasting) world.failing = kind;
            world.since = 0;
            return now.error;
        case way_memory:
            world.since = 0;
            return ENOMEM;
        case way_none:
            return 0;
        default:
            fork_here();
            return 0;
    }
}

/* Returns the error with which to go on. */
int exit_reached(int kind, int shrinks, const Item* item)
{
    int error = errno, fails = 0;
    if (world.in_child || world.busy) return 0;
    if (kind == world.failing) return now.error;
    if (world.window == window_none) return 0;
    note(kind, shrinks, item);
    if (now.way != way_none && met - 1 == now.k) {
        world.busy = 1;
        fails = leave(kind);
        world.busy = 0;
    }
    errno = error;
    return fails;
}

/* Only the library calls it, and leave(). */
void pthread_testcancel(void)
{
    static void (*next)(void);
    if (!next) next = (void (*)(void))dlsym(RTLD_NEXT, "pthread_testcancel");
    exit_reached(exit_testcancel, 0, NULL);
    next();
}

static int madvise_old(void* from, size_t size, int advice)
{
    if (!(world.program.has & has_old_kernel))
        return (int)syscall(SYS_madvise, from, size, advice);
    errno = EINVAL;
    return -1;
}

static int on_call(int call)
{
    ++world.all_calls;
    if (++world.calls > calls_most) spins("it spins");
    /* An embedded loop does not wait, nor does the second one. */
    int inner = (world.inner && ev_depth(world.inner))
             || (world.second && ev_depth(world.second));
    if (world.outside_waits && !world.in_child && !world.busy && !inner
        && exit_is_of_wait(call)) {
        int error = errno;
        Window window = world.window;
        world.outside_waits = 0;
        world.window = window_start;
        outside();
        world.elapsed = outside_takes;
        world.window = window;
        errno = error;
    }
    return exit_reached(call, 0, NULL);
}

/* The size of a block stands before it. */
static void* allocate(void* old, long size)
{
    enum { head = 16 };
    long* block = old ? (long*)((char*)old - head) : NULL;
    if (!size) {
        free(block);
        return NULL;
    }
    int shrinks = block && size < *block;
    world.allocations += !shrinks;
    if (exit_reached(exit_allocator, shrinks, NULL)) return NULL;
    block = realloc(block, (size_t)size + head);
    *block = size;
    return (char*)block + head;
}

void exits_begin(void)
{
    world.failing = -1;
    inject_exit = on_call;
    inject_replace(call_madvise, (void*)madvise_old);
    ev_set_allocator(allocate);
}
