/* What follows the clock of a loop with virtual time, what is refused, and what
 * it costs.
 */

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "calls.h"
#include "fds.h"
#include "relev.h"

static const double start = 1e9, near = 1e-5;

static struct ev_loop* begin(unsigned flags)
{
    struct ev_loop* loop = relev_loop_new_virtual(backend | flags, start);
    assert_non_null(loop);
    calls_clear();
    return loop;
}

static int is_at(struct ev_loop* loop, double seconds)
{
    double passed = ev_now(loop) - start;
    return passed >= seconds && passed < seconds + near;
}

static void test_virtual_collect_intervals_take_no_time(void** state)
{
    /* R1.85: timers are late by them, and nothing sleeps. */
    double began = monotonic();
    struct ev_loop* loop = begin(0);
    ev_timer a = timer_of("a", 1, 0), b = timer_of("b", 1000, 0);
    (void)state;

    ev_set_timeout_collect_interval(loop, 5000);
    ev_timer_start(loop, &a), ev_timer_start(loop, &b);
    ev_run(loop, EVRUN_ONCE);
    assert_calls("ab");
    assert_true(is_at(loop, 5000));
    ev_set_timeout_collect_interval(loop, 0);
    ev_set_io_collect_interval(loop, 500);
    ev_timer_set(&a, 2000, 0);
    ev_timer_start(loop, &a);
    ev_run(loop, 0);
    assert_calls("a");
    assert_true(is_at(loop, 7000));
    assert_true(monotonic() - began < 500);
    ev_loop_destroy(loop);
}

static double took;

static void on_slow(struct ev_loop* loop, const struct relev_slow* slow,
                    void* data)
{
    (void)loop, (void)data;
    took = slow->took;
}

static void takes_time(struct ev_loop* loop, ev_watcher* w, int revents)
{
    (void)w, (void)revents;
    relev_virtual_advance(loop, 3);
}

static void test_virtual_time_is_that_of_metrics(void** state)
{
    struct ev_loop* loop = begin(0);
    struct relev_metrics m;
    ev_timer t;
    (void)state;

    relev_metrics_enable(loop, 2);
    relev_set_slow_cb(loop, 2.9, on_slow, NULL);
    took = 0;
    timer_init(&t, "t", takes_time, 40, 0);
    ev_timer_start(loop, &t);
    ev_run(loop, 0);
    ev_run(loop, EVRUN_NOWAIT);
    assert_true(took == 3);
    assert_int_equal(relev_metrics_read(loop, &m, sizeof m), 2);
    assert_true(m.calling == 3 && m.longest == 3 && m.late < near);
    assert_true(m.working >= 3 - near && m.working < 3 + near);
    assert_true(m.enabled >= 43 && m.enabled < 43 + near);
    assert_int_equal(m.expired, 1);
    ev_loop_destroy(loop);
}

static void test_virtual_dump_is_in_virtual_time(void** state)
{
    struct ev_loop* loop = begin(0);
    ev_timer t = timer_of("t", 40, 0);
    ev_periodic p = periodic_of("p", start + 50, 0);
    char text[4096] = "";
    int ends[2];
    (void)state;

    ev_timer_start(loop, &t), ev_periodic_start(loop, &p);
    relev_virtual_advance(loop, 30);
    for (int level = 0; level <= 2; ++level) {
        relev_metrics_enable(loop, level);
        pipe_open(ends);
        assert_int_equal(relev_dump(loop, ends[1]), 2);
        assert_true(read(ends[0], text, sizeof text - 1) > 0);
        assert_non_null(strstr(text, ", virtual time, iteration 0"));
        assert_non_null(strstr(text, "due in 10.000 s"));
        assert_non_null(strstr(text, "due in 20.000 s"));
        close(ends[0]), close(ends[1]);
    }
    ev_loop_destroy(loop);
}

static void test_virtual_stat_polls_at_once(void** state)
{
    struct ev_loop* loop = begin(EVFLAG_NOINOTIFY);
    char path[] = "/tmp/relev_virtual.XXXXXX";
    int fd = mkstemp(path);
    ev_stat w;
    (void)state;

    assert_true(fd >= 0);
    ev_stat_init(&w, note_stat, path, 300.);
    w.data = "w";
    ev_stat_start(loop, &w);
    for (int i = 0; i < 3; ++i) ev_run(loop, EVRUN_ONCE);
    assert_calls("");
    assert_true(is_at(loop, 900));
    assert_int_equal(write(fd, "x", 1), 1);
    ev_run(loop, EVRUN_ONCE);
    assert_calls("w");
    assert_true(is_at(loop, 1200));
    ev_stat_stop(loop, &w);
    close(fd), unlink(path);
    ev_loop_destroy(loop);
}

#define FAILS(call)                      \
    do {                                 \
        errno = 0;                       \
        assert_int_equal(call, -1);      \
        assert_int_equal(errno, EINVAL); \
    } while (0)

static void test_virtual_functions_refuse(void** state)
{
    /* A loop with the real clock, times that are none, and null. */
    static const double wrong[] = {NAN, INFINITY, -INFINITY, 1.1e12, -1.1e12};
    struct ev_loop *loop = begin(RELEV_MANUAL), *real = loop_new(0);
    (void)state;

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; ++i) {
        errno = 0;
        assert_null(relev_loop_new_virtual(backend, wrong[i]));
        assert_int_equal(errno, EINVAL);
        FAILS(relev_virtual_advance(loop, wrong[i]));
        FAILS(relev_virtual_set_wall(loop, wrong[i]));
    }
    FAILS(relev_virtual_advance(loop, -1e-9));
    FAILS(relev_virtual_advance(real, 1));
    FAILS(relev_virtual_advance(NULL, 1));
    FAILS(relev_virtual_set_wall(real, 1));
    FAILS(relev_virtual_set_wall(NULL, 1));
    assert_null(relev_loop_new_virtual(EVFLAG_NOENV | EVBACKEND_PORT, 0));
    assert_int_equal(relev_virtual_advance(loop, 1e12), 0);
    FAILS(relev_virtual_advance(loop, 1e9));
    assert_true(relev_features() & RELEV_FEATURE_VIRTUAL);

    assert_true(relev_time(real) - ev_time() < 60);
    assert_true(ev_time() - relev_time(real) < 60);
    double mono = relev_monotonic(real), now = monotonic();
    assert_true(mono <= now && mono > now - 60);
    ev_loop_destroy(loop), ev_loop_destroy(real);
}

static void test_virtual_times_at_the_ends_work(void** state)
{
    /* Also where a time cannot tell a second's thousandth from another. */
    static const double starts[] = {0, -1, 1e-3, -1e12, 999999999990.};
    (void)state;

    for (size_t i = 0; i < sizeof starts / sizeof *starts; ++i) {
        struct ev_loop* loop = relev_loop_new_virtual(backend, starts[i]);
        ev_timer a = timer_of("a", 0, 0), b = timer_of("b", .002, .002);
        ev_periodic p = periodic_of("p", starts[i] + 3, 0);
        ev_timer_start(loop, &a), ev_timer_start(loop, &b);
        ev_periodic_start(loop, &p);
        calls_clear();
        for (int n = 0; n < 500; ++n) ev_run(loop, EVRUN_ONCE);
        assert_int_equal(calls[0], 'a');
        assert_int_equal(strspn(calls + 1, "b"), 499);
        assert_true(ev_now(loop) > starts[i] + .9);
        assert_true(ev_now(loop) < starts[i] + 1.1);
        ev_timer_stop(loop, &b);
        calls_clear();
        ev_run(loop, 0);
        assert_calls("p");
        ev_timer_init(&b, note_timer, 1e11, 0.);
        b.data = "b";
        ev_timer_start(loop, &b);
        ev_run(loop, 0);
        assert_calls("b");
        ev_loop_destroy(loop);
    }
}

static long allocations;

static void* allocate(void* block, long size) EV_NOEXCEPT
{
    allocations += size != 0;
    if (size) return realloc(block, (size_t)size);
    free(block);
    return NULL;
}

static void test_virtual_steady_loop_allocates_nothing(void** state)
{
    struct ev_loop* loop;
    ev_timer t[40];
    (void)state;

    ev_set_allocator(allocate);
    loop = begin(0);
    for (int i = 0; i < 40; ++i) {
        timer_init(&t[i], "t", (Callback)run_end, 1, 1 + i % 3);
        ev_timer_start(loop, &t[i]);
    }
    for (int i = 0; i < 2000; ++i) ev_run(loop, 0);
    allocations = 0;
    for (int i = 0; i < 2000; ++i) ev_run(loop, 0);
    assert_int_equal(allocations, 0);
    ev_loop_destroy(loop);
}

static const Test tests[] = {
    EACH(test_virtual_collect_intervals_take_no_time),
    EACH(test_virtual_time_is_that_of_metrics),
    EACH(test_virtual_dump_is_in_virtual_time),
    EACH(test_virtual_stat_polls_at_once),
    EACH(test_virtual_functions_refuse),
    EACH(test_virtual_times_at_the_ends_work),
    EACH(test_virtual_steady_loop_allocates_nothing),
};

HARNESS_MAIN("relev_virtual_used", tests)
