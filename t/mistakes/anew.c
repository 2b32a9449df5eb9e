/* A watcher of each kind initialized again while it is active, then started,
 * stopped or left alone. Its old entry stays in the loop until it is met. */

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
    calls_clear();
    for (int i = 0; i < 3; ++i) {
        memset(&any[i], 0xa5, sizeof any[i]);
        kind_init(kind, &any[i]);
    }
}

static void end(void)
{
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

static void begin_three(const Kind* kind)
{
    for (int i = 0; i < 3; ++i) kind->start(loop, &any[i]);
    assert_reports(0);
}

static void stop_three(const Kind* kind)
{
    for (int i = 0; i < 3; ++i) kind->stop(loop, &any[i]);
}

/* What n active ones hold: an ev_embed counts as four. */
static int references(const Kind* kind, int n)
{
    return !strcmp(kind->name, "embed") ? 4 * n : kind_holds(kind) * n;
}

/* Those that find the old entries within one iteration. Others find them when
 * they have an event, or more watchers. */
static int met_soon(const Kind* kind)
{
    return kind->type
         & (EV_IDLE | EV_PREPARE | EV_CHECK | EV_FORK | EV_ASYNC | EV_SIGNAL);
}

static void meet(const Kind* kind)
{
    for (int i = 0; i < 3; ++i)
        if (kind->type == EV_ASYNC && ev_is_active(&any[i]))
            ev_async_send(loop, &any[i].async);
    if (kind->type == EV_SIGNAL) ev_feed_signal(SIGUSR1);
    ev_loop_fork(loop);
    turn(loop);
}

/* How many old entries of the first watcher were reported. The parts of an
 * ev_embed are dropped one by one. */
static int reported(const Kind* kind, int parts)
{
    int count = reports;
    while (!parts && reports > 0)
        told_next(REINIT, kind->type, &any[0], kind_number(kind, &any[0]));
    reports_forget();
    return count;
}

static void start_again(const Kind* kind)
{
    enum { often = 1000 };
    int parts = !strcmp(kind->name, "embed"), told_now = 0;

    errors_begin();
    kind->start(loop, &any[0]);
    for (int i = 0; i < often; ++i) {
        kind_init(kind, &any[0]);
        kind->start(loop, &any[0]);
        assert_true(ev_is_active(&any[0]));
        told_now += reported(kind, parts);
    }
    int left = turn(loop);
    told_now += reported(kind, parts); /* also what the iteration met */
    assert_in_range(left, references(kind, 1), references(kind, 100));
    if (!told_listens) return; /* without relev.h */
    assert_true(told_now > often - 100);
    if (!parts) assert_int_equal(left, references(kind, 1 + often - told_now));
    errors_end();
}

static void test_anew_started_again_old_entries_do_not_pile_up(void** state)
{
    /* R4.12: however often that happens, a few old entries are left, each
     * holds its reference, and each that is dropped is reported. */
    (void)state;
    each_kind(start_again);
}

static void start_again_among_others(const Kind* kind)
{
    if (!met_soon(kind)) return;
    for (int again = 0; again < 3; ++again) {
        begin_three(kind);
        kind_init(kind, &any[again]);
        kind->start(loop, &any[again]);
        assert_reports(0);
        meet(kind);
        assert_told(REINIT, kind->type, &any[again],
                    kind_number(kind, &any[again]));
        meet(kind);
        turn_leaves(loop, references(kind, 3));
        stop_three(kind);
        turn_leaves(loop, 0);
        assert_reports(0);
        calls_clear();
    }
}

static void starts_again_among_others(void)
{
    each_kind(start_again_among_others);
}

static void test_anew_started_again_old_entry_is_dropped_when_met(void** state)
{
    /* R4.12: the first, the second or the third of three: it is active once,
     * the mistake is reported once, and all of them can be stopped. */
    (void)state;
    made_twice(starts_again_among_others);
}

static void stop_only(const Kind* kind)
{
    begin_three(kind);
    for (int i = 0; i < 3; ++i) {
        kind_init(kind, &any[i]);
        kind->stop(loop, &any[i]);
        assert_false(ev_is_active(&any[i]));
        turn_leaves(loop, references(kind, 3));
    }
    assert_reports(0);
    calls_clear();
}

static void stops_only(void) { each_kind(stop_only); }

static void test_anew_stopped_nothing_happens(void** state)
{
    /* R4.12: it says that it is inactive, so a stop does nothing, as in 4.33:
     * it still holds its reference. */
    (void)state;
    made_twice(stops_only);
}

static void leave_alone(const Kind* kind)
{
    begin_three(kind);
    for (int again = 0; again < 3; ++again) {
        kind_init(kind, &any[again]);
        turn_leaves(loop, references(kind, 3));
        calls_clear();
    }
    assert_reports(0);
    if (!met_soon(kind)) return;
    for (int i = 0; i < 3; ++i) kind->start(loop, &any[i]);
    meet(kind);
    turn_leaves(loop, references(kind, 3));
    reports_forget();
    stop_three(kind);
    turn_leaves(loop, 0);
    calls_clear();
}

static void leaves_alone(void) { each_kind(leave_alone); }

static void test_anew_left_alone_it_goes_on(void** state)
{
    /* R4.12: as in 4.33, where nothing else is done with it the loop goes on
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
    for (int i = 0; i < 3; ++i) kind_init(kind, &any[i]);
    turn(loop);
    ev_loop_fork(loop);
    turn(loop);
    ev_loop_destroy(loop);
    loop = mine;
    calls_clear();
}

static void leaves_to_the_end(void) { each_kind(leave_to_the_end); }

static void test_anew_left_alone_loop_is_forked_and_destroyed(void** state)
{
    /* R4.12: nor does ev_loop_fork or ev_loop_destroy do any harm. */
    (void)state;
    made_twice(leaves_to_the_end);
}

static const Test tests[] = {
    OURS(test_anew_started_again_old_entries_do_not_pile_up),
    OURS(test_anew_started_again_old_entry_is_dropped_when_met),
    OURS(test_anew_stopped_nothing_happens),
    OURS(test_anew_left_alone_it_goes_on),
    OURS(test_anew_left_alone_loop_is_forked_and_destroyed),
};

HARNESS_MAIN("mistakes_anew", tests)
