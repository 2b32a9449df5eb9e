/* Fork: a child that goes on without ev_loop_fork, and without a check of the
 * loop's own, stops watchers and destroys loops. That does not reach its
 * parent.
 */
#include "apart.h"

static void child_stops_signal(void* arg)
{
    Shared* shared = arg;
    ev_signal_stop(shared->loop, &shared->signal);
}

static void child_changes_signal(void* arg)
{
    Shared* shared = arg;
    ev_signal_stop(shared->loop, &shared->signal);
    ev_signal_set(&shared->signal, SIGUSR2);
    ev_signal_start(shared->loop, &shared->signal);
}

static void child_stops_stat(void* arg)
{
    Shared* shared = arg;
    ev_stat_stop(shared->loop, &shared->stat);
}

static void child_destroys(void* arg) { ev_loop_destroy(((Shared*)arg)->loop); }

static void alone_check(void (*body)(void*), unsigned flags)
{
    static char before[8192], after[8192];
    Shared shared;

    shared_new(&shared, flags);
    kernel_state_read(before, sizeof before);
    int status = child_status(child_fork(body, &shared));
    kernel_state_read(after, sizeof after);
    shared_end(&shared);
    assert_int_equal(status, 0);
    assert_string_equal(after, before);
    assert_int_equal(shared.changes, 1);
    assert_int_equal(shared.signals, 1);
}

static void test_fork_untold_child_stops_signal_parents_goes_on(void** state)
{
    /* R3.5: signal watchers, be it by a signalfd. */
    (void)state;
    alone_check(child_stops_signal, 0);
    alone_check(child_stops_signal, EVFLAG_SIGNALFD);
    alone_check(child_changes_signal, 0);
    alone_check(child_changes_signal, EVFLAG_SIGNALFD);
}

static void test_fork_untold_child_stops_stat_parents_goes_on(void** state)
{
    /* R3.5: and likewise what inotify watches. */
    (void)state;
    alone_check(child_stops_stat, 0);
}

static void test_fork_untold_child_destroys_loop_parents_goes_on(void** state)
{
    /* R3.5: or the whole loop. */
    (void)state;
    alone_check(child_destroys, 0);
    alone_check(child_destroys, EVFLAG_SIGNALFD);
}

static void child_destroys_default(void* loop) { ev_loop_destroy(loop); }

static void test_fork_untold_child_destroys_default_loop(void** state)
{
    /* R3.5: the default loop has a watcher of its own, that of SIGCHLD. */
    static char before[8192], after[8192];
    struct ev_loop* loop = loop_default(EVFLAG_SIGNALFD);

    (void)state;
    turn(loop);
    kernel_state_read(before, sizeof before);
    int status = child_status(child_fork(child_destroys_default, loop));
    kernel_state_read(after, sizeof after);
    ev_loop_destroy(loop);
    assert_int_equal(status, 0);
    assert_string_equal(after, before);
}

static const Test tests[] = {
    OURS(test_fork_untold_child_stops_signal_parents_goes_on),
    OURS(test_fork_untold_child_stops_stat_parents_goes_on),
    EACH(test_fork_untold_child_destroys_loop_parents_goes_on),
    OURS(test_fork_untold_child_destroys_default_loop),
};

HARNESS_MAIN("fork_untold", tests)
