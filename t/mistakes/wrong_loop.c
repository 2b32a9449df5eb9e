/* A watcher stopped in a loop that it is not active in: refused. It goes on in
 * its own loop, and neither loop's references are touched. */

#include <signal.h>
#include <unistd.h>

#include "mistakes_help.h"

static struct ev_loop *mine, *wrong;
static int pipe_fds[2];

static void begin(void)
{
    calls_clear();
    mine = loop_new(0);
    wrong = loop_new(0);
    assert_int_equal(pipe(pipe_fds), 0);
    assert_int_equal(write(pipe_fds[1], "x", 1), 1);
}

/* After the mistake: the watcher "w" works once more in its loop. */
static void assert_goes_on(int type, const void* w, int number)
{
    (void)type, (void)number;
    assert_told(OTHER_LOOP, type, w, number);
    turn_leaves(wrong, 0);
    assert_calls("");
    turn_leaves(mine, 1);
    assert_calls("w");
}

static void end(void)
{
    turn_leaves(mine, 0);
    turn_leaves(wrong, 0);
    assert_calls("");
    ev_loop_destroy(mine);
    ev_loop_destroy(wrong);
    close(pipe_fds[0]), close(pipe_fds[1]);
}

static void io_in_wrong_loop(void)
{
    begin();
    ev_io w = io_of("w", pipe_fds[0], EV_READ);
    ev_io other = io_of("o", pipe_fds[0], EV_WRITE);
    ev_io_start(mine, &w);
    ev_io_start(wrong, &other); /* so that it knows this fd, too */
    ev_io_stop(wrong, &w);
    ev_io_stop(wrong, &other);
    assert_true(ev_is_active(&w));
    assert_goes_on(EV_IO, &w, pipe_fds[0]);
    ev_io_stop(mine, &w);
    end();
}

static void test_wrong_loop_io_goes_on(void** state)
{
    /* R2.12: an io watcher is stopped in its own loop only. */
    (void)state;
    made_twice(io_in_wrong_loop);
}

static void timer_in_wrong_loop(void)
{
    begin();
    ev_timer w = timer_of("w", -1, 10);
    ev_timer_start(mine, &w);
    ev_timer_stop(wrong, &w);
    assert_true(ev_is_active(&w));
    assert_goes_on(EV_TIMER, &w, -1);
    ev_timer_again(wrong, &w);
    assert_told(OTHER_LOOP, EV_TIMER, &w, -1);
    assert_true(ev_timer_remaining(mine, &w) < 9.5);
    ev_timer_stop(mine, &w);
    end();
}

static void test_wrong_loop_timer_goes_on(void** state)
{
    /* R1.69: a timer is stopped, and put off, in its own loop only. */
    (void)state;
    made_twice(timer_in_wrong_loop);
}

static void periodic_in_wrong_loop(void)
{
    begin();
    ev_periodic w = periodic_of("w", 0, 0);
    ev_idle busy = idle_of("b");
    ev_periodic_start(mine, &w);
    ev_periodic_stop(wrong, &w);
    assert_true(ev_is_active(&w));
    ev_set_priority(&busy, EV_MINPRI);
    ev_idle_start(mine, &busy); /* the periodic is for once */
    assert_goes_on(EV_PERIODIC, &w, -1);
    ev_idle_stop(mine, &busy);
    end();
}

static void test_wrong_loop_periodic_goes_on(void** state)
{
    /* R1.69: a periodic is stopped in its own loop only. */
    (void)state;
    made_twice(periodic_in_wrong_loop);
}

static void signal_in_wrong_loop(void)
{
    begin();
    ev_signal w;
    ev_signal_init(&w, (void (*)(EV_P_ ev_signal*, int))note_io, SIGUSR1);
    w.data = (void*)"w";
    ev_signal_start(mine, &w);
    ev_signal_stop(wrong, &w);
    assert_true(ev_is_active(&w));
    raise(SIGUSR1);
    assert_goes_on(EV_SIGNAL, &w, SIGUSR1);
    ev_signal_stop(mine, &w);
    end();
}

static void test_wrong_loop_signal_goes_on(void** state)
{
    /* R2.43: another loop cannot stop a watcher that it does not have. */
    (void)state;
    made_twice(signal_in_wrong_loop);
}

static void child_in_wrong_loop(void)
{
    begin();
    struct ev_loop* loop = loop_default(0);
    ev_child w;
    ev_child_init(&w, (void (*)(EV_P_ ev_child*, int))note_io, 0, 0);
    ev_child_start(loop, &w);
    ev_child_stop(wrong, &w);
    assert_told(OTHER_LOOP, EV_CHILD, &w, 0);
    assert_true(ev_is_active(&w));
    turn_leaves(loop, 1);
    ev_child_start(wrong, &w); /* active already: nothing to refuse */
    ev_child_stop(loop, &w);
    ev_child_start(wrong, &w);
    assert_told(PID, EV_CHILD, &w, 0);
    assert_false(ev_is_active(&w));
    turn_leaves(loop, 0);
    ev_loop_destroy(loop);
    end();
}

static void test_wrong_loop_child_is_refused(void** state)
{
    /* R2.53: only the default loop has child watchers, to start and to stop. */
    (void)state;
    made_twice(child_in_wrong_loop);
}

static void hook_in_wrong_loop(void)
{
    begin();
    ev_check w = check_of("w"), other = check_of("o");
    ev_check_start(mine, &w);
    ev_check_start(wrong, &other); /* with the same index */
    ev_check_stop(wrong, &w);
    assert_true(ev_is_active(&w) && ev_is_active(&other));
    ev_check_stop(wrong, &other);
    assert_goes_on(EV_CHECK, &w, -1);
    ev_check_stop(mine, &w);
    end();
}

static void test_wrong_loop_check_goes_on(void** state)
{
    /* R1.28: one that is not in this loop's array leaves it as it is. */
    (void)state;
    made_twice(hook_in_wrong_loop);
}

static void idle_in_wrong_loop(void)
{
    begin();
    ev_idle w = idle_of("w");
    ev_idle_start(mine, &w);
    ev_idle_stop(wrong, &w);
    assert_true(ev_is_active(&w));
    assert_goes_on(EV_IDLE, &w, -1);
    ev_idle_stop(mine, &w);
    end();
}

static void test_wrong_loop_idle_goes_on(void** state)
{
    /* R1.79: an idle watcher is stopped in its own loop only. */
    (void)state;
    made_twice(idle_in_wrong_loop);
}

static void async_in_wrong_loop(void)
{
    begin();
    ev_async w;
    ev_async_init(&w, (void (*)(EV_P_ ev_async*, int))note_io);
    w.data = (void*)"w";
    ev_async_start(mine, &w);
    ev_async_stop(wrong, &w);
    assert_true(ev_is_active(&w));
    ev_async_send(mine, &w);
    assert_goes_on(EV_ASYNC, &w, -1);
    ev_async_stop(mine, &w);
    end();
}

static void test_wrong_loop_async_goes_on(void** state)
{
    /* R2.66: an async watcher is stopped in its own loop only. */
    (void)state;
    made_twice(async_in_wrong_loop);
}

static void stat_in_wrong_loop(void)
{
    begin();
    ev_stat w;
    ev_stat_init(&w, (void (*)(EV_P_ ev_stat*, int))note_io, "/", 0.);
    w.data = (void*)"w";
    ev_stat_start(mine, &w);
    ev_stat_stop(wrong, &w);
    assert_true(ev_is_active(&w));
    ev_feed_event(mine, &w, EV_STAT);
    assert_goes_on(EV_STAT, &w, -1);
    ev_stat_stop(mine, &w);
    end();
}

static void test_wrong_loop_stat_goes_on(void** state)
{
    /* R2.60: a stat watcher is stopped in its own loop only. */
    (void)state;
    made_twice(stat_in_wrong_loop);
}

static void pending_in_wrong_loop(void)
{
    begin();
    ev_timer w = timer_of("w", 0, 0);
    ev_feed_event(mine, &w, EV_CUSTOM);
    assert_int_equal(ev_clear_pending(wrong, &w), 0);
    ev_timer_stop(wrong, &w);
    assert_true(ev_is_pending(&w));
    ev_verify(mine);
    ev_feed_event(mine, &w, EV_CUSTOM);
    assert_int_equal(ev_pending_count(mine), 1);
    ev_timer_stop(mine, &w);
    memset(&w, 0xee, sizeof w); /* it is the caller's again */
    end();
}

static void test_wrong_loop_pending_stays_queued_once(void** state)
{
    /* R1.35: an event pending in one loop cannot be canceled in another, and
     * a stop in the right one leaves nothing of it behind. */
    (void)state;
    made_twice(pending_in_wrong_loop);
}

static void timer_pending_in_wrong_loop(void)
{
    begin();
    ev_timer w = timer_of("w", 10, 0);
    ev_timer_start(mine, &w);
    ev_feed_event(wrong, &w, EV_CUSTOM);
    ev_timer_stop(mine, &w);
    assert_true(!ev_is_active(&w) && ev_is_pending(&w));
    turn_leaves(wrong, 0);
    assert_calls("w");
    end();
}

static void test_wrong_loop_pending_timer_stops_at_home(void** state)
{
    /* R1.35: an event pending in another loop does not keep a timer active. */
    (void)state;
    made_twice(timer_pending_in_wrong_loop);
}

static const Test tests[] = {
    OURS(test_wrong_loop_io_goes_on),
    OURS(test_wrong_loop_timer_goes_on),
    OURS(test_wrong_loop_periodic_goes_on),
    OURS(test_wrong_loop_signal_goes_on),
    OURS(test_wrong_loop_child_is_refused),
    OURS(test_wrong_loop_check_goes_on),
    OURS(test_wrong_loop_idle_goes_on),
    OURS(test_wrong_loop_async_goes_on),
    OURS(test_wrong_loop_stat_goes_on),
    OURS(test_wrong_loop_pending_stays_queued_once),
    OURS(test_wrong_loop_pending_timer_stops_at_home),
};

HARNESS_MAIN("mistakes_wrong_loop", tests)
