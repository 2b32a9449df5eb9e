/* Fork in each callback that an iteration has, with EVFLAG_FORKCHECK or with
 * ev_loop_fork called there: the child changes nothing of its parent's, has one
 * fork event, and its watchers work. It changes its watchers at once. 4.33 does
 * not check between the start of an iteration and its wait.
 */
#define _GNU_SOURCE 1
#include <sched.h>

#ifdef __linux__
#include <sys/prctl.h>
#endif

#include "kernel.h"
#include "worker.h"

static Io other;       /* of the worker */
static int old_kernel; /* without MADV_WIPEONFORK: a fork is seen by getpid */

int madvise(void* start, size_t size, int advice)
{
    if (old_kernel) return errno = EINVAL, -1;
    return kernel_madvise(start, size, advice);
}

/* These would be changes of the parent's epoll set and signalfd. */
static void worker_changes(void)
{
    int p[2];

    pipe_open(p);
    io_off(team.loop, &team.io);
    io_on(team.loop, &other, p[0], EV_READ);
    byte_put(p[1]);
    if (old_kernel) return; /* these would ask for the process id */
    ev_signal_stop(team.loop, &team.signal);
    ev_signal_set(&team.signal, SIGUSR2);
    ev_signal_start(team.loop, &team.signal);
}

/* What each of these callbacks does. */
static void callback_forks(void)
{
    if (team.worker >= 0) return;
    worker_fork();
    if (!team.worker) worker_changes();
}

static void hook_forks(struct ev_loop* loop, ev_watcher* w, int revents)
{
    (void)loop, (void)w, (void)revents;
    callback_forks();
}

static void lock_forks(struct ev_loop* loop) EV_NOEXCEPT
{
    (void)loop;
    callback_forks();
}

static void lock_nothing(struct ev_loop* loop) EV_NOEXCEPT { (void)loop; }

static void dispatch_forks(struct ev_loop* loop)
{
    if (ev_pending_count(loop)) callback_forks();
    ev_invoke_pending(loop);
}

static int reschedules;

static ev_tstamp reschedule_forks(ev_periodic* w, ev_tstamp now)
{
    (void)w;
    if (reschedules++) callback_forks();
    return reschedules == 1 ? now + 0.001 : now + 1000.;
}

/* Each lets the next iteration fork in one of its callbacks. */
static void by_prepare(void)
{
    static ev_prepare w;
    team.fork_is_late = !(team.flags & EVFLAG_FORKCHECK);
    ev_prepare_init(&w, 0);
    ev_set_cb(&w, (void*)hook_forks);
    ev_prepare_start(team.loop, &w);
}

static void by_check(void)
{
    static ev_check w;
    ev_check_init(&w, 0);
    ev_set_cb(&w, (void*)hook_forks);
    ev_check_start(team.loop, &w);
}

static void by_idle(void)
{
    static ev_idle w;
    ev_idle_init(&w, 0);
    ev_set_cb(&w, (void*)hook_forks);
    ev_idle_start(team.loop, &w);
}

static void by_timer(void)
{
    static ev_timer w;
    ev_timer_init(&w, 0, 0.001, 0.);
    ev_set_cb(&w, (void*)hook_forks);
    ev_timer_start(team.loop, &w);
}

static void by_release(void)
{
    ev_set_loop_release_cb(team.loop, lock_forks, lock_nothing);
}

static void by_acquire(void)
{
    ev_set_loop_release_cb(team.loop, lock_nothing, lock_forks);
}

static void by_reschedule(void)
{
    static ev_periodic w;
    reschedules = 0;
    ev_periodic_init(&w, 0, 0., 0., reschedule_forks);
    ev_set_cb(&w, (void*)team_count);
    w.data = &team.io.calls;
    ev_periodic_start(team.loop, &w);
}

static void by_dispatch(void)
{
    static ev_timer w;
    ev_timer_init(&w, 0, 0.001, 0.);
    ev_set_cb(&w, (void*)team_count);
    w.data = &team.io.calls;
    ev_timer_start(team.loop, &w);
    ev_set_invoke_pending_cb(team.loop, dispatch_forks);
}

typedef struct Body {
    void (*begin)(void);
    unsigned flags;
    int old_kernel;
} Body;

static void body_run(void* arg)
{
    const Body* body = arg;

    old_kernel = body->old_kernel;
    team_new(ev_loop_new(backend | body->flags), body->flags);
    body->begin();
    for (int i = 0; i < 3 && team.worker < 0; ++i) team_waits(NULL);
    if (!team.worker) {
        turn(team.loop);
        child_check(other.calls > 0);
        io_off(team.loop, &other);
    }
    worker_goes();
    child_check(team.worker > 0);
    team_waits(everything_again);
    team_turns();
    check_everything_told();
    team_waits(team_everything);
    team_turns();
    check_everything_told();
    team_free();
}

static void assert_passes(void (*begin)(void))
{
    static const unsigned flags[] = {EVFLAG_FORKCHECK,
                                     EVFLAG_FORKCHECK | EVFLAG_SIGNALFD, 0,
                                     EVFLAG_SIGNALFD};
    int failed = 0;

    for (int i = 0; i < 6; ++i) {
        Body body = {begin, flags[i % 4], i >= 4};
        if (!child_status(child_fork(body_run, &body))) continue;
        fprintf(stderr, "# with the flags %#x%s\n", body.flags,
                body.old_kernel ? ", as on an old kernel" : "");
        ++failed;
    }
    assert_int_equal(failed, 0);
}

/* R4.4, A12: a fork in that callback. */
#define FORKED_BY(callback)                                         \
    static void test_fork_in_##callback##_is_detected(void** state) \
    {                                                               \
        (void)state;                                                \
        assert_passes(by_##callback);                               \
    }

FORKED_BY(prepare)
FORKED_BY(check)
FORKED_BY(idle)
FORKED_BY(timer)
FORKED_BY(release)
FORKED_BY(acquire)
FORKED_BY(reschedule)
FORKED_BY(dispatch)

#ifdef __linux__

/* In the first process of a pid namespace; its children will be in another. */
static void namespace_body(void* arg)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    child_check(getpid() == 1);
    if (unshare(CLONE_NEWPID)) _exit(77);
    body_run(arg);
}

/* Exits with 77 if that is not permitted. */
static void namespaces_run(void* arg)
{
    if (unshare(CLONE_NEWUSER | CLONE_NEWPID)) _exit(77);
    int status = child_status(child_fork(namespace_body, arg));
    _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}

static void check_forks(struct ev_loop* loop, ev_check* w, int revents)
{
    (void)loop, (void)w, (void)revents;
    callback_forks();
    child_check(getpid() == 1);
}

static void by_same_pid(void)
{
    static ev_check w;
    ev_check_init(&w, check_forks);
    ev_check_start(team.loop, &w);
}

static void test_fork_child_with_same_pid_is_detected(void** state)
{
    /* R4.4, A12: EVFLAG_FORKCHECK detects a child whose process id equals its
     * parent's: both are the first process of their pid namespace. */
    Body body = {by_same_pid, EVFLAG_FORKCHECK, 0};

    (void)state;
    int status = child_status(child_fork(namespaces_run, &body));
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77) {
        fprintf(stderr, "# skipped: no pid namespaces here\n");
        skip();
    }
    assert_int_equal(status, 0);
}

#endif

static const Test tests[] = {
    OURS(test_fork_in_prepare_is_detected),
    OURS(test_fork_in_check_is_detected),
    OURS(test_fork_in_idle_is_detected),
    OURS(test_fork_in_timer_is_detected),
    OURS(test_fork_in_release_is_detected),
    OURS(test_fork_in_acquire_is_detected),
    OURS(test_fork_in_reschedule_is_detected),
    OURS(test_fork_in_dispatch_is_detected),
#ifdef __linux__
    OURS(test_fork_child_with_same_pid_is_detected),
#endif
};

HARNESS_MAIN("fork_check", tests)
