/* Memory of a loop that polls more descriptors than RLIMIT_NOFILE allows. */
#define _GNU_SOURCE
#include "memory_count.h"

enum { many = 20 };

static void test_memory_steady_loop_under_a_lowered_limit_needs_none(
    void** state)
{
    /* R4.2, R3.8: poll(2) refuses more fds than the limit. */
    Io io[many];
    (void)state;
    struct ev_loop* loop = memory_begin();
    for (int i = 0; i < many; ++i) {
        int fd = dup(0);
        assert_true(fd >= 0);
        io_on(loop, &io[i], fd, EV_WRITE);
    }
    turn(loop);
    rlim_t before = fds_limit(4);
    turn(loop), turn(loop);
    int resizes = memory_resizes;
    for (int i = 0; i < 10; ++i) turn(loop);
    fds_limit(before);
    assert_int_equal(memory_resizes, resizes);
    for (int i = 0; i < many; ++i) close(io[i].w.fd), io_off(loop, &io[i]);
    memory_end(loop);
    assert_int_equal(memory_bytes, 0);
}

static const Test tests[] = {
    OURS(test_memory_steady_loop_under_a_lowered_limit_needs_none),
};

HARNESS_MAIN("memory_limited", tests)
