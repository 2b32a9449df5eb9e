/* Part of smoke.c: what a configuration does that can be seen by running. */

#include <errno.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#ifdef __cplusplus
extern "C" {
#endif
extern int clocks_read[16], times_of_day; /* spies.c */
#ifdef __cplusplus
}
#endif

#if !defined EV_USE_MONOTONIC
#define EV_USE_MONOTONIC 1
#endif
#if !defined EV_USE_REALTIME
#define EV_USE_REALTIME 1
#endif
#if !defined EV_USE_CLOCK_SYSCALL
#define EV_USE_CLOCK_SYSCALL 0
#endif
#if !defined EV_NSIG
#define EV_NSIG 65
#endif
#if !defined EV_INOTIFY_HASHSIZE
#define EV_INOTIFY_HASHSIZE 16
#endif
#if !defined EV_VERIFY
#define EV_VERIFY 1
#endif
#if !defined EV_SELECT_USE_FD_SET
#define EV_SELECT_USE_FD_SET 0
#endif

static void clocks_check(void)
{
    int by_libc = !EV_USE_CLOCK_SYSCALL;
    require(!!clocks_read[CLOCK_MONOTONIC] == (EV_USE_MONOTONIC && by_libc),
            "EV_USE_MONOTONIC");
    require(!!clocks_read[CLOCK_REALTIME] == (EV_USE_REALTIME && by_libc),
            "EV_USE_REALTIME");
    require(!!times_of_day == !EV_USE_REALTIME, "EV_USE_REALTIME and libc");
}

/* The members of EV_COMMON are the program's, and nobody else's. */
#ifdef SMOKE_COMMON
static void common_set(void) { limit.tag = -5, limit.rest[2] = 7; }

static void common_check(void)
{
    require(limit.tag == -5 && limit.rest[2] == 7, "EV_COMMON");
}
#else
static void common_set(void) { limit.data = &limit; }
static void common_check(void) { require(limit.data == &limit, "data"); }
#endif

/* What the compiler knows; true where a configuration is about something
 * else. */
#if defined SMOKE_TIMES && EV_ASYNC_ENABLE
enum {
    times_are_wide = sizeof(ev_tstamp) == sizeof(long double),
    atomics_are_wide = sizeof async.sent == sizeof(long)
};
#else
enum { times_are_wide = 1, atomics_are_wide = 1 };
#endif
#ifdef SMOKE_PRIORITY
enum { priorities_are_narrow = sizeof io.priority == 1 };
#else
enum { priorities_are_narrow = 1 };
#endif
#if EV_MINPRI == EV_MAXPRI && !defined SMOKE_COMMON && !defined SMOKE_CALLBACK
enum { head = sizeof(ev_watcher) == 2 * sizeof(int) + 2 * sizeof(void*) };
#else
enum { head = 1 };
#endif
#if EV_WALK_ENABLE
enum { declared = sizeof(&ev_walk) > 0 };
#else
enum { declared = 1 };
#endif
#ifdef SMOKE_CALLBACK
static int setters_used(void) { return smoke_callbacks > 0; }
#else
static int setters_used(void) { return 1; }
#endif

static void types_check(void)
{
    require(times_are_wide, "EV_TSTAMP_T");
    require(atomics_are_wide, "EV_ATOMIC_T");
    require(priorities_are_narrow, "EV_DECL_PRIORITY");
    require(head, "EV_MINPRI and EV_MAXPRI");
    require(declared, "EV_WALK_ENABLE");
    require(setters_used(), "ev_set_cb");
}

#if !EV_COMPAT3
static int ev_loop_count, EVLOOP_NONBLOCK; /* names that are free now */

static void names_check(void)
{
    require(ev_loop_count == EVLOOP_NONBLOCK, "EV_COMPAT3");
}
#else
static void names_check(void) { require(!!EVLOOP_NONBLOCK, "EV_COMPAT3"); }
#endif

/* Signals beyond EV_NSIG are refused. */
#if EV_SIGNAL_ENABLE
static void signals_check(void)
{
    ev_signal_init(&caught, on_signal, 40);
    ev_signal_start(LOOP_ & caught);
    require(!!ev_is_active(&caught) == (EV_NSIG > 40), "EV_NSIG");
    ev_signal_stop(LOOP_ & caught);
}
#else
static void signals_check(void) {}
#endif

/* A descriptor that does not fit into an fd_set. */
static int high_events;

CALLBACK(io, on_high)
{
    high_events = revents;
    ev_io_stop(LOOP_ w);
}

static void high_fd_check(void)
{
    enum { high = 1500 };
    struct rlimit limit;
    ev_io beyond;

    require(getrlimit(RLIMIT_NOFILE, &limit) == 0, "getrlimit");
    if (limit.rlim_max <= high) return;
    if (limit.rlim_cur <= high) limit.rlim_cur = high + 1;
    require(setrlimit(RLIMIT_NOFILE, &limit) == 0, "setrlimit");
    require(dup2(pipe_ends[1], high) == high, "dup2");

    high_events = 0;
    ev_io_init(&beyond, on_high, high, EV_WRITE);
    ev_io_start(LOOP_ & beyond);
    while (!high_events) ev_run(LOOP_ EVRUN_NOWAIT);
    require(!(high_events & EV_ERROR) == !EV_SELECT_USE_FD_SET,
            "EV_SELECT_USE_FD_SET");
    close(high);
}

#if EV_FEATURE_API
static ev_timer damaged;

CALLBACK(timer, on_damage)
{
    (void)w, (void)revents;
    damaged.active = 77;
}

/* How far a child gets after a callback has damaged a watcher: each step is a
 * byte. */
static void damage(int out)
{
    struct rlimit none = {0, 0};
    ev_timer fed;

    setrlimit(RLIMIT_CORE, &none);
    dup2(out, 2);
    ev_timer_init(&damaged, on_timer, 60., 0.);
    ev_timer_start(LOOP_ & damaged);
    ev_timer_init(&fed, on_damage, 60., 0.);
    ev_feed_event(LOOP_ & fed, EV_TIMER);
    ev_invoke_pending(LOOP);
    if (write(out, "\1", 1) == 1) ev_run(LOOP_ EVRUN_NOWAIT);
    if (write(out, "\1", 1) == 1) ev_verify(LOOP);
    _exit(write(out, "\1", 1) == 1 ? 0 : 1);
}

static void verify_check(void)
{
    int ends[2], steps = 0, status;
    char byte;
    pid_t pid;

    require(pipe(ends) == 0, "pipe");
    pid = fork();
    require(pid >= 0, "fork");
    if (!pid) damage(ends[1]);
    close(ends[1]);
    while (read(ends[0], &byte, 1) == 1) steps += byte == 1;
    close(ends[0]);
    while (waitpid(pid, &status, 0) < 0) require(errno == EINTR, "waitpid");
    require(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT, "ev_verify");
    require(steps == (EV_VERIFY < 2 ? 2 : 3 - EV_VERIFY), "EV_VERIFY");
}
#else
static void verify_check(void) {}
#endif

static void effects_check(void)
{
    require(lists_wanted == (EV_INOTIFY_HASHSIZE == 64), "its lists");
    common_check();
    types_check();
    names_check();
    signals_check();
    if (backend == EVBACKEND_SELECT) high_fd_check();
    verify_check();
}
