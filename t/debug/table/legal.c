/* Legal programs that look like wrong ones (issue 19, B): nothing is found. */
#include "table.h"

static int calls;

static void counts(struct ev_loop* l, ev_timer* w, int revents)
{
    (void)l, (void)w, (void)revents;
    ++calls;
}

/* B2: the watchers cannot be read: that is not "freed", and the events of
 * healthy watchers are not cancelled. */
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

/* B9: descriptors that only look as if they were closed while watched. */
static void watch(ev_io* w, int fd, int events)
{
    ev_io_init(w, on_io, fd, events);
    ev_io_start(loop, w);
}

static void stopped_before_reuse(void)
{
    static ev_io io;
    int fd = eventfd(0, 0);
    for (int i = 0; i < 3; ++i) {
        watch(&io, fd, EV_READ);
        run(loop);
        ev_io_stop(loop, &io);
        close(fd);
        MUST(eventfd(0, 0) == fd);
    }
}

static void closed_dup(void)
{
    static ev_io io;
    int fd = eventfd(0, 0), other = dup(fd);
    watch(&io, fd, EV_READ);
    run(loop);
    close(other);
    run(loop);
}

/* The number is given to the same file again: epoll goes on. */
static void same_file_again(void)
{
    static ev_io io;
    int fd = eventfd(0, 0), other = dup(fd);
    watch(&io, fd, EV_READ);
    run(loop);
    MUST(dup2(other, fd) == fd);
    run(loop);
}

static void regular_file(void)
{
    static ev_io io;
    char name[] = "/tmp/relevXXXXXX";
    int fd = mkstemp(name);
    unlink(name);
    watch(&io, fd, EV_READ);
    run(loop);
}

/* A writer, of which the kernel is told only if it waits; changing masks; and
 * two watchers of a descriptor, of which one stops. */
static void masks(void)
{
    static ev_io all[3];
    int fds[2];
    MUST(!socketpair(AF_UNIX, SOCK_STREAM, 0, fds));
    watch(&all[0], fds[0], EV_WRITE);
    watch(&all[1], fds[0], EV_READ);
    watch(&all[2], fds[1], 0);
    for (int i = 0; i < 6; ++i) {
        ev_run(loop, EVRUN_NOWAIT);
        ev_io_stop(loop, &all[i % 3]);
        ev_run(loop, EVRUN_NOWAIT);
        ev_io_modify(&all[i % 3], i & 1 ? EV_READ : EV_WRITE);
        ev_io_start(loop, &all[i % 3]);
    }
    run(loop);
}

static void other_backend(unsigned backend)
{
    static ev_io io;
    int fd = eventfd(0, 0);
    loop = ev_loop_new(backend);
    watch(&io, fd, EV_READ);
    run(loop);
    ev_io_stop(loop, &io);
    close(fd);
    MUST(eventfd(0, 0) == fd);
    watch(&io, fd, EV_READ);
    run(loop);
}

static void by_poll(void) { other_backend(EVBACKEND_POLL); }
static void by_select(void) { other_backend(EVBACKEND_SELECT); }

/* A child asks nothing of its parent's set. */
static void child_closes(void)
{
    static ev_io io;
    int fd = eventfd(0, 0);
    pid_t child;
    watch(&io, fd, EV_READ);
    run(loop);
    if (!(child = fork())) {
        ev_loop_fork(loop);
        run(loop);
        ev_io_stop(loop, &io);
        close(fd);
        run(loop);
        _exit(0);
    }
    joined(child);
    run(loop);
}

/* B10: what other threads and signal handlers may call, and an end that only
 * looks like one within a callback. */
static ev_async async;

static void on_async(struct ev_loop* l, ev_async* w, int revents)
{
    (void)w, (void)revents;
    ev_break(l, EVBREAK_ALL);
}

static void* sends(void* arg)
{
    struct relev_progress progress;
    struct relev_metrics metrics;
    wait_await();
    relev_progress_read(loop, &progress, sizeof progress);
    relev_metrics_read(loop, &metrics, sizeof metrics);
    ev_feed_signal(SIGUSR1);
    ev_async_send(loop, &async);
    return arg;
}

static void thread_sends(void)
{
    pthread_t thread;
    ev_async_init(&async, on_async);
    ev_async_start(loop, &async);
    wait_announce(loop);
    MUST(!pthread_create(&thread, NULL, sends, NULL));
    ev_run(loop, 0);
    pthread_join(thread, NULL);
}

static void handler(int signum)
{
    (void)signum;
    ev_break(loop, EVBREAK_ALL);
}

static void* interrupts(void* arg)
{
    wait_await();
    raise(SIGUSR1); /* handled in this thread */
    return arg;
}

static void handler_breaks(void)
{
    pthread_t thread;
    signal(SIGUSR1, handler);
    ev_async_init(&async, on_async);
    ev_async_start(loop, &async);
    wait_announce(loop);
    MUST(!pthread_create(&thread, NULL, interrupts, NULL));
    ev_run(loop, 0);
    pthread_join(thread, NULL);
}

static void leaves_timer(struct ev_loop* l, ev_timer* w, int revents)
{
    (void)l, (void)w, (void)revents;
    longjmp(place, 1);
}

static __attribute__((noinline)) void destroy_deep(int depth)
{
    volatile char room[4096];
    room[0] = (char)depth;
    if (depth) destroy_deep(depth - 1);
    else ev_loop_destroy(loop);
    room[1] = room[0];
}

static void left_and_destroyed(void)
{
    static ev_timer timer;
    ev_timer_init(&timer, leaves_timer, 0., 0.);
    ev_timer_start(loop, &timer);
    if (!setjmp(place)) ev_run(loop, 0);
    destroy_deep(1);
}

static void destroys_another(struct ev_loop* l, ev_timer* w, int revents)
{
    (void)l, (void)w, (void)revents;
    ev_loop_destroy(second);
}

static void destroyed_by_another(void)
{
    static ev_timer timer;
    second = ev_loop_new(0);
    run(second);
    ev_timer_init(&timer, destroys_another, 0., 0.);
    ev_timer_start(loop, &timer);
    run(loop);
}

static void default_destroyed_again(void)
{
    struct ev_loop* other = EV_DEFAULT;
    ev_loop_destroy(other);
    ev_loop_destroy(other);
    ev_loop_destroy(NULL);
    run(EV_DEFAULT);
}

static void* ends_it(void* arg)
{
    run(loop);
    ev_loop_destroy(loop);
    return arg;
}

static void left_and_handed_over(void)
{
    static ev_timer timer;
    ev_timer_init(&timer, leaves_timer, 0., 0.);
    ev_timer_start(loop, &timer);
    if (!setjmp(place)) ev_run(loop, 0);
    in_thread(ends_it);
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

static const struct entry all[] = {
    {"active_at_end", active_at_end, 0, 0},
    {"stopped_at_end", stopped_at_end, "leaks", 0},
    {"error_is_data", error_is_data, 0, 0},
    {"thread_sends", thread_sends, 0, 0},
    {"handler_breaks", handler_breaks, 0, 0},
    {"left_and_destroyed", left_and_destroyed, 0, 0},
    {"left_and_handed_over", left_and_handed_over, 0, 0},
    {"destroyed_by_another", destroyed_by_another, 0, 0},
    {"default_destroyed_again", default_destroyed_again, 0, 0},
    {"stopped_before_reuse", stopped_before_reuse, 0, 0},
    {"closed_dup", closed_dup, 0, 0},
    {"same_file_again", same_file_again, 0, 0},
    {"regular_file", regular_file, 0, 0},
    {"masks", masks, 0, 0},
    {"by_poll", by_poll, 0, 0},
    {"by_select", by_select, 0, 0},
    {"child_closes", child_closes, 0, 0},
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
