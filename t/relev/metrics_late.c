/* relev_metrics_read: how late timers are, exactly. */

#include "clock.h"
#include "metrics_help.h"

/* The buckets of timers that were due so many seconds ago: bucket i is for less
 * than 2 to the power of i microseconds. */
static const struct {
    ev_tstamp late;
    int bucket;
} due[] = {
    {4096, 31}, {1024, 30}, {1024, 30},    {1. / 64, 14}, {3. / 64, 16},
    {2, 21},    {2.5, 22},  {2.75, 22},    {1, 20},       {1, 20},
    {1, 20},    {600, 30},  {1. / 16, 16}, {5. / 64, 17}, {4096, 31},
};

enum { dues = sizeof due / sizeof *due };

static void counts_lateness(int level, int priorities)
{
    static ev_timer w[dues];
    relev_count expected[RELEV_BUCKETS] = {0};
    ev_tstamp sum = 0, most = 8192;
    clock_freeze();
    begin(level);
    ev_now_update(loop);
    for (int i = 0; i < dues; ++i) {
        ev_timer_init(&w[i], on_timer, most - due[i].late, 0.);
        if (priorities) ev_set_priority(&w[i], i % 5 - 2);
        ev_timer_start(loop, &w[i]);
        ++expected[due[i].bucket];
        sum += due[i].late;
    }
    clock_advance(most);
    ev_run(loop, EVRUN_NOWAIT);
    read_metrics();
    assert_int_equal(m.expired, dues);
    for (int i = 0; i < RELEV_BUCKETS; ++i)
        assert_int_equal(m.lateness[i], expected[i]);
    assert_true(m.late == sum);
    ev_loop_destroy(loop);
    clock_thaw();
}

static void test_metrics_lateness_is_exact(void** state)
{
    (void)state;
    for (int level = 1; level <= 2; ++level) {
        counts_lateness(level, 0);
        counts_lateness(level, 1);
    }
}

static const Test tests[] = {
    EACH(test_metrics_lateness_is_exact),
};

HARNESS_MAIN("metrics_late", tests)
