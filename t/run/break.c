/* ev_break, in one run. */
#include "calls.h"
#include "frozen.h"

/* Time passes only while the loop waits, however slow the machine is. */
static struct ev_loop* frozen_new(void)
{
    clock_freeze();
    return loop_new(0);
}

static int how; /* what the callback below asks for */

static void break_run(struct ev_loop* loop, ev_watcher* w, int revents)
{
    note(loop, w, revents);
    ev_break(loop, how);
}

static void cancel_break(struct ev_loop* loop, ev_watcher* w, int revents)
{
    note(loop, w, revents);
    ev_break(loop, EVBREAK_CANCEL);
}

static void on_release(struct ev_loop* loop) EV_NOEXCEPT
{
    (void)loop;
    calls_add("release");
}

static void on_acquire(struct ev_loop* loop) EV_NOEXCEPT
{
    (void)loop;
    calls_add("acquire");
}

/* R1.44: a break in a callback: the rest of the pass is carried out, then
 * the run returns, with its usual value. */
static void test_break_finishes_the_pass_then_returns(void** state)
{
    static const int both[] = {EVBREAK_ONE, EVBREAK_ALL};
    (void)state;
    struct ev_loop* loop = frozen_new();
    ev_prepare prepare;
    ev_check check;
    ev_idle idle;
    ev_timer timer;

    prepare_init(&prepare, "prepare", note);
    check_init(&check, "check", break_run);
    idle_init(&idle, "idle", note);
    timer_init(&timer, "timer", note, -1., 0.);
    ev_set_priority(&check, 1);
    ev_set_priority(&timer, -2);
    ev_prepare_start(loop, &prepare);
    ev_check_start(loop, &check);
    ev_idle_start(loop, &idle);
    for (unsigned i = 0; i < 2; ++i) {
        how = both[i];
        ev_timer_set(&timer, -1., 0.);
        ev_timer_start(loop, &timer);
        assert_int_equal(ev_run(loop, 0), 3);
        assert_calls("prepare check idle timer");
        assert_int_equal(ev_iteration(loop), i + 1);
        assert_int_equal(ev_depth(loop), 0);
    }
    ev_loop_destroy(loop);
}

/* Watchers of every phase of an iteration. */
typedef struct Phases {
    ev_fork forks[3];
    ev_prepare prepares[3];
    ev_check check;
    ev_timer timer;
} Phases;

static void phases_start(struct ev_loop* loop, Phases* p)
{
    static const char* const names[2][3] = {
        {"fork-a", "fork-b", "fork-c"},
        {"prepare-a", "prepare-b", "prepare-c"}};

    for (int i = 0; i < 3; ++i) {
        fork_init(&p->forks[i], names[0][i], note);
        prepare_init(&p->prepares[i], names[1][i], note);
        ev_fork_start(loop, &p->forks[i]);
        ev_prepare_start(loop, &p->prepares[i]);
    }
    check_init(&p->check, "check", note);
    timer_init(&p->timer, "timer", note, -1., 0.);
    ev_check_start(loop, &p->check);
    ev_timer_start(loop, &p->timer);
    ev_set_loop_release_cb(loop, on_release, on_acquire);
    how = EVBREAK_ONE;
}

/* R1.45: a break in a prepare callback: the other prepare watchers are still
 * called, then the run returns without poll, release and acquire, check or
 * iteration count. */
static void test_break_in_prepare_returns_before_the_poll(void** state)
{
    (void)state;
    struct ev_loop* loop = frozen_new();
    Phases p;

    phases_start(loop, &p);
    named(&p.prepares[2], "prepare-c", break_run);
    assert_int_equal(ev_run(loop, 0), 8);
    assert_calls("prepare-c prepare-b prepare-a");
    assert_int_equal(ev_iteration(loop), 0);
    assert_true(ev_is_active(&p.timer));
    assert_int_equal(ev_pending_count(loop), 0);
    ev_loop_destroy(loop);
}

/* R1.45: likewise in a fork callback; the prepare watchers are called before
 * the break is obeyed. */
static void test_break_in_fork_returns_before_the_poll(void** state)
{
    (void)state;
    struct ev_loop* loop = frozen_new();
    Phases p;

    phases_start(loop, &p);
    named(&p.forks[2], "fork-c", break_run);
    ev_loop_fork(loop);
    assert_int_equal(ev_run(loop, 0), 8);
    assert_calls("fork-c fork-b fork-a prepare-c prepare-b prepare-a");
    assert_int_equal(ev_iteration(loop), 0);
    ev_loop_destroy(loop);
}

/* R1.46: a break outside any run has no effect on the next. */
static void test_break_outside_a_run_has_no_effect(void** state)
{
    static const int all[] = {EVBREAK_ONE, EVBREAK_ALL, EVBREAK_CANCEL};
    (void)state;
    struct ev_loop* loop = frozen_new();
    ev_timer timer;

    for (int i = 0; i < 3; ++i) {
        timer_init(&timer, "timer", note, .002, 0.);
        ev_timer_start(loop, &timer);
        ev_break(loop, all[i]);
        assert_int_equal(ev_run(loop, 0), 0);
        assert_calls("timer");
    }
    ev_loop_destroy(loop);
}

/* R1.46: nor has one left over from a run that was to end anyway. */
static void test_break_left_over_has_no_effect(void** state)
{
    static const int both[] = {EVBREAK_ONE, EVBREAK_ALL};
    (void)state;
    struct ev_loop* loop = frozen_new();
    ev_check check;
    ev_timer timer;

    for (int i = 0; i < 2; ++i) {
        how = both[i];
        check_init(&check, "check", break_run);
        ev_check_start(loop, &check);
        ev_run(loop, EVRUN_NOWAIT);
        assert_calls("check");
        ev_check_stop(loop, &check);

        timer_init(&timer, "timer", note, .002, 0.);
        ev_timer_start(loop, &timer);
        assert_int_equal(ev_run(loop, 0), 0);
        assert_calls("timer");
    }
    ev_loop_destroy(loop);
}

/* R1.47: a break in a callback for an event pending on entry: the fork and
 * prepare watchers are still called, then the run returns without a poll. */
static void test_break_on_entry_returns_after_prepare(void** state)
{
    (void)state;
    struct ev_loop* loop = frozen_new();
    ev_watcher fed;
    Phases p;

    phases_start(loop, &p);
    fed_init(&fed, "fed", break_run, 0);
    ev_feed_event(loop, &fed, EV_CUSTOM);
    ev_loop_fork(loop);
    assert_int_equal(ev_run(loop, 0), 8);
    assert_calls("fed fork-c fork-b fork-a prepare-c prepare-b prepare-a");
    assert_int_equal(ev_iteration(loop), 0);
    ev_loop_destroy(loop);
}

/* R1.49: EVBREAK_CANCEL later in the same pass takes a break back. */
static void test_break_canceled_in_the_pass_does_not_happen(void** state)
{
    static const int both[] = {EVBREAK_ONE, EVBREAK_ALL};
    (void)state;
    struct ev_loop* loop = frozen_new();
    ev_timer first, second, later;

    for (int i = 0; i < 2; ++i) {
        how = both[i];
        timer_init(&first, "break", break_run, -2., 0.);
        timer_init(&second, "cancel", cancel_break, -1., 0.);
        timer_init(&later, "later", note, .002, 0.);
        ev_timer_start(loop, &first);
        ev_timer_start(loop, &second);
        ev_timer_start(loop, &later);
        assert_int_equal(ev_run(loop, 0), 0);
        assert_calls("break cancel later");
    }
    ev_loop_destroy(loop);
}

/* R1.56: a flagged fork is done with when the kernel state is re-created: if
 * a fork callback breaks before, the fork watchers are called again in the
 * next run, and then no more. */
static void test_break_in_fork_keeps_the_fork_flagged(void** state)
{
    (void)state;
    struct ev_loop* loop = frozen_new();
    ev_fork forked;

    fork_init(&forked, "fork", break_run);
    how = EVBREAK_ONE;
    ev_fork_start(loop, &forked);
    ev_loop_fork(loop);
    ev_run(loop, EVRUN_NOWAIT);
    ev_run(loop, EVRUN_NOWAIT);
    assert_calls("fork fork");
    how = EVBREAK_CANCEL;
    ev_run(loop, EVRUN_NOWAIT);
    assert_calls("fork");
    ev_run(loop, EVRUN_NOWAIT);
    assert_calls("");
    ev_loop_destroy(loop);
}

/* R1.56: the same when a prepare callback breaks. */
static void test_break_in_prepare_keeps_the_fork_flagged(void** state)
{
    (void)state;
    struct ev_loop* loop = frozen_new();
    ev_fork forked;
    ev_prepare prepare;

    fork_init(&forked, "fork", note);
    prepare_init(&prepare, "prepare", break_run);
    how = EVBREAK_ONE;
    ev_fork_start(loop, &forked);
    ev_prepare_start(loop, &prepare);
    ev_loop_fork(loop);
    ev_run(loop, EVRUN_NOWAIT);
    ev_run(loop, EVRUN_NOWAIT);
    assert_calls("fork prepare fork prepare");
    ev_prepare_stop(loop, &prepare);
    ev_run(loop, EVRUN_NOWAIT);
    ev_run(loop, EVRUN_NOWAIT);
    assert_calls("fork");
    ev_loop_destroy(loop);
}

static const Test tests[] = {
    EACH(test_break_finishes_the_pass_then_returns),
    EACH(test_break_in_prepare_returns_before_the_poll),
    EACH(test_break_in_fork_returns_before_the_poll),
    EACH(test_break_outside_a_run_has_no_effect),
    EACH(test_break_left_over_has_no_effect),
    EACH(test_break_on_entry_returns_after_prepare),
    EACH(test_break_canceled_in_the_pass_does_not_happen),
    EACH(test_break_in_fork_keeps_the_fork_flagged),
    EACH(test_break_in_prepare_keeps_the_fork_flagged),
};

HARNESS_MAIN("break", tests)
