// The library built for a machine without a monotonic clock: it has only the
// wall clock, and must tell a step of that from time that passes. A step ahead
// is one only while the loop waits, for callbacks may take any time: here the
// wait itself, select, sets the clock.

#define EV_STANDALONE 1
#define EV_USE_MONOTONIC 0
#define EV_USE_TIMERFD 0
#define EV_API_STATIC 1
#define restrict __restrict

#include "ev.c"

#pragma GCC diagnostic ignored "-Wdeprecated-enum-float-conversion"
#include "clock.h"
#include "white.hh"

namespace {

struct ev_loop* loop;
int timer_calls, periodic_calls;
double step;  // how far the next wait sets the clock

void timer_called(struct ev_loop*, ev_timer*, int) { ++timer_calls; }

void periodic_called(struct ev_loop*, ev_periodic*, int) { ++periodic_calls; }

void begin()
{
    clock_freeze();
    timer_calls = periodic_calls = 0;
    loop = ev_loop_new(EVBACKEND_SELECT);
    assert_non_null(loop);
}

void end()
{
    ev_loop_destroy(loop);
    clock_thaw();
}

void turn() { ev_run(loop, EVRUN_NOWAIT); }

void turn_and_jump(double seconds)
{
    step = seconds;
    turn();
    assert_true(step == 0);
}

// R1.63: a timer is due after its delay, however the wall clock is set.
void test_wall_clock_set_forward_timer_is_not_early(void**)
{
    ev_timer w;
    begin();
    ev_timer_init(&w, timer_called, 10., 0.);
    ev_timer_start(loop, &w);
    turn();
    turn_and_jump(86400);
    assert_int_equal(timer_calls, 0);
    for (int i = 0; i < 22; ++i) clock_advance(0.5), turn();
    assert_int_equal(timer_calls, 1);
    end();
}

void test_wall_clock_set_back_timer_is_not_late(void**)
{
    ev_timer w;
    begin();
    ev_timer_init(&w, timer_called, 1., 0.);
    ev_timer_start(loop, &w);
    turn();
    turn_and_jump(-86400);
    assert_int_equal(timer_calls, 0);
    for (int i = 0; i < 20; ++i) clock_advance(0.125), turn();
    assert_int_equal(timer_calls, 1);
    end();
}

// R1.74, R1.75: what is due at a time of day follows the wall clock.
void test_wall_clock_set_forward_interval_is_computed_anew(void**)
{
    ev_periodic every, once;
    begin();
    double now = ev_now(loop);
    ev_periodic_init(&every, periodic_called, 0., 3600., nullptr);
    ev_periodic_init(&once, periodic_called, now + 100, 0., nullptr);
    ev_periodic_start(loop, &every);
    ev_periodic_start(loop, &once);
    turn();
    turn_and_jump(86400);
    assert_int_equal(periodic_calls, 1);  // that of a fixed time
    assert_false(ev_is_active(&once));
    assert_true(ev_periodic_at(&every) > ev_now(loop));
    assert_true(ev_periodic_at(&every) <= ev_now(loop) + 3600);
    turn_and_jump(-2 * 86400);
    assert_int_equal(periodic_calls, 1);
    assert_true(ev_periodic_at(&every) > ev_now(loop));
    assert_true(ev_periodic_at(&every) <= ev_now(loop) + 3600);
    ev_periodic_stop(loop, &every);
    end();
}

// R1.76: a step of less than a second is time that passes.
void test_wall_clock_moving_on_is_no_jump(void**)
{
    ev_timer w;
    begin();
    ev_timer_init(&w, timer_called, 1., 0.);
    ev_timer_start(loop, &w);
    turn();
    clock_advance(0.5);
    turn();
    assert_int_equal(timer_calls, 0);
    clock_advance(0.75);
    turn();
    assert_int_equal(timer_calls, 1);
    end();
}

}  // namespace

extern "C" int select(int, fd_set*, fd_set*, fd_set*, timeval*)
{
    clock_jump(step);
    step = 0;
    return 0;
}

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(test_wall_clock_set_forward_timer_is_not_early),
        cmocka_unit_test(test_wall_clock_set_back_timer_is_not_late),
        cmocka_unit_test(test_wall_clock_set_forward_interval_is_computed_anew),
        cmocka_unit_test(test_wall_clock_moving_on_is_no_jump),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
