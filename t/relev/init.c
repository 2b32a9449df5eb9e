/* The functions of relev.h for other languages do what the macros of ev.h do.
 */

#include <errno.h>
#include <signal.h>
#include <string.h>

#include "calls.h"
#include "relev.h"

/* What it held before must not matter, except where the macro leaves it. */
static void fill(void* w, size_t size) { memset(w, 0x5a, size); }

#define DECLARED(kind)                                                  \
    static void on_##kind(struct ev_loop* l, ev_##kind* w, int revents) \
    {                                                                   \
        (void)l, (void)w, (void)revents;                                \
    }
DECLARED(io)
DECLARED(timer)
DECLARED(periodic)
DECLARED(signal)
DECLARED(child)
DECLARED(stat)
DECLARED(idle)
DECLARED(prepare)
DECLARED(check)
DECLARED(embed)
DECLARED(fork)
DECLARED(cleanup)
DECLARED(async)

static ev_tstamp reschedule(ev_periodic* w, ev_tstamp now)
{
    (void)w;
    return now + 1;
}

/* A watcher of a kind, by the macro and by the function. */
#define SAME(kind, type, ...)                           \
    do {                                                \
        ev_##kind a, b;                                 \
        fill(&a, sizeof a);                             \
        fill(&b, sizeof b);                             \
        ev_##kind##_init(&a, __VA_ARGS__);              \
        relev_##kind##_init(&b, __VA_ARGS__);           \
        assert_memory_equal(&a, &b, sizeof a);          \
        assert_int_equal(relev_sizeof(type), sizeof a); \
    } while (0)

/* Every byte is the same, also those that the macro leaves. */
static void test_init_of_each_kind_is_as_by_macro(void** state)
{
    struct ev_loop* loop = loop_fresh(0);
    (void)state;

    SAME(io, EV_IO, on_io, 7, EV_READ | EV_WRITE);
    SAME(timer, EV_TIMER, on_timer, 1.5, 2.5);
    SAME(periodic, EV_PERIODIC, on_periodic, 1.5, 3600, reschedule);
    SAME(signal, EV_SIGNAL, on_signal, SIGUSR1);
    SAME(child, EV_CHILD, on_child, 123, 1);
    SAME(stat, EV_STAT, on_stat, "/tmp", 2.5);
    SAME(idle, EV_IDLE, on_idle);
    SAME(prepare, EV_PREPARE, on_prepare);
    SAME(check, EV_CHECK, on_check);
    SAME(embed, EV_EMBED, on_embed, loop);
    SAME(fork, EV_FORK, on_fork);
    SAME(cleanup, EV_CLEANUP, on_cleanup);
    SAME(async, EV_ASYNC, on_async);
    ev_loop_destroy(loop);
}

/* A bit that is no kind, two kinds, or none. */
static void test_init_sizeof_of_no_kind_is_refused(void** state)
{
    const int none[] = {0,        EV_WRITE, EV_READ | EV_WRITE, EV_CUSTOM,
                        EV_ERROR, EV_UNDEF, EV_TIMER | EV_IO,   0x80};
    (void)state;

    for (size_t i = 0; i < sizeof none / sizeof *none; ++i) {
        errno = 0;
        assert_int_equal(relev_sizeof(none[i]), 0);
        assert_int_equal(errno, EINVAL);
    }
}

/* The same as the macros say, of a watcher that is started and made pending. */
static void test_init_states_are_as_by_macro(void** state)
{
    struct ev_loop* loop = loop_fresh(0);
    ev_timer w;
    (void)state;

    fill(&w, sizeof w);
    relev_timer_init(&w, on_timer, 10, 0);
    assert_false(relev_is_active(&w) || relev_is_pending(&w));
    assert_int_equal(relev_priority(&w), 0);
    relev_set_priority(&w, -2);
    assert_int_equal(relev_priority(&w), -2);
    assert_int_equal(ev_priority(&w), -2);
    ev_timer_start(loop, &w);
    assert_true(relev_is_active(&w) && !relev_is_pending(&w));
    ev_feed_event(loop, &w, EV_TIMER);
    assert_true(relev_is_active(&w) && relev_is_pending(&w));
    ev_timer_stop(loop, &w);
    assert_false(relev_is_active(&w) || relev_is_pending(&w));
    ev_loop_destroy(loop);
}

static void on_any(struct ev_loop* l, ev_watcher* w, int revents)
{
    (void)revents;
    ++*(int*)relev_data(w);
    ev_timer_stop(l, (ev_timer*)w);
}

/* Initializing leaves the data; a callback is changed while it is active. */
static void test_init_leaves_data(void** state)
{
    struct ev_loop* loop = loop_fresh(0);
    ev_timer w;
    int called = 0;
    (void)state;

    fill(&w, sizeof w);
    relev_set_data(&w, &called);
    assert_ptr_equal(w.data, &called);
    relev_timer_init(&w, on_timer, 0, 1);
    assert_ptr_equal(relev_data(&w), &called);
    ev_timer_start(loop, &w);
    relev_set_cb(&w, on_any);
    assert_true(ev_cb((ev_watcher*)&w) == on_any);
    ev_run(loop, 0);
    assert_int_equal(called, 1);
    ev_loop_destroy(loop);
}

static const Test tests[] = {
    EACH(test_init_of_each_kind_is_as_by_macro),
    EACH(test_init_sizeof_of_no_kind_is_refused),
    EACH(test_init_states_are_as_by_macro),
    EACH(test_init_leaves_data),
};

HARNESS_MAIN("relev_init", tests)
