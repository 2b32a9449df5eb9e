/* What only kqueue does, on the stand-in (stand_in.c): the facts of
 * backends/kqueue.hh, each as the systems differ in it. $KQUEUE selects the
 * system.
 */
#define _GNU_SOURCE 1
#include <sys/stat.h>

#include "drive.h"
#include "fds.h"
#include "relev.h"

static int says(const char* word)
{
    const char* words = getenv("KQUEUE");
    return words && strstr(words, word);
}

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

static void test_kqueue_many_refused_changes_hide_no_event(void** state)
{
    /* Fact 2: more errors than the array of events first has room for, and an
     * event: all in one iteration. */
    enum { many = 300 };
    struct ev_loop* loop = loop_new(0);
    static Io io[many];
    Io reader;
    int p[many][2], q[2];
    (void)state;

    pipe_open(q);
    byte_put(q[1]);
    for (int i = 0; i < many; ++i) {
        pipe_open(p[i]);
        close(p[i][0]);
        io_on(loop, &io[i], p[i][1], EV_WRITE);
    }
    io_on(loop, &reader, q[0], EV_READ);
    turn(loop);
    for (int i = 0; i < many; ++i) assert_took(&io[i], EV_WRITE);
    assert_took(&reader, EV_READ);
    ev_loop_destroy(loop);
    for (int i = 0; i < many; ++i) close(p[i][1]);
    both_close(q);
}

static void test_kqueue_device_is_ready_or_an_error(void** state)
{
    /* A device that cannot wait is always ready, as poll(2) says; one that the
     * kernel refuses for another reason is an error. */
    struct ev_loop* loop = loop_new(0);
    int fd = open("/dev/null", O_RDWR), both = EV_READ | EV_WRITE;
    Io w;
    (void)state;

    io_on(loop, &w, fd, both);
    turn(loop);
    assert_took(&w, says("einval") ? both | EV_ERROR : both);
    assert_int_equal(ev_is_active(&w.w), !says("einval"));
    turn(loop);
    assert_took(&w, says("einval") ? 0 : both);
    ev_loop_destroy(loop);
    close(fd);
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

static struct ev_loop* the_loop;
static Io the_io;

static void stop_and_start(struct ev_loop* loop) EV_NOEXCEPT
{
    ev_io_stop(loop, &the_io.w);
    ev_io_start(loop, &the_io.w);
}

static void ignore_hook(struct ev_loop* loop) EV_NOEXCEPT { (void)loop; }

static void test_kqueue_changed_while_released_is_not_lost(void** state)
{
    /* An fd is changed between the wait and the error of its change. */
    int p[2];
    (void)state;

    the_loop = loop_new(0);
    pipe_open(p);
    close(p[0]);
    io_on(the_loop, &the_io, p[1], EV_WRITE);
    ev_set_loop_release_cb(the_loop, ignore_hook, stop_and_start);
    turn(the_loop);
    ev_set_loop_release_cb(the_loop, NULL, NULL);
    turn(the_loop);
    assert_takes(the_loop, &the_io, EV_WRITE);
    ev_loop_destroy(the_loop);
    close(p[1]);
}

static int instead;

static void replace_file(struct ev_loop* loop) EV_NOEXCEPT
{
    ev_io_stop(loop, &the_io.w);
    assert_int_equal(dup2(instead, the_io.w.fd), the_io.w.fd);
    ev_io_set(&the_io.w, the_io.w.fd, EV_READ);
    ev_io_start(loop, &the_io.w);
}

static void test_kqueue_replaced_while_released_is_watched(void** state)
{
    /* The error of the old file's registration is none of the new file. */
    int p[2], fd = open("/dev/null", O_RDONLY);
    (void)state;

    the_loop = loop_new(0);
    pipe_open(p);
    byte_put(p[1]);
    instead = p[0];
    io_on(the_loop, &the_io, fd, EV_READ);
    ev_set_loop_release_cb(the_loop, ignore_hook, replace_file);
    turn(the_loop);
    ev_set_loop_release_cb(the_loop, NULL, NULL);
    assert_took(&the_io, 0);
    assert_takes(the_loop, &the_io, EV_READ);
    ev_loop_destroy(the_loop);
    both_close(p);
    close(fd);
}

static void test_kqueue_refused_and_stopped_is_quiet(void** state)
{
    /* An outer loop waits, so the change is made at once, and its error is left
     * for the next wait. Nobody wants it any more by then. */
    struct ev_loop* loop = loop_new(0);
    Io w;
    int p[2];
    (void)state;

    pipe_open(p);
    close(p[0]);
    relev_prepare(loop);
    io_on(loop, &w, p[1], EV_WRITE);
    int accepted = says("accept") != 0;
    assert_int_equal(relev_prepare(loop) > 0, accepted);
    io_off(loop, &w);
    turn(loop);
    assert_took(&w, 0);
    io_on(loop, &w, p[1], EV_WRITE);
    relev_prepare(loop);
    turn(loop);
    assert_took(&w, EV_WRITE);
    ev_loop_destroy(loop);
    close(p[1]);
}

static void test_kqueue_refused_and_narrowed_goes_on(void** state)
{
    /* The same, and nobody wants to write any more: the fd can be read. */
    struct ev_loop* loop = loop_new(0);
    int p[2];
    Io w;
    (void)state;

    pipe_open(p);
    byte_put(p[1]);
    relev_prepare(loop);
    io_on(loop, &w, p[0], EV_READ | EV_WRITE);
    assert_int_equal(relev_prepare(loop) > 0, !says("einval"));
    ev_io_stop(loop, &w.w);
    ev_io_modify(&w.w, EV_READ);
    ev_io_start(loop, &w.w);
    assert_takes(loop, &w, EV_READ);
    assert_takes(loop, &w, EV_READ);
    ev_io_stop(loop, &w.w);
    ev_io_modify(&w.w, EV_READ | EV_WRITE);
    ev_io_start(loop, &w.w);
    w.calls = 0;
    turn(loop), turn(loop);
    assert_int_equal(ev_is_active(&w.w), !says("einval"));
    ev_loop_destroy(loop);
    both_close(p);
}

static const Test tests[] = {
    EACH(test_kqueue_is_in_all_sets_and_chosen),
    EACH(test_kqueue_pipe_without_readers_is_writable),
    EACH(test_kqueue_fifo_that_gets_a_reader_is_full_again),
    EACH(test_kqueue_many_refused_changes_hide_no_event),
    EACH(test_kqueue_device_is_ready_or_an_error),
    EACH(test_kqueue_closed_before_the_wait_is_no_error),
    EACH(test_kqueue_changed_while_released_is_not_lost),
    EACH(test_kqueue_refused_and_narrowed_goes_on),
    EACH(test_kqueue_replaced_while_released_is_watched),
    EACH(test_kqueue_refused_and_stopped_is_quiet),
};

HARNESS_MAIN("kqueue_facts", tests)
