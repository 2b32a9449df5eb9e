/* Legal programs that look like wrong ones (issue 19, B): nothing is found. */
#include "table.h"

static int calls;

static void counts(struct ev_loop* l, ev_timer* w, int revents)
{
    (void)l, (void)w, (void)revents;
    ++calls;
}

/* B2: the watchers cannot be read: that is not "freed", and the events of
 * healthy watchers are not canceled. */
static void events_of_two(void)
{
    static ev_timer timers[2];
    for (int i = 0; i < 2; ++i) {
        ev_timer_init(&timers[i], counts, 0., 0.);
        ev_timer_start(loop, &timers[i]);
    }
    run(loop);
    MUST(calls == 2);
}

static void unreadable(void)
{
    deny(SYS_process_vm_readv, 0, EPERM);
    no_descriptor_left();
    events_of_two();
}

static void unreadable_at_all(void)
{
    deny(SYS_process_vm_readv, 0, ENOSYS);
    deny(SYS_rt_sigprocmask, ~0u, EINVAL);
    no_descriptor_left();
    events_of_two();
}

/* B3: children of a fork that runs no handlers of pthread_atfork. */
static void child_runs(void)
{
    static ev_timer timer;
    struct ev_loop* own = ev_loop_new(0);
    ev_loop_fork(loop);
    run(loop);
    /* The parent has other things at these addresses. */
    ev_timer* w = (ev_timer*)malloc(sizeof *w);
    ev_timer_init(w, counts, 60., 0.);
    ev_timer_start(own, w);
    ev_timer_init(&timer, counts, 0., 0.);
    ev_timer_start(own, &timer);
    run(own);
    MUST(calls == 1);
    _exit(0);
}

static void forked_without_handlers(void)
{
    pid_t child;
    run(loop);
#ifdef __GLIBC__
    child = _Fork();
#else
    child = fork();
#endif
    if (!child) child_runs();
    joined(child);
}

static void forked_by_system_call(void)
{
    pid_t child;
    run(loop);
    child = (pid_t)syscall(SYS_fork);
    if (!child) child_runs();
    joined(child);
}

/* The child goes on in the iteration in which it was made. */
static void forks_and_goes_on(struct ev_loop* l, ev_timer* w, int revents)
{
    (void)w, (void)revents;
    *(pid_t*)w->data = (pid_t)syscall(SYS_fork);
    if (!*(pid_t*)w->data) ev_loop_fork(l);
    ++calls;
}

static void forked_in_callback(void)
{
    static ev_timer timer;
    pid_t child = -1;
    ev_timer_init(&timer, forks_and_goes_on, 0., 0.);
    timer.data = &child;
    ev_timer_start(loop, &timer);
    run(loop);
    MUST(calls == 1);
    if (!child) _exit(0);
    joined(child);
}

/* B3: a prepare or check callback that was left is not being called. */
static jmp_buf place;

static void leaves(struct ev_loop* l, ev_prepare* w, int revents)
{
    (void)revents;
    ev_prepare_stop(l, w);
    longjmp(place, 1);
}

static void leaves_check(struct ev_loop* l, ev_check* w, int revents)
{
    (void)revents;
    ev_check_stop(l, w);
    longjmp(place, 1);
}

/* Far below the frames of the callback. */
static __attribute__((noinline)) void run_deep(struct ev_loop* l, int depth)
{
    volatile char room[4096];
    room[0] = (char)depth;
    if (depth) run_deep(l, depth - 1);
    else ev_run(l, EVRUN_NOWAIT);
    room[1] = room[0];
}

static void prepare_begin(struct ev_loop* l)
{
    static ev_prepare prepare;
    ev_prepare_init(&prepare, leaves);
    ev_prepare_start(l, &prepare);
}

static void left_prepare(void)
{
    prepare_begin(loop);
    if (!setjmp(place)) ev_run(loop, EVRUN_NOWAIT);
    for (int depth = 0; depth < 9; ++depth) run_deep(loop, depth);
}

static void left_check(void)
{
    static ev_check check;
    ev_check_init(&check, leaves_check);
    ev_check_start(loop, &check);
    if (!setjmp(place)) ev_run(loop, EVRUN_NOWAIT);
    for (int depth = 0; depth < 9; ++depth) run_deep(loop, depth);
}

/* Another loop has a callback at the place of the one that was left. */
static struct ev_loop* second;

static void runs_second(struct ev_loop* l, ev_prepare* w, int revents)
{
    (void)revents;
    ev_prepare_stop(l, w);
    ev_run(second, EVRUN_NOWAIT);
    run_deep(second, 0);
}

static void left_and_run_by_another(void)
{
    static ev_prepare prepare;
    second = ev_loop_new(0);
    prepare_begin(second);
    if (!setjmp(place)) ev_run(second, EVRUN_NOWAIT);
    ev_prepare_init(&prepare, runs_second);
    ev_prepare_start(loop, &prepare);
    ev_run(loop, EVRUN_NOWAIT);
}

static void left_by_depth(void)
{
    prepare_begin(loop);
    if (!setjmp(place)) run_deep(loop, 3);
    run_deep(loop, 8);
}

/* B17: the number of standard error is that of a file with data, which the
 * finding would damage. It is broken, and nothing may be said there. */
static void error_is_data(void)
{
    static ev_timer timer;
    close(2);
    MUST(open("data", O_RDWR | O_CREAT | O_TRUNC, 0600) == 2);
    ev_timer_init(&timer, counts, 60., 0.);
    ev_timer_start(loop, &timer);
    ev_timer_init(&timer, counts, 60., 0.);
    run(loop);
    MUST(!lseek(2, 0, SEEK_END));
}

/* C1: what is active at the end is legal; with the option, if it is stopped, if
 * only in a cleanup callback. */
static ev_timer left_over;

static void stops(struct ev_loop* l, ev_cleanup* w, int revents)
{
    (void)w, (void)revents;
    ev_timer_stop(l, &left_over);
}

static void active_at_end(void)
{
    ev_timer_init(&left_over, counts, 60., 0.);
    ev_timer_start(loop, &left_over);
    run(loop);
    ev_loop_destroy(loop);
}

static void stopped_at_end(void)
{
    static ev_cleanup cleanup;
    ev_cleanup_init(&cleanup, stops);
    ev_cleanup_start(loop, &cleanup);
    active_at_end();
}

/* B10: another thread, a debugger or a signal handler may ask for a dump, also
 * of an address that has no loop. */
static void* dumps(void* arg)
{
    wait_await();
    relev_refs(loop);
    MUST(relev_dump_file(loop, "/dev/null", 0) >= 0);
    ev_async_send(loop, arg);
    return arg;
}

static void on_async(struct ev_loop* l, ev_async* w, int revents)
{
    (void)w, (void)revents;
    ev_break(l, EVBREAK_ALL);
}

static void dumped_by_another(void)
{
    static ev_async async;
    pthread_t thread;
    ev_async_init(&async, on_async);
    ev_async_start(loop, &async);
    wait_announce(loop);
    MUST(!pthread_create(&thread, NULL, dumps, &async));
    ev_run(loop, 0);
    pthread_join(thread, NULL);
}

static void dumped_without_loop(void)
{
    static char none[4096];
    MUST(relev_dump(NULL, 2) < 0 && errno == EINVAL);
    MUST(relev_dump((struct ev_loop*)none, 2) < 0 && errno == EINVAL);
    MUST(relev_dump_file((struct ev_loop*)8, 0, 0) < 0 && errno == EINVAL);
}

static const struct entry all[] = {
    {"dumped_by_another", dumped_by_another, 0, 0},
    {"dumped_without_loop", dumped_without_loop, 0, 0},
    {"active_at_end", active_at_end, 0, 0},
    {"stopped_at_end", stopped_at_end, "leaks", 0},
    {"error_is_data", error_is_data, 0, 0},
    {"unreadable", unreadable, 0, 0},
    {"unreadable_at_all", unreadable_at_all, 0, 0},
    {"forked_without_handlers", forked_without_handlers, 0, 0},
    {"forked_by_system_call", forked_by_system_call, 0, 0},
    {"forked_in_callback", forked_in_callback, 0, 0},
    {"left_prepare", left_prepare, 0, 0},
    {"left_check", left_check, 0, 0},
    {"left_by_depth", left_by_depth, 0, 0},
    {"left_and_run_by_another", left_and_run_by_another, 0, 0},
};

int main(int argc, char** argv)
{
    (void)argc;
    return table(all, sizeof all / sizeof *all, argv);
}
