/* ev_io: files that are always ready, when epoll's set is recreated. */
#define _GNU_SOURCE 1
#include "fds.h"
#include "spy.h"

enum { files = 5 };

static void files_on(struct ev_loop* loop, Io* io)
{
    for (int i = 0; i < files; ++i)
        io_on(loop, &io[i], regular_open(), EV_READ);
    turn(loop);
    for (int i = 0; i < files; ++i) assert_took(&io[i], EV_READ);
}

/* For some turns, each of the files still watched is called once in each. */
static void files_take(struct ev_loop* loop, Io* io)
{
    for (int n = 0; n < 3; ++n) {
        turn(loop);
        for (int i = 0; i < files; ++i)
            assert_took(&io[i], ev_is_active(&io[i].w) ? EV_READ : 0);
    }
}

static void files_off(struct ev_loop* loop, Io* io)
{
    static const int order[files] = {2, 4, 0, 1, 3};
    for (int i = 0; i < files; ++i) {
        io_off(loop, &io[order[i]]);
        files_take(loop, io);
        ev_verify(loop);
    }
    assert_in_range(waits_in(loop, 0.02), 1, 10);
    for (int i = 0; i < files; ++i) close(io[i].w.fd);
}

static void test_io_file_is_called_in_the_turn_of_a_rebuild(void** state)
{
    /* R3.14: an event of a closed file recreates the set; regular files are
     * called in that very iteration too, and once. */
    struct ev_loop* loop = loop_new(0);
    Io gone, io[files];
    int p[2];
    (void)state;

    pipe_open(p);
    io_on(loop, &gone, p[0], EV_READ);
    files_on(loop, io);
    int copy = dup(p[0]);
    io_off(loop, &gone);
    close(p[0]);
    byte_put(p[1]);
    files_take(loop, io);
    assert_took(&gone, 0);
    files_off(loop, io);
    ev_loop_destroy(loop);
    close(copy), close(p[1]);
}

static void test_io_file_is_called_in_the_turn_of_a_lost_set(void** state)
{
    /* R3.14: likewise if somebody closed the loop's own fd. */
    int next = dup(0);
    close(next);
    struct ev_loop* loop = loop_new(0);
    Io io[files];
    (void)state;

    files_on(loop, io);
    if (backend == EVBACKEND_EPOLL) assert_int_equal(close(next), 0);
    files_take(loop, io);
    files_off(loop, io);
    ev_loop_destroy(loop);
}

static void test_io_file_is_called_in_the_turn_of_a_fork(void** state)
{
    /* R3.14: and in the iteration after ev_loop_fork. */
    struct ev_loop* loop = loop_new(0);
    Io io[files];
    (void)state;

    files_on(loop, io);
    ev_loop_fork(loop);
    files_take(loop, io);
    files_off(loop, io);
    ev_loop_destroy(loop);
}

static void test_io_number_of_a_file_taken_by_others_is_served(void** state)
{
    /* R2.11, R3.13: a number goes from a file to a pipe and back, in a list of
     * others that are always ready. */
    struct ev_loop* loop = loop_new(0);
    Io io[files], *one = &io[1];
    int p[2], fd;
    (void)state;

    files_on(loop, io);
    fd = one->w.fd;
    for (int i = 0; i < 3; ++i) {
        pipe_open(p);
        byte_put(p[1]);
        io_off(loop, one);
        fd_renumber(p[0], fd);
        io_on(loop, one, fd, EV_READ);
        files_take(loop, io);
        bytes_drain(fd);
        turn(loop);
        for (int k = 0; k < files; ++k)
            assert_took(&io[k], &io[k] == one ? 0 : EV_READ);
        io_off(loop, one);
        fd_renumber(regular_open(), fd);
        io_on(loop, one, fd, EV_READ);
        files_take(loop, io);
        ev_verify(loop);
        close(p[1]);
    }
    files_off(loop, io);
    ev_loop_destroy(loop);
}

static const Test tests[] = {
    EACH(test_io_file_is_called_in_the_turn_of_a_rebuild),
    OURS(test_io_file_is_called_in_the_turn_of_a_lost_set),
    EACH(test_io_file_is_called_in_the_turn_of_a_fork),
    EACH(test_io_number_of_a_file_taken_by_others_is_served),
};

HARNESS_MAIN("io_always_rebuilt", tests)
