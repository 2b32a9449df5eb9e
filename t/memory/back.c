/* Memory for a burst of timers or events is freed when it is over. */

#include "memory_count.h"

enum { many = 100000 };

static ev_timer timers[many];
static int fired;

static void count_fired(struct ev_loop* loop, ev_timer* w, int revents)
{
    (void)loop, (void)w, (void)revents;
    ++fired;
}

static void timers_start(struct ev_loop* loop, int count, double after)
{
    for (int i = 0; i < count; ++i) {
        ev_timer_init(&timers[i], count_fired, after + i % 7, 0.);
        ev_timer_start(loop, &timers[i]);
    }
}

static void timers_stop(struct ev_loop* loop, int count)
{
    for (int i = 0; i < count; ++i) ev_timer_stop(loop, &timers[i]);
}

/* The loop is as good as new. */
static void timers_work(struct ev_loop* loop)
{
    fired = 0;
    timers_start(loop, 1000, 1.);
    clock_advance(20.);
    turn(loop);
    assert_int_equal(fired, 1000);
}

static void test_memory_of_timers_stopped_is_given_back(void** state)
{
    /* R1.90: memory follows the number of watchers, up and down. */
    struct ev_loop* loop = memory_begin();
    long before = memory_bytes;
    (void)state;

    for (int round = 0; round < 2; ++round) {
        timers_start(loop, many, 1000.);
        turn(loop);
        assert_true(memory_bytes > before + many * (long)sizeof(void*));
        timers_stop(loop, many);
        memory_calm(loop);
        assert_true(memory_bytes <= before + memory_small);
        timers_work(loop);
    }
    memory_end(loop);
}

static void test_memory_of_timers_active_is_kept(void** state)
{
    /* R1.90: what is in use stays, with its contents. */
    struct ev_loop* loop = memory_begin();
    (void)state;

    timers_start(loop, many, 100.);
    for (int i = 0; i < many; ++i)
        if (i % 20) ev_timer_stop(loop, &timers[i]);
    memory_calm(loop);
    fired = 0;
    clock_advance(200.);
    turn(loop);
    assert_int_equal(fired, many / 20);
    memory_end(loop);
}

static void test_memory_of_events_is_given_back(void** state)
{
    /* R1.90: also what 100,000 timers needed that fired in one iteration. */
    struct ev_loop* loop = memory_begin();
    long before = memory_bytes;
    (void)state;

    fired = 0;
    timers_start(loop, many, 1.);
    clock_advance(20.);
    turn(loop);
    assert_int_equal(fired, many);
    assert_true(memory_bytes > before + memory_small);
    memory_calm(loop);
    assert_true(memory_bytes <= before + memory_small);
    timers_work(loop);
    memory_end(loop);
}

static ev_periodic periodics[many];

static void count_periodic(struct ev_loop* loop, ev_periodic* w, int revents)
{
    (void)loop, (void)w, (void)revents;
    ++fired;
}

static void periodics_start(struct ev_loop* loop, int count, double after)
{
    for (int i = 0; i < count; ++i) {
        ev_periodic_init(&periodics[i], count_periodic,
                         ev_now(loop) + after + i % 7, 0., NULL);
        ev_periodic_start(loop, &periodics[i]);
    }
}

static void test_memory_of_periodics_stopped_is_given_back(void** state)
{
    /* R1.90: the same for periodics, of which some stay. */
    enum { some = 1000 };
    struct ev_loop* loop = memory_begin();
    long before = memory_bytes;
    (void)state;

    periodics_start(loop, many, 10.);
    turn(loop);
    assert_true(memory_bytes > before + many * (long)sizeof(void*));
    for (int i = some; i < many; ++i) ev_periodic_stop(loop, &periodics[i]);
    memory_calm(loop);
    assert_true(memory_bytes <= before + memory_small);
    fired = 0;
    clock_advance(20.);
    turn(loop);
    assert_int_equal(fired, some);
    memory_end(loop);
}

static void ignore_stat(struct ev_loop* loop, ev_stat* w, int revents)
{
    (void)loop, (void)w, (void)revents;
}

static void stats_change(struct ev_loop* loop, ev_stat* all, int count)
{
    for (int i = 0; i < count; ++i) {
        ev_stat_init(&all[i], ignore_stat, "/", 0.);
        ev_stat_start(loop, &all[i]);
    }
    turn(loop);
    for (int i = 0; i < count; ++i) ev_stat_stop(loop, &all[i]);
}

static void test_memory_of_stats_stopped_is_given_back(void** state)
{
    /* R1.90: the same for stat watchers, whose tables also become smaller. */
    enum { count = 10000 };
    static ev_stat all[count];
    struct ev_loop* loop = memory_begin();
    long before = memory_bytes;
    (void)state;

    for (int round = 0; round < 2; ++round) {
        stats_change(loop, all, count);
        assert_true(memory_bytes > before + memory_small);
        memory_calm(loop);
        assert_true(memory_bytes <= before + memory_small);
    }
    memory_end(loop);
}

static int fed; /* calls of count_fed */

static void count_fed(struct ev_loop* loop, ev_timer* w, int revents)
{
    (void)loop, (void)w;
    assert_int_equal(revents, EV_CUSTOM);
    ++fed;
}

static void feed_many(struct ev_loop* loop, ev_prepare* w, int revents)
{
    (void)revents;
    ev_prepare_stop(loop, w);
    for (int i = 0; i < many; ++i) ev_feed_event(loop, &timers[i], EV_CUSTOM);
    for (int i = 0; i < many; ++i)
        if (i % 50) ev_clear_pending(loop, &timers[i]);
    clock_advance(0.625);
}

static void test_memory_of_events_pending_is_kept(void** state)
{
    /* R1.90: the loop looks round while many events are pending, most of them
     * canceled; ev_clear_pending leaves the others as they are. */
    struct ev_loop* loop = memory_begin();
    ev_prepare prepare;
    (void)state;

    fed = 0;
    for (int i = 0; i < many; ++i) ev_init(&timers[i], count_fed);
    for (int i = 0; i < 3; ++i) {
        ev_prepare_init(&prepare, feed_many);
        ev_prepare_start(loop, &prepare);
        turn(loop);
    }
    assert_int_equal(fed, 3 * many / 50);
    memory_end(loop);
}

static void test_memory_of_a_steady_loop_is_kept(void** state)
{
    /* R4.2: a loop that grows and shrinks all the time is in a steady state,
     * and allocates nothing, for ten seconds. */
    enum { steps = 640, crowd = 4000 };
    struct ev_loop* loop = memory_begin();
    (void)state;

    timers_start(loop, crowd, 1000.);
    timers_stop(loop, crowd);
    memory_resizes = 0;
    for (int step = 0; step < steps; ++step) { /* of 1/64 s: 10 s */
        timers_start(loop, crowd, 1000.);
        turn(loop);
        timers_stop(loop, crowd);
        clock_advance(0.015625);
        turn(loop);
    }
    assert_int_equal(memory_resizes, 0);
    memory_end(loop);
}

static const Test tests[] = {
    OURS(test_memory_of_timers_stopped_is_given_back),
    OURS(test_memory_of_timers_active_is_kept),
    OURS(test_memory_of_periodics_stopped_is_given_back),
    OURS(test_memory_of_stats_stopped_is_given_back),
    OURS(test_memory_of_events_is_given_back),
    OURS(test_memory_of_events_pending_is_kept),
    OURS(test_memory_of_a_steady_loop_is_kept),
};

HARNESS_MAIN("memory_back", tests)
