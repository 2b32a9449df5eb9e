/* How long an iteration waits in a loop that has no timer. */

#include <unistd.h>

#include "calls.h"

static void test_run_once_collecting_timeouts_without_any_serves_io(
    void** state)
{
    /* R1.85: the interval for timeouts costs nothing where there are none. */
    struct ev_loop* loop = loop_fresh(0);
    int fds[2];
    (void)state;

    assert_int_equal(pipe(fds), 0);
    assert_int_equal(write(fds[1], "x", 1), 1);
    ev_io w = io_of("w", fds[0], EV_READ);
    ev_io_start(loop, &w);
    ev_set_timeout_collect_interval(loop, 0.001);
    assert_int_equal(ev_run(loop, EVRUN_ONCE), 1);
    assert_calls("w");
    ev_loop_destroy(loop);
    close(fds[0]), close(fds[1]);
}

static void test_run_once_dead_fd_is_told_without_waiting(void** state)
{
    /* R2.12: also if the loop has nothing else that ends its wait. */
    struct ev_loop* loop = loop_fresh(0);
    int fd = dup(0);
    (void)state;

    close(fd);
    ev_ref(loop);
    const int dead[] = {fd, -1};
    for (size_t i = 0; i < sizeof dead / sizeof *dead; ++i) {
        ev_io w = io_of("w", dead[i], EV_READ);
        ev_io_start(loop, &w);
        assert_int_equal(ev_run(loop, EVRUN_ONCE), 1);
        assert_calls("w");
        assert_true(calls_revents & EV_ERROR);
    }
    ev_loop_destroy(loop);
}

static const Test tests[] = {
    EACH(test_run_once_collecting_timeouts_without_any_serves_io),
    OURS(test_run_once_dead_fd_is_told_without_waiting),
};

HARNESS_MAIN("run_untimed", tests)
