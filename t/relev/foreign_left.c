/* relev_prepare is left, or no ev_run follows, or another process goes on; and
 * what else sees the wait of another library's loop. */
#define _GNU_SOURCE
#include "foreign_help.h"
#include "forked.h"

static void test_foreign_prepare_can_be_left(void** state)
{
    /* 2.5, CORE2 2: by a longjmp out of a callback. The other callback is
     * called, and nothing is lost. */
    struct ev_loop* loop = loop_fresh(0);
    int p[2];
    Io io;
    ev_prepare first = prepare_of("f"), last;
    (void)state;

    pipe_open(p);
    prepared_fd = p[1];
    prepare_init(&last, "l", on_prepare);
    ev_prepare_start(loop, &first);
    ev_prepare_start(loop, &last);
    io_on(loop, &io, p[0], EV_READ);
    byte_put(p[1]);
    leaves = 1;
    if (!setjmp(away)) {
        relev_prepare(loop);
        fail();
    }
    assert_calls("l");
    ev_prepare_stop(loop, &last);
    assert_true(relev_prepare(loop) == 0);
    turn(loop);
    assert_calls("ff");
    assert_took(&io, EV_READ);
    ev_verify(loop);
    ev_prepare_stop(loop, &first);
    io_off(loop, &io);
    ev_loop_destroy(loop);
    both_close(p);
}

static void test_foreign_prepare_without_a_run_loses_nothing(void** state)
{
    /* 2.5: the wait is not made, or ev_run waits itself. */
    struct ev_loop* loop = loop_fresh(0);
    int p[2];
    Io in, out;
    ev_timer t = timer_of("t", 0, 0);
    ev_async async;
    (void)state;

    ev_async_init(&async, note_async);
    async.data = (void*)(uintptr_t) "s";
    ev_async_start(loop, &async);
    pipe_open(p);
    for (int i = 0; i < 3; ++i) assert_true(relev_prepare(loop) > 0);
    ev_async_send(loop, &async);
    io_on(loop, &in, p[0], EV_READ); /* a start before the wait, an error */
    io_on(loop, &out, p[1], EV_WRITE);
    byte_put(p[1]);
    ev_timer_start(loop, &t);
    assert_true(run_once(loop));
    ev_verify(loop);
    while (ev_is_active(&t)) assert_true(run_once(loop));
    assert_int_equal(strspn(calls, "st"), 2);
    assert_string_equal(calls + 2, "");
    assert_true(in.calls && out.calls);
    assert_int_equal(in.revents | out.revents, EV_READ | EV_WRITE);
    io_off(loop, &in), io_off(loop, &out);
    ev_async_stop(loop, &async);
    calls_clear();
    ev_loop_destroy(loop);
    both_close(p);
}

typedef struct Child {
    struct ev_loop* loop;
    ev_async* async;
    Io* io;
    int fd;
} Child;

/* The first wait is 0, then the loop has a set of its own. */
static void child(void* arg)
{
    Child* c = (Child*)arg;
    c->io->calls = 0;
    child_check(relev_prepare(c->loop) == 0);
    turn(c->loop);
    child_check(relev_prepare(c->loop) > 0);
    child_check(c->io->calls == 1);
    ev_async_send(c->loop, c->async);
    child_check(!has_fd() || wakes(c->loop));
    turn(c->loop);
    child_check(woken == 1);
}

static void test_foreign_prepare_in_a_child(void** state)
{
    /* 2.5: nothing of the parent's is changed, and the child has its own. */
    static const unsigned flags[] = {0, EVFLAG_FORKCHECK};
    int p[2];
    Io io;
    ev_async async;
    (void)state;

    for (int i = !fork_clears_pages(); i < 2; ++i) {
        struct ev_loop* loop = loop_fresh(flags[i]);
        Child c = {loop, &async, &io, 0};
        woken = 0;
        pipe_open(p);
        io_on(loop, &io, p[0], EV_READ);
        ev_async_init(&async, on_async);
        ev_async_start(loop, &async);
        assert_true(relev_prepare(loop) > 0);
        byte_put(p[1]);
        assert_child_passes(child_fork(child, &c));
        if (has_fd()) assert_true(wakes(loop));
        turn(loop);
        assert_took(&io, EV_READ);
        assert_int_equal(woken, 0);
        bytes_drain(p[0]);
        assert_true(relev_prepare(loop) > 0);
        ev_async_send(loop, &async);
        assert_woken(loop);
        assert_int_equal(woken, 1);
        io_off(loop, &io);
        ev_async_stop(loop, &async);
        ev_loop_destroy(loop);
        both_close(p);
    }
}

static int errors;

static void on_error(struct ev_loop* loop, const struct relev_error* error,
                     void* data)
{
    (void)loop, (void)error, (void)data;
    ++errors;
}

static void test_foreign_wait_does_not_delay_errors(void** state)
{
    /* 2.5: EV_ERROR and its report are delivered by ev_run, at once. */
    struct ev_loop* loop = loop_fresh(0);
    int p[2];
    Io io;
    (void)state;

    errors = 0;
    relev_set_error_cb(loop, on_error, NULL);
    pipe_open(p);
    both_close(p);
    io_on(loop, &io, p[0], EV_READ);
    for (int i = 0; i < 2 && !io.calls; ++i) {
        relev_prepare(loop);
        turn(loop);
    }
    assert_took(&io, EV_ERROR | EV_READ | EV_WRITE);
    assert_int_equal(errors, 1);
    while (relev_prepare(loop) <= .01) turn(loop);
    ev_loop_destroy(loop);
}

static void test_foreign_wait_is_short_without_a_new_set(void** state)
{
    /* 2.5: the epoll set has to be replaced, and no descriptor is free: the
     * next waits try again, as those of ev_run. */
    struct ev_loop* loop = loop_fresh(0);
    int p[2];
    Io io;
    (void)state;

    pipe_open(p);
    io_on(loop, &io, p[0], EV_READ);
    assert_true(relev_prepare(loop) > .01);
    int copy = dup(p[0]);
    io_off(loop, &io);
    byte_put(p[1]);
    close(p[0]);
    int set = relev_backend_fd(loop);
    rlim_t was = fds_limit((rlim_t)(has_fd() ? set : copy));
    turn(loop);
    ev_tstamp wait = relev_prepare(loop);
    fds_limit(was);
    if (backend == EVBACKEND_EPOLL) assert_true(wait > 0 && wait <= .01);
    turn(loop);
    assert_true(relev_prepare(loop) > .01);
    if (has_fd()) assert_false(wakes(loop));
    ev_loop_destroy(loop);
    close(p[1]), close(copy);
}

static void test_foreign_wait_shows_in_progress(void** state)
{
    /* 2.5, 1.4: a watchdog sees a loop that waits, not one that hangs. */
    struct ev_loop* loop = loop_fresh(0);
    struct relev_progress progress;
    ev_timer t = timer_of("t", 0, 0);
    (void)state;

    relev_metrics_enable(loop, 2);
    ev_timer_start(loop, &t);
    while (ev_is_active(&t)) turn(loop);
    assert_int_equal(relev_progress_read(loop, &progress, sizeof progress), 0);
    assert_int_equal(progress.state, RELEV_BETWEEN);
    assert_true(relev_prepare(loop) > 0);
    assert_int_equal(relev_progress_read(loop, &progress, sizeof progress), 0);
    assert_int_equal(progress.state, RELEV_WAITING);
    calls_clear();
    ev_loop_destroy(loop);
}

static void test_foreign_time_is_virtual(void** state)
{
    /* 2.4, 2.5: the wait is in the loop's time, which the test moves on. */
    struct ev_loop* loop = relev_loop_new_virtual(backend | RELEV_MANUAL, 1e9);
    ev_timer t = timer_of("t", 3600, 0);
    (void)state;

    calls_clear();
    ev_timer_start(loop, &t);
    for (int i = 0; i < 100 && ev_is_active(&t); ++i) {
        assert_int_equal(relev_virtual_advance(loop, relev_prepare(loop)), 0);
        turn(loop);
    }
    assert_calls("t");
    assert_true(ev_now(loop) >= 1e9 + 3600 && ev_now(loop) < 1e9 + 3601);
    ev_loop_destroy(loop);
}

static const Test tests[] = {
    EACH(test_foreign_prepare_can_be_left),
    EACH(test_foreign_prepare_without_a_run_loses_nothing),
    EACH(test_foreign_prepare_in_a_child),
    EACH(test_foreign_wait_does_not_delay_errors),
    EACH(test_foreign_wait_is_short_without_a_new_set),
    EACH(test_foreign_wait_shows_in_progress),
    EACH(test_foreign_time_is_virtual),
};

HARNESS_MAIN("relev_foreign_left", tests)
