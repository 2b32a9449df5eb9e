/* Fork watchers, and EVFLAG_FORKCHECK. */
#include "calls.h"
#include "fds.h"
#include "forked.h"

static void fork_note(struct ev_loop* loop, ev_fork* w, int revents)
{
    (void)loop, (void)w;
    calls_add(revents == EV_FORK ? "f" : "!");
}

static void prepare_note(struct ev_loop* loop, ev_prepare* w, int revents)
{
    (void)loop, (void)w;
    calls_add(revents == EV_PREPARE ? "p" : "!");
}

static void check_note(struct ev_loop* loop, ev_check* w, int revents)
{
    (void)loop, (void)w;
    calls_add(revents == EV_CHECK ? "c" : "!");
}

/* A loop whose fork, prepare and check watchers write down their calls. */
typedef struct Scribe {
    struct ev_loop* loop;
    ev_fork fork;
    ev_prepare prepare;
    ev_check check;
} Scribe;

static void scribe_new(Scribe* scribe, unsigned flags)
{
    scribe->loop = loop_new(flags);
    ev_prepare_init(&scribe->prepare, prepare_note);
    ev_set_priority(&scribe->prepare, EV_MAXPRI);
    ev_prepare_start(scribe->loop, &scribe->prepare);
    ev_check_init(&scribe->check, check_note);
    ev_check_start(scribe->loop, &scribe->check);
    ev_fork_init(&scribe->fork, fork_note);
    ev_set_priority(&scribe->fork, EV_MINPRI);
    ev_fork_start(scribe->loop, &scribe->fork);
    calls_clear();
}

static void test_fork_watcher_called_once_before_prepare(void** state)
{
    /* R2.30: fork watchers run once per ev_loop_fork, in the next iteration,
     * with EV_FORK, before prepare watchers, in the parent too. Several calls
     * before that iteration count as one. */
    Scribe scribe;

    (void)state;
    scribe_new(&scribe, 0);
    turn(scribe.loop);
    assert_string_equal(calls, "pc");
    ev_loop_fork(scribe.loop);
    ev_loop_fork(scribe.loop);
    assert_string_equal(calls, "pc");
    turn(scribe.loop);
    assert_string_equal(calls, "pcfpc");
    turn(scribe.loop);
    assert_string_equal(calls, "pcfpcpc");
    ev_loop_fork(scribe.loop);
    turn(scribe.loop);
    turn(scribe.loop);
    assert_string_equal(calls, "pcfpcpcfpcpc");
    ev_loop_destroy(scribe.loop);
}

static Io started;
static int started_fd;

static void fork_start(struct ev_loop* loop, ev_fork* w, int revents)
{
    fork_note(loop, w, revents);
    io_on(loop, &started, started_fd, EV_READ);
}

static void test_fork_watcher_starts_io_served_same_iteration(void** state)
{
    /* R2.30: what fork watchers start is already served in that iteration. */
    Scribe scribe;
    int p[2];

    (void)state;
    scribe_new(&scribe, 0);
    pipe_open(p);
    byte_put(p[1]);
    started_fd = p[0];
    ev_set_cb(&scribe.fork, fork_start);
    ev_loop_fork(scribe.loop);
    turn(scribe.loop);
    assert_string_equal(calls, "fpc");
    assert_took(&started, EV_READ);
    ev_loop_destroy(scribe.loop);
    both_close(p);
}

static void test_fork_in_parent_io_goes_on(void** state)
{
    /* R2.30: ev_loop_fork in the parent is allowed and does the same: fd
     * watching goes on over the re-creation, in that very iteration. */
    struct ev_loop* loop = loop_new(0);
    Io reader, writer;
    int p[2];

    (void)state;
    pipe_open(p);
    io_on(loop, &reader, p[0], EV_READ);
    io_on(loop, &writer, p[1], EV_WRITE);
    for (int i = 0; i < 5; ++i) {
        ev_loop_fork(loop);
        byte_put(p[1]);
        turn(loop);
        assert_took(&reader, EV_READ);
        assert_took(&writer, EV_WRITE);
        bytes_drain(p[0]);
        turn(loop);
        assert_took(&reader, 0);
        assert_took(&writer, EV_WRITE);
    }
    io_off(loop, &writer);
    ev_loop_fork(loop);
    turn(loop);
    assert_took(&reader, 0);
    assert_took(&writer, 0);
    ev_loop_destroy(loop);
    both_close(p);
}

static void untold_child_turns(void* arg)
{
    Scribe* scribe = arg;
    turn(scribe->loop);
    turn(scribe->loop);
    child_check(!strcmp(calls, "pcpc"));
}

static void test_fork_watcher_not_called_in_untold_child(void** state)
{
    /* R2.30: never in a process that was not told (and has no FORKCHECK). */
    Scribe scribe;

    (void)state;
    scribe_new(&scribe, 0);
    assert_child_passes(child_fork(untold_child_turns, &scribe));
    turn(scribe.loop);
    assert_string_equal(calls, "pc");
    ev_loop_destroy(scribe.loop);
}

static void told_child_turns(void* arg)
{
    Scribe* scribe = arg;
    ev_loop_fork(scribe->loop);
    turn(scribe->loop);
    turn(scribe->loop);
    child_check(!strcmp(calls, "fpcpc"));
}

static void test_fork_watcher_called_in_told_child_only(void** state)
{
    /* R2.30: in the child that was told, once, and not in its parent. */
    Scribe scribe;

    (void)state;
    scribe_new(&scribe, 0);
    assert_child_passes(child_fork(told_child_turns, &scribe));
    turn(scribe.loop);
    assert_string_equal(calls, "pc");
    ev_loop_destroy(scribe.loop);
}

static void checking_child_turns(void* arg)
{
    Scribe* scribe = arg;
    turn(scribe->loop);
    turn(scribe->loop);
    child_check(!strcmp(calls, "pcfpcpc"));
}

static void test_fork_forkcheck_calls_watcher_once_in_child(void** state)
{
    /* R2.31: with EVFLAG_FORKCHECK the child's first iteration notices the new
     * pid by itself and calls fork watchers once; the parent notices
     * nothing. */
    Scribe scribe;

    (void)state;
    scribe_new(&scribe, EVFLAG_FORKCHECK);
    turn(scribe.loop);
    assert_child_passes(child_fork(checking_child_turns, &scribe));
    turn(scribe.loop);
    assert_string_equal(calls, "pcpc");
    ev_loop_destroy(scribe.loop);
}

static void checking_child_reads(void* arg)
{
    struct ev_loop* loop = arg;
    turn(loop);
    child_check(io_take(&started) == EV_READ);
    bytes_drain(started_fd);
    turn(loop);
    child_check(io_take(&started) == 0);
}

static void test_fork_forkcheck_child_io_works(void** state)
{
    /* R2.31: the kernel state is rebuilt in that first iteration. */
    struct ev_loop* loop = loop_new(EVFLAG_FORKCHECK);
    int p[2];

    (void)state;
    pipe_open(p);
    started_fd = p[0];
    io_on(loop, &started, p[0], EV_READ);
    turn(loop);
    byte_put(p[1]);
    assert_child_passes(child_fork(checking_child_reads, loop));
    turn(loop);
    assert_took(&started, 0);
    byte_put(p[1]);
    turn(loop);
    assert_took(&started, EV_READ);
    ev_loop_destroy(loop);
    both_close(p);
}

static const Test tests[] = {
    EACH(test_fork_watcher_called_once_before_prepare),
    EACH(test_fork_watcher_starts_io_served_same_iteration),
    EACH(test_fork_in_parent_io_goes_on),
    EACH(test_fork_watcher_not_called_in_untold_child),
    EACH(test_fork_watcher_called_in_told_child_only),
    EACH(test_fork_forkcheck_calls_watcher_once_in_child),
    EACH(test_fork_forkcheck_child_io_works),
};

HARNESS_MAIN("fork_watchers", tests)
