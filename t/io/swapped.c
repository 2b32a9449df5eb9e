/* ev_io: a number that names one file, then another, then the first again,
 * while copies keep both open: epoll knows both under that number.
 */
#define _GNU_SOURCE 1
#include "clock.h"
#include "fds.h"

/* Gives `fd` another file and tells its watcher. */
static void swap(struct ev_loop* loop, Io* io, int copy, int fd)
{
    io_off(loop, io);
    assert_int_equal(dup2(copy, fd), fd);
    io_on(loop, io, fd, EV_READ);
    turn(loop);
    assert_took(io, 0);
}

/* Turns in which the loop found something to do. */
static int busy_turns(struct ev_loop* loop)
{
    ev_timer end;
    unsigned before = ev_iteration(loop);
    ev_timer_init(&end, run_end, 0.02, 0.);
    ev_now_update(loop);
    ev_timer_start(loop, &end);
    ev_run(loop, 0);
    ev_timer_stop(loop, &end);
    return (int)(ev_iteration(loop) - before);
}

static void test_io_file_between_two_of_the_same_reaches_nobody(void** state)
{
    /* R2.9: what a copy of the file between reports is not taken for the
     * number's present file, and does not make the loop spin. */
    int a[2], b[2];
    Io io;
    (void)state;

    for (int more = 0; more < 2; ++more) {
        pipe_open(a), pipe_open(b);
        struct ev_loop* loop = loop_new(0);
        int fd = dup(a[0]);
        io_on(loop, &io, fd, EV_READ);
        turn(loop);
        swap(loop, &io, b[0], fd);
        swap(loop, &io, a[0], fd);
        if (more) {
            swap(loop, &io, b[0], fd);
            swap(loop, &io, a[0], fd);
        }
        byte_put(b[1]);
        assert_true(busy_turns(loop) < 20);
        assert_took(&io, 0);
        byte_put(a[1]);
        turn(loop);
        if (!io.calls) turn(loop);
        assert_took(&io, EV_READ);
        io_off(loop, &io);
        ev_loop_destroy(loop);
        close(fd), both_close(a), both_close(b);
    }
}

enum { far_fd = 2500 };

static void calm_down(struct ev_loop* loop)
{
    for (int i = 0; i < 3; ++i) clock_advance(0.625), turn(loop);
}

static void test_io_stopped_far_away_does_not_make_it_spin(void** state)
{
    /* R2.17: an fd that nobody watches costs at most a few wake-ups, also if
     * the loop has freed and needed the room again to know of it. */
    rlim_t was = fds_limit(4096);
    int p[2];
    Io io, further;
    (void)state;

    pipe_open(p);
    if (dup2(p[0], far_fd) < 0) both_close(p), fds_limit(was), skip();
    assert_int_equal(dup2(p[0], far_fd + 1), far_fd + 1);
    struct ev_loop* loop = loop_new(0);
    for (int i = 0; i < 2; ++i) {
        io_on(loop, &io, far_fd, EV_READ);
        turn(loop);
        io_off(loop, &io);
        turn(loop);
        calm_down(loop);
    }
    io_on(loop, &further, far_fd + 1, 0);
    turn(loop);
    byte_put(p[1]);
    assert_true(busy_turns(loop) < 20);
    assert_took(&io, 0);
    io_off(loop, &further);
    ev_loop_destroy(loop);
    clock_thaw();
    close(far_fd), close(far_fd + 1), both_close(p);
    fds_limit(was);
}

static const Test tests[] = {
    OURS(test_io_file_between_two_of_the_same_reaches_nobody),
    EACH(test_io_stopped_far_away_does_not_make_it_spin),
};

HARNESS_MAIN("io_swapped", tests)
