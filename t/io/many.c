/* ev_io: high fd numbers, and many fds ready at once. */
#include "fds.h"

enum { many = 300 };

static const int high[] = {1024, 1500, 3000};

static rlim_t high_allow(void)
{
    rlim_t was = fds_limit(4096);
    int fd = fcntl(0, F_DUPFD, 3000);

    if (fd < 0) fds_limit(was), skip(); /* the hard limit is too low */
    close(fd);
    return was;
}

/* A pipe whose read end has that number. */
static void high_open(int p[2], int fd)
{
    pipe_open(p);
    fd_renumber(p[0], fd);
    p[0] = fd;
}

static void test_io_high_fd_alone_works(void** state)
{
    /* R2.18: select is not bound by FD_SETSIZE: fds 1024, 1500 and 3000 work,
     * each alone, as on poll and epoll. */
    rlim_t was = high_allow();
    Io io;
    int p[2];

    (void)state;
    for (int i = 0; i < 3; ++i) {
        struct ev_loop* loop = loop_new(0);
        high_open(p, high[i]);
        io_on(loop, &io, p[0], EV_READ);
        turn(loop);
        assert_took(&io, 0);
        byte_put(p[1]);
        turn(loop);
        assert_took(&io, EV_READ);
        bytes_drain(p[0]);
        turn(loop);
        assert_took(&io, 0);
        io_off(loop, &io);
        assert_int_equal(turn(loop), 0);
        ev_loop_destroy(loop);
        both_close(p);
    }
    fds_limit(was);
}

static void test_io_high_fds_together_with_low_work(void** state)
{
    /* R2.18: and together, with a low one among them. */
    rlim_t was = high_allow();
    struct ev_loop* loop = loop_new(0);
    Io io[4], writer;
    int p[4][2];

    (void)state;
    pipe_open(p[3]);
    for (int i = 0; i < 3; ++i) high_open(p[i], high[i]);
    for (int i = 0; i < 4; ++i) io_on(loop, &io[i], p[i][0], EV_READ);
    for (int i = 0; i < 4; ++i) {
        byte_put(p[i][1]);
        turn(loop);
        for (int k = 0; k < 4; ++k) assert_took(&io[k], k == i ? EV_READ : 0);
        bytes_drain(p[i][0]);
    }
    for (int i = 0; i < 4; ++i) byte_put(p[i][1]);
    io_off(loop, &io[2]);
    turn(loop);
    for (int k = 0; k < 4; ++k) assert_took(&io[k], k != 2 ? EV_READ : 0);

    fd_renumber(p[2][1], 3500);
    p[2][1] = 3500;
    io_on(loop, &writer, 3500, EV_READ | EV_WRITE);
    turn(loop);
    assert_took(&writer, EV_WRITE);
    for (int k = 0; k < 4; ++k) assert_took(&io[k], k != 2 ? EV_READ : 0);
    ev_loop_destroy(loop);
    for (int i = 0; i < 4; ++i) both_close(p[i]);
    fds_limit(was);
}

/* `many` fds of one readable pipe, each watched. */
typedef struct Crowd {
    struct ev_loop* loop;
    Io io[many];
    int p[2];
    rlim_t limit;
} Crowd;

static void crowd_new(Crowd* crowd)
{
    crowd->limit = fds_limit(4096);
    crowd->loop = loop_new(0);
    pipe_open(crowd->p);
    byte_put(crowd->p[1]);
    for (int i = 0; i < many; ++i) {
        int fd = dup(crowd->p[0]);
        assert_true(fd >= 0);
        io_on(crowd->loop, &crowd->io[i], fd, EV_READ);
    }
}

static void crowd_free(Crowd* crowd)
{
    ev_loop_destroy(crowd->loop);
    for (int i = 0; i < many; ++i) close(crowd->io[i].w.fd);
    both_close(crowd->p);
    fds_limit(crowd->limit);
}

static void test_io_many_ready_fds_all_called(void** state)
{
    /* R2.19: more ready fds than one kernel call returns at first: all 300
     * are called within 8 iterations, with no starvation; by then the buffer
     * for events has grown, and one iteration calls them all. */
    static Crowd crowd;

    (void)state;
    crowd_new(&crowd);
    for (int i = 0; i < 8; ++i) turn(crowd.loop);
    for (int i = 0; i < many; ++i) {
        assert_in_range(crowd.io[i].calls, 1, 8);
        crowd.io[i].calls = 0;
    }
    turn(crowd.loop);
    for (int i = 0; i < many; ++i) assert_took(&crowd.io[i], EV_READ);
    crowd_free(&crowd);
}

static void crowd_leave(struct ev_loop* loop, ev_io* w, int revents)
{
    io_note(loop, w, revents);
    ev_io_stop(loop, w);
}

static void test_io_many_ready_fds_called_once_each_if_stopped(void** state)
{
    /* R2.19: each of 300 ready watchers that stop themselves is called once,
     * and a run of them all ends after at most 8 iterations. */
    static Crowd crowd;

    (void)state;
    crowd_new(&crowd);
    for (int i = 0; i < many; ++i) ev_set_cb(&crowd.io[i].w, crowd_leave);
    assert_int_equal(ev_run(crowd.loop, 0), 0);
    assert_in_range(ev_iteration(crowd.loop), 1, 8);
    for (int i = 0; i < many; ++i) assert_took(&crowd.io[i], EV_READ);
    crowd_free(&crowd);
}

static const Test tests[] = {
    EACH(test_io_high_fd_alone_works),
    EACH(test_io_high_fds_together_with_low_work),
    EACH(test_io_many_ready_fds_all_called),
    EACH(test_io_many_ready_fds_called_once_each_if_stopped),
};

HARNESS_MAIN("io_many", tests)
