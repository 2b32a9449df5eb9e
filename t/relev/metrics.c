/* relev_metrics_read: iterations, times and embedded loops. */

#include "kernel.h"
#include "metrics_help.h"

static unsigned reads; /* of a clock, by the library as well */
static time_t ahead;   /* seconds, of the true time */

int clock_gettime(clockid_t clock, struct timespec* t)
{
    ++reads;
    int result = kernel_clock_gettime(clock, t);
    t->tv_sec += ahead;
    return result;
}

COUNTED(embed, EMBED)
COUNTED(prepare, PREPARE)

static void counts_iterations(int level)
{
    ev_timer many[30];
    unsigned first;
    begin(level);
    first = ev_iteration(loop);
    for (int i = 0; i < 7; ++i) turn(loop);
    read_metrics();
    assert_int_equal(m.iterations, 7);
    assert_int_equal(m.iterations, ev_iteration(loop) - first);
    ev_timer w;
    unsigned timers = 3;
    for (unsigned i = 0; i < timers; ++i) {
        ev_timer_init(&w, on_timer, .005, 0.);
        ev_timer_start(loop, &w);
        ev_run(loop, 0);
        called_as_counted();
    }
    assert_int_equal(m.expired, timers);
    assert_true(m.late > 0);
    for (int i = 0; i < 30; ++i) {
        ev_timer_init(&many[i], on_timer, 1e-6 * i, 0.);
        ev_timer_start(loop, &many[i]);
    }
    ev_run(loop, 0);
    called_as_counted();
    assert_int_equal(m.expired, timers + 30);
    ev_loop_destroy(loop);
}

static void test_metrics_count_iterations(void** state)
{
    /* 1.3: iterations as ev_iteration counts them; timers that expired. */
    (void)state;
    counts_iterations(1);
    counts_iterations(2);
}

static void takes_long(struct ev_loop* l, ev_timer* w, int events)
{
    (void)l, (void)w, (void)events;
    ahead += 1000;
}

static void test_metrics_longest_callback_is_named(void** state)
{
    /* 1.3: level 2 knows how long callbacks took, and which took longest. */
    ev_timer slow, quick;
    relev_count beyond = 0;
    (void)state;

    begin(2);
    ev_timer_init(&slow, takes_long, 0., 0.);
    ev_timer_init(&quick, on_timer, 0., 0.);
    ev_timer_start(loop, &slow), ev_timer_start(loop, &quick);
    ev_run(loop, 0);
    turn(loop);
    read_metrics();
    assert_true(m.longest >= 999);
    assert_true(m.calling >= m.longest && m.working >= m.longest);
    assert_ptr_equal(m.longest_callback, (void*)takes_long);
    assert_int_equal(m.longest_type, EV_TIMER);
    for (int i = 30; i < RELEV_BUCKETS; ++i) beyond += m.callback_times[i];
    assert_int_equal(beyond, 1); /* of 536 seconds or more */
    assert_int_equal(m.most, 2);
    ev_loop_destroy(loop);
}

static void lock_nothing(struct ev_loop* l) EV_NOEXCEPT { (void)l; }

static void test_metrics_with_hooks_count_the_time_of_callbacks(void** state)
{
    /* 1.3: the same if the wait is between release and acquire callbacks. */
    ev_timer slow;
    (void)state;

    begin(2);
    ev_set_loop_release_cb(loop, lock_nothing, lock_nothing);
    ev_timer_init(&slow, takes_long, 0., 0.);
    ev_timer_start(loop, &slow);
    ev_run(loop, 0);
    turn(loop);
    read_metrics();
    assert_true(m.longest >= 999);
    assert_true(m.working >= m.longest);
    ev_loop_destroy(loop);
}

static void test_metrics_canceled_events_are_no_callbacks(void** state)
{
    /* 1.3: an event that was canceled was queued, and called nothing. */
    ev_timer w;
    (void)state;

    for (int level = 1; level <= 2; ++level) {
        begin(level);
        ev_timer_init(&w, on_timer, 0., 0.);
        ev_feed_event(loop, &w, EV_TIMER);
        ev_clear_pending(loop, &w);
        turn(loop);
        read_metrics();
        assert_int_equal(m.events[RELEV_KIND_TIMER], 1);
        assert_int_equal(m.callbacks[RELEV_KIND_TIMER], 0);
        ev_loop_destroy(loop);
    }
}

static void test_metrics_off_are_zero(void** state)
{
    /* 1.3: level 0 has none; enabling again begins from 0; an old program's
     * structure is shorter, a new one's longer. */
    struct {
        struct relev_metrics known;
        char more[64];
    } longer;
    (void)state;

    begin(0);
    turn(loop);
    read_metrics();
    assert_int_equal(m.iterations + m.changes, 0);
    relev_metrics_enable(loop, level_now = 1);
    turn(loop), turn(loop);
    relev_metrics_enable(loop, level_now = 2);
    turn(loop);
    read_metrics();
    assert_int_equal(m.iterations, 3);
    memset(&longer, 'x', sizeof longer);
    assert_int_equal(relev_metrics_read(loop, &longer.known, sizeof longer), 2);
    assert_int_equal(longer.more[0] | longer.more[63], 0);
    memset(&m, 'x', sizeof m);
    relev_metrics_read(loop, &m, 2 * sizeof m.size);
    assert_int_equal(m.iterations, 3);
    assert_int_equal(((char*)&m)[2 * sizeof m.size], 'x');
    relev_metrics_enable(loop, 0);
    relev_metrics_enable(loop, level_now = 1);
    read_metrics();
    assert_int_equal(m.iterations, 0);
    ev_loop_destroy(loop);
}

static void test_metrics_of_an_embedded_loop_are_its_own(void** state)
{
    /* 1.3: the inner watchers of ev_embed do not count. */
    ev_embed embed;
    ev_io io;
    int fds[2];
    struct ev_loop* inner;
    (void)state;

    for (int level = 1; level <= 2; ++level) {
        begin(level);
        inner = ev_loop_new(embeddable_backend());
        assert_int_equal(pipe(fds), 0);
        ev_io_init(&io, on_io, fds[0], EV_READ);
        ev_io_start(inner, &io);
        ev_embed_init(&embed, on_embed, inner);
        ev_embed_start(loop, &embed);
        turn(loop);
        assert_int_equal(write(fds[1], "x", 1), 1);
        turn(loop);
        ev_embed_sweep(loop, &embed);
        assert_int_equal(called[RELEV_KIND_IO], 1);
        called[RELEV_KIND_IO] = 0;
        assert_true(called[RELEV_KIND_EMBED] >= 1);
        called_as_counted();
        assert_int_equal(m.active[RELEV_KIND_EMBED], 1);
        assert_int_equal(m.active[RELEV_KIND_PREPARE], 0);
        ev_embed_stop(loop, &embed);
        ev_loop_destroy(inner);
        ev_loop_destroy(loop);
        close(fds[0]), close(fds[1]);
    }
}

/* The same iterations at each level: how often the clock is read. */
static unsigned reads_at(int level)
{
    ev_prepare w;
    begin(level);
    ev_prepare_init(&w, on_prepare);
    ev_prepare_start(loop, &w);
    turn(loop);
    reads = 0;
    for (int i = 0; i < 20; ++i) turn(loop);
    unsigned seen = reads;
    ev_loop_destroy(loop);
    return seen;
}

static void test_metrics_of_level_1_read_no_clock(void** state)
{
    /* 1.3: level 1 uses the loop's own readings, of which there may be one more
     * in half a second. Level 2 reads the clock before and after callbacks. */
    unsigned without = reads_at(0);
    (void)state;

    assert_in_range(reads_at(1), without, without + 4);
    assert_in_range(reads_at(2), without + 40, without + 44);
}

static const Test tests[] = {
    EACH(test_metrics_count_iterations),
    EACH(test_metrics_of_level_1_read_no_clock),
    EACH(test_metrics_longest_callback_is_named),
    EACH(test_metrics_with_hooks_count_the_time_of_callbacks),
    EACH(test_metrics_canceled_events_are_no_callbacks),
    EACH(test_metrics_off_are_zero),
    EACH(test_metrics_of_an_embedded_loop_are_its_own),
};

HARNESS_MAIN("relev_metrics", tests)
