/* ev_timer_set of an active timer, a mistake that programs make: the timer is
 * due as it was started, and what comes next goes by the new members.
 *
 * All is in whole seconds, which are exact whatever type ev_tstamp is.
 */

#include "calls.h"
#include "clock.h"

/* What a relative time is compared with by mistake: the uptime. */
static const double uptimes[] = {20, 1000, 1e7};
enum { uptime_count = 3 };

static struct ev_loop* loop_up_for(double uptime)
{
    clock_freeze();
    clock_state.mono = clock_from_seconds(uptime);
    return loop_fresh(0);
}

/* Loop time goes on by so much, and the timers that are due are called. */
static void pass(struct ev_loop* loop, double seconds)
{
    clock_advance(seconds);
    turn(loop);
}

static void test_timer_set_while_active_is_due_as_started(void** state)
{
    /* R3.9: set to an earlier or a later time, it is due as started. */
    static const double afters[] = {-1, 0, 5, 50, 1000, 1e6, 1e9};
    (void)state;

    for (int i = 0; i < uptime_count * 7; ++i) {
        struct ev_loop* loop = loop_up_for(uptimes[i % uptime_count]);
        ev_timer a = timer_of("a", 10, 0), b = timer_of("b", 20, 0);
        ev_timer_start(loop, &a);
        ev_timer_start(loop, &b);
        ev_timer_set(&a, afters[i / uptime_count], 0.);
        pass(loop, 10);
        assert_calls("");
        pass(loop, 5);
        assert_calls("a");
        assert_false(ev_is_active(&a));
        ev_timer_set(&b, afters[i / uptime_count], 0.);
        pass(loop, 10);
        assert_calls("b");
        assert_int_equal(ev_run(loop, 0), 0);
        assert_calls("");
        ev_loop_destroy(loop);
    }
}

static void test_timer_set_then_again_is_due_after_the_new_repeat(void** state)
{
    /* R1.65: at loop time plus repeat, be that earlier or later than before;
     * R3.9: whatever else ev_timer_set wrote, and how often. */
    static const double repeats[] = {20, 3, 90, 10, 300, 8};
    (void)state;

    for (int i = 0; i < uptime_count * 4; ++i) {
        struct ev_loop* loop = loop_up_for(uptimes[i % uptime_count]);
        ev_timer a = timer_of("a", 100, 0), b = timer_of("b", 50, 50);
        ev_timer_start(loop, &a);
        ev_timer_start(loop, &b);
        for (int k = 0; k < 6; ++k) {
            double after = i & 4 ? repeats[k] : i & 8 ? 1e6 : 0;
            ev_timer_set(&a, after, repeats[k]);
            ev_timer_again(loop, &a);
            ev_timer_again(loop, &b);
            assert_true(ev_timer_remaining(loop, &a) == repeats[k]);
            clock_advance(1);
            ev_now_update(loop);
        }
        pass(loop, 7);
        assert_calls("");
        pass(loop, 1);
        assert_calls("a");
        ev_loop_destroy(loop);
    }
}

static void test_timer_set_while_put_off_is_called_once(void** state)
{
    /* R3.9: put off by ev_timer_again, then set: the time that it was put off
     * to is lost, but it is called, once, and not before it was to be due
     * at first; 4.33 keeps that time. */
    (void)state;

    for (int i = 0; i < uptime_count; ++i) {
        struct ev_loop* loop = loop_up_for(uptimes[i]);
        ev_timer a = timer_of("a", 8, 8);
        ev_timer_start(loop, &a);
        for (int k = 0; k < 3; ++k) {
            clock_advance(2);
            ev_now_update(loop);
            ev_timer_again(loop, &a);
        }
        ev_timer_set(&a, 4., 0.);
        pass(loop, 2);
        assert_calls("");
        pass(loop, 8);
        assert_calls("a");
        assert_int_equal(ev_run(loop, 0), 0);
        assert_calls("");
        ev_loop_destroy(loop);
    }
}

enum { crowd = 40, steps = 6000 };

/* What is known of 4.33: `due` is when a timer is called, `at` is what the
 * member of that name holds, be it a mistake or not. */
static struct {
    ev_timer w;
    double due, at;
    int calls, expected;
    int put_off; /* by ev_timer_again: not to be set, see above */
} model[crowd];

static unsigned chance_state;

static unsigned chance(unsigned n)
{
    chance_state = chance_state * 1103515245 + 12345;
    return (chance_state >> 8) % n;
}

static void model_called(EV_P_ ev_timer* w, int revents)
{
    (void)EV_A;
    assert_int_equal(revents, EV_TIMER);
    ++model[(size_t)w->data].calls;
}

static void model_start(struct ev_loop* loop, int i, double now)
{
    if (!ev_is_active(&model[i].w)) model[i].due = model[i].at += now;
    ev_timer_start(loop, &model[i].w);
}

static void model_stop(struct ev_loop* loop, int i, double now)
{
    if (ev_is_active(&model[i].w)) model[i].at -= now;
    ev_timer_stop(loop, &model[i].w);
    model[i].put_off = 0;
}

static void model_again(struct ev_loop* loop, int i, double now)
{
    ev_timer* w = &model[i].w;
    if (!(w->repeat > 0)) {
        model_stop(loop, i, now);
        return;
    }
    model[i].put_off = ev_is_active(w);
    model[i].due = model[i].at = now + w->repeat;
    ev_timer_again(loop, w);
}

static void model_step(struct ev_loop* loop, int i, double now)
{
    ev_timer* w = &model[i].w;
    unsigned what = chance(5);
    if (what == 0) model_start(loop, i, now);
    if (what == 1) model_stop(loop, i, now);
    if (what == 2) model_again(loop, i, now);
    if (what >= 3 && !model[i].put_off) {
        model[i].at = chance(2) ? (int)chance(64) - 16 : 5e6 + chance(64);
        ev_timer_set(w, model[i].at, chance(4) * 4.);
    }
    double base = ev_is_active(w) ? now : 0;
    assert_true(w->at == model[i].at);
    assert_true(ev_timer_remaining(loop, w) == model[i].at - base);
}

/* Before a turn at that time: what it will do to a timer. */
static void model_expire(int i, double now)
{
    const ev_timer* w = &model[i].w;
    if (!ev_is_active(w) || !(model[i].due < now)) return;
    ++model[i].expected;
    model[i].put_off = 0;
    if (w->repeat > 0) {
        model[i].at += w->repeat;
        if (model[i].at < now) model[i].at = now;
        model[i].due = model[i].at;
    } else {
        model[i].at -= now;
    }
}

static void model_run(struct ev_loop* loop)
{
    for (int step = 0; step < steps; ++step) {
        model_step(loop, (int)chance(crowd), clock_mono());
        if (chance(6)) continue;
        clock_advance(chance(16));
        for (int i = 0; i < crowd; ++i) model_expire(i, clock_mono());
        turn(loop);
        for (int i = 0; i < crowd; ++i) {
            assert_int_equal(model[i].calls, model[i].expected);
            assert_true(model[i].w.at == model[i].at);
        }
    }
}

static void test_timer_set_among_others_goes_by_what_was_started(void** state)
{
    /* R3.9: timers set at any time, then left alone, stopped, started, put off
     * and brought forward: each is called as 4.33 calls it. */
    (void)state;
    for (unsigned seed = 0; seed < 12; ++seed) {
        struct ev_loop* loop = loop_up_for(uptimes[seed % uptime_count]);
        memset(model, 0, sizeof model);
        chance_state = seed;
        for (int i = 0; i < crowd; ++i) {
            ev_timer_init(&model[i].w, model_called, 0., 0.);
            model[i].w.data = (void*)(size_t)i;
        }
        model_run(loop);
        ev_loop_destroy(loop);
    }
}

static const Test tests[] = {
    CORRUPTS(test_timer_set_while_active_is_due_as_started),
    CORRUPTS(test_timer_set_then_again_is_due_after_the_new_repeat),
    OURS_CORRUPTS(test_timer_set_while_put_off_is_called_once),
    CORRUPTS(test_timer_set_among_others_goes_by_what_was_started),
};

HARNESS_MAIN("timer_set", tests)
