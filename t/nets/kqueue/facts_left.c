/* kqueue on the stand-in (stand_in.c): a child, an iteration that is left,
 * a kqueue that is replaced, calls that fail.
 */
#define _GNU_SOURCE 1
#include <errno.h>
#include <sys/stat.h>

#include "drive.h"
#include "fds.h"
#include "forked.h"
#include "relev.h"

static struct ev_loop* the_loop;
static Io the_io;

/* No page that the kernel clears in a child, as on other systems. */
int madvise(void* start, size_t size, int advice)
{
    (void)start, (void)size, (void)advice;
    return errno = EINVAL, -1;
}

static int errors;

static void on_error(struct ev_loop* loop, const struct relev_error* error,
                     void* data)
{
    (void)loop, (void)data;
    assert_int_equal(error->code, RELEV_E_FD_OWN);
    ++errors;
}

static void child_keeps(void* arg)
{
    Io* io = arg;
    int p[2], set = relev_backend_fd(the_loop);
    child_check(fcntl(set, F_GETFD) < 0);
    pipe_open(p);
    if (p[0] != set) child_check(dup2(p[0], set) == set);
    for (int i = 0; i < 3; ++i) turn(the_loop);
    child_check(io->calls > 0 && io->revents == EV_READ);
    child_check(relev_backend_fd(the_loop) != set);
    ev_loop_destroy(the_loop);
    byte_put(p[1]);
    char c;
    child_check(read(set, &c, 1) == 1);
}

static void child_destroys(void* arg)
{
    int p[2], set = relev_backend_fd(the_loop);
    (void)arg;
    pipe_open(p);
    if (p[0] != set) child_check(dup2(p[0], set) == set);
    ev_loop_destroy(the_loop);
    child_check(fcntl(set, F_GETFD) >= 0);
}

static void test_kqueue_number_in_a_child_is_not_closed(void** state)
{
    /* Fact 5: it is another file's there. */
    int p[2];
    (void)state;

    the_loop = loop_new(0);
    pipe_open(p);
    byte_put(p[1]);
    io_on(the_loop, &the_io, p[0], EV_READ);
    turn(the_loop);
    assert_child_passes(child_fork(child_keeps, &the_io));
    assert_child_passes(child_fork(child_destroys, NULL));
    the_io.calls = 0;
    turn(the_loop);
    assert_took(&the_io, EV_READ);
    ev_loop_destroy(the_loop);
    both_close(p);
}

/* Leaves the loop at an allocation. */

static jmp_buf out;
static int leave_in;

static void* allocate(void* old, long size)
{
    if (size && leave_in && !--leave_in) longjmp(out, 1);
    if (size) return realloc(old, (size_t)size);
    free(old);
    return NULL;
}

/* True: it was left. */
static int run_left(struct ev_loop* loop, int n)
{
    volatile int left = 1;
    leave_in = n;
    if (!setjmp(out)) {
        ev_run(loop, EVRUN_NOWAIT);
        left = 0;
    }
    leave_in = 0;
    return left;
}

static void test_kqueue_left_at_any_allocation_loses_no_error(void** state)
{
    /* Changes, errors, events and files, all in one iteration: later ones call
     * each watcher. */
    enum { many = 150 };
    static Io io[many];
    int p[many][2], left = 1;
    (void)state;

    ev_set_allocator(allocate);
    for (int n = 1; left; ++n) {
        struct ev_loop* loop = loop_new(0);
        for (int i = 0; i < many; ++i) {
            pipe_open(p[i]);
            byte_put(p[i][1]);
            int writes = i % 3 == 1, fd = p[i][writes];
            if (writes) close(p[i][0]);
            if (i % 3 == 2) fd_renumber(open("/etc/passwd", O_RDONLY), fd);
            io_on(loop, &io[i], fd, writes ? EV_WRITE : EV_READ);
        }
        left = run_left(loop, n);
        for (int i = 0; i < 3; ++i) turn(loop);
        for (int i = 0; i < many; ++i) {
            assert_true(io[i].calls > 0 && !(io[i].revents & EV_ERROR));
            io_off(loop, &io[i]);
        }
        ev_verify(loop);
        assert_int_equal(ev_run(loop, EVRUN_NOWAIT), 0);
        ev_loop_destroy(loop);
        for (int i = 0; i < many; ++i) {
            if (i % 3 != 1) close(p[i][0]);
            close(p[i][1]);
        }
    }
}

static void child_goes_on(void* arg)
{
    Io* io = arg;
    io->calls = errors = 0;
    relev_set_error_cb(the_loop, on_error, NULL);
    for (int i = 0; i < 3; ++i) turn(the_loop);
    child_check(!errors); /* the program did not close it */
    child_check(io->calls > 0 && io->revents == EV_READ);
    ev_loop_destroy(the_loop);
}

static void test_kqueue_child_that_says_nothing_is_served(void** state)
{
    /* Fact 5: nobody calls ev_loop_fork, but there is no kqueue. */
    int p[2];
    (void)state;

    the_loop = loop_new(0);
    pipe_open(p);
    byte_put(p[1]);
    io_on(the_loop, &the_io, p[0], EV_READ);
    turn(the_loop);
    assert_child_passes(child_fork(child_goes_on, &the_io));
    ev_loop_destroy(the_loop);
    both_close(p);
}

static void test_kqueue_is_replaced_without_a_spare_fd(void** state)
{
    /* The old one is closed first. */
    struct ev_loop* loop = loop_new(0);
    int p[2];
    Io w;
    (void)state;

    pipe_open(p);
    byte_put(p[1]);
    io_on(loop, &w, p[0], EV_READ);
    turn(loop);
    rlim_t was = fds_exhaust();
    ev_loop_fork(loop);
    w.calls = 0;
    turn(loop);
    fds_limit(was);
    assert_took(&w, EV_READ);
    ev_loop_destroy(loop);
    both_close(p);
}

static void test_kqueue_closed_under_an_outer_loop_is_replaced(void** state)
{
    /* Another loop must not wait for a kqueue that is gone. It is reported
     * once. */
    struct ev_loop* loop = loop_new(0);
    int p[2], q[2];
    Io one, two;
    (void)state;

    relev_set_error_cb(loop, on_error, NULL);
    errors = 0;
    pipe_open(p), pipe_open(q);
    io_on(loop, &one, p[0], EV_READ);
    assert_true(relev_prepare(loop) > 0);
    close(relev_backend_fd(loop));
    byte_put(p[1]), byte_put(q[1]);
    io_on(loop, &two, q[0], EV_READ);
    assert_true(relev_prepare(loop) == 0);
    for (int i = 0; i < 3; ++i) turn(loop);
    assert_true(one.calls > 0 && two.calls > 0);
    assert_int_equal(errors, 1);
    ev_loop_destroy(loop);
    both_close(p), both_close(q);
}

static int syserrs;

static void syserr_count(const char* what) EV_NOEXCEPT
{
    (void)what;
    ++syserrs;
}

static void test_kqueue_long_limit_is_accepted(void** state)
{
    /* Fact 8: a limit of thousands of years. */
    struct ev_loop* loop = loop_new(0);
    Io w;
    int p[2];
    (void)state;

    syserrs = 0;
    ev_set_syserr_cb(syserr_count);
    ev_set_timeout_collect_interval(loop, 1e11);
    pipe_open(p);
    byte_put(p[1]);
    io_on(loop, &w, p[0], EV_READ);
    ev_run(loop, EVRUN_ONCE);
    assert_took(&w, EV_READ);
    assert_int_equal(syserrs, 0);
    ev_set_syserr_cb(NULL);
    ev_loop_destroy(loop);
    both_close(p);
}

static const Test tests[] = {
    EACH(test_kqueue_long_limit_is_accepted),
    EACH(test_kqueue_child_that_says_nothing_is_served),
    EACH(test_kqueue_is_replaced_without_a_spare_fd),
    EACH(test_kqueue_closed_under_an_outer_loop_is_replaced),
    EACH(test_kqueue_number_in_a_child_is_not_closed),
    EACH(test_kqueue_left_at_any_allocation_loses_no_error),
};

HARNESS_MAIN("kqueue_facts_left", tests)
