/* A watcher of each kind initialised again while it is active, then started,
 * stopped or left alone. */

#include <signal.h>

#include "kinds.h"
#include "mistakes_help.h"

static struct ev_loop* loop;
static Any any[3];

/* Those whose mends are their own: timers are let go when they are due. */
static int apart(const Kind* kind)
{
    return !strcmp(kind->name, "timer") || !strcmp(kind->name, "periodic");
}

static void begin(const Kind* kind)
{
    (void)kind;
    loop = loop_default(0);
    kinds_open();
    trace_clear();
    for (int i = 0; i < 3; ++i) {
        memset(&any[i], 0xa5, sizeof any[i]);
        kind->init(&any[i]);
    }
}

/* Nothing of the watchers is known any more. */
static void end(void)
{
    turn_leaves(loop, 0);
    memset(any, 0xee, sizeof any);
    turn_leaves(loop, 0);
    ev_loop_destroy(loop);
    kinds_close();
    signal(SIGCHLD, SIG_DFL);
}

static void each_kind(void (*act)(const Kind* kind))
{
    for (int k = 0; k < kinds_count; ++k) {
        if (apart(&kinds[k])) continue;
        begin(&kinds[k]);
        act(&kinds[k]);
        end();
    }
}

static void told_anew(const Kind* kind, Any* w)
{
    told_next(REINIT, kind_type(kind), w, kind_number(kind, w));
}

static void assert_anew(const Kind* kind, Any* w)
{
    told_anew(kind, w);
    assert_reports(0);
}

/* What n active ones hold: an ev_embed counts as four. */
static int references(const Kind* kind, int n)
{
    return !strcmp(kind->name, "embed") ? 4 * n : kind_holds(kind) * n;
}

static void start_again(const Kind* kind)
{
    kind->start(loop, &any[0]);
    assert_reports(0);
    for (int i = 0; i < 100; ++i) {
        kind->init(&any[0]);
        kind->start(loop, &any[0]);
        assert_anew(kind, &any[0]);
        assert_true(ev_is_active(&any[0]));
        if (i % 10) continue;
        turn_leaves(loop, references(kind, 1));
        trace_clear();
    }
    kind->stop(loop, &any[0]);
    assert_false(ev_is_active(&any[0]));
    assert_reports(0);
}

static void starts_again(void) { each_kind(start_again); }

static void test_anew_started_again_it_is_active_once(void** state)
{
    /* R3.9: it holds its reference once, each mistake is reported once, and a
     * stop takes it out of the loop, however often that happened. */
    (void)state;
    made_twice(starts_again);
}

static void start_again_among_others(const Kind* kind)
{
    for (int again = 0; again < 3; ++again) {
        for (int i = 0; i < 3; ++i) kind->start(loop, &any[i]);
        assert_reports(0);
        kind->init(&any[again]);
        kind->start(loop, &any[again]);
        assert_anew(kind, &any[again]);
        turn_leaves(loop, references(kind, 3));
        for (int i = 0; i < 3; ++i) kind->stop(loop, &any[i]);
        turn_leaves(loop, 0);
        assert_reports(0);
        trace_clear();
    }
}

static void starts_again_among_others(void)
{
    each_kind(start_again_among_others);
}

static void test_anew_among_others_no_other_is_lost(void** state)
{
    /* R3.9: the first, the second or the third of three: all of them stay
     * active, and all of them can be stopped. */
    (void)state;
    made_twice(starts_again_among_others);
}

static void stop_at_once(const Kind* kind)
{
    for (int again = 0; again < 3; ++again) {
        for (int i = 0; i < 3; ++i) kind->start(loop, &any[i]);
        kind->init(&any[again]);
        kind->start(loop, &any[again]);
        kind->stop(loop, &any[again]);
        assert_anew(kind, &any[again]);
        memset(&any[again], 0xee, sizeof any[again]);
        turn_leaves(loop, references(kind, 2));
        trace_clear();
        kind->init(&any[again]);
        for (int i = 0; i < 3; ++i) kind->stop(loop, &any[i]);
        turn_leaves(loop, 0);
        assert_reports(0);
    }
}

static void stops_at_once(void) { each_kind(stop_at_once); }

static void test_anew_started_and_stopped_its_memory_is_the_callers(
    void** state)
{
    /* R3.9: stopped in the same iteration, it leaves nothing behind. */
    (void)state;
    made_twice(stops_at_once);
}

static void stop_only(const Kind* kind)
{
    for (int again = 0; again < 3; ++again) {
        for (int i = 0; i < 3; ++i) kind->start(loop, &any[i]);
        kind->init(&any[again]);
        kind->stop(loop, &any[again]);
        assert_anew(kind, &any[again]);
        memset(&any[again], 0xee, sizeof any[again]);
        turn_leaves(loop, references(kind, 2));
        trace_clear();
        kind->init(&any[again]);
        for (int i = 0; i < 3; ++i) kind->stop(loop, &any[i]);
        turn_leaves(loop, 0);
        assert_reports(0);
    }
}

static void stops_only(void) { each_kind(stop_only); }

static void test_anew_stopped_it_is_stopped(void** state)
{
    /* R3.9: it says that it is inactive, but a stop stops it. */
    (void)state;
    made_twice(stops_only);
}

static void leave_alone(const Kind* kind)
{
    for (int i = 0; i < 3; ++i) kind->start(loop, &any[i]);
    for (int again = 0; again < 3; ++again) {
        kind->init(&any[again]);
        turn_leaves(loop, references(kind, 3));
        trace_clear();
    }
    assert_reports(0);
    for (int i = 0; i < 3; ++i) kind->start(loop, &any[i]);
    for (int i = 0; i < 3; ++i) told_anew(kind, &any[i]);
    assert_reports(0);
    turn_leaves(loop, references(kind, 3));
    for (int i = 0; i < 3; ++i) kind->stop(loop, &any[i]);
    trace_clear();
}

static void leaves_alone(void) { each_kind(leave_alone); }

static void test_anew_left_alone_it_goes_on(void** state)
{
    /* R3.9: as in 4.33, where nothing else is done with it the loop goes on
     * with it and with the others. */
    (void)state;
    made_twice(leaves_alone);
}

static void leave_to_the_end(const Kind* kind)
{
    struct ev_loop* mine = loop;
    if (!strcmp(kind->name, "child")) return; /* in the default loop only */
    loop = loop_new(0);
    for (int i = 0; i < 3; ++i) kind->start(loop, &any[i]);
    for (int i = 0; i < 3; ++i) kind->init(&any[i]);
    turn(loop);
    ev_loop_fork(loop);
    turn(loop);
    ev_loop_destroy(loop);
    loop = mine;
    trace_clear();
}

static void leaves_to_the_end(void) { each_kind(leave_to_the_end); }

static void test_anew_left_alone_loop_is_forked_and_destroyed(void** state)
{
    /* R3.9: nor does it hurt when the loop is told of a fork, or destroyed. */
    (void)state;
    made_twice(leaves_to_the_end);
}

static void idle_of_another_priority(void)
{
    loop = loop_fresh(0);
    ev_idle low = idle_of("l"), high = idle_of("h");
    ev_set_priority(&high, 1);
    ev_idle_start(loop, &low);
    ev_idle_start(loop, &high);
    turn_leaves(loop, 2);
    assert_calls("h");
    ev_idle_init(&low, note_idle);
    ev_set_priority(&low, 2);
    ev_idle_start(loop, &low);
    assert_told(REINIT, EV_IDLE, &low, -1);
    turn_leaves(loop, 2);
    assert_calls("l");
    ev_idle_stop(loop, &low);
    turn_leaves(loop, 1);
    assert_calls("h");
    ev_idle_stop(loop, &high);
    turn_leaves(loop, 0);
    ev_loop_destroy(loop);
}

static void test_anew_idle_has_the_priority_of_now(void** state)
{
    /* R3.9, R1.39: one that is initialised for another priority and started is
     * called at that. */
    (void)state;
    made_twice(idle_of_another_priority);
}

static void test_anew_while_pending_it_is_called(void** state)
{
    /* R3.9: an event that was queued is called, as in 4.33, and one that is
     * queued then as well. */
    (void)state;
    loop = loop_fresh(0);
    ev_idle w = idle_of("w");
    ev_feed_event(loop, &w, EV_CUSTOM);
    ev_init(&w, note_idle);
    ev_verify(loop);
    ev_invoke_pending(loop);
    assert_calls("w");
    ev_feed_event(loop, &w, EV_CUSTOM);
    ev_init(&w, note_idle);
    ev_feed_event(loop, &w, EV_CUSTOM);
    ev_verify(loop);
    ev_invoke_pending(loop);
    assert_calls("ww");
    ev_loop_destroy(loop);
}

static const Test tests[] = {
    OURS(test_anew_started_again_it_is_active_once),
    OURS(test_anew_among_others_no_other_is_lost),
    OURS(test_anew_started_and_stopped_its_memory_is_the_callers),
    OURS(test_anew_stopped_it_is_stopped),
    OURS(test_anew_left_alone_it_goes_on),
    OURS(test_anew_left_alone_loop_is_forked_and_destroyed),
    OURS(test_anew_idle_has_the_priority_of_now),
    EACH(test_anew_while_pending_it_is_called),
};

HARNESS_MAIN("mistakes_anew", tests)
