/* ev_idle: when nothing more important is to be done. */

#include <unistd.h>

#include "calls.h"
#include "clock.h"
#include "frozen.h"

static ev_idle idle_at(const char* letter, int priority)
{
    ev_idle w = idle_of(letter);
    ev_set_priority(&w, priority);
    return w;
}

/* One iteration in which a timer of that priority expires. */
static void turn_with_timer(struct ev_loop* loop, int priority)
{
    ev_timer t = timer_of("t", -1, 0);
    ev_set_priority(&t, priority);
    ev_timer_start(loop, &t);
    turn(loop);
}

static void test_idle_alone_is_called_every_iteration(void** state)
{
    /* R1.79: queued in every iteration until stopped. */
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    ev_idle a = idle_of("a");
    (void)state;

    ev_idle_start(loop, &a);
    turn(loop), turn(loop), turn(loop);
    assert_calls("aaa");
    assert_int_equal(calls_revents, EV_IDLE);
    ev_idle_stop(loop, &a);
    assert_int_equal(turn(loop), 0);
    assert_calls("");
    ev_loop_destroy(loop);
}

static void test_idle_waits_for_timers_of_its_priority(void** state)
{
    /* R1.78: queued only if no event of the same or a higher priority is
     * pending; events of lower priority do not hinder, and run after. */
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    ev_idle a = idle_at("a", 0);
    (void)state;

    ev_idle_start(loop, &a);
    turn_with_timer(loop, 0);
    assert_calls("t");
    turn_with_timer(loop, 1);
    assert_calls("t");
    turn_with_timer(loop, -1);
    assert_calls("at");
    turn(loop);
    assert_calls("a");
    ev_loop_destroy(loop);
}

static void test_idle_of_lowest_and_highest_priority(void** state)
{
    /* R1.78: the same at both ends of the range. */
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    ev_idle low = idle_at("l", EV_MINPRI), high = idle_at("h", EV_MAXPRI);
    (void)state;

    ev_idle_start(loop, &low);
    turn_with_timer(loop, EV_MINPRI);
    assert_calls("t");
    turn_with_timer(loop, EV_MAXPRI);
    assert_calls("t");
    turn(loop);
    assert_calls("l");
    ev_idle_start(loop, &high);
    turn_with_timer(loop, EV_MAXPRI);
    assert_calls("t");
    turn_with_timer(loop, EV_MAXPRI - 1);
    assert_calls("ht");
    ev_loop_destroy(loop);
}

static void test_idle_waits_for_periodics(void** state)
{
    /* R1.78: periodics hinder like timers. */
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    ev_idle a = idle_of("a");
    ev_periodic p = periodic_of("p", 1, 0);
    (void)state;

    ev_idle_start(loop, &a);
    ev_periodic_start(loop, &p);
    turn(loop);
    assert_calls("p");
    ev_set_priority(&p, -1);
    ev_periodic_start(loop, &p);
    turn(loop);
    assert_calls("ap");
    ev_loop_destroy(loop);
}

static void test_idle_waits_for_fd_events(void** state)
{
    /* R1.78: fd events hinder like timers. */
    struct ev_loop* loop = loop_fresh(0);
    ev_idle a = idle_of("a");
    int fds[2];
    (void)state;

    assert_int_equal(pipe(fds), 0);
    ev_io io = io_of("i", fds[1], EV_WRITE);
    ev_io_start(loop, &io);
    ev_idle_start(loop, &a);
    turn(loop), turn(loop);
    assert_calls("ii");
    ev_io_stop(loop, &io);
    ev_set_priority(&io, -1);
    ev_io_start(loop, &io);
    turn(loop);
    assert_calls("ai");
    ev_io_stop(loop, &io);
    turn(loop);
    assert_calls("a");
    close(fds[0]), close(fds[1]);
    ev_loop_destroy(loop);
}

static void test_idle_is_not_hindered_by_check(void** state)
{
    /* R1.78: check watchers never hinder. */
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    ev_idle a = idle_of("a");
    ev_check same = check_of("c"), high = check_of("h");
    ev_prepare prepare = prepare_of("p");
    (void)state;

    ev_set_priority(&high, 2);
    ev_check_start(loop, &same);
    ev_check_start(loop, &high);
    ev_prepare_start(loop, &prepare);
    ev_idle_start(loop, &a);
    turn(loop);
    assert_calls("phca");
    ev_loop_destroy(loop);
}

static void test_idle_only_highest_priority_is_called(void** state)
{
    /* R1.79: of several priorities with active idle watchers only the highest
     * is queued, all its watchers; lower ones wait. */
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    ev_idle a = idle_at("a", 1), b = idle_at("b", 1), low = idle_at("l", -2);
    (void)state;

    ev_idle_start(loop, &low);
    ev_idle_start(loop, &a);
    ev_idle_start(loop, &b);
    turn(loop), turn(loop);
    assert_calls("baba");
    ev_idle_stop(loop, &b);
    turn(loop);
    assert_calls("a");
    ev_idle_stop(loop, &a);
    turn(loop);
    assert_calls("l");
    ev_idle_start(loop, &b);
    turn(loop);
    assert_calls("b");
    ev_loop_destroy(loop);
}

static void test_idle_lower_takes_no_turn_of_hindered_higher(void** state)
{
    /* R1.78, R1.79: hindered itself, the higher one still keeps the lower one
     * from being called, as what hinders it is above both. */
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    ev_idle high = idle_at("h", 1), low = idle_at("l", -1);
    (void)state;

    ev_idle_start(loop, &high);
    ev_idle_start(loop, &low);
    turn_with_timer(loop, 1);
    assert_calls("t");
    turn_with_timer(loop, 0);
    assert_calls("ht");
    ev_loop_destroy(loop);
}

static void test_idle_stopped_in_the_middle_leaves_the_others(void** state)
{
    /* R1.79: all watchers of that priority, also after one was stopped. */
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    ev_idle a = idle_of("a"), b = idle_of("b"), c = idle_of("c");
    (void)state;

    ev_idle_start(loop, &a);
    ev_idle_start(loop, &b);
    ev_idle_start(loop, &c);
    ev_idle_stop(loop, &a);
    assert_int_equal(turn(loop), 2);
    assert_calls("bc"); /* the last one took the freed place */
    ev_loop_destroy(loop);
}

static void test_idle_keeps_the_loop_from_blocking(void** state)
{
    /* R1.80: any active idle watcher does, also one not getting called. */
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    ev_idle low = idle_at("l", -2), high = idle_at("h", 2);
    ev_timer later = timer_of("t", 100, 0);
    (void)state;

    waits_clear();
    ev_timer_start(loop, &later);
    ev_idle_start(loop, &low);
    ev_run(loop, EVRUN_ONCE);
    assert_calls("l");
    ev_idle_start(loop, &high);
    ev_run(loop, EVRUN_ONCE);
    assert_calls("h");
    ev_feed_event(loop, &low, EV_CUSTOM);
    ev_run(loop, EVRUN_ONCE);
    assert_calls("lh");
    assert_true(waits.polled == 0 && waits.slept == 0);

    ev_idle_stop(loop, &high);
    ev_idle_stop(loop, &low);
    ev_run(loop, EVRUN_ONCE);
    assert_true(waits.polled > 1);
    ev_loop_destroy(loop);
}

static const Test tests[] = {
    EACH(test_idle_alone_is_called_every_iteration),
    EACH(test_idle_waits_for_timers_of_its_priority),
    EACH(test_idle_of_lowest_and_highest_priority),
    EACH(test_idle_waits_for_periodics),
    EACH(test_idle_waits_for_fd_events),
    EACH(test_idle_is_not_hindered_by_check),
    EACH(test_idle_only_highest_priority_is_called),
    EACH(test_idle_lower_takes_no_turn_of_hindered_higher),
    EACH(test_idle_stopped_in_the_middle_leaves_the_others),
    EACH(test_idle_keeps_the_loop_from_blocking),
};

HARNESS_MAIN("idle", tests)
