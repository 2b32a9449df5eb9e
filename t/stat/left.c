/* A mistake is found while a change of a path is handled, and its report leaves
 * the loop by longjmp. */

#include <setjmp.h>
#include <string.h>

#include "stat_help.h"

static jmp_buf back;

static void leave(const char* what)
{
    assert_true(what && *what);
    longjmp(back, 1);
}

static void never(struct ev_loop* loop, ev_timer* w, int revents)
{
    (void)loop, (void)w, (void)revents;
    fail();
}

static void timers_start(struct ev_loop* loop, ev_timer* timers, int count)
{
    for (int i = 0; i < count; ++i) {
        ev_timer_init(&timers[i], never, 1e6, 0.);
        ev_timer_start(loop, &timers[i]);
    }
}

/* Files of one inotify report are removed. Polling one of them grows the heap
 * for some count of timers: then the dead entry is found. */
static void removed(int count)
{
    ev_timer timers[50];
    ev_stat stats[3];
    const char* names[] = {"a", "b", "c"};
    struct ev_loop* loop = stat_loop(0);
    for (int i = 0; i < 3; ++i) {
        put_file(names[i], "1");
        stat_begin(loop, &stats[i], names[i], in_dir(names[i]), 0.);
    }
    timers_start(loop, timers, count);
    turns(loop);
    ev_timer_init(&timers[0], never, 1e6, 0.);
    for (int i = 0; i < 3; ++i) assert_int_equal(unlink(in_dir(names[i])), 0);

    ev_set_syserr_cb(leave);
    for (volatile int i = 0; i < 3; ++i)
        if (!setjmp(back)) ev_run(loop, EVRUN_NOWAIT);
    ev_set_syserr_cb(NULL);
    assert_int_equal(stat_calls, 3);
    for (int i = 0; i < 3; ++i) ev_stat_stop(loop, &stats[i]);
    for (int i = 0; i < count; ++i) ev_timer_stop(loop, &timers[i]);
    stat_end(loop);
}

static void test_stat_left_by_a_report_no_change_is_lost(void** state)
{
    /* R4.3: what changed is told, once. */
    (void)state;
    for (int count = 1; count <= 50; ++count) removed(count);
}

static const Test tests[] = {
    OURS_CORRUPTS(test_stat_left_by_a_report_no_change_is_lost),
};

HARNESS_MAIN("stat_left", tests)
