/* Fork in a callback, while events of what the kernel shares with the parent
 * are pending in the same pass: the child takes nothing from its parent. 4.33's
 * does.
 */
#define _GNU_SOURCE 1
#include "worker.h"

static const unsigned all_flags[] = {0, EVFLAG_FORKCHECK, EVFLAG_SIGNALFD,
                                     EVFLAG_SIGNALFD | EVFLAG_FORKCHECK};
enum { flags_count = 4 };

/* What a test does in a child, with each set of flags. */
typedef struct Body {
    void (*run)(unsigned flags, int how);
    unsigned flags;
    int how;
} Body;

static void body_run(void* arg)
{
    const Body* body = arg;
    body->run(body->flags, body->how);
}

static void assert_passes(void (*run)(unsigned flags, int how), int how)
{
    int failed = 0;

    for (int i = 0; i < flags_count; ++i) {
        Body body = {run, all_flags[i], how};
        if (!child_status(child_fork(body_run, &body))) continue;
        fprintf(stderr, "# with the flags %#x\n", all_flags[i]);
        ++failed;
    }
    assert_int_equal(failed, 0);
}

static int forks_in_pass; /* set: the next dispatch forks */

static void dispatch_forks(struct ev_loop* loop)
{
    if (forks_in_pass && ev_pending_count(loop) > 1) {
        forks_in_pass = 0;
        worker_fork();
    }
    ev_invoke_pending(loop);
}

static void check_forks(struct ev_loop* loop, ev_check* w, int revents)
{
    (void)revents;
    worker_fork();
    ev_check_stop(loop, w);
}

/* The first callback of the next pass forks. */
static void fork_first(ev_check* w)
{
    ev_check_init(w, check_forks);
    ev_set_priority(w, EV_MAXPRI);
    ev_check_start(team.loop, w);
}

/* The parent gets everything that was pending at the fork, and all of it again
 * when the worker has ended. A worker does not return. */
static void everything_told_twice(void)
{
    worker_goes();
    team_turns();
    check_everything_told();
    team_waits(everything_again);
    team_turns();
    check_everything_told();
}

/* Everything is pending when the worker is forked. */
static void everything_body(unsigned flags, int in_dispatch)
{
    ev_check first;

    team_new(ev_loop_new(backend | flags), flags);
    ev_set_invoke_pending_cb(team.loop, dispatch_forks);
    if (in_dispatch) forks_in_pass = 1;
    else fork_first(&first);
    team_waits(team_everything);
    everything_told_twice();
    team_free();
}

static void test_fork_pending_events_stay_the_parents(void** state)
{
    /* R4.4, A11: the worker, forked in the first callback of a pass, drains no
     * eventfd and reads no inotify event of its parent. */
    (void)state;
    assert_passes(everything_body, 0);
}

static void test_fork_in_dispatch_events_stay_the_parents(void** state)
{
    /* R4.4, A11: nor if it is forked in the invoke-pending callback. */
    (void)state;
    assert_passes(everything_body, 1);
}

static void io_forks(struct ev_loop* loop, ev_io* w, int revents)
{
    (void)loop, (void)revents;
    worker_fork();
    bytes_drain(w->fd);
}

static void everything_and_byte(void)
{
    team_everything();
    byte_put(team.p[1]);
}

/* The fd is a low or a high one, and ready before the others or after them: so
 * the callback comes before some internal events of the pass. */
static void io_body(unsigned flags, int first)
{
    ev_io io;

    team_new(ev_loop_new(backend | flags), flags);
    int fd = first ? dup(team.p[0]) : fcntl(team.p[0], F_DUPFD, 200);
    io_off(team.loop, &team.io);
    ev_io_init(&io, io_forks, fd, EV_READ);
    ev_set_priority(&io, EV_MAXPRI);
    ev_io_start(team.loop, &io);
    turn(team.loop);
    if (first) byte_put(team.p[1]);
    team_waits(first ? team_everything : everything_and_byte);
    everything_told_twice();
    ev_io_stop(team.loop, &io);
    close(fd);
    team_free();
}

static void test_fork_in_io_callback_async_stays_the_parents(void** state)
{
    /* R4.4, A11: nor if it is forked in the callback of an fd. */
    (void)state;
    assert_passes(io_body, 0);
    assert_passes(io_body, 1);
}

static void timerfd_body(unsigned flags, int unused)
{
    ev_check first;

    (void)unused;
    team_new(ev_loop_new(backend | flags), flags);
    team_clock_watch(1);
    fork_first(&first);
    turn(team.loop);
    worker_goes();
    turn(team.loop);
    worker_ends();
    team_free();
}

static void test_fork_pending_clock_change_stays_the_parents(void** state)
{
    /* R4.4, A11: nor does it read or arm the parent's timerfd, which is
     * readable because the clock was set. */
    (void)state;
    assert_passes(timerfd_body, 0);
}

static const Test tests[] = {
    OURS(test_fork_pending_events_stay_the_parents),
    OURS(test_fork_in_dispatch_events_stay_the_parents),
    OURS(test_fork_in_io_callback_async_stays_the_parents),
    OURS(test_fork_pending_clock_change_stays_the_parents),
};

HARNESS_MAIN("fork_pending", tests)
