/* relev_prepare and relev_backend_fd: how long another library's loop may wait,
 * and what wakes it. */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>

#include "clock.h"
#include "foreign_help.h"

static const double grain = (double)clock_grain / clock_ns;

static void test_foreign_wait_is_until_the_next_timer(void** state)
{
    /* 2.5: as long as ev_run would wait, however old the loop's time is. */
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    ev_timer a = timer_of("a", 5, 0), b = timer_of("b", 9, 4);
    ev_periodic p = periodic_of("p", ev_now(loop) + 2, 0);
    (void)state;

    assert_true(relev_prepare(loop) == 60);
    ev_timer_start(loop, &a), ev_timer_start(loop, &b);
    assert_true(relev_prepare(loop) == 5);
    clock_advance(1);
    assert_true(relev_prepare(loop) == 4);
    ev_timer_stop(loop, &a);
    ev_timer_again(loop, &b);
    ev_now_update(loop);
    ev_timer_again(loop, &b); /* put off */
    assert_true(relev_prepare(loop) == 4);
    ev_periodic_start(loop, &p);
    assert_true(relev_prepare(loop) == 1);
    clock_advance(1);
    assert_true(relev_prepare(loop) == 0);
    clock_advance(grain);
    assert_true(relev_prepare(loop) == 0);
    assert_calls("");
    turn(loop);
    assert_calls("p");
    ev_set_timeout_collect_interval(loop, 70);
    assert_true(relev_prepare(loop) == 70);
    ev_timer_stop(loop, &b);
    ev_loop_destroy(loop);
    clock_thaw();
}

static void test_foreign_wait_is_0_if_there_is_work(void** state)
{
    /* 2.5: an event is pending, an async is sent, an idle is active. A loop
     * without references is no reason: then nothing wakes it. */
    struct ev_loop* loop = loop_fresh(0);
    ev_idle idle = idle_of("i");
    ev_timer t = timer_of("t", 100, 0);
    ev_async async;
    (void)state;

    ev_async_init(&async, note_async);
    async.data = (void*)(uintptr_t) "s";
    ev_async_start(loop, &async);
    ev_unref(loop);
    assert_true(relev_prepare(loop) > 0);
    ev_feed_event(loop, &t, EV_TIMER);
    assert_true(relev_prepare(loop) == 0);
    assert_calls("");
    turn(loop);
    assert_calls("t");
    assert_true(relev_prepare(loop) > 0);
    ev_idle_start(loop, &idle);
    assert_true(relev_prepare(loop) == 0);
    ev_idle_stop(loop, &idle);
    turn(loop); /* from here on senders need not write */
    ev_async_send(loop, &async);
    assert_true(relev_prepare(loop) == 0);
    turn(loop);
    assert_calls("s");
    assert_true(relev_prepare(loop) > 0);
    ev_ref(loop);
    ev_async_stop(loop, &async);
    ev_loop_destroy(loop);
}

static void test_foreign_descriptor_is_that_of_the_backend(void** state)
{
    /* 2.5: readable when a watched descriptor is, also for EV_WRITE, which
     * epoll puts off otherwise; other backends have none. */
    struct ev_loop* loop = loop_fresh(0);
    int p[2];
    Io in, out;
    (void)state;

    errno = 0;
    assert_int_equal(relev_backend_fd(NULL), -1);
    assert_int_equal(errno, EINVAL);
    int fd = relev_backend_fd(loop);
    assert_int_equal(fd >= 0, has_fd());
    if (fd < 0) assert_int_equal(errno, ENOTSUP);
    pipe_open(p);
    io_on(loop, &in, p[0], EV_READ);
    assert_true(relev_prepare(loop) > 0);
    if (fd >= 0) assert_false(wakes(loop));
    byte_put(p[1]);
    if (fd >= 0) assert_true(wakes(loop));
    turn(loop);
    assert_took(&in, EV_READ);
    bytes_drain(p[0]);
    io_on(loop, &out, p[1], EV_WRITE);
    assert_true(relev_prepare(loop) > 0);
    if (fd >= 0) assert_true(wakes(loop));
    turn(loop);
    assert_took(&out, EV_WRITE);
    io_off(loop, &out);
    assert_true(relev_prepare(loop) > 0);
    assert_woken(loop); /* by an event that nobody wants, once */
    io_off(loop, &in);
    ev_loop_destroy(loop);
    both_close(p);
}

static void test_foreign_regular_file_is_always_ready(void** state)
{
    /* 2.5: it is not in the epoll set, so the wait is 0. */
    struct ev_loop* loop = loop_fresh(0);
    int fd = regular_open();
    Io io;
    (void)state;

    io_on(loop, &io, fd, EV_READ);
    if (has_fd()) assert_true(relev_prepare(loop) == 0);
    turn(loop);
    assert_took(&io, EV_READ);
    if (has_fd()) assert_true(relev_prepare(loop) == 0);
    io_off(loop, &io);
    turn(loop);
    assert_true(relev_prepare(loop) > 0);
    ev_loop_destroy(loop);
    close(fd);
}

static void* sends(void* async)
{
    ev_async* w = (ev_async*)async;
    ev_async_send((struct ev_loop*)w->data, w);
    return NULL;
}

static void on_signal(struct ev_loop* loop, ev_signal* w, int revents)
{
    (void)loop, (void)w, (void)revents;
    ++woken;
}

static void test_foreign_wait_ends_for_asyncs_and_signals(void** state)
{
    /* 2.5: after relev_prepare, notifiers write. */
    struct ev_loop* loop = loop_fresh(0);
    ev_async async;
    ev_signal usr1;
    pthread_t thread;
    (void)state;

    woken = 0;
    ev_async_init(&async, on_async);
    async.data = loop;
    ev_async_start(loop, &async);
    ev_signal_init(&usr1, on_signal, SIGUSR1);
    ev_signal_start(loop, &usr1);
    for (int i = 0; i < 3; ++i) {
        assert_true(relev_prepare(loop) > 0);
        assert_int_equal(pthread_create(&thread, NULL, sends, &async), 0);
        assert_int_equal(pthread_join(thread, NULL), 0);
        assert_woken(loop);
        assert_int_equal(woken, 2 * i + 1);
        raise(SIGUSR1);
        assert_woken(loop);
        assert_int_equal(woken, 2 * i + 2);
    }
    ev_signal_stop(loop, &usr1);
    ev_async_stop(loop, &async);
    ev_loop_destroy(loop);
}

static void test_foreign_prepare_calls_prepare_watchers(void** state)
{
    /* 2.5: what they start is in the epoll set, as before a wait of ev_run. */
    struct ev_loop* loop = loop_fresh(0);
    int p[2];
    ev_prepare prepare;
    (void)state;

    leaves = 0;
    pipe_open(p);
    prepared_fd = p[0];
    prepare_init(&prepare, "p", on_prepare);
    ev_prepare_start(loop, &prepare);
    assert_true(relev_prepare(loop) > 0);
    assert_calls("p");
    byte_put(p[1]);
    if (has_fd()) assert_true(wakes(loop));
    turn(loop);
    assert_calls("p");
    assert_took(&prepared, EV_READ);
    io_off(loop, &prepared);
    ev_prepare_stop(loop, &prepare);
    ev_loop_destroy(loop);
    both_close(p);
}

static const Test tests[] = {
    EACH(test_foreign_wait_is_until_the_next_timer),
    EACH(test_foreign_wait_is_0_if_there_is_work),
    EACH(test_foreign_descriptor_is_that_of_the_backend),
    EACH(test_foreign_regular_file_is_always_ready),
    EACH(test_foreign_wait_ends_for_asyncs_and_signals),
    EACH(test_foreign_prepare_calls_prepare_watchers),
};

HARNESS_MAIN("relev_foreign", tests)
