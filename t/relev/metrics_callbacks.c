/* relev_callbacks_read: which callbacks took most time. */

#include <errno.h>

#include "kernel.h"
#include "metrics_help.h"

static time_t ahead; /* seconds, of the true time */

int clock_gettime(clockid_t clock, struct timespec* t)
{
    int result = kernel_clock_gettime(clock, t);
    t->tv_sec += ahead;
    return result;
}

/* Callbacks that take 100, 200, 300 ... seconds. */
#define TAKES(n)                                                      \
    static void takes_##n(struct ev_loop* l, ev_timer* w, int events) \
    {                                                                 \
        (void)l, (void)w, (void)events;                               \
        ahead += 1##n - 99;                                           \
    }
#define ROW(f, n)                                                           \
    f(n##0) f(n##1) f(n##2) f(n##3) f(n##4) f(n##5) f(n##6) f(n##7) f(n##8) \
        f(n##9)
#define ALL(f) \
    ROW(f, 0)  \
    ROW(f, 1) ROW(f, 2) ROW(f, 3) ROW(f, 4) ROW(f, 5) ROW(f, 6) ROW(f, 7)
#define NAME(n) takes_##n,

typedef void OnTimer(struct ev_loop*, ev_timer*, int);

ALL(TAKES)

static OnTimer* const callbacks[] = {ALL(NAME)};

enum { many = sizeof callbacks / sizeof *callbacks };

static struct relev_callback all[RELEV_CALLBACKS + 1];

static int read_callbacks(void)
{
    return relev_callbacks_read(loop, all, sizeof *all, RELEV_CALLBACKS + 1);
}

static void timer_run(OnTimer* callback)
{
    ev_timer w;
    ev_timer_init(&w, callback, 0., 0.);
    ev_timer_start(loop, &w);
    ev_run(loop, 0);
}

static void test_callbacks_are_sorted_by_their_time(void** state)
{
    /* Issue 19, C3: address, kind, calls, total and longest; level 2 only. */
    (void)state;

    begin(1);
    timer_run(callbacks[1]);
    assert_int_equal(read_callbacks(), 0);
    relev_metrics_enable(loop, 2);
    timer_run(callbacks[1]);
    timer_run(callbacks[30]);
    timer_run(callbacks[1]);
    assert_int_equal(read_callbacks(), 2);
    assert_ptr_equal(all[0].callback, (void*)callbacks[30]);
    assert_ptr_equal(all[1].callback, (void*)callbacks[1]);
    assert_int_equal(all[1].type, EV_TIMER);
    assert_int_equal(all[1].calls, 2);
    assert_true(all[0].total >= 31 && all[0].longest == all[0].total);
    assert_true(all[1].total >= 4 && all[1].longest >= 2);
    assert_true(all[1].longest < all[1].total);
    memset(all, 'x', sizeof all);
    assert_int_equal(relev_callbacks_read(loop, all, sizeof *all, 1), 2);
    assert_ptr_equal(all[0].callback, (void*)callbacks[30]);
    assert_int_equal(((char*)all)[sizeof *all], 'x');
    assert_int_equal(relev_callbacks_read(loop, NULL, 0, 0), 2);
    errno = 0;
    assert_int_equal(relev_callbacks_read(loop, NULL, 8, 1), -1);
    assert_int_equal(errno, EINVAL);
    ev_loop_destroy(loop);
}

static void test_callbacks_that_do_not_fit_are_summed(void** state)
{
    /* Issue 19, C3: the table is bounded; those that took least make room, and
     * no call is lost. */
    relev_count calls = 0, others = 0;
    ev_tstamp total = 0;
    (void)state;

    begin(2);
    for (int i = 0; i < many; ++i) timer_run(callbacks[i]);
    assert_int_equal(read_callbacks(), RELEV_CALLBACKS);
    for (int i = 0; i < RELEV_CALLBACKS; ++i) {
        calls += all[i].calls, total += all[i].total;
        if (i) assert_true(all[i].total <= all[i - 1].total);
        if (!all[i].callback) others = all[i].calls;
        else assert_true(all[i].total > many - (RELEV_CALLBACKS - 1));
    }
    assert_int_equal(calls, many);
    assert_int_equal(others, many - (RELEV_CALLBACKS - 1));
    assert_true(total >= many * (many + 1) / 2);
    read_metrics();
    assert_ptr_equal(m.longest_callback, (void*)callbacks[many - 1]);
    assert_true(m.longest >= many);
    ev_loop_destroy(loop);
}

static void test_callbacks_of_events_of_no_kind_have_one_entry(void** state)
{
    /* Issue 19, B13: two samples with the same labels are no legal text. What
     * the program queued is EV_CUSTOM, with whatever event of no kind. */
    static const int events[] = {EV_CUSTOM, EV_ERROR, 0, 0x04, 0x10000000};
    ev_timer w;
    (void)state;

    begin(2);
    ev_timer_init(&w, callbacks[0], 0., 0.);
    for (int i = 0; i < 5; ++i) {
        ev_feed_event(loop, &w, events[i]);
        turn(loop);
    }
    assert_int_equal(read_callbacks(), 1);
    assert_int_equal(all[0].type, EV_CUSTOM);
    assert_int_equal(all[0].calls, 5);
    read_metrics();
    assert_int_equal(m.callbacks[RELEV_KIND_OTHER], 5);
    ev_loop_destroy(loop);
}

static void goes_back(struct ev_loop* l, ev_timer* w, int events)
{
    (void)l, (void)w, (void)events;
    ahead -= 100;
}

static void test_callbacks_take_no_time_if_the_clock_goes_back(void** state)
{
    /* Issue 19: no untruth. A program or a library that is preloaded may set
     * the clock that the loop reads; a sum below 0 was a huge one in the text,
     * or an assertion. */
    static char text[60000];
    (void)state;

    begin(2);
    timer_run(goes_back);
    ahead += 100;
    read_metrics();
    assert_true(m.calling >= 0 && m.calling <= 0 && m.working >= 0);
    assert_int_equal(read_callbacks(), 1);
    assert_true(all[0].total >= 0 && all[0].longest >= 0);
    assert_true(relev_metrics_text(loop, text, sizeof text, NULL) > 0);
    assert_non_null(strstr(text, "relev_callback_seconds_sum 0.000"));
    ev_loop_destroy(loop);
}

static const Test tests[] = {
    EACH(test_callbacks_are_sorted_by_their_time),
    EACH(test_callbacks_that_do_not_fit_are_summed),
    EACH(test_callbacks_of_events_of_no_kind_have_one_entry),
    EACH(test_callbacks_take_no_time_if_the_clock_goes_back),
};

HARNESS_MAIN("relev_metrics_callbacks", tests)
