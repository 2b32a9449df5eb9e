/* ev_io: an fd that nobody watches any more, and that is reported all the same.
 */
#define _GNU_SOURCE
#include <sys/wait.h>

#include "clock.h"
#include "fds.h"
#include "forked.h"
#include "spy.h"

static struct ev_loop* loop;
static Io io;
static int p[2];

/* A watcher that was stopped, and whose fd is readable: it was reported. */
static void unwanted_new(void)
{
    loop = loop_new(0);
    pipe_open(p);
    io_on(loop, &io, p[0], EV_READ);
    turn(loop);
    io_off(loop, &io);
    byte_put(p[1]);
    assert_in_range(waits_in(loop, 0.01), 1, 10);
    assert_took(&io, 0);
}

static void unwanted_end(void)
{
    ev_loop_destroy(loop);
    both_close(p);
}

static void test_io_unwanted_is_deleted_at_its_first_event(void** state)
{
    /* R2.17, R4.6: one wake-up for nobody, then the entry is gone. A start
     * needs one epoll_ctl. */
    Io other;
    int q[2];
    (void)state;
    backend = EVBACKEND_EPOLL;
    unwanted_new();
    pipe_open(q);
    io_on(loop, &other, q[0], EV_READ);
    turn(loop);
    for (int i = 0; i < 3; ++i) {
        assert_int_equal(epoll_entries(p[0]), 0);
        ev_io_start(loop, &io.w);
        assert_int_equal(turn_ctls(loop), 1);
        assert_took(&io, EV_READ);
        assert_int_equal(epoll_mask(p[0]), EPOLLIN);
        io_off(loop, &io);
        assert_int_equal(turn_ctls(loop), 1);
        assert_int_equal(turn_ctls(loop), 0);
        assert_took(&io, 0);
    }
    io_off(loop, &other);
    both_close(q);
    unwanted_end();
}

static void test_io_unwanted_starts_with_another_mask_in_one_call(void** state)
{
    /* R4.6: the entry was deleted, and the kernel is not asked to change it. */
    int q[2];
    (void)state;
    backend = EVBACKEND_EPOLL;
    unwanted_new();
    pair_open(q);
    io_on(loop, &io, q[0], EV_READ);
    turn(loop);
    io_off(loop, &io);
    byte_put(q[1]);
    waits_in(loop, 0.01);
    assert_int_equal(epoll_entries(q[0]), 0);
    ev_io_modify(&io.w, EV_READ | EV_WRITE);
    ev_io_start(loop, &io.w);
    assert_int_equal(turn_ctls(loop), 1);
    assert_took(&io, EV_READ | EV_WRITE);
    both_close(q);
    unwanted_end();
}

static void test_io_unwanted_serves_any_mask(void** state)
{
    /* R2.1: started for other events, of a socket. */
    int s[2];
    (void)state;
    unwanted_new();
    pair_open(s);
    io_on(loop, &io, s[0], EV_READ);
    turn(loop);
    io_off(loop, &io);
    byte_put(s[1]);
    turn(loop);
    turn(loop);
    for (int mask = 3; mask; --mask) {
        ev_io_modify(&io.w, mask);
        ev_io_start(loop, &io.w);
        turn(loop);
        assert_took(&io, mask);
        io_off(loop, &io);
        turn(loop);
        assert_took(&io, 0);
    }
    both_close(s);
    unwanted_end();
}

static void test_io_unwanted_and_hung_up_is_quiet(void** state)
{
    /* R2.3, R2.13: the kernel reports a hang-up without being asked. Nobody
     * gets it, the loop does not spin, and a later start finds it. */
    (void)state;
    unwanted_new();
    close(p[1]);
    assert_in_range(waits_in(loop, 0.02), 1, 10);
    assert_took(&io, 0);
    if (backend == EVBACKEND_EPOLL && !REFERENCE)
        assert_int_equal(epoll_entries(p[0]), 0);
    ev_io_start(loop, &io.w);
    turn(loop);
    assert_took(&io, EV_READ);
    bytes_drain(p[0]);
    turn(loop);
    assert_took(&io, EV_READ);
    ev_loop_destroy(loop);
    close(p[0]);
}

static void closed_and_reused(int set, int keep)
{
    int q[2];
    unwanted_new();
    int copy = dup(p[0]);
    if (!keep) close(copy);
    pipe_open(q);
    fd_renumber(q[0], p[0]);
    if (set) ev_io_set(&io.w, p[0], EV_READ);
    ev_io_start(loop, &io.w);
    turn(loop);
    assert_took(&io, 0);
    byte_put(q[1]);
    turn(loop);
    assert_took(&io, EV_READ);
    bytes_drain(p[0]);
    byte_put(p[1]);
    close(p[1]); /* of the old file: hung up, if there is a copy */
    assert_in_range(waits_in(loop, 0.02), 1, 12);
    assert_took(&io, 0);
    byte_put(q[1]);
    turn(loop);
    assert_took(&io, EV_READ);
    ev_loop_destroy(loop);
    close(p[0]), close(q[1]);
    if (keep) close(copy);
}

static void test_io_unwanted_then_closed_number_is_new_file(void** state)
{
    /* R2.8: the number of such an fd means another file: that is watched, also
     * if the program did not set the watcher again. */
    (void)state;
    signal(SIGPIPE, SIG_IGN);
    closed_and_reused(1, 1);
    signal(SIGPIPE, SIG_DFL);
}

static void test_io_unwanted_then_closed_with_copy_reaches_nobody(void** state)
{
    /* R2.9: likewise if a copy keeps the old file open, which hangs up. Ours
     * finds the new file also without ev_io_set. */
    (void)state;
    closed_and_reused(0, 1);
}

static void test_io_unwanted_copy_hangs_up_number_unused(void** state)
{
    /* R2.9: the same if nobody uses the number again; others are served. */
    int q[2];
    Io other;
    (void)state;
    unwanted_new();
    pipe_open(q);
    io_on(loop, &other, q[0], EV_READ);
    int copy = dup(p[0]);
    both_close(p);
    assert_in_range(waits_in(loop, 0.02), 1, 12);
    assert_took(&io, 0);
    byte_put(q[1]);
    turn(loop);
    assert_took(&other, EV_READ);
    ev_loop_destroy(loop);
    close(copy), both_close(q);
}

static void test_io_unwanted_in_a_table_that_shrinks_is_found(void** state)
{
    /* R2.8: the loop frees the part of its table that is unused. A file that
     * was deleted there may be watched again, and hang up. */
    enum { far = 900 };
    (void)state;
    for (int again = 0; again < 2; ++again) {
        unwanted_new();
        clock_freeze();
        int end = fcntl(p[1], F_DUPFD, 0);
        fd_renumber(p[0], far);
        io_on(loop, &io, far, EV_READ);
        turn(loop);
        assert_took(&io, EV_READ);
        io_off(loop, &io);
        turn(loop);
        for (int i = 0; i < 3; ++i) {
            clock_advance(1);
            turn(loop);
        }
        if (again) {
            ev_io_start(loop, &io.w);
            turn(loop);
            assert_took(&io, EV_READ);
            io_off(loop, &io);
            turn(loop);
        }
        both_close((int[]){end, p[1]});
        for (int i = 0; i < 3; ++i) turn(loop);
        spy_ctls = 0;
        turn(loop);
        assert_int_equal(spy_ctls, 0);
        assert_took(&io, 0);
        ev_io_start(loop, &io.w);
        turn(loop);
        assert_took(&io, EV_READ);
        ev_loop_destroy(loop);
        close(far);
        clock_thaw();
    }
}

static void child_works(void* unused)
{
    (void)unused;
    ev_loop_fork(loop);
    ev_io_start(loop, &io.w);
    turn(loop);
    child_check(io_take(&io) == EV_READ);
    io_off(loop, &io);
    turn(loop);
    child_check(io_take(&io) == 0);
}

static void test_io_unwanted_before_a_fork_serves_both(void** state)
{
    /* R2.29: the child's start and stop do not reach the parent. */
    (void)state;
    unwanted_new();
    assert_child_passes(child_fork(child_works, NULL));
    assert_in_range(waits_in(loop, 0.02), 1, 10);
    assert_took(&io, 0);
    ev_io_start(loop, &io.w);
    assert_child_passes(child_fork(child_works, NULL));
    turn(loop);
    assert_took(&io, EV_READ);
    unwanted_end();
}

static void test_io_unwanted_then_set_renewed_is_watched_again(void** state)
{
    /* R2.29: the new set of ev_loop_fork does not have it. */
    (void)state;
    unwanted_new();
    ev_loop_fork(loop);
    turn(loop);
    if (backend == EVBACKEND_EPOLL) assert_int_equal(epoll_entries(p[0]), 0);
    ev_io_start(loop, &io.w);
    turn(loop);
    assert_took(&io, EV_READ);
    unwanted_end();
}

static const Test tests[] = {
    ONCE(test_io_unwanted_is_deleted_at_its_first_event),
    ONCE(test_io_unwanted_starts_with_another_mask_in_one_call),
    EACH(test_io_unwanted_serves_any_mask),
    EACH(test_io_unwanted_and_hung_up_is_quiet),
    EACH(test_io_unwanted_then_closed_number_is_new_file),
    OURS(test_io_unwanted_then_closed_with_copy_reaches_nobody),
    EACH(test_io_unwanted_copy_hangs_up_number_unused),
    EACH(test_io_unwanted_in_a_table_that_shrinks_is_found),
    EACH(test_io_unwanted_before_a_fork_serves_both),
    EACH(test_io_unwanted_then_set_renewed_is_watched_again),
};

HARNESS_MAIN("io_unwanted", tests)
