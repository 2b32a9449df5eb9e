/* Timers that are put off: ev_timer_again before they are due, as a timeout of
 * a connection is at every byte.
 */

#include "calls.h"
#include "clock.h"
#include "frozen.h"

static const double grain = (double)clock_grain / clock_ns;

static void advance(struct ev_loop* loop, double seconds)
{
    clock_advance(seconds);
    ev_now_update(loop);
}

/* A repeating timer, started, noting a letter. */
static void begin(struct ev_loop* loop, ev_timer* w, const char* letter,
                  double repeat)
{
    *w = timer_of(letter, repeat, repeat);
    ev_timer_start(loop, w);
}

/* These are called once that much time has passed, and not before. */
static void due_in(struct ev_loop* loop, double seconds, const char* calls)
{
    clock_advance(seconds);
    turn(loop);
    assert_calls("");
    clock_advance(grain);
    turn(loop);
    assert_calls(calls);
}

static void test_timer_put_off_often_fires_once_at_the_last_time(void** state)
{
    /* R1.65: due at loop time plus repeat, and at no time that it was to be
     * due at before. */
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    ev_timer a;
    (void)state;

    begin(loop, &a, "a", 1);
    for (int i = 0; i < 1000; ++i) {
        advance(loop, 0.984375);
        ev_timer_again(loop, &a);
        if (i % 3) turn(loop);
        assert_true(ev_timer_remaining(loop, &a) == 1);
    }
    assert_calls("");
    due_in(loop, 1, "a");
    due_in(loop, 1 - grain, "a");
    ev_loop_destroy(loop);
}

static void test_timer_put_off_in_each_callback_of_others_waits(void** state)
{
    /* R1.65: others are due meanwhile, earlier and later than it was to be. */
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    ev_timer a, ticks[3];
    (void)state;

    begin(loop, &a, "a", 0.5);
    for (int i = 0; i < 3; ++i) begin(loop, &ticks[i], "t", 0.25 + i * 0.125);
    for (int i = 0; i < 200; ++i) {
        clock_advance(0.25);
        turn(loop);
        ev_timer_again(loop, &a);
        assert_null(strchr(calls_take(), 'a'));
    }
    for (int i = 0; i < 3; ++i) ev_timer_stop(loop, &ticks[i]);
    clock_advance(0.5 + grain);
    turn(loop);
    assert_calls("a");
    ev_loop_destroy(loop);
}

static void test_timer_put_off_when_late_is_not_late_any_more(void** state)
{
    /* R1.65: it was due, but the loop had not looked. */
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    ev_timer a, b;
    (void)state;

    begin(loop, &a, "a", 1);
    begin(loop, &b, "b", 4);
    for (int i = 0; i < 5; ++i) {
        advance(loop, 2);
        ev_timer_again(loop, &a);
        ev_timer_again(loop, &b);
        turn(loop);
        assert_calls("");
    }
    clock_advance(1 + grain);
    turn(loop);
    assert_calls("a");
    clock_advance(3);
    turn(loop);
    assert_calls("ab");
    ev_loop_destroy(loop);
}

static void test_timer_put_off_then_brought_forward_is_due_then(void** state)
{
    /* R1.67: `repeat` may be changed at any time; R1.65: due at loop time plus
     * repeat, be that later or earlier than before. */
    static const double repeats[] = {8, 3, 0.5, 2, 1, 30, 0.25};
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    ev_timer a, crowd[20];
    (void)state;

    for (int i = 0; i < 20; ++i) begin(loop, &crowd[i], "c", 40 + i);
    begin(loop, &a, "a", 1);
    for (int i = 0; i < 7; ++i) {
        a.repeat = repeats[i];
        ev_timer_again(loop, &a);
        assert_true(ev_timer_remaining(loop, &a) == repeats[i]);
        advance(loop, 0.125);
        turn(loop);
        assert_calls("");
    }
    due_in(loop, 0.125, "a");
    ev_loop_destroy(loop);
}

static void test_timer_put_off_then_stopped_keeps_the_time_left(void** state)
{
    /* R1.63: stop leaves the time left, as it was put off; start goes on with
     * it. */
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    ev_timer a, others[9];
    (void)state;

    for (int i = 0; i < 9; ++i) begin(loop, &others[i], "o", 1 + i);
    begin(loop, &a, "a", 4);
    advance(loop, 0.5);
    for (int i = 0; i < 9; ++i) ev_timer_again(loop, &others[i]);
    ev_timer_again(loop, &a);
    advance(loop, 0.25);
    ev_timer_stop(loop, &a);
    assert_true(a.at == 3.75);
    for (int i = 0; i < 9; ++i) {
        ev_timer_stop(loop, &others[i]);
        assert_true(others[i].at == 0.75 + i);
    }
    advance(loop, 100);
    ev_timer_start(loop, &a);
    due_in(loop, 3.75, "a");
    ev_loop_destroy(loop);
}

static void test_timer_put_off_over_a_suspension_keeps_its_time(void** state)
{
    /* R1.84: resume shifts all timers by the time in between, also those that
     * were put off before, and may be put off again after. */
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    ev_timer a, b;
    (void)state;

    begin(loop, &a, "a", 1);
    begin(loop, &b, "b", 1.25);
    advance(loop, 0.5);
    ev_timer_again(loop, &a);
    ev_timer_again(loop, &b);
    clock_advance(0.25);
    ev_suspend(loop);
    clock_advance(1000);
    ev_resume(loop);
    assert_true(ev_timer_remaining(loop, &a) == 0.75);
    assert_true(ev_timer_remaining(loop, &b) == 1);
    advance(loop, 0.25);
    ev_timer_again(loop, &b);
    due_in(loop, 0.5, "a");
    clock_advance(0.75 - grain);
    turn(loop);
    assert_calls("");
    clock_advance(0.25 + grain);
    turn(loop);
    assert_calls("ba");
    ev_loop_destroy(loop);
}

static void test_timer_put_off_while_pending_loses_the_event(void** state)
{
    /* R1.65: again clears a pending event, also of a timer that was put off
     * before. */
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    ev_timer a;
    (void)state;

    begin(loop, &a, "a", 1);
    for (int i = 0; i < 3; ++i) {
        advance(loop, 0.5);
        ev_feed_event(loop, &a, EV_TIMER);
        ev_timer_again(loop, &a);
        assert_false(ev_is_pending(&a));
        turn(loop);
        assert_calls("");
    }
    due_in(loop, 1, "a");
    ev_loop_destroy(loop);
}

enum { crowd = 200, steps = 4000 };

static struct {
    ev_timer w;
    double due; /* what we know */
} model[crowd];

static double last_due; /* of the calls of this turn */
static int model_calls;

static unsigned chance_state = 1;

static unsigned chance(unsigned n)
{
    chance_state = chance_state * 1103515245 + 12345;
    return (chance_state >> 8) % n;
}

static void model_called(EV_P_ ev_timer* w, int revents)
{
    int i = (int)(size_t)w->data;
    double now = clock_mono();
    (void)EV_A;

    assert_int_equal(revents, EV_TIMER);
    assert_true(&model[i].w == w && model[i].due < now);
    assert_true(model[i].due >= last_due);
    last_due = model[i].due;
    model[i].due += w->repeat;
    if (model[i].due < now) model[i].due = now;
    assert_true(w->at == model[i].due);
    ++model_calls;
}

/* What is done to one timer of the model, at loop time `now`. */
static void model_step(struct ev_loop* loop, int i, double now)
{
    ev_timer* w = &model[i].w;
    if (!chance(8)) w->repeat = (1 + chance(256)) / 64.;
    if (chance(8)) {
        ev_timer_again(loop, w);
        model[i].due = now + w->repeat;
        return;
    }
    ev_timer_stop(loop, w);
    ev_timer_start(loop, w);
}

static void test_timer_put_off_among_many_keeps_the_order(void** state)
{
    /* R1.60: all that are due are called, by due time, earliest first, whatever
     * times they were to be due at before; and no other one is. */
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    (void)state;

    model_calls = 0;
    for (int i = 0; i < crowd; ++i) {
        ev_timer_init(&model[i].w, model_called, 0, (1 + chance(256)) / 64.);
        model[i].w.data = (void*)(size_t)i;
        ev_timer_again(loop, &model[i].w);
        model[i].due = clock_mono() + model[i].w.repeat;
    }
    for (int step = 0; step < steps; ++step) {
        model_step(loop, (int)chance(crowd), clock_mono());
        if (step % 4) continue;
        advance(loop, chance(16) / 64.);
        last_due = 0;
        turn(loop);
        ev_verify(loop);
        for (int i = 0; i < crowd; ++i)
            assert_true(model[i].due >= clock_mono());
    }
    assert_true(model_calls > steps / 4);
    ev_loop_destroy(loop);
}

static const Test tests[] = {
    EACH(test_timer_put_off_often_fires_once_at_the_last_time),
    EACH(test_timer_put_off_in_each_callback_of_others_waits),
    EACH(test_timer_put_off_when_late_is_not_late_any_more),
    EACH(test_timer_put_off_then_brought_forward_is_due_then),
    EACH(test_timer_put_off_then_stopped_keeps_the_time_left),
    EACH(test_timer_put_off_over_a_suspension_keeps_its_time),
    EACH(test_timer_put_off_while_pending_loses_the_event),
    EACH(test_timer_put_off_among_many_keeps_the_order),
};

HARNESS_MAIN("timer_put_off", tests)
