/* A child that may not open one more fd than it has. */

#include "fds.h"
#include "forked.h"

typedef struct All {
    struct ev_loop* loop;
    Io io;
    ev_async async;
    ev_signal signal;
    ev_periodic periodic;
    ev_stat stat;
    int p[2];
    int asyncs, signals;
} All;

static void async_count(struct ev_loop* loop, ev_async* w, int revents)
{
    (void)loop, (void)revents;
    ++*(int*)w->data;
}

static void signal_count(struct ev_loop* loop, ev_signal* w, int revents)
{
    (void)loop, (void)revents;
    ++*(int*)w->data;
}

static void periodic_ignore(struct ev_loop* loop, ev_periodic* w, int revents)
{
    (void)loop, (void)w, (void)revents;
}

static void stat_ignore(struct ev_loop* loop, ev_stat* w, int revents)
{
    (void)loop, (void)w, (void)revents;
}

static void all_new(All* all, unsigned flags)
{
    all->loop = loop_new(flags);
    all->asyncs = all->signals = 0;
    pipe_open(all->p);
    io_on(all->loop, &all->io, all->p[0], EV_READ);
    ev_async_init(&all->async, async_count);
    all->async.data = &all->asyncs;
    ev_async_start(all->loop, &all->async);
    ev_signal_init(&all->signal, signal_count, SIGUSR1);
    all->signal.data = &all->signals;
    ev_signal_start(all->loop, &all->signal);
    ev_periodic_init(&all->periodic, periodic_ignore, 1e12, 0., NULL);
    ev_periodic_start(all->loop, &all->periodic);
    ev_stat_init(&all->stat, stat_ignore, "/", 0.);
    ev_stat_start(all->loop, &all->stat);
    turn(all->loop);
}

static void all_free(All* all)
{
    ev_stat_stop(all->loop, &all->stat);
    ev_periodic_stop(all->loop, &all->periodic);
    ev_signal_stop(all->loop, &all->signal);
    ev_async_stop(all->loop, &all->async);
    io_off(all->loop, &all->io);
    ev_loop_destroy(all->loop);
    both_close(all->p);
}

/* In a child: everything is served as before. */
static void all_served(All* all)
{
    byte_put(all->p[1]);
    ev_async_send(all->loop, &all->async);
    raise(SIGUSR1);
    for (int i = 0; i < 10; ++i) turn(all->loop);
    child_check(all->io.calls > 0 && all->io.revents == EV_READ);
    child_check(all->asyncs == 1);
    child_check(all->signals == 1);
    child_check(ev_is_active(&all->io.w));
    ev_verify(all->loop);
}

static void child_without_spare_fds(void* arg)
{
    All* all = arg;
    fds_exhaust();
    ev_loop_fork(all->loop);
    all_served(all);
}

static void test_fork_without_a_spare_fd_serves_all(void** state)
{
    /* R3.3: in a child that can open no more fds ev_loop_fork works: what is
     * replaced is closed first then. */
    static const unsigned flags[] = {0, EVFLAG_SIGNALFD};
    (void)state;
    if (!child_inherits(backend)) skip(); /* nothing is closed */
    for (int i = 0; i < 2; ++i) {
        All all;
        all_new(&all, flags[i]);
        int status = child_status(child_fork(child_without_spare_fds, &all));
        turn(all.loop);
        assert_took(&all.io, EV_READ); /* the child wrote into the pipe */
        all_free(&all);
        assert_int_equal(status, 0);
    }
}

static void child_watches_one(void* arg)
{
    All* one = arg;
    fds_exhaust();
    ev_loop_fork(one->loop);
    byte_put(one->p[1]);
    for (int i = 0; i < 3; ++i) turn(one->loop);
    child_check(one->io.calls > 0 && one->io.revents == EV_READ);
}

static void test_fork_without_a_spare_fd_serves_an_fd(void** state)
{
    /* R3.3: the same with no kernel state but that of the backend. */
    All one;
    (void)state;

    if (!child_inherits(backend)) skip();
    one.loop = loop_new(0);
    pipe_open(one.p);
    io_on(one.loop, &one.io, one.p[0], EV_READ);
    turn(one.loop);
    int status = child_status(child_fork(child_watches_one, &one));
    ev_loop_destroy(one.loop);
    both_close(one.p);
    assert_int_equal(status, 0);
}

static jmp_buf back;

static void leave(const char* what)
{
    assert_true(what && *what);
    longjmp(back, 1);
}

/* The kernel's number of an eventfd; 0: fd is none. */
static unsigned eventfd_id(int fd)
{
    unsigned id = 0;
    char path[40], line[80];
    snprintf(path, sizeof path, "/proc/self/fdinfo/%d", fd);
    FILE* file = fopen(path, "r");
    while (file && fgets(line, sizeof line, file))
        sscanf(line, "eventfd-id: %u", &id);
    if (file) fclose(file);
    return id;
}

static int eventfd_first(void)
{
    int fd = 0;
    while (fd < 64 && !eventfd_id(fd)) ++fd;
    return fd;
}

static void test_fork_left_by_a_report_is_made_up(void** state)
{
    /* R3.11: the kernel state of all kinds is replaced, if not in the iteration
     * that the syserr callback left by longjmp, then in the next one. */
    struct ev_loop* loop = ev_loop_new(EVBACKEND_EPOLL);
    ev_async async;
    int calls = 0;
    (void)state;

    ev_async_init(&async, async_count);
    async.data = &calls;
    ev_async_start(loop, &async);
    turn(loop);
    int old = fcntl(eventfd_first(), F_DUPFD, 64); /* so its number is kept */
    assert_true(eventfd_id(old) != 0);
    ev_loop_fork(loop);
    ev_set_syserr_cb(leave);
    rlim_t limit = fds_limit(3);
    if (!setjmp(back)) {
        turn(loop);
        fail();
    }
    fds_limit(limit);
    ev_set_syserr_cb(NULL);
    turn(loop);
    assert_true(eventfd_id(eventfd_first()) != eventfd_id(old));
    close(old);
    ev_async_send(loop, &async);
    turn(loop);
    assert_int_equal(calls, 1);
    ev_async_stop(loop, &async);
    ev_loop_destroy(loop);
}

static const Test tests[] = {
    EACH(test_fork_without_a_spare_fd_serves_an_fd),
    OURS(test_fork_without_a_spare_fd_serves_all),
    OURS_ONCE(test_fork_left_by_a_report_is_made_up),
};

HARNESS_MAIN("fork_exhausted", tests)
