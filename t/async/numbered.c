/* ev_async: a file of the program has the number of the wake-up channel, which
 * the program closed.
 */
#include "fds.h"

static void ignore_async(struct ev_loop* loop, ev_async* w, int revents)
{
    (void)loop, (void)w, (void)revents;
}

static void test_async_number_of_the_channel_is_polled_for_others(void** state)
{
    /* R2.9: a pass that does not wait asks for the program's file, too. */
    struct ev_loop* loop = loop_new(0);
    ev_async async;
    Io reader;
    int p[2], q[2];

    (void)state;
    pipe_open(q);
    pipe_open(p);
    io_on(loop, &reader, p[0], EV_READ);
    close(p[0]);
    ev_async_init(&async, ignore_async);
    ev_async_start(loop, &async);
    assert_true(fcntl(p[0], F_GETFD) >= 0); /* the channel has that number */
    turn(loop);

    assert_int_equal(dup2(q[0], p[0]), p[0]);
    io_off(loop, &reader);
    ev_io_set(&reader.w, p[0], EV_READ);
    ev_io_start(loop, &reader.w);
    ev_run(loop, EVRUN_NOWAIT);
    reader.calls = 0;
    byte_put(q[1]);
    ev_run(loop, EVRUN_NOWAIT);
    assert_true(reader.calls);
    ev_loop_destroy(loop);
    close(p[1]);
    both_close(q);
}

static const Test tests[] = {
    EACH(test_async_number_of_the_channel_is_polled_for_others),
};

HARNESS_MAIN("async_numbered", tests)
