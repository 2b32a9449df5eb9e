/* Timers and periodics that are initialized again and started again while they
 * are active, a mistake: how much memory that takes.
 */

#include "memory_count.h"

enum { some = 100, times = 30000 };

static ev_timer timers[some];
static ev_periodic periodics[some];

static void on_timer(struct ev_loop* loop, ev_timer* w, int revents)
{
    (void)loop, (void)w, (void)revents;
}

static void on_periodic(struct ev_loop* loop, ev_periodic* w, int revents)
{
    (void)loop, (void)w, (void)revents;
}

static void test_memory_renewed_over_and_over_takes_no_more(void** state)
{
    /* R3.9: initialized again and started again while active, over and over,
     * with times that never come; 4.33 keeps an entry for each. */
    struct ev_loop* loop = memory_begin();
    (void)state;

    long before = memory_bytes;
    for (int i = 0; i < times; ++i) {
        ev_tstamp late = 1e6 + i % 77;
        ev_timer_init(&timers[i % some], on_timer, late, 1e6);
        ev_timer_start(loop, &timers[i % some]);
        ev_periodic_init(&periodics[i % some], on_periodic, ev_now(loop) + late,
                         0., NULL);
        ev_periodic_start(loop, &periodics[i % some]);
    }
    assert_in_range(memory_bytes - before, 1, 16 * some * 32);
    for (int i = 0; i < some; ++i) {
        assert_true(ev_is_active(&timers[i]) && ev_is_active(&periodics[i]));
        ev_timer_stop(loop, &timers[i]);
        ev_periodic_stop(loop, &periodics[i]);
        assert_false(ev_is_active(&timers[i]) || ev_is_active(&periodics[i]));
    }
    memory_end(loop);
}

static const Test tests[] = {
    OURS(test_memory_renewed_over_and_over_takes_no_more),
};

HARNESS_MAIN("memory_renewed", tests)
