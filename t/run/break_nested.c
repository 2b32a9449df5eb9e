/* Runs inside callbacks of runs, and breaks in them. */
#include "calls.h"
#include "frozen.h"

/* Time passes only while the loop waits, however slow the machine is. */
static struct ev_loop* frozen_new(void)
{
    clock_freeze();
    return loop_new(0);
}

static int how; /* what the innermost callback asks for */
static unsigned deepest;
static ev_timer inner;
static ev_watcher rest, inner_rest;

static void run_inside(struct ev_loop* loop, ev_watcher* w, int revents)
{
    note(loop, w, revents);
    ev_timer_set(&inner, -1., 0.);
    ev_timer_start(loop, &inner);
    ev_run(loop, 0);
    calls_add("back");
    ev_feed_event(loop, &rest, EV_CUSTOM);
}

/* Runs the loop inside itself until the depth is reached, then breaks. */
static void go_deeper(struct ev_loop* loop, ev_watcher* w, int revents)
{
    if (ev_depth(loop) < deepest) {
        run_inside(loop, w, revents);
        return;
    }
    note(loop, w, revents);
    ev_feed_event(loop, &inner_rest, EV_CUSTOM);
    ev_break(loop, how);
}

/* A run whose callbacks nest that deep; `later` is what an outer run goes on
 * for if it is not ended. */
static int run_nested(struct ev_loop* loop, unsigned depth, ev_timer* later)
{
    ev_timer outer;

    deepest = depth;
    timer_init(&outer, "outer", run_inside, -1., 0.);
    timer_init(&inner, "inner", go_deeper, -1., 0.);
    timer_init(later, "later", note, .02, 0.);
    fed_init(&rest, "rest", note, -1);
    fed_init(&inner_rest, "inner-rest", note, -1);
    ev_timer_start(loop, &outer);
    ev_timer_start(loop, later);
    int references = ev_run(loop, 0);
    assert_int_equal(ev_depth(loop), 0);
    return references;
}

/* R1.48: EVBREAK_ONE ends the inner run only, after its pass. */
static void test_break_one_nested_ends_inner_run_only(void** state)
{
    (void)state;
    struct ev_loop* loop = frozen_new();
    ev_timer later;

    how = EVBREAK_ONE;
    assert_int_equal(run_nested(loop, 2, &later), 0);
    assert_calls("outer inner inner-rest back rest later");
    ev_loop_destroy(loop);
}

/* R1.48: and of three runs only the third. */
static void test_break_one_in_third_run_ends_that_only(void** state)
{
    (void)state;
    struct ev_loop* loop = frozen_new();
    ev_timer later;

    how = EVBREAK_ONE;
    assert_int_equal(run_nested(loop, 3, &later), 0);
    assert_calls("outer inner inner inner-rest back rest later back rest");
    ev_loop_destroy(loop);
}

/* R1.48: EVBREAK_ALL ends every run, each after its own pass. */
static void test_break_all_nested_ends_every_run(void** state)
{
    (void)state;
    struct ev_loop* loop = frozen_new();
    ev_timer later;

    how = EVBREAK_ALL;
    assert_int_equal(run_nested(loop, 2, &later), 1);
    assert_calls("outer inner inner-rest back rest");
    ev_timer_stop(loop, &later);
    assert_int_equal(run_nested(loop, 3, &later), 1);
    assert_calls("outer inner inner inner-rest back rest back rest");
    assert_int_equal(ev_run(loop, 0), 0);
    assert_calls("later");
    ev_loop_destroy(loop);
}

static void break_then_run(struct ev_loop* loop, ev_watcher* w, int revents)
{
    note(loop, w, revents);
    ev_break(loop, how);
    ev_run(loop, EVRUN_NOWAIT);
}

/* R1.50: a nested run resets the break state of all levels: a break that the
 * outer callback asked for before is lost. */
static void test_break_before_nested_run_is_lost(void** state)
{
    static const int both[] = {EVBREAK_ONE, EVBREAK_ALL};
    (void)state;
    struct ev_loop* loop = frozen_new();
    ev_timer outer, later;

    for (int i = 0; i < 2; ++i) {
        how = both[i];
        timer_init(&outer, "outer", break_then_run, -1., 0.);
        timer_init(&later, "later", note, .02, 0.);
        ev_timer_start(loop, &outer);
        ev_timer_start(loop, &later);
        assert_int_equal(ev_run(loop, 0), 0);
        assert_calls("outer later");
    }
    ev_loop_destroy(loop);
}

static void run_then_break(struct ev_loop* loop, ev_watcher* w, int revents)
{
    note(loop, w, revents);
    ev_run(loop, EVRUN_NOWAIT);
    ev_break(loop, how);
}

/* R1.50: one asked for after it is not. */
static void test_break_after_nested_run_ends_outer(void** state)
{
    (void)state;
    struct ev_loop* loop = frozen_new();
    ev_timer outer, later;

    how = EVBREAK_ONE;
    timer_init(&outer, "outer", run_then_break, -1., 0.);
    timer_init(&later, "later", note, .02, 0.);
    ev_timer_start(loop, &outer);
    ev_timer_start(loop, &later);
    assert_int_equal(ev_run(loop, 0), 1);
    assert_calls("outer");
    ev_loop_destroy(loop);
}

static void run_once_more(struct ev_loop* loop, ev_watcher* w, int revents)
{
    note(loop, w, revents);
    ev_run(loop, EVRUN_NOWAIT);
    calls_add("back");
}

/* R1.51: a nested run begins with what the outer pass has still pending, of
 * any priority, before its own prepare watchers. */
static void test_run_nested_first_invokes_pending_of_outer(void** state)
{
    (void)state;
    struct ev_loop* loop = frozen_new();
    ev_watcher first, second, low;
    ev_prepare prepare;

    fed_init(&first, "first", run_once_more, 0);
    fed_init(&second, "second", note, 0);
    fed_init(&low, "low", note, -2);
    prepare_init(&prepare, "prepare", note);
    ev_set_priority(&prepare, 2);
    ev_prepare_start(loop, &prepare);
    ev_feed_event(loop, &low, EV_CUSTOM);
    ev_feed_event(loop, &second, EV_CUSTOM);
    ev_feed_event(loop, &first, EV_CUSTOM);
    ev_run(loop, EVRUN_NOWAIT);
    assert_calls("first second low prepare back prepare");
    ev_loop_destroy(loop);
}

static unsigned calls_at_depth[4];

static void run_until_called_inside(struct ev_loop* loop, ev_watcher* w,
                                    int revents)
{
    unsigned depth = ev_depth(loop);
    (void)revents;
    ++calls_at_depth[depth];
    if (depth < 3)
        while (!calls_at_depth[depth + 1]) ev_run(loop, EVRUN_ONCE);
    else ev_timer_stop(loop, (ev_timer*)w);
}

/* R1.52: a repeating timer whose callback runs the loop can be called again
 * inside itself. */
static void test_run_nested_calls_repeating_timer_inside_itself(void** state)
{
    (void)state;
    struct ev_loop* loop = frozen_new();
    ev_timer timer;

    memset(calls_at_depth, 0, sizeof calls_at_depth);
    timer_init(&timer, "", run_until_called_inside, .5, .5);
    ev_timer_start(loop, &timer);
    assert_int_equal(ev_run(loop, 0), 0);
    for (int i = 1; i <= 3; ++i) assert_int_equal(calls_at_depth[i], 1);
    ev_loop_destroy(loop);
}

static const Test tests[] = {
    EACH(test_break_one_nested_ends_inner_run_only),
    EACH(test_break_one_in_third_run_ends_that_only),
    EACH(test_break_all_nested_ends_every_run),
    EACH(test_break_before_nested_run_is_lost),
    EACH(test_break_after_nested_run_ends_outer),
    EACH(test_run_nested_first_invokes_pending_of_outer),
    EACH(test_run_nested_calls_repeating_timer_inside_itself),
};

HARNESS_MAIN("break_nested", tests)
