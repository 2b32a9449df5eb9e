/* epoll: a wait with a limit costs more, also if something is ready. So the
 * loop asks without waiting first, while that mostly finds something.
 */
#define _GNU_SOURCE
#include "fds.h"
#include "spy.h"

enum { most = 10000 };

static struct ev_loop* loop;
static int p[2];
static Io io;
static int limited; /* waits that may block */

static void wait_note(void) { limited += spy_asked != 0; }

static void begin(void)
{
    loop = loop_new(0);
    pipe_open(p);
    io_on(loop, &io, p[0], EV_READ);
    turn(loop);
    spy_reset();
    limited = 0;
    spy_hook = wait_note;
}

static void finish(void)
{
    spy_hook = NULL;
    ev_loop_destroy(loop);
    both_close(p);
}

static void far_ignore(struct ev_loop* l, ev_timer* w, int revents)
{
    (void)l, (void)w, (void)revents;
}

static void test_epoll_that_always_finds_something_only_asks(void** state)
{
    /* R1.15, R2.3: what is ready is found in each iteration, with one system
     * call, and soon with none that has a limit. */
    (void)state;
    begin();
    byte_put(p[1]);
    for (int i = 0; i < 300; ++i) {
        int before = spy_waits, limited_before = limited;
        ev_run(loop, EVRUN_ONCE);
        assert_took(&io, EV_READ);
        assert_int_equal(spy_waits, before + 1);
        if (i >= 150) assert_int_equal(limited, limited_before);
    }
    finish();
}

static void test_epoll_that_always_blocks_hardly_asks(void** state)
{
    /* R1.15: a loop that has to wait each time makes few more system calls:
     * one for 63 waits in the long run. */
    ev_timer far;
    (void)state;
    begin();
    ev_timer_init(&far, far_ignore, 1e-5, 1e-5);
    ev_timer_start(loop, &far);
    int iterations = 640;
    for (int i = 0; i < iterations; ++i) ev_run(loop, EVRUN_ONCE);
    assert_true(spy_waits <= iterations + 6 + iterations / 63 + 1);
    assert_took(&io, 0);
    finish();
}

static void byte_comes_late(void)
{
    wait_note();
    if (spy_asked != 0) byte_put(p[1]);
}

static void test_epoll_that_asked_in_vain_still_waits(void** state)
{
    /* R1.15: an iteration of EVRUN_ONCE does not end because nothing was ready
     * when it asked. */
    (void)state;
    begin();
    spy_hook = byte_comes_late;
    for (int i = 0; i < 200; ++i) {
        int before = limited;
        ev_run(loop, EVRUN_ONCE);
        assert_took(&io, EV_READ);
        assert_int_equal(limited, before + 1);
        bytes_drain(p[0]);
    }
    finish();
}

static void test_epoll_that_was_idle_asks_again_when_busy(void** state)
{
    /* R1.15: however long it had to wait before, a loop that is busy again
     * comes to do without a limit. */
    (void)state;
    begin();
    spy_hook = byte_comes_late;
    for (int i = 0; i < most / 10; ++i) {
        ev_run(loop, EVRUN_ONCE);
        bytes_drain(p[0]);
    }
    spy_hook = wait_note;
    byte_put(p[1]);
    for (int i = 0; i < 150; ++i) ev_run(loop, EVRUN_ONCE);
    limited = 0;
    for (int i = 0; i < 100; ++i) ev_run(loop, EVRUN_ONCE);
    assert_int_equal(limited, 0);
    finish();
}

static void test_epoll_with_release_callbacks_waits_once(void** state)
{
    /* R1.43: they are called once each, around one system call. */
    (void)state;
    begin();
    ev_set_loop_release_cb(loop, ev_now_update, NULL);
    byte_put(p[1]);
    for (int i = 0; i < 100; ++i) {
        int before = limited;
        ev_run(loop, EVRUN_ONCE);
        assert_int_equal(limited, before + 1);
    }
    assert_int_equal(spy_waits, 100);
    finish();
}

static const Test tests[] = {
    OURS_ONCE(test_epoll_that_always_finds_something_only_asks),
    OURS_ONCE(test_epoll_that_always_blocks_hardly_asks),
    OURS_ONCE(test_epoll_that_asked_in_vain_still_waits),
    OURS_ONCE(test_epoll_that_was_idle_asks_again_when_busy),
    OURS_ONCE(test_epoll_with_release_callbacks_waits_once),
};

HARNESS_MAIN("backend_asks", tests)
