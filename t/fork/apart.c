/* Fork: what a child changes early, even before its first iteration, when fds
 * it shares with its parent are still in place, does not reach the parent.
 */
#include "apart.h"

static void shared_check(void (*body)(void*), unsigned flags)
{
    Shared shared;

    shared_new(&shared, flags);
    int status = child_status(child_fork(body, &shared));
    shared_end(&shared);
    assert_int_equal(status, 0);
    assert_int_equal(shared.changes, 1);
    assert_int_equal(shared.signals, 1);
}

/* The child is told, or has to find out by itself in its first iteration. */
static void fork_told(Shared* shared)
{
    if (!(shared->flags & EVFLAG_FORKCHECK)) ev_loop_fork(shared->loop);
}

static void child_stops_stat(void* arg)
{
    Shared* shared = arg;
    fork_told(shared);
    ev_stat_stop(shared->loop, &shared->stat);
    turn(shared->loop);
    byte_put(shared->fd);
    run_for(shared->loop, 0.005);
    child_check(shared->changes == 0);
    child_check(ftruncate(shared->fd, 0) == 0);
}

static void child_starts_stat(void* arg)
{
    Shared* shared = arg;
    fork_told(shared);
    ev_stat_init(&shared->second, stat_note, shared->path, 0.);
    shared->second.data = shared;
    ev_stat_start(shared->loop, &shared->second);
    ev_stat_stop(shared->loop, &shared->stat);
    turn(shared->loop);
    byte_put(shared->fd);
    run_for(shared->loop, 1.);
    child_check(shared->changes == 1);
    child_check(ftruncate(shared->fd, 0) == 0);
}

static void child_stops_signal(void* arg)
{
    Shared* shared = arg;
    fork_told(shared);
    ev_signal_stop(shared->loop, &shared->signal);
    turn(shared->loop);
}

static void signal_change(Shared* shared)
{
    ev_signal_stop(shared->loop, &shared->signal);
    ev_signal_set(&shared->signal, SIGUSR2);
    ev_signal_start(shared->loop, &shared->signal);
    kill(getpid(), SIGUSR2);
    run_for(shared->loop, 1.);
    child_check(shared->signals == 1);
    turn(shared->loop);
    child_check(shared->signals == 1);
}

static void child_changes_signal(void* arg)
{
    fork_told(arg);
    signal_change(arg);
}

static void child_changes_signal_later(void* arg)
{
    Shared* shared = arg;
    fork_told(shared);
    turn(shared->loop);
    signal_change(shared);
}

static void test_fork_child_stops_signal_parents_goes_on(void** state)
{
    /* R2.33: signal watchers go on in both: the child may stop its own, and
     * watch another signal, before its first iteration. */
    (void)state;
    shared_check(child_stops_signal, 0);
    shared_check(child_changes_signal, 0);
    shared_check(child_changes_signal, EVFLAG_FORKCHECK);
    shared_check(child_changes_signal_later, 0);
}

static void test_fork_child_stops_signalfd_parents_goes_on(void** state)
{
    /* R2.34: the same for a loop with EVFLAG_SIGNALFD. 4.33's child changes
     * the signalfd of its parent. */
    (void)state;
    shared_check(child_stops_signal, EVFLAG_SIGNALFD);
    shared_check(child_changes_signal, EVFLAG_SIGNALFD);
    shared_check(child_changes_signal, EVFLAG_SIGNALFD | EVFLAG_FORKCHECK);
    shared_check(child_changes_signal_later, EVFLAG_SIGNALFD);
}

static void test_fork_child_stops_stat_parents_goes_on(void** state)
{
    /* R2.35: the child opens its own inotify instance, and what it stops
     * before that does not blind its parent. */
    (void)state;
    shared_check(child_stops_stat, 0);
    shared_check(child_stops_stat, EVFLAG_FORKCHECK);
}

static void test_fork_child_starts_stat_parents_goes_on(void** state)
{
    /* R2.35: likewise what it starts, which works from then on. */
    (void)state;
    shared_check(child_starts_stat, 0);
    shared_check(child_starts_stat, EVFLAG_FORKCHECK);
}

static void child_changes_all(void* arg)
{
    Shared* shared = arg;
    fork_told(shared);
    ev_stat_stop(shared->loop, &shared->stat);
    ev_stat_init(&shared->second, stat_note, "/", 0.);
    shared->second.data = shared;
    ev_stat_start(shared->loop, &shared->second);
    ev_feed_signal(SIGUSR1);
    signal_change(shared);
    ev_loop_destroy(shared->loop);
}

static void test_fork_child_leaves_parents_kernel_state_alone(void** state)
{
    /* R2.29, R2.32 to R2.35: what the child does to its watchers does not
     * reach the parent's kernel state: it is the same, to the letter. */
    static const unsigned flags[] = {0, EVFLAG_SIGNALFD, EVFLAG_FORKCHECK,
                                     EVFLAG_SIGNALFD | EVFLAG_FORKCHECK};
    static char before[8192], after[8192];

    (void)state;
    for (int i = 0; i < 4; ++i) {
        Shared shared;
        shared_new(&shared, flags[i]);
        kernel_state_read(before, sizeof before);
        int status = child_status(child_fork(child_changes_all, &shared));
        kernel_state_read(after, sizeof after);
        shared_end(&shared);
        assert_int_equal(status, 0);
        assert_string_equal(after, before);
        assert_int_equal(shared.changes, 1);
        assert_int_equal(shared.signals, 1);
    }
}

static const Test tests[] = {
    EACH(test_fork_child_stops_signal_parents_goes_on),
    OURS(test_fork_child_stops_signalfd_parents_goes_on),
    EACH(test_fork_child_stops_stat_parents_goes_on),
    EACH(test_fork_child_starts_stat_parents_goes_on),
    OURS(test_fork_child_leaves_parents_kernel_state_alone),
};

HARNESS_MAIN("fork_apart", tests)
