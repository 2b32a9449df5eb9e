/* ev_io: a file that stays open in a copy while its number is closed, in a
 * process that may not open one more fd. */
#define _GNU_SOURCE 1
#include "fds.h"
#include "spy.h"

static void test_io_copy_readable_without_a_spare_fd_does_not_spin(void** state)
{
    /* R3.3: epoll reports the file again and again, and forgets it only with
     * its set: that is recreated in place of the old one then. The others are
     * served. */
    struct ev_loop* loop = loop_new(0);
    Io gone, io;
    int p[2], q[2];
    (void)state;

    pipe_open(p);
    pipe_open(q);
    io_on(loop, &gone, p[0], EV_READ);
    io_on(loop, &io, q[0], EV_READ);
    turn(loop);
    int copy = dup(p[0]);
    io_off(loop, &gone);
    close(p[0]);
    int plug = dup(q[1]); /* gets that number */
    assert_int_equal(plug, p[0]);
    byte_put(p[1]);
    rlim_t was = fds_exhaust();
    int waits = waits_in(loop, 0.02);
    byte_put(q[1]);
    run_once(loop);
    fds_limit(was);

    assert_in_range(waits, 1, 20);
    assert_took(&gone, 0);
    assert_took(&io, EV_READ);
    if (backend == EVBACKEND_EPOLL) assert_int_equal(epoll_entries(p[0]), 0);
    ev_loop_destroy(loop);
    both_close(q);
    close(plug), close(copy), close(p[1]);
}

static const Test tests[] = {
    EACH(test_io_copy_readable_without_a_spare_fd_does_not_spin),
};

HARNESS_MAIN("io_exhausted", tests)
