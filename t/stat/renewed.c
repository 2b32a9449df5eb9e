/* The kernel state of a loop is replaced, as in a child, while a path has
 * changed and nobody was told yet. */

#include "spy.h"
#include "stat_help.h"

static void never(struct ev_loop* loop, ev_timer* w, int revents)
{
    (void)loop, (void)w, (void)revents;
    fail();
}

static void test_stat_changed_before_a_renewal_does_not_wait(void** state)
{
    /* R4.3: the change is found when the path is watched again, and is
     * dispatched without waiting for something else. */
    struct ev_loop* loop = stat_loop(0);
    ev_timer timer;
    ev_stat w;

    (void)state;
    put_file("file", "1");
    stat_begin(loop, &w, "w", in_dir("file"), 0.);
    turns(loop);
    add_file("file", "23");
    ev_timer_init(&timer, never, .02, 0.);
    ev_timer_start(loop, &timer);
    ev_loop_fork(loop);
    spy_asked = 1;
    ev_run(loop, EVRUN_ONCE);
    assert_calls("w");
    assert_int_equal(w.attr.st_size, 3);
    assert_true(spy_asked == 0);

    spy_asked = 0;
    ev_loop_fork(loop);
    ev_run(loop, EVRUN_ONCE);
    assert_calls(""); /* nothing has changed: it waits */
    assert_true(spy_asked > 0);
    ev_timer_stop(loop, &timer);
    ev_stat_stop(loop, &w);
    stat_end(loop);
}

static const Test tests[] = {
    OURS(test_stat_changed_before_a_renewal_does_not_wait),
};

HARNESS_MAIN("stat_renewed", tests)
