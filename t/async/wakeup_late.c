/* A wake-up that comes when the loop has found nothing to do, but does not
 * wait yet: it is reading the clock. */
#define _GNU_SOURCE
#include "calls.h"
#include "kernel.h"

static double ahead;             /* of the true time, by seconds */
static void (*clock_step)(void); /* done once, when the loop reads the clock */

int clock_gettime(clockid_t id, struct timespec* ts)
{
    if (clock_step && id == CLOCK_MONOTONIC) {
        void (*step)(void) = clock_step;
        clock_step = NULL;
        step();
    }
    struct timespec now = {0, 0};
    int result = kernel_clock_gettime(id, &now);
    if (id == CLOCK_MONOTONIC || id == CLOCK_REALTIME)
        now.tv_sec += (time_t)ahead;
    *ts = now;
    return result;
}

static struct ev_loop* loop;
static ev_async async;

static void begin(void)
{
    ahead = 0;
    loop = loop_fresh(0);
    ev_async_init(&async, note_async);
    async.data = (void*)"a";
    ev_async_start(loop, &async);
    turn(loop);
}

static void end(ev_timer* w)
{
    ev_async_stop(loop, &async);
    ev_timer_stop(loop, w);
    assert_int_equal(turn(loop), 0);
    ev_loop_destroy(loop);
}

static void send(void) { ev_async_send(loop, &async); }

static void test_wakeup_before_the_wait_ends_it(void** state)
{
    /* R2.63: a send keeps the loop from blocking, also then. */
    ev_timer w = timer_of("t", 1., 0.); /* if it is lost */
    (void)state;

    begin();
    ev_timer_start(loop, &w);
    clock_step = send;
    ev_run(loop, EVRUN_ONCE);
    assert_null(clock_step);
    assert_calls("a");
    end(&w);
}

static void move_on(void) { ahead += 2; }

static void send_and_move_on(void)
{
    send();
    clock_step = move_on;
}

static void test_wakeup_while_a_timer_is_put_off_is_served(void** state)
{
    /* R1.65: nor does a timer that was put off, and whose old time comes just
     * then, make a second wait of it. */
    ev_timer w = timer_of("t", 9., 9.);
    (void)state;

    begin();
    ev_timer_start(loop, &w);
    ahead += 8;
    ev_now_update(loop);
    ev_timer_again(loop, &w);
    unsigned iterations = ev_iteration(loop);
    clock_step = send_and_move_on;
    ev_run(loop, EVRUN_ONCE);
    assert_null(clock_step);
    assert_calls("a");
    assert_int_equal(ev_iteration(loop), iterations + 1);
    end(&w);
}

static void move_on_later(void) { clock_step = move_on; }

static void test_wakeup_for_a_periodic_is_not_for_a_timer(void** state)
{
    /* R1.15: the wait ends with what is due; a timer that was put off, and
     * whose old time comes just then, does not lengthen it. */
    ev_timer w = timer_of("t", 9., 9.);
    ev_periodic due = periodic_of("p", 1., 0.);
    (void)state;

    begin();
    ev_timer_start(loop, &w);
    ahead += 8;
    ev_now_update(loop);
    ev_timer_again(loop, &w);
    ev_periodic_start(loop, &due);
    clock_step = move_on_later;
    ev_run(loop, EVRUN_ONCE);
    assert_calls("p");
    end(&w);
}

static const Test tests[] = {
    EACH(test_wakeup_before_the_wait_ends_it),
    EACH(test_wakeup_for_a_periodic_is_not_for_a_timer),
    EACH(test_wakeup_while_a_timer_is_put_off_is_served),
};

HARNESS_MAIN("wakeup_late", tests)
