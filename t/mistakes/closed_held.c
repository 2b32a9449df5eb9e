/* The program closed the wake-up channel. Before the loop's own error event is
 * dispatched, the loop is renewed.
 */
#include <unistd.h>

#include "mistakes_help.h"

static int held; /* the program dispatches nothing */

static void dispatch(EV_P)
{
    if (!held) ev_invoke_pending(EV_A);
}

static void closed_and_held(void)
{
    ev_async async;
    ev_io io;
    int p[2];
    struct ev_loop* loop = loop_fresh(0);
    int channel = dup(0); /* the lowest number that is free */

    close(channel);
    ev_async_init(&async, note_async);
    ev_async_start(loop, &async);
    assert_int_equal(pipe(p), 0);
    ev_io_init(&io, note_io, p[0], EV_READ);
    ev_io_start(loop, &io);
    turn(loop);

    ev_set_invoke_pending_cb(loop, dispatch);
    close(channel);
    held = 1;
    turn(loop);
    ev_loop_fork(loop);
    turn(loop);
    held = 0;
    reports_forget();
    turn_leaves(loop, 2);
    assert_calls("");

    ev_async_stop(loop, &async);
    ev_io_stop(loop, &io);
    turn_leaves(loop, 0);
    ev_loop_destroy(loop);
    close(p[0]), close(p[1]);
}

static void test_mistake_closed_channel_costs_no_reference(void** state)
{
    /* R3.10: the loop recovers, and counts its watchers as before. 4.33
     * aborts. */
    (void)state;
    made_twice(closed_and_held);
}

static const Test tests[] = {
    OURS(test_mistake_closed_channel_costs_no_reference),
};

HARNESS_MAIN("closed_held", tests)
