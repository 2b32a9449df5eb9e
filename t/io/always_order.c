/* ev_io: the order in which files that epoll refuses are called. */
#define _GNU_SOURCE
#include "calls.h"
#include "fds.h"

static void order_check(struct ev_loop* loop, const char* expected)
{
    for (int i = 0; i < 2; ++i) {
        calls_clear();
        turn(loop);
        assert_calls(expected);
    }
}

static void test_io_regular_files_are_called_in_the_order_of_4_33(void** state)
{
    /* R2.11: on epoll before other fds, the one started first first; one that
     * is stopped while another watcher of its fd is not keeps its place. */
    ev_io w[5];
    int p[2];
    (void)state;
    backend = EVBACKEND_EPOLL;
    struct ev_loop* loop = loop_new(0);
    pair_open(p);
    byte_put(p[1]);
    int fds[] = {p[0], regular_open(), regular_open(), regular_open(), -1};
    fds[4] = fds[1];
    for (int i = 0; i < 5; ++i) {
        w[i] =
            io_of(letter_of("pabcd"[i]), fds[i], i == 4 ? EV_WRITE : EV_READ);
        ev_io_start(loop, &w[i]);
    }
    order_check(loop, "adbcp");
    ev_io_stop(loop, &w[1]);
    order_check(loop, "dbcp");
    ev_io_start(loop, &w[1]);
    order_check(loop, "dabcp");
    ev_io_stop(loop, &w[2]);
    order_check(loop, "dacp");
    for (int i = 0; i < 5; ++i) ev_io_stop(loop, &w[i]);
    for (int i = 1; i < 4; ++i) close(fds[i]);
    both_close(p);
    ev_loop_destroy(loop);
}

static const Test tests[] = {
    ONCE(test_io_regular_files_are_called_in_the_order_of_4_33),
};

HARNESS_MAIN("io_always_order", tests)
