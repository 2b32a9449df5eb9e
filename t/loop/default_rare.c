/* The default loop where another loop watches SIGCHLD, and after its end. */

#include "child_help.h"

static void test_default_loop_shares_sigchld(void** state)
{
    /* R2.43, R2.53: another loop may watch SIGCHLD, from before the default
     * loop until after its end. The default loop reaps children, and both run
     * their callbacks. */
    struct ev_loop* other = loop_new(0);
    ev_signal w;
    ev_child child;
    (void)state;

    calls_clear();
    if (EV_DEFAULT_UC) ev_loop_destroy(EV_DEFAULT_UC);
    signals_reset();
    signal_begin(other, &w, "s", SIGCHLD);
    struct ev_loop* loop = loop_default(0);
    assert_int_equal(ev_run(loop, 0), 0);
    child_begin(loop, &child, "c", child_exits(0), 0);
    while (!*calls) assert_true(run_once(loop)); /* EINTR is nothing */
    assert_calls("c");
    assert_true(run_once(other));
    assert_calls("s");
    ev_loop_destroy(loop);

    pid_t pid = child_exits(0);
    while (!*calls) assert_true(run_once(other));
    assert_calls("s");
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    ev_signal_stop(other, &w);
    assert_int_equal(ev_run(other, EVRUN_NOWAIT), 0);
    ev_loop_destroy(other);
    signals_reset();
}

static void test_default_loop_destroyed_has_no_backend(void** state)
{
    /* R2.40: its memory stays; asked for its backend it has none. */
    struct ev_loop* loop = loop_default(0);
    (void)state;

    assert_int_equal(ev_backend(loop), backend);
    ev_loop_destroy(loop);
    assert_int_equal(ev_backend(loop), 0);
    ev_loop_destroy(loop);
}

static const Test tests[] = {
    OURS(test_default_loop_shares_sigchld),
    OURS(test_default_loop_destroyed_has_no_backend),
};

HARNESS_MAIN("loop_default_rare", tests)
