/* Fork: fds in the child and in the parent, and fork watchers. */
#define _GNU_SOURCE 1
#include "fds.h"
#include "forked.h"
#include "spy.h"

enum { both = EV_READ | EV_WRITE };

/* A loop that watches the read end of a pipe, a second pipe noted but not
 * told to the kernel yet, and a file that cannot block; and two gates. */
typedef struct Family {
    struct ev_loop* loop;
    Io known, noted, file;
    int p[2], q[2], null;
    Gate to_parent, to_child;
} Family;

static void family_new(Family* family, unsigned flags)
{
    family->to_parent = gate_new();
    family->to_child = gate_new();
    family->loop = loop_new(flags);
    family->null = open("/dev/null", O_RDWR);
    pipe_open(family->p);
    pipe_open(family->q);
    io_on(family->loop, &family->known, family->p[0], EV_READ);
    io_on(family->loop, &family->file, family->null, EV_WRITE);
    turn(family->loop);
    assert_took(&family->known, 0);
    assert_took(&family->file, EV_WRITE);
    io_on(family->loop, &family->noted, family->q[0], EV_READ);
}

static void family_free(Family* family)
{
    ev_loop_destroy(family->loop);
    both_close(family->p), both_close(family->q), close(family->null);
    gate_free(&family->to_parent), gate_free(&family->to_child);
}

/* In the process that asks, both pipes work and end up empty. */
static int family_works(Family* family)
{
    turn(family->loop);
    if (io_take(&family->known) || io_take(&family->noted)) return 0;
    if (io_take(&family->file) != EV_WRITE) return 0;
    byte_put(family->p[1]);
    turn(family->loop);
    if (io_take(&family->known) != EV_READ) return 0;
    if (io_take(&family->noted)) return 0;
    byte_put(family->q[1]);
    bytes_drain(family->p[0]);
    turn(family->loop);
    if (io_take(&family->noted) != EV_READ) return 0;
    bytes_drain(family->q[0]);
    io_take(&family->file);
    return !io_take(&family->known);
}

static void told_child_works(void* arg)
{
    Family* family = arg;
    ev_loop_fork(family->loop);
    child_check(family_works(family));
    child_check(family_works(family));
}

static void test_fork_told_child_watchers_work_on_inherited_fds(void** state)
{
    /* R2.29: after fork and ev_loop_fork the child's watchers work, on the
     * inherited fds; and so do the parent's. */
    Family family;

    (void)state;
    family_new(&family, 0);
    assert_child_passes(child_fork(told_child_works, &family));
    assert_true(family_works(&family));
    family_free(&family);
}

static void told_grandchild_works(void* arg)
{
    told_child_works(arg);
    child_check(child_status(child_fork(told_child_works, arg)) == 0);
    child_check(family_works(arg));
}

static void test_fork_told_grandchild_works_too(void** state)
{
    /* R2.29: the same over two generations. */
    Family family;

    (void)state;
    family_new(&family, 0);
    assert_child_passes(child_fork(told_grandchild_works, &family));
    assert_true(family_works(&family));
    family_free(&family);
}

/* Turns everything round in the child, and lets the parent look. */
static void child_upset(Family* family)
{
    Io writer;
    int s[2];

    pair_open(s);
    io_off(family->loop, &family->known);
    child_check(dup2(s[0], family->p[0]) == family->p[0]);
    io_on(family->loop, &writer, family->p[0], both);
    io_off(family->loop, &family->file);
    io_mask(family->loop, &family->noted, EV_WRITE);
    turn(family->loop);
    child_check(io_take(&writer) == EV_WRITE);
    child_check(io_take(&family->known) == 0);
    gate_open(&family->to_parent);
    child_check(gate_pass(&family->to_child));
    turn(family->loop);
    child_check(io_take(&family->known) == 0);
    child_check(io_take(&family->noted) == 0);
    child_check(io_take(&family->file) == 0);
    child_check(io_take(&writer) == EV_WRITE);
}

static void told_child_upset(void* arg)
{
    Family* family = arg;
    ev_loop_fork(family->loop);
    child_upset(family);
}

static void checking_child_upset(void* arg) { child_upset(arg); }

static void parent_unmoved_check(void (*body)(void*), unsigned flags)
{
    Family family;

    family_new(&family, flags);
    turn(family.loop);
    assert_took(&family.file, EV_WRITE);
    pid_t pid = child_fork(body, &family);
    assert_true(gate_pass(&family.to_parent));
    if (backend == EVBACKEND_EPOLL) {
        assert_int_equal(epoll_mask(family.p[0]), EPOLLIN);
        assert_int_equal(epoll_mask(family.q[0]), EPOLLIN);
        assert_int_equal(epoll_entries(family.p[0]), 1);
    }
    byte_put(family.p[1]);
    turn(family.loop);
    assert_took(&family.known, EV_READ);
    assert_took(&family.file, EV_WRITE);
    assert_took(&family.noted, 0);
    gate_open(&family.to_child);
    assert_child_passes(pid);
    bytes_drain(family.p[0]);
    assert_true(family_works(&family));
    family_free(&family);
}

static void test_fork_told_child_changes_do_not_reach_parent(void** state)
{
    /* R2.29: what the child does to its watchers does not reach the parent's
     * kernel state: the child gets an epoll instance of its own before it
     * changes anything. */
    (void)state;
    parent_unmoved_check(told_child_upset, 0);
}

static void test_fork_forkcheck_child_does_not_reach_parent(void** state)
{
    /* R2.31: with EVFLAG_FORKCHECK the child's first iteration notices by
     * itself, and rebuilds kernel state before it changes anything. */
    (void)state;
    parent_unmoved_check(checking_child_upset, EVFLAG_FORKCHECK);
}

static void child_hears_nothing(void* arg)
{
    Family* family = arg;
    Io io;
    int r[2];

    ev_loop_fork(family->loop);
    io_off(family->loop, &family->file);
    turn(family->loop);
    pipe_open(r); /* takes the numbers that the parent will take, too */
    io_on(family->loop, &io, r[0], EV_READ);
    turn(family->loop);
    gate_open(&family->to_parent);
    child_check(gate_pass(&family->to_child));
    child_check(waits_in(family->loop, 0.02) < 10);
    child_check(io_take(&io) == 0);
    child_check(io_take(&family->known) == 0);
    byte_put(r[1]);
    turn(family->loop);
    child_check(io_take(&io) == EV_READ);
}

static void test_fork_parent_events_do_not_reach_told_child(void** state)
{
    /* R2.29: parent events do not reach the child, not even under a number
     * that both watch for files of their own. */
    Family family;
    Io io;
    int r[2];

    (void)state;
    family_new(&family, 0);
    turn(family.loop);
    pid_t pid = child_fork(child_hears_nothing, &family);
    assert_true(gate_pass(&family.to_parent));
    pipe_open(r);
    io_on(family.loop, &io, r[0], EV_READ);
    byte_put(r[1]);
    turn(family.loop);
    assert_took(&io, EV_READ);
    gate_open(&family.to_child);
    assert_child_passes(pid);
    turn(family.loop);
    assert_took(&io, EV_READ);
    family_free(&family);
    both_close(r);
}

static void noted_child_upset(void* arg)
{
    Family* family = arg;
    ev_loop_fork(family->loop);
    turn(family->loop);
    child_check(io_take(&family->known) == 0);
    byte_put(family->p[1]);
    turn(family->loop);
    child_check(io_take(&family->known) == 0);
    bytes_drain(family->p[0]);
    byte_put(family->q[1]);
    turn(family->loop);
    child_check(io_take(&family->noted) == EV_READ);
    bytes_drain(family->q[0]);
}

static void test_fork_changes_noted_before_fork_count_in_both(void** state)
{
    /* R2.29: starts and stops that were not yet registered with the kernel when
     * the process forked are carried out in both. */
    Family family;

    (void)state;
    family_new(&family, 0);
    io_off(family.loop, &family.known);
    assert_child_passes(child_fork(noted_child_upset, &family));
    ev_io_start(family.loop, &family.known.w);
    assert_true(family_works(&family));
    family_free(&family);
}

static const Test tests[] = {
    EACH(test_fork_told_child_watchers_work_on_inherited_fds),
    EACH(test_fork_told_grandchild_works_too),
    EACH(test_fork_told_child_changes_do_not_reach_parent),
    EACH(test_fork_forkcheck_child_does_not_reach_parent),
    EACH(test_fork_parent_events_do_not_reach_told_child),
    EACH(test_fork_changes_noted_before_fork_count_in_both),
};

HARNESS_MAIN("fork", tests)
