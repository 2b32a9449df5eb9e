/* More legal programs that look like wrong ones (issue 19, B9 and B10): nothing
 * is found. */
#include "table.h"

static jmp_buf place;
static struct ev_loop* second;

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

/* B10: i3 does this. The callback never returns to the loop. */
static void destroy_at_exit(void) { ev_loop_destroy(loop); }

static void exits(struct ev_loop* l, ev_timer* w, int revents)
{
    (void)l, (void)w, (void)revents;
    exit(0);
}

static void destroyed_at_exit(void)
{
    static ev_timer timer;
    atexit(destroy_at_exit);
    ev_timer_init(&timer, exits, 0., 0.);
    ev_timer_start(loop, &timer);
    ev_run(loop, 0);
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

static const struct entry all[] = {
    {"thread_sends", thread_sends, 0, 0},
    {"handler_breaks", handler_breaks, 0, 0},
    {"left_and_destroyed", left_and_destroyed, 0, 0},
    {"left_and_handed_over", left_and_handed_over, 0, 0},
    {"destroyed_at_exit", destroyed_at_exit, 0, 0},
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
};

int main(int argc, char** argv)
{
    (void)argc;
    return table(all, sizeof all / sizeof *all, argv);
}
