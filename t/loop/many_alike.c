/* Many watchers of one thing: starting one more does not read those that were
 * started long before. They are made unreadable meanwhile. There is room for
 * all: to make room, all may be read, once in many starts. */

#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include "calls.h"

enum { old_count = 20, new_count = 100, room = 1 << 16 };

static void* guarded; /* the old ones, in pages of their own */

static void* guarded_new(void)
{
    guarded = mmap(NULL, room, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(guarded != MAP_FAILED);
    return guarded;
}

static void guard(int protection)
{
    assert_int_equal(mprotect(guarded, room, protection), 0);
}

static void test_many_io_of_one_fd_start_looks_at_no_old_one(void** state)
{
    /* R3.13: starting the n-th io watcher of an fd does not take longer than
     * the second; nor does a restart of the latest. */
    struct ev_loop* loop = loop_fresh(0);
    ev_io* old = guarded_new();
    ev_io w[new_count];
    int fds[2];
    (void)state;

    assert_int_equal(pipe(fds), 0);
    for (int i = 0; i < old_count; ++i) {
        old[i] = io_of("o", fds[0], EV_READ);
        ev_io_start(loop, &old[i]);
    }
    for (int i = 0; i < new_count; ++i) {
        w[i] = io_of("w", fds[0], EV_READ);
        ev_io_start(loop, &w[i]);
    }
    for (int i = new_count; --i;) ev_io_stop(loop, &w[i]);
    guard(PROT_NONE);
    for (int i = 1; i < new_count; ++i) {
        w[i] = io_of("w", fds[0], EV_READ);
        ev_io_start(loop, &w[i]);
        ev_io_stop(loop, &w[i]);
        ev_io_start(loop, &w[i]);
    }
    guard(PROT_READ | PROT_WRITE);
    assert_int_equal(write(fds[1], "x", 1), 1);
    assert_int_equal(turn(loop), old_count + new_count);
    assert_int_equal(strlen(calls_take()), old_count + new_count);
    for (int i = 0; i < old_count; ++i) ev_io_stop(loop, &old[i]);
    for (int i = 0; i < new_count; ++i) ev_io_stop(loop, &w[i]);
    assert_int_equal(turn(loop), 0);
    ev_loop_destroy(loop);
    munmap(guarded, room), close(fds[0]), close(fds[1]);
}

static int onces;

static void count_once(int revents, void* arg)
{
    (void)arg;
    onces += revents == EV_READ;
}

static void test_many_once_of_one_fd_start_looks_at_no_old_one(void** state)
{
    /* R3.13: nor does ev_once, on an fd that has watchers. */
    struct ev_loop* loop = loop_fresh(0);
    ev_io* old = guarded_new();
    ev_io w[new_count];
    int fds[2];
    (void)state;

    assert_int_equal(pipe(fds), 0);
    for (int i = 0; i < old_count; ++i) {
        old[i] = io_of("o", fds[0], EV_READ);
        ev_io_start(loop, &old[i]);
    }
    for (int i = 0; i < new_count; ++i) {
        w[i] = io_of("w", fds[0], EV_READ);
        ev_io_start(loop, &w[i]);
    }
    for (int i = new_count; i--;) ev_io_stop(loop, &w[i]);
    onces = 0;
    ev_once(loop, fds[0], EV_READ, -1., count_once, NULL);
    guard(PROT_NONE);
    for (int i = 1; i < new_count; ++i)
        ev_once(loop, fds[0], EV_READ, -1., count_once, NULL);
    guard(PROT_READ | PROT_WRITE);
    assert_int_equal(write(fds[1], "x", 1), 1);
    assert_int_equal(turn(loop), old_count);
    assert_int_equal(onces, new_count);
    for (int i = 0; i < old_count; ++i) ev_io_stop(loop, &old[i]);
    assert_int_equal(turn(loop), 0);
    ev_loop_destroy(loop);
    munmap(guarded, room), close(fds[0]), close(fds[1]);
}

static void child_begin(struct ev_loop* loop, ev_child* w)
{
    ev_child_init(w, note_child, 4711, 0);
    ev_child_start(loop, w);
}

static void test_many_child_of_one_pid_start_looks_at_no_old_one(void** state)
{
    /* R3.13: the same for child watchers of one process. */
    struct ev_loop* loop = loop_default(0);
    ev_child* old = guarded_new();
    ev_child w[new_count];
    (void)state;

    for (int i = 0; i < old_count; ++i) child_begin(loop, &old[i]);
    for (int i = 0; i < new_count; ++i) child_begin(loop, &w[i]);
    for (int i = new_count; --i;) ev_child_stop(loop, &w[i]);
    guard(PROT_NONE);
    for (int i = 1; i < new_count; ++i) {
        child_begin(loop, &w[i]);
        ev_child_stop(loop, &w[i]);
        ev_child_start(loop, &w[i]);
    }
    guard(PROT_READ | PROT_WRITE);
    assert_int_equal(turn(loop), old_count + new_count);
    for (int i = 0; i < old_count; ++i) ev_child_stop(loop, &old[i]);
    for (int i = 0; i < new_count; ++i) ev_child_stop(loop, &w[i]);
    assert_int_equal(turn(loop), 0);
    ev_loop_destroy(loop);
    munmap(guarded, room);
    signal(SIGCHLD, SIG_DFL);
}

static void test_many_hooks_start_looks_at_no_old_one(void** state)
{
    /* R3.13: the same for those that the loop itself calls. */
    struct ev_loop* loop = loop_fresh(0);
    ev_check* old = guarded_new();
    ev_check w[new_count];
    (void)state;

    for (int i = 0; i < old_count; ++i) {
        old[i] = check_of("o");
        ev_check_start(loop, &old[i]);
    }
    for (int i = 0; i < new_count; ++i) {
        w[i] = check_of("w");
        ev_check_start(loop, &w[i]);
    }
    for (int i = new_count; i--;) ev_check_stop(loop, &w[i]);
    guard(PROT_NONE);
    for (int i = 0; i < new_count; ++i) {
        w[i] = check_of("w");
        ev_check_start(loop, &w[i]);
        ev_check_stop(loop, &w[i]);
        ev_check_start(loop, &w[i]);
    }
    guard(PROT_READ | PROT_WRITE);
    assert_int_equal(turn(loop), old_count + new_count);
    assert_int_equal(strlen(calls_take()), old_count + new_count);
    for (int i = 0; i < old_count; ++i) ev_check_stop(loop, &old[i]);
    for (int i = 0; i < new_count; ++i) ev_check_stop(loop, &w[i]);
    assert_int_equal(turn(loop), 0);
    ev_loop_destroy(loop);
    munmap(guarded, room);
}

static const Test tests[] = {
    EACH(test_many_io_of_one_fd_start_looks_at_no_old_one),
    EACH(test_many_once_of_one_fd_start_looks_at_no_old_one),
    ONCE(test_many_child_of_one_pid_start_looks_at_no_old_one),
    EACH(test_many_hooks_start_looks_at_no_old_one),
};

HARNESS_MAIN("many_alike", tests)
