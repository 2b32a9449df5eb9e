/* ev_io: what the kernel still reports of an fd that nobody watches any more,
 * or not for that. */
#define _GNU_SOURCE 1
#include <stdlib.h>
#include <sys/wait.h>

#include "fds.h"
#include "spy.h"

static void test_io_stopped_then_hung_up_is_quiet(void** state)
{
    /* R2.3: a stopped fd is not reported; nor does its hang-up, which the
     * kernel tells unasked, keep the loop busy. */
    struct ev_loop* loop = loop_new(0);
    Io io;
    int p[2];

    (void)state;
    pipe_open(p);
    io_on(loop, &io, p[0], EV_READ);
    turn(loop);
    io_off(loop, &io);
    close(p[1]);
    assert_in_range(waits_in(loop, 0.02), 1, 10);
    assert_took(&io, 0);
    io_on(loop, &io, p[0], EV_READ);
    turn(loop);
    assert_took(&io, EV_READ);
    ev_loop_destroy(loop);
    close(p[0]);
}

/* In a child without ev_loop_fork: what it watches changes the set that it
 * shares with its parent. */
static void child_writes(struct ev_loop* loop, int fd)
{
    Io io;
    pid_t pid = fork();

    if (!pid) {
        io_on(loop, &io, fd, EV_WRITE);
        turn(loop);
        _exit(io_take(&io) != EV_WRITE);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status) && !WEXITSTATUS(status));
}

static void test_io_mask_widened_by_a_child_is_narrowed(void** state)
{
    /* R2.3: the parent is called for what it asked for, and does not spin,
     * whatever a child did to the kernel's set. */
    struct ev_loop* loop = loop_new(0);
    Io io;
    int s[2];

    (void)state;
    pair_open(s);
    io_on(loop, &io, s[0], EV_READ);
    turn(loop);
    child_writes(loop, s[0]);
    assert_in_range(waits_in(loop, 0.02), 1, 10);
    assert_took(&io, 0);
    byte_put(s[1]);
    turn(loop);
    assert_took(&io, EV_READ);
    ev_loop_destroy(loop);
    both_close(s);
}

static void test_io_files_stopped_in_any_order_leave_the_others(void** state)
{
    /* R2.11: of several files that are always ready, any may be stopped. */
    enum { count = 3 };
    struct ev_loop* loop = loop_new(0);
    Io io[count];

    (void)state;
    for (int first = 0; first < count; ++first) {
        for (int i = 0; i < count; ++i)
            io_on(loop, &io[i], open("/dev/null", O_RDWR), EV_READ);
        for (int stopped = 0; stopped <= count; ++stopped) {
            turn(loop);
            for (int i = 0; i < count; ++i)
                assert_took(&io[(first + i) % count],
                            i < stopped ? 0 : EV_READ);
            io_off(loop, &io[(first + stopped) % count]);
        }
        for (int i = 0; i < count; ++i) close(io[i].w.fd);
    }
    ev_loop_destroy(loop);
}

static void test_io_leftover_without_free_numbers_is_survived(void** state)
{
    /* R2.20, R3.3: the set should be rebuilt, but no number may be used. The
     * other watchers are served on; 4.33 calls syserr. */
    int p[2], q[2];
    Io gone, kept;

    (void)state;
    struct ev_loop* loop = loop_new(0);
    pipe_open(p), pipe_open(q);
    io_on(loop, &gone, p[0], EV_READ);
    io_on(loop, &kept, q[0], EV_READ);
    turn(loop);
    int other = dup(p[0]);
    io_off(loop, &gone);
    close(p[0]);
    byte_put(p[1]);
    rlim_t before = fds_limit(0);
    turn(loop);
    byte_put(q[1]);
    for (int i = 0; i < 3; ++i) turn(loop);
    fds_limit(before);
    assert_true(kept.calls > 0);
    turn(loop);
    io_off(loop, &kept);
    close(other), close(p[1]), both_close(q);
    ev_loop_destroy(loop);
}

static const Test tests[] = {
    OURS(test_io_leftover_without_free_numbers_is_survived),
    EACH(test_io_stopped_then_hung_up_is_quiet),
    EACH(test_io_mask_widened_by_a_child_is_narrowed),
    EACH(test_io_files_stopped_in_any_order_leave_the_others),
};

HARNESS_MAIN("io_leftover", tests)
