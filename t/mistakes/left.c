/* The syserr callback left by longjmp while changed descriptors are told to the
 * kernel: the changes that were not told yet are told in the next iteration. */

#include <unistd.h>

#include "mistakes_help.h"

static jmp_buf back;

static void leave(const char* what)
{
    assert_true(what && *what);
    longjmp(back, 1);
}

static void turn_left(struct ev_loop* loop)
{
    ev_set_syserr_cb(leave);
    if (!setjmp(back)) {
        turn(loop);
        fail();
    }
    ev_set_syserr_cb(NULL);
}

/* A watcher that the loop reports when it tells its changes: refused, and then
 * initialized while active. */
static void test_left_while_changes_are_told_tells_the_rest(void** state)
{
    /* R3.11: a watcher that was started before is served. */
    int ends[2];
    (void)state;

    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], "x", 1), 1);
    struct ev_loop* loop = loop_fresh(0);
    ev_io bad = io_of("b", 1000000, EV_READ),
          good = io_of("g", ends[0], EV_READ);
    ev_io_start(loop, &bad);
    ev_io_start(loop, &good);
    bad = io_of("B", 1000000, EV_READ);
    turn_left(loop);
    calls_clear();
    turn(loop);
    turn(loop);
    assert_non_null(strchr(calls, 'g'));
    ev_io_stop(loop, &good);
    ev_loop_destroy(loop);
    close(ends[0]), close(ends[1]);
}

static const Test tests[] = {
    OURS(test_left_while_changes_are_told_tells_the_rest),
};

HARNESS_MAIN("mistakes_left", tests)
