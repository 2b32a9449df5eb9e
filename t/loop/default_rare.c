/* The default loop where SIGCHLD is another loop's, and after its end. */

#include "child_help.h"

static void test_default_loop_leaves_sigchld_to_its_owner(void** state)
{
    /* R2.43: a signal belongs to one loop at a time: where SIGCHLD is taken,
     * the default loop works without, counts no reference too few, and neither
     * it nor its end disturbs the owner. */
    struct ev_loop* owner = loop_new(0);
    struct ev_loop* loop;
    ev_signal w;
    ev_timer timer;
    int timed_out;
    (void)state;

    calls_clear();
    if (EV_DEFAULT_UC) ev_loop_destroy(EV_DEFAULT_UC);
    signals_reset();
    signal_begin(owner, &w, "s", SIGCHLD);
    loop = loop_default(0);
    assert_int_equal(ev_run(loop, 0), 0);
    drive_start(loop, &timer, 0., &timed_out);
    assert_int_equal(ev_run(loop, 0), 0);
    assert_true(timed_out);
    ev_loop_destroy(loop);

    pid_t pid = child_exits(0);
    while (!*calls) assert_true(run_once(owner)); /* EINTR is nothing */
    assert_calls("s");
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    ev_signal_stop(owner, &w);
    assert_int_equal(ev_run(owner, EVRUN_NOWAIT), 0);
    ev_loop_destroy(owner);
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
    OURS(test_default_loop_leaves_sigchld_to_its_owner),
    OURS(test_default_loop_destroyed_has_no_backend),
};

HARNESS_MAIN("loop_default_rare", tests)
