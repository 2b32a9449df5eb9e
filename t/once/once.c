/* ev_once: an fd or a timeout, whichever comes first, and nothing to keep. */

#include <sys/socket.h>
#include <unistd.h>

#include "calls.h"
#include "clock.h"

static const double grain = (double)clock_grain / clock_ns;

static struct ev_loop* loop;
static int fds[2];

static void note_once(int revents, void* arg) { calls_note(arg, revents); }

static void open_all(void)
{
    clock_freeze();
    loop = loop_fresh(0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    calls_revents = 0;
}

static void close_all(void)
{
    close(fds[0]), close(fds[1]);
    ev_loop_destroy(loop);
}

static void test_once_timeout_alone(void** state)
{
    /* R1.87: a negative fd means no fd; one call with EV_TIMER and the
     * argument. */
    (void)state;
    open_all();
    ev_once(loop, -1, 0, 0.25, note_once, "o");
    assert_int_equal(turn(loop), 1);
    clock_advance(0.25);
    assert_int_equal(turn(loop), 1);
    assert_calls("");
    clock_advance(grain);
    assert_int_equal(turn(loop), 0);
    assert_calls("o");
    assert_int_equal(calls_revents, EV_TIMER);
    turn(loop);
    assert_calls("");
    close_all();
}

static void test_once_timeout_of_zero_is_valid(void** state)
{
    /* R1.87: timeout 0 is valid: due as soon as the clock has moved. */
    (void)state;
    open_all();
    ev_once(loop, fds[0], EV_READ, 0, note_once, "o");
    assert_int_equal(turn(loop), 2);
    clock_advance(grain);
    assert_int_equal(turn(loop), 0);
    assert_calls("o");
    assert_int_equal(calls_revents, EV_TIMER);
    close_all();
}

static void test_once_fd_alone(void** state)
{
    /* R1.87: a negative timeout means no timer; one call with the fd bits. */
    (void)state;
    open_all();
    ev_once(loop, fds[0], EV_READ, -1, note_once, "o");
    clock_advance(1000);
    assert_int_equal(turn(loop), 1);
    assert_calls("");
    assert_int_equal(write(fds[1], "x", 1), 1);
    assert_int_equal(turn(loop), 0);
    assert_calls("o");
    assert_int_equal(calls_revents, EV_READ);
    turn(loop);
    assert_calls("");

    ev_once(loop, fds[0], EV_READ | EV_WRITE, -1, note_once, "b");
    turn(loop);
    assert_calls("b");
    assert_int_equal(calls_revents, EV_READ | EV_WRITE);
    close_all();
}

static void test_once_fd_first_takes_the_timer_away(void** state)
{
    /* R1.87: both hold references until one happens, then none is left. */
    (void)state;
    open_all();
    ev_once(loop, fds[0], EV_READ, 0.5, note_once, "o");
    assert_int_equal(turn(loop), 2);
    assert_int_equal(write(fds[1], "x", 1), 1);
    assert_int_equal(turn(loop), 0);
    assert_calls("o");
    assert_int_equal(calls_revents, EV_READ);
    clock_advance(1);
    turn(loop);
    assert_calls("");
    close_all();
}

static void test_once_timeout_first_takes_the_fd_away(void** state)
{
    /* R1.87: likewise. */
    (void)state;
    open_all();
    ev_once(loop, fds[0], EV_READ, 0.5, note_once, "o");
    clock_advance(1);
    assert_int_equal(turn(loop), 0);
    assert_calls("o");
    assert_int_equal(calls_revents, EV_TIMER);
    assert_int_equal(write(fds[1], "x", 1), 1);
    turn(loop);
    assert_calls("");
    close_all();
}

static void test_once_fd_and_timeout_together(void** state)
{
    /* R1.88: if both happen in one iteration, one call with both bits. */
    (void)state;
    open_all();
    ev_once(loop, fds[0], EV_READ, 0.25, note_once, "o");
    assert_int_equal(write(fds[1], "x", 1), 1);
    clock_advance(1);
    assert_int_equal(turn(loop), 0);
    assert_calls("o");
    assert_int_equal(calls_revents, EV_READ | EV_TIMER);
    turn(loop);
    assert_calls("");
    close_all();
}

static int references;

static void count_references(int revents, void* arg)
{
    note_once(revents, arg);
    references = ev_run(loop, EVRUN_NOWAIT);
}

static void test_once_is_over_before_the_call(void** state)
{
    /* R1.87: both internal watchers are stopped before the call. */
    (void)state;
    open_all();
    assert_int_equal(write(fds[1], "x", 1), 1);
    ev_once(loop, fds[0], EV_READ, 7, count_references, "o");
    references = -1;
    assert_int_equal(turn(loop), 0);
    assert_calls("o");
    assert_int_equal(references, 0);
    close_all();
}

static void once_more(int revents, void* arg)
{
    note_once(revents, arg);
    ev_once(loop, fds[0], EV_READ, -1, note_once, "m");
}

static void test_once_may_be_called_in_its_callback(void** state)
{
    /* R1.87: one call each; a new one is independent of the old. */
    (void)state;
    open_all();
    assert_int_equal(write(fds[1], "x", 1), 1);
    ev_once(loop, fds[0], EV_READ, -1, once_more, "o");
    assert_int_equal(turn(loop), 1);
    assert_calls("o");
    assert_int_equal(turn(loop), 0);
    assert_calls("m");
    close_all();
}

static const Test tests[] = {
    EACH(test_once_timeout_alone),
    EACH(test_once_timeout_of_zero_is_valid),
    EACH(test_once_fd_alone),
    EACH(test_once_fd_first_takes_the_timer_away),
    EACH(test_once_timeout_first_takes_the_fd_away),
    EACH(test_once_fd_and_timeout_together),
    EACH(test_once_is_over_before_the_call),
    EACH(test_once_may_be_called_in_its_callback),
};

HARNESS_MAIN("once", tests)
