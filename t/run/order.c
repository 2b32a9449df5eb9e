/* The steps of one iteration, in their order, as the manual lists them under
 * ev_run: every watcher kind, every callback of the loop and every system
 * call that a step makes adds a word, and the words must be the list.
 */
#define _GNU_SOURCE

#include "calls.h"
#include "kernel.h"
#include "spy.h"

static int recording; /* whether system calls add words */

/* Adds the word unless it is the latest already: one step may take several
 * system calls of a kind. */
static void step(const char* word)
{
    size_t used = strlen(calls), n = strlen(word);
    if (!recording) return;
    if (used < n || strcmp(calls + used - n, word) != 0) calls_add(word);
}

int clock_gettime(clockid_t id, struct timespec* ts)
{
    step("time");
    return kernel_clock_gettime(id, ts);
}

int gettimeofday(struct timeval* restrict tv, void* restrict zone)
{
    step("time");
    return kernel_gettimeofday(tv, zone);
}

#ifdef __linux__

int epoll_create1(int flags)
{
    step("renewal");
    return (int)syscall(SYS_epoll_create1, flags);
}

int epoll_create(int size)
{
    step("renewal");
    return (int)syscall(SYS_epoll_create1, size & 0);
}

#endif

static void on_change(void) { step("changes"); }
static void on_poll(void) { step("poll"); }

static struct ev_loop* running;

static void on_release(struct ev_loop* loop) EV_NOEXCEPT
{
    assert_ptr_equal(loop, running);
    step("release");
}

static void on_acquire(struct ev_loop* loop) EV_NOEXCEPT
{
    assert_ptr_equal(loop, running);
    step("acquire");
}

/* A watcher and the only events it may be called with. */
typedef struct Step {
    union ev_any_watcher any;
    int events;
} Step;

static void on_step(struct ev_loop* loop, ev_watcher* w, int revents)
{
    assert_int_equal(revents, ((Step*)w)->events);
    note(loop, w, revents);
}

static Step pending, forked, prepare, check, idle, periodic, timer, io;
static int ready[2];

static union ev_any_watcher* begin(Step* s, const char* name, int events)
{
    ev_init(&s->any.w, 0);
    named(&s->any.w, name, on_step);
    s->events = events;
    return &s->any;
}

/* One watcher for each step, all of one priority. */
static void steps_start(struct ev_loop* loop)
{
    begin(&pending, "pending", EV_CUSTOM);
    ev_fork_start(loop, &begin(&forked, "fork", EV_FORK)->fork);
    ev_prepare_start(loop, &begin(&prepare, "prepare", EV_PREPARE)->prepare);
    ev_check_start(loop, &begin(&check, "check", EV_CHECK)->check);
    ev_idle_start(loop, &begin(&idle, "idle", EV_IDLE)->idle);

    begin(&periodic, "periodic", EV_PERIODIC);
    ev_periodic_set(&periodic.any.periodic, 1., 0., 0);
    begin(&timer, "timer", EV_TIMER);
    ev_timer_set(&timer.any.timer, -1., 0.);
    ev_periodic_start(loop, &periodic.any.periodic);
    ev_timer_start(loop, &timer.any.timer);

    begin(&io, "io", EV_READ);
    assert_return_code(pipe(ready), 0);
    assert_int_equal(write(ready[1], "", 1), 1);
    ev_io_set(&io.any.io, ready[0], EV_READ);
    ev_io_start(loop, &io.any.io);
}

/* Without a timerfd, whose handling reads the clock where nobody promised. */
static struct ev_loop* steps_new(void)
{
    running = loop_new(EVFLAG_NOTIMERFD);
    steps_start(running);
    ev_set_loop_release_cb(running, on_release, on_acquire);
    spy_hook = on_poll;
    spy_ctl_hook = on_change;
    calls_clear();
    return running;
}

static void steps_destroy(void)
{
    ev_loop_destroy(running);
    spy_hook = spy_ctl_hook = NULL;
    close(ready[0]), close(ready[1]);
}

static int run_recording(int flags)
{
    recording = 1;
    int result = ev_run(running, flags);
    recording = 0;
    return result;
}

/* The words so far must be these steps. Those in the kernel's state of an
 * epoll set are not seen on the other backends, which have none. */
static void assert_steps(const char* const* steps)
{
    char expected[sizeof calls] = "";

    for (; *steps; ++steps) {
        int kernel = !strcmp(*steps, "renewal") || !strcmp(*steps, "changes");
        if (kernel && backend != EVBACKEND_EPOLL) continue;
        if (expected[0]) strcat(expected, " ");
        strcat(expected, *steps);
    }
    assert_calls(expected);
}

/* R1.21: all the steps of a run's first iteration, with a fork flagged. The
 * idle watcher is not due: the others have its priority. */
static void test_order_first_iteration_takes_every_step(void** state)
{
    static const char* const steps[] = {
        "pending", /* on entry */
        "fork",    /* a pass of its own */
        "prepare", /* and another */
        "renewal", /* kernel state after the fork */
        "changes", /* fds to watch */
        "time",    "release",  "poll",  "acquire", "time",
        "check",   "periodic", "timer", "io", /* last queued, first called */
        NULL};
    (void)state;
    struct ev_loop* loop = steps_new();

    ev_loop_fork(loop);
    ev_feed_event(loop, &pending, EV_CUSTOM);
    run_recording(EVRUN_NOWAIT);
    assert_steps(steps);
    steps_destroy();
}

/* R1.21: the steps of an iteration in which nothing has changed: no fork, no
 * renewal, no changes, and only the fd is ready. */
static void test_order_quiet_iteration_takes_fewer_steps(void** state)
{
    static const char* const steps[] = {"prepare", "time",    "release",
                                        "poll",    "acquire", "time",
                                        "check",   "io",      NULL};
    (void)state;
    steps_new();
    ev_run(running, EVRUN_NOWAIT);
    calls_clear();
    run_recording(EVRUN_NOWAIT);
    assert_steps(steps);
    steps_destroy();
}

/* R1.21: idle watchers are queued after the timers and before check. */
static void test_order_idle_comes_between_check_and_timers(void** state)
{
    static const char* const steps[] = {"prepare", "time", "release", "poll",
                                        "acquire", "time", "check",   "idle",
                                        "timer",   "io",   NULL};
    (void)state;
    struct ev_loop* loop = steps_new();
    ev_run(loop, EVRUN_NOWAIT);
    calls_clear();

    /* Lower priority, so that they do not hinder it; yet they come after. */
    ev_io_stop(loop, &io.any.io);
    ev_set_priority(&io.any.io, EV_MINPRI);
    ev_io_start(loop, &io.any.io);
    ev_set_priority(&timer.any.timer, EV_MINPRI);
    ev_timer_set(&timer.any.timer, -1., 0.);
    ev_timer_start(loop, &timer.any.timer);
    run_recording(EVRUN_NOWAIT);
    assert_steps(steps);
    steps_destroy();
}

static void feed_pending(struct ev_loop* loop, ev_watcher* w, int revents)
{
    on_step(loop, w, revents);
    if (w == &prepare.any.w && ev_iteration(loop) == 1)
        ev_break(loop, EVBREAK_ONE);
    else ev_feed_event(loop, &pending, EV_CUSTOM);
}

/* R1.21: what is pending on entry is dispatched once per run, what the fork and
 * prepare callbacks feed is dispatched after them, and a break set by then is
 * obeyed before anything is registered with the kernel. */
static void test_order_two_iterations_of_one_run(void** state)
{
    static const char* const steps[] = {
        "pending", "fork",    "pending", "prepare", "pending",
        "renewal", "changes", "time",    "release", "poll",
        "acquire", "time",    "check",   "pending", "periodic",
        "timer",   "io",      "prepare", NULL};
    (void)state;
    struct ev_loop* loop = steps_new();

    ev_set_cb(&forked.any.w, feed_pending);
    ev_set_cb(&prepare.any.w, feed_pending);
    ev_set_cb(&check.any.w, feed_pending);
    ev_loop_fork(loop);
    ev_feed_event(loop, &pending, EV_CUSTOM);
    assert_int_equal(run_recording(0), 5);
    assert_steps(steps);
    assert_int_equal(ev_iteration(loop), 1);
    steps_destroy();
}

static double asked_at_most;

static void on_poll_with_timer(void)
{
    assert_true(spy_asked <= asked_at_most);
    assert_int_equal(ev_iteration(running), 1);
}

static void spend_time(struct ev_loop* loop, ev_watcher* w, int revents)
{
    struct timespec ts = {0, 20000000};
    (void)loop, (void)w, (void)revents;
    kernel_nanosleep(&ts, NULL);
}

/* R1.21: the wait is reckoned after the time update, which follows the
 * prepare pass: what prepare callbacks took is not waited for again. */
static void test_order_wait_is_reckoned_after_time_update(void** state)
{
    (void)state;
    ev_prepare slow;
    ev_timer due;
    running = loop_new(0);

    prepare_init(&slow, "", spend_time);
    ev_prepare_start(running, &slow);
    timer_init(&due, "due", note, .04, 0.);
    ev_timer_start(running, &due);
    asked_at_most = .021 + 1e-6;
    spy_hook = on_poll_with_timer;
    ev_run(running, EVRUN_ONCE);
    spy_hook = NULL;
    calls_clear();
    ev_loop_destroy(running);
}

static const Test tests[] = {
    EACH(test_order_first_iteration_takes_every_step),
    EACH(test_order_quiet_iteration_takes_fewer_steps),
    EACH(test_order_idle_comes_between_check_and_timers),
    EACH(test_order_two_iterations_of_one_run),
    EACH(test_order_wait_is_reckoned_after_time_update),
};

HARNESS_MAIN("order", tests)
