/* What only kqueue does, on the stand-in (stand_in.c): the facts of
 * backends/kqueue.hh, each as the systems differ in it. $KQUEUE selects the
 * system.
 */
#define _GNU_SOURCE 1
#include <sys/stat.h>

#include "drive.h"
#include "fds.h"
#include "relev.h"

/* An iteration in which the watcher receives exactly that. */
static void assert_takes(struct ev_loop* loop, Io* io, int revents)
{
    io->calls = io->revents = 0;
    turn(loop);
    assert_took(io, revents);
}

static void test_kqueue_is_in_all_sets_and_chosen(void** state)
{
    /* R2.20, R2.22: also by LIBEV_FLAGS. */
    (void)state;
    assert_true(ev_supported_backends() & EVBACKEND_KQUEUE);
    assert_true(ev_recommended_backends() & EVBACKEND_KQUEUE);
    assert_true(ev_embeddable_backends() & EVBACKEND_KQUEUE);
    setenv("LIBEV_FLAGS", "8", 1);
    struct ev_loop* loop = ev_loop_new(EVBACKEND_SELECT);
    unsetenv("LIBEV_FLAGS");
    assert_int_equal(ev_backend(loop), EVBACKEND_KQUEUE);
    ev_loop_destroy(loop);
}

static void test_kqueue_pipe_without_readers_is_writable(void** state)
{
    /* Fact 7: whatever the system says of it, a write would fail at once. */
    struct ev_loop* loop = loop_new(0);
    Io w;
    int p[2];
    (void)state;

    pipe_open(p);
    close(p[0]);
    io_on(loop, &w, p[1], EV_WRITE);
    for (int i = 0; i < 3; ++i) {
        turn(loop);
        assert_took(&w, EV_WRITE);
    }
    assert_true(run_once(loop)); /* at once, though nothing else is ready */
    assert_took(&w, EV_WRITE);
    io_off(loop, &w);
    assert_int_equal(ev_run(loop, EVRUN_NOWAIT), 0);
    assert_took(&w, 0);
    ev_loop_destroy(loop);
    close(p[1]);
}

static char order[8];

static void on_first(struct ev_loop* loop, ev_io* w, int revents)
{
    (void)loop, (void)w;
    strcat(order, revents & EV_READ ? "r" : "w");
}

static void test_kqueue_pipe_without_readers_keeps_the_order(void** state)
{
    /* Facts 4 and 7: of the events of one fd, one is an error of its change.
     * Its watchers are called in their order, and each of them once. */
    struct ev_loop* loop = loop_new(0);
    int p[2], mask[] = {EV_READ, EV_WRITE, EV_READ, EV_WRITE};
    ev_io w[4];
    (void)state;

    pipe_open(p);
    close(p[0]);
    for (int i = 0; i < 4; ++i) {
        ev_io_init(&w[i], on_first, p[1], mask[i]);
        ev_io_start(loop, &w[i]);
    }
    for (int i = 0; i < 3; ++i) {
        order[0] = 0;
        turn(loop);
        assert_string_equal(order, "rwrw");
    }
    ev_loop_destroy(loop);
    close(p[1]);
}

static void test_kqueue_fifo_that_gets_a_reader_is_full_again(void** state)
{
    /* Fact 7: it is registered again each time, so the loop sees the reader,
     * and that there is no room. */
    char path[] = "/tmp/kqueue.XXXXXX", some[4096] = "";
    struct ev_loop* loop = loop_new(0);
    Io w;
    (void)state;

    assert_true(mkdtemp(path) && !rmdir(path) && !mkfifo(path, 0600));
    int in = open(path, O_RDONLY | O_NONBLOCK);
    int out = open(path, O_WRONLY | O_NONBLOCK);
    close(in);
    io_on(loop, &w, out, EV_WRITE);
    assert_takes(loop, &w, EV_WRITE);
    assert_takes(loop, &w, EV_WRITE);
    in = open(path, O_RDONLY | O_NONBLOCK);
    turn(loop), turn(loop);
    while (write(out, some, sizeof some) > 0) {}
    turn(loop);
    assert_takes(loop, &w, 0);
    assert_takes(loop, &w, 0);
    ev_loop_destroy(loop);
    close(in), close(out), unlink(path);
}

static void test_kqueue_closed_before_the_wait_is_no_error(void** state)
{
    /* Fact 3: a change of an fd that was closed since. Its error is of an older
     * registration, and the new file of the number is watched. */
    struct ev_loop* loop = loop_new(0);
    Io w, other;
    int p[2], q[2];
    (void)state;

    pipe_open(p), pipe_open(q);
    io_on(loop, &other, q[0], EV_READ);
    io_on(loop, &w, p[0], EV_READ);
    relev_prepare(loop); /* registers */
    io_off(loop, &w);
    close(p[0]);
    turn(loop);
    assert_took(&w, 0);
    assert_int_equal(dup2(q[0], p[0]), p[0]);
    io_on(loop, &w, p[0], EV_READ);
    byte_put(q[1]);
    turn(loop);
    assert_took(&w, EV_READ);
    assert_took(&other, EV_READ);
    ev_loop_destroy(loop);
    close(p[0]), close(p[1]), both_close(q);
}

static const Test tests[] = {
    EACH(test_kqueue_is_in_all_sets_and_chosen),
    EACH(test_kqueue_pipe_without_readers_is_writable),
    EACH(test_kqueue_pipe_without_readers_keeps_the_order),
    EACH(test_kqueue_fifo_that_gets_a_reader_is_full_again),
    EACH(test_kqueue_closed_before_the_wait_is_no_error),
};

HARNESS_MAIN("kqueue_facts", tests)
