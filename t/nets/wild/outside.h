/* The world outside of the program: while a loop waits, other processes write,
 * signals come, clocks are set. In frozen time a wait takes no time: it moves
 * the clock on to the next of these events, or to its end.
 *
 * Every wait ends at a tick, late rather than early, so that it does not matter
 * how an implementation rounds.
 */
#ifndef WILD_OUTSIDE_H_
#define WILD_OUTSIDE_H_

#include <sys/epoll.h>
#include <sys/select.h>

#include "oracle.h"
#include "pwait2.h"

typedef struct Event {
    int64_t at; /* monotonic, ns */
    const Op* op;
} Event;

static struct {
    Event events[events_most];
    int count;
    int interrupts; /* a handler has run since the wait began */
} outside;

static void outside_add(int64_t at, const Op* op)
{
    int i = outside.count;
    if (i == events_most) return;
    for (; i && outside.events[i - 1].at > at; --i)
        outside.events[i] = outside.events[i - 1];
    outside.events[i].at = at;
    outside.events[i].op = op;
    ++outside.count;
}

/* Does the first thing that is due by then. */
static int outside_step(int64_t until)
{
    if (!outside.count || outside.events[0].at > until) return 0;
    Event e = outside.events[0];
    memmove(outside.events, outside.events + 1,
            (size_t)--outside.count * sizeof e);
    op_run(e.op);
    return 1;
}

static void time_pass(int64_t to)
{
    int64_t by = to - mono_ns();
    if (by <= 0 || !clock_state.frozen) return;
    clock_state.mono += by;
    clock_state.real += by;
    world.idle_waits = world.busy_waits = 0;
}

/* A program that never waits gets time, too, so that every run ends. Ours may
 * look twice in one iteration. */
static void time_pass_busy(void)
{
    static unsigned turn;
    unsigned now = ev_iteration(world.loops[running_loop()]);
    int idle = world.idle_waits;
    if (now == turn) return;
    turn = now;
    if (++world.busy_waits <= busy_waits_most) return;
    time_pass(mono_ns() + tick_ns());
    world.idle_waits = idle;
}

/* The tick at which a wait of `s` seconds from now on ends. */
static int64_t wait_end(double s)
{
    const int64_t little = 1200000; /* as much as a timeout is rounded up */
    int64_t tick = tick_ns();
    if (!clock_state.frozen) return mono_ns() + (int64_t)(s * clock_ns);
    int64_t end = mono_ns() + (int64_t)(s * clock_ns) - little;
    return (end / tick + 1) * tick;
}

/* A system call that waits so many seconds, 0 if time is frozen. */
typedef int Look(void* arg, double s);

static double wait_slice(int64_t end)
{
    int64_t next = outside.count && outside.events[0].at < end
                     ? outside.events[0].at
                     : end;
    double s = (double)(next - mono_ns()) / clock_ns;
    return clock_state.frozen || s < 0 ? 0 : s;
}

static int wait_interrupted(void)
{
    if (!outside.interrupts) return 0;
    outside.interrupts = 0;
    errno = EINTR;
    return 1;
}

/* Looks until something is ready, or has interrupted, or the time is over. */
static int wait_until(Look* look, void* arg, int64_t end)
{
    for (;;) {
        while (outside_step(mono_ns())) {}
        if (wait_interrupted()) return -1;
        int ready = look(arg, 0);
        if (ready) return ready;
        if (mono_ns() >= end) return 0;
        oracle_blocks();
        if (clock_state.frozen)
            time_pass(outside.count && outside.events[0].at < end
                          ? outside.events[0].at
                          : end);
        else if ((ready = look(arg, wait_slice(end))) != 0) return ready;
    }
}

static int wait_for(Look* look, void* arg, double s)
{
    if (!world.begun || world.destroying) return look(arg, 0);
    outside.interrupts = 0;
    if (s < 0 || s > 100) s = 100;
    oracle_waits(s);
    time_pass_busy();
    world.timeout = s;
    ++world.waiting;
    int ready = wait_until(look, arg, s > 0 ? wait_end(s) : mono_ns());
    int error = errno;
    --world.waiting;
    if (clock_state.frozen) {
        time_pass(wait_end(0)); /* after a nap */
        clock_advance(1e-6);    /* what is due right now must become late */
    }
    if (ready < 0) oracle_failed(error, s);
    errno = error;
    return ready;
}

static struct timespec slice_of(double s)
{
    struct timespec ts = {(time_t)s, (long)((s - (double)(time_t)s) * 1e9)};
    return ts;
}

static double seconds_of(const struct timespec* ts)
{
    return ts ? (double)ts->tv_sec + (double)ts->tv_nsec / clock_ns : -1;
}

typedef struct EpollArgs {
    int ep, max;
    struct epoll_event* events;
} EpollArgs;

static int epoll_look(void* arg, double s)
{
    const EpollArgs* a = (const EpollArgs*)arg;
    struct timespec ts = slice_of(s);
    return kernel_pwait2(a->ep, a->events, a->max, &ts, NULL);
}

int epoll_wait(int ep, struct epoll_event* events, int max, int ms)
{
    EpollArgs a = {ep, max, events};
    return wait_for(epoll_look, &a, ms / 1e3);
}

int epoll_pwait2(int ep, struct epoll_event* events, int max,
                 const struct timespec* timeout, const sigset_t* mask)
{
    EpollArgs a = {ep, max, events};
    (void)mask;
    return wait_for(epoll_look, &a, seconds_of(timeout));
}

static int nothing_look(void* arg, double s)
{
    (void)arg, (void)s;
    return 0;
}

/* Ours calls this instead of a wait that can find nothing. */
void pthread_testcancel(void) { wait_for(nothing_look, NULL, 0); }

typedef struct PollArgs {
    struct pollfd* fds;
    nfds_t n;
} PollArgs;

static int poll_look(void* arg, double s)
{
    const PollArgs* a = (const PollArgs*)arg;
    struct timespec ts = slice_of(s);
    return (int)syscall(SYS_ppoll, a->fds, a->n, &ts, NULL, (size_t)8);
}

int ppoll(struct pollfd* fds, nfds_t n, const struct timespec* timeout,
          const sigset_t* mask)
{
    PollArgs a = {fds, n};
    (void)mask;
    return wait_for(poll_look, &a, seconds_of(timeout));
}

int poll(struct pollfd* fds, nfds_t n, int ms)
{
    PollArgs a = {fds, n};
    return wait_for(poll_look, &a, ms / 1e3);
}

typedef struct SelectArgs {
    int n;
    fd_set *r, *w, *x;
    size_t size; /* of each, in bytes */
} SelectArgs;

/* The call overwrites the sets, so it is given copies. */
static int select_look(void* arg, double s)
{
    const SelectArgs* a = (const SelectArgs*)arg;
    static char copies[3][limit_high / 8];
    fd_set* sets[3] = {a->r, a->w, a->x};
    struct timespec ts = slice_of(s);
    for (int i = 0; i < 3; ++i)
        if (sets[i]) memcpy(copies[i], sets[i], a->size);
    long ready =
        syscall(SYS_pselect6, a->n, a->r ? copies[0] : NULL,
                a->w ? copies[1] : NULL, a->x ? copies[2] : NULL, &ts, NULL);
    if (!ready) return 0;
    for (int i = 0; i < 3; ++i)
        if (sets[i]) memcpy(sets[i], copies[i], a->size);
    return (int)ready;
}

int select(int n, fd_set* restrict r, fd_set* restrict w, fd_set* restrict x,
           struct timeval* restrict tv)
{
    SelectArgs a = {n, r, w, x, (size_t)(n + 63) / 64 * 8};
    double s = tv ? (double)tv->tv_sec + (double)tv->tv_usec / 1e6 : -1;
    int ready = wait_for(select_look, &a, s);
    fd_set* sets[3] = {r, w, x};
    for (int i = 0; !ready && i < 3; ++i)
        if (sets[i]) memset(sets[i], 0, a.size);
    return ready;
}

int pselect(int n, fd_set* restrict r, fd_set* restrict w, fd_set* restrict x,
            const struct timespec* restrict timeout,
            const sigset_t* restrict mask)
{
    struct timeval tv = {0, 0};
    (void)mask;
    if (timeout) tv.tv_sec = timeout->tv_sec;
    if (timeout) tv.tv_usec = (timeout->tv_nsec + 999) / 1000;
    return select(n, r, w, x, timeout ? &tv : NULL);
}

static void sleep_until(int64_t end)
{
    struct timespec rest = slice_of((double)(end - mono_ns()) / clock_ns);
    if (clock_state.frozen) time_pass(end);
    else if (end > mono_ns()) syscall(SYS_nanosleep, &rest, NULL);
}

/* Sleeps poll nothing, but a signal ends them. */
int nanosleep(const struct timespec* wanted, struct timespec* left)
{
    int64_t end = mono_ns() + (int64_t)(seconds_of(wanted) * clock_ns);
    (void)left;
    outside.interrupts = 0;
    while (outside.count && outside.events[0].at <= end) {
        sleep_until(outside.events[0].at);
        while (outside_step(mono_ns())) {}
        if (wait_interrupted()) return -1;
    }
    sleep_until(end);
    return 0;
}

int clock_nanosleep(clockid_t id, int flags, const struct timespec* wanted,
                    struct timespec* left)
{
    struct timespec rest = *wanted;
    if (flags & TIMER_ABSTIME)
        rest =
            slice_of(seconds_of(wanted) - (double)clock_reading(id) / clock_ns);
    return rest.tv_sec < 0 ? 0 : nanosleep(&rest, left) ? errno : 0;
}

#endif
