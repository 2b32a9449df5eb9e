/* ev_io: what counts is whether an fd is open when its start is passed to the
 * kernel, not when ev_io_start is called. */
#define _GNU_SOURCE
#include <string.h>

#include "calls.h"
#include "fds.h"

enum { dead = EV_ERROR | EV_READ | EV_WRITE };

static struct ev_loop* loop;
static int p[2];
static int far; /* a number that is not open */
static rlim_t limit_before;

static void begin(void)
{
    limit_before = fds_limit(40100);
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    if (limit.rlim_cur < 10000) {
        print_message("# skipped: only %ld fds\n", (long)limit.rlim_cur);
        fds_limit(limit_before);
        skip();
    }
    far = (int)limit.rlim_cur - 100;
    close(far);
    loop = loop_new(0);
    pipe_open(p);
}

static void finish(void)
{
    ev_loop_destroy(loop);
    close(far);
    both_close(p);
    fds_limit(limit_before);
}

static void test_io_far_number_opened_after_start_is_read(void** state)
{
    /* R4.9, A9: beyond the table, and opened before the loop runs. */
    Io io;
    (void)state;
    begin();
    io_on(loop, &io, far, EV_READ);
    assert_true(ev_is_active(&io.w));
    assert_int_equal(dup2(p[0], far), far);
    turn(loop);
    assert_took(&io, 0);
    for (int i = 0; i < 3; ++i) {
        byte_put(p[1]);
        turn(loop);
        assert_took(&io, EV_READ);
        bytes_drain(far);
    }
    io_off(loop, &io);
    assert_int_equal(turn(loop), 0);
    ev_verify(loop);
    finish();
}

static void test_io_far_number_opened_after_several_starts_is_read(void** state)
{
    /* R4.9, A9: two watchers of it, started by callbacks of the last
     * iteration, one for each direction. */
    Io reader, writer;
    int s[2];
    (void)state;
    begin();
    pair_open(s);
    turn(loop);
    io_on(loop, &reader, far, EV_READ);
    io_on(loop, &writer, far, EV_WRITE);
    fd_renumber(s[0], far);
    byte_put(s[1]);
    for (int i = 0; i < 3; ++i) {
        turn(loop);
        assert_took(&reader, EV_READ);
        assert_took(&writer, EV_WRITE);
    }
    close(s[1]);
    finish();
}

static void test_io_far_number_opened_and_closed_again_is_dead(void** state)
{
    /* R4.9, R2.12: open when it is started, but not when the loop runs. */
    Io io;
    (void)state;
    begin();
    assert_int_equal(dup2(p[0], far), far);
    io_on(loop, &io, far, EV_READ);
    close(far);
    turn(loop), turn(loop);
    assert_took(&io, dead);
    assert_false(ev_is_active(&io.w));
    finish();
}

static void test_io_far_number_fed_before_it_is_open_is_called(void** state)
{
    /* R4.9, R2.15: an event that is fed finds the watcher. */
    Io io;
    (void)state;
    begin();
    io_on(loop, &io, far, EV_READ);
    ev_feed_fd_event(loop, far, EV_READ);
    assert_int_equal(ev_pending_count(loop), 1);
    assert_int_equal(dup2(p[0], far), far);
    turn(loop);
    assert_took(&io, EV_READ);
    assert_true(ev_is_active(&io.w));
    finish();
}

static void test_io_far_number_watchers_are_called_in_starting_order(
    void** state)
{
    /* R4.9: as those of an fd that is open when they are started. */
    ev_io w[3];
    (void)state;
    begin();
    calls_clear();
    for (int i = 0; i < 3; ++i) {
        w[i] = io_of(letter_of("abc"[i]), far, EV_READ);
        ev_io_start(loop, &w[i]);
    }
    assert_int_equal(dup2(p[0], far), far);
    byte_put(p[1]);
    turn(loop);
    assert_calls("abc");
    for (int i = 0; i < 3; ++i) ev_io_stop(loop, &w[i]);
    finish();
}

static const Test tests[] = {
    EACH(test_io_far_number_opened_after_start_is_read),
    EACH(test_io_far_number_opened_after_several_starts_is_read),
    OURS(test_io_far_number_opened_and_closed_again_is_dead),
    EACH(test_io_far_number_fed_before_it_is_open_is_called),
    EACH(test_io_far_number_watchers_are_called_in_starting_order),
};

HARNESS_MAIN("io_far", tests)
