/* What else happens in a loop with virtual time: descriptors, signals, threads,
 * forks, loops within callbacks.
 */

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>

#include "calls.h"
#include "fds.h"
#include "relev.h"

static const double start = 1e9, near = 1e-5;

static struct ev_loop* begin(unsigned flags)
{
    struct ev_loop* loop = relev_loop_new_virtual(backend | flags, start);
    assert_non_null(loop);
    return calls_clear(), loop;
}

static double passed(struct ev_loop* loop) { return ev_now(loop) - start; }

static int is_at(struct ev_loop* loop, double seconds)
{
    return passed(loop) >= seconds && passed(loop) < seconds + near;
}

/* Reads, and writes to the other end, until 100 bytes have come. */
static int ends[2], received;

static void on_byte(struct ev_loop* loop, ev_watcher* w, int revents)
{
    char byte;
    int fd = ((ev_io*)w)->fd;
    (void)revents;
    assert_int_equal(read(fd, &byte, 1), 1);
    if (++received == 100) return ev_break(loop, EVBREAK_ALL);
    assert_int_equal(write(fd, &byte, 1), 1);
}

static void test_virtual_descriptors_come_before_the_clock_moves(void** state)
{
    struct ev_loop* loop = begin(0);
    ev_io a, b;
    ev_timer t = timer_of("t", .001, 0);
    (void)state;

    pair_open(ends);
    io_init(&a, "a", on_byte, ends[0], EV_READ);
    io_init(&b, "b", on_byte, ends[1], EV_READ);
    ev_io_start(loop, &a), ev_io_start(loop, &b), ev_timer_start(loop, &t);
    received = 0;
    assert_int_equal(write(ends[0], "x", 1), 1);
    ev_run(loop, 0);
    assert_int_equal(received, 100);
    assert_true(ev_now(loop) == start);
    ev_run(loop, EVRUN_ONCE);
    assert_calls("t");
    close(ends[0]), close(ends[1]);
    ev_io_stop(loop, &a), ev_io_stop(loop, &b);
    ev_loop_destroy(loop);
}

static void* answer(void* loop)
{
    (void)loop;
    ev_sleep(.01);
    assert_int_equal(write(ends[1], "x", 1), 1);
    return NULL;
}

static void run_with_peer(struct ev_loop* loop)
{
    pthread_t thread;
    ev_io a = io_of("a", 0, EV_READ);
    pipe_open(ends);
    ev_io_set(&a, ends[0], EV_READ);
    ev_io_start(loop, &a);
    assert_false(pthread_create(&thread, NULL, answer, loop));
    while (!strchr(calls, 'a')) ev_run(loop, EVRUN_ONCE);
    pthread_join(thread, NULL);
    ev_io_stop(loop, &a);
    close(ends[0]), close(ends[1]);
}

static void test_virtual_loop_waits_for_others(void** state)
{
    /* If there is no timer it waits as any loop; with one, if it shall. */
    struct ev_loop* loop = begin(0);
    (void)state;

    run_with_peer(loop);
    assert_calls("a");
    assert_true(ev_now(loop) == start);
    assert_true(ev_iteration(loop) < 4);
    ev_loop_destroy(loop);

    loop = begin(RELEV_WAIT_FDS);
    ev_timer t = timer_of("t", 1e-6, 0);
    ev_timer_start(loop, &t);
    double began = monotonic();
    ev_run(loop, EVRUN_ONCE); /* nobody to wait for */
    assert_calls("t");
    ev_timer_set(&t, 1000, 0);
    ev_timer_start(loop, &t);
    run_with_peer(loop);
    assert_calls("a");
    assert_true(is_at(loop, 0));
    assert_true(monotonic() >= began + .01);
    ev_loop_destroy(loop);
}

static void test_virtual_wait_by_hand_ends(void** state)
{
    struct ev_loop* loop = begin(RELEV_MANUAL | RELEV_WAIT_FDS);
    (void)state;

    run_with_peer(loop);
    assert_calls("a");
    ev_loop_destroy(loop);
}

static ev_async async;

static void* send_later(void* loop)
{
    ev_sleep(.01);
    ev_async_send((struct ev_loop*)loop, &async);
    return NULL;
}

static void test_virtual_signals_and_asyncs_come(void** state)
{
    struct ev_loop* loop = begin(0);
    pthread_t thread;
    ev_signal s;
    (void)state;

    ev_signal_init(&s, note_signal, SIGUSR1);
    s.data = "s";
    ev_async_init(&async, note_async);
    async.data = "y";
    ev_signal_start(loop, &s), ev_async_start(loop, &async);
    ev_timer t = timer_of("t", 60, 0);
    ev_timer_start(loop, &t);
    raise(SIGUSR1), ev_async_send(loop, &async);
    while (strlen(calls) < 2) ev_run(loop, EVRUN_ONCE);
    assert_true(strchr(calls, 's') && strchr(calls, 'y'));
    assert_true(ev_now(loop) == start);
    calls_clear();
    ev_run(loop, EVRUN_ONCE);
    assert_calls("t");

    assert_false(pthread_create(&thread, NULL, send_later, loop));
    while (!*calls) ev_run(loop, EVRUN_ONCE);
    pthread_join(thread, NULL);
    assert_calls("y");
    assert_true(is_at(loop, 60));
    ev_signal_stop(loop, &s), ev_async_stop(loop, &async);
    ev_loop_destroy(loop);
}

static void reap(struct ev_loop* loop, ev_watcher* w, int revents)
{
    int status = 0;
    if (waitpid(*(pid_t*)w->data, &status, WNOHANG) <= 0) return;
    assert_int_equal(WEXITSTATUS(status), 60);
    calls_note("r", revents);
    ev_break(loop, EVBREAK_ALL);
}

static void test_virtual_child_has_its_own_clock(void** state)
{
    /* From the fork on; its end is a signal that a loop without timers awaits,
     * in real time. */
    struct ev_loop* loop = begin(0);
    ev_timer t = timer_of("t", 30, 30);
    ev_signal s;
    pid_t pid;
    (void)state;

    ev_signal_init(&s, note_signal, SIGCHLD);
    named(&s, (const char*)&pid, reap);
    ev_signal_start(loop, &s);
    ev_timer_start(loop, &t);
    fflush(NULL);
    pid = fork();
    if (!pid) {
        ev_loop_fork(loop);
        for (int i = 0; i < 2; ++i) ev_run(loop, EVRUN_ONCE);
        _exit(is_at(loop, 60) ? 60 : 1);
    }
    ev_timer_stop(loop, &t);
    ev_run(loop, 0);
    assert_calls("r");
    assert_true(is_at(loop, 0));
    ev_signal_stop(loop, &s);
    ev_loop_destroy(loop);
}

static jmp_buf away;

static void leave(struct ev_loop* loop, ev_watcher* w, int revents)
{
    note(loop, w, revents);
    longjmp(away, 1);
}

static void nest(struct ev_loop* loop, ev_watcher* w, int revents)
{
    note(loop, w, revents);
    ev_run(loop, EVRUN_ONCE);
    calls_add("/");
}

static void test_virtual_time_goes_on_in_a_nested_run(void** state)
{
    /* And after a callback there that longjmp has left. */
    struct ev_loop* loop = begin(0);
    ev_timer a, b, c;
    (void)state;

    timer_init(&a, "a", nest, 10, 100);
    timer_init(&b, "b", note, 20, 100);
    timer_init(&c, "c", leave, 115, 0);
    ev_timer_start(loop, &a), ev_timer_start(loop, &b);
    ev_timer_start(loop, &c);
    ev_run(loop, EVRUN_ONCE);
    assert_calls("ab/");
    assert_true(is_at(loop, 20));
    if (!setjmp(away)) ev_run(loop, 0), fail();
    assert_calls("ac");
    assert_true(is_at(loop, 115));
    ev_run(loop, EVRUN_ONCE);
    assert_calls("b");
    ev_timer_stop(loop, &a);
    ev_run(loop, EVRUN_ONCE);
    assert_calls("b");
    assert_true(is_at(loop, 220));
    ev_loop_destroy(loop);
}

static void test_virtual_clock_stands_still_while_idle(void** state)
{
    struct ev_loop* loop = begin(0);
    ev_idle idle = idle_of("i");
    ev_timer t = timer_of("t", 1, 0);
    (void)state;

    ev_idle_start(loop, &idle), ev_timer_start(loop, &t);
    for (int i = 0; i < 5; ++i) ev_run(loop, EVRUN_ONCE);
    assert_calls("iiiii");
    ev_idle_stop(loop, &idle);
    ev_run(loop, 0);
    assert_calls("t");
    ev_loop_destroy(loop);
}

static void start_again(struct ev_loop* loop, ev_watcher* w, int revents)
{
    assert_int_equal(revents, EV_READ | EV_WRITE | EV_ERROR);
    ev_io_start(loop, (ev_io*)w);
}

static void test_virtual_time_passes_over_errors(void** state)
{
    /* A watcher that epoll or kqueue refuses, and that is started again and
     * again: the loop pauses for a hundredth of a second. Others report it as
     * ready. */
    struct ev_loop* loop = begin(0);
    ev_timer t = timer_of("t", 1, 0);
    ev_io bad;
    (void)state;

    pipe_open(ends);
    close(ends[0]), close(ends[1]);
    io_init(&bad, "x", start_again, ends[0], EV_READ);
    ev_io_start(loop, &bad), ev_timer_start(loop, &t);
    for (int i = 0; i < 99; ++i) ev_run(loop, EVRUN_ONCE);
    assert_calls("");
    for (int i = 0; i < 3; ++i) ev_run(loop, EVRUN_ONCE);
    assert_calls(forgets_closed(backend) ? "t" : "");
    ev_io_stop(loop, &bad);
    ev_loop_destroy(loop);
}

static const Test tests[] = {
    EACH(test_virtual_descriptors_come_before_the_clock_moves),
    EACH(test_virtual_loop_waits_for_others),
    EACH(test_virtual_wait_by_hand_ends),
    EACH(test_virtual_signals_and_asyncs_come),
    EACH(test_virtual_child_has_its_own_clock),
    EACH(test_virtual_time_goes_on_in_a_nested_run),
    EACH(test_virtual_clock_stands_still_while_idle),
    EACH(test_virtual_time_passes_over_errors),
};

HARNESS_MAIN("relev_virtual_threads", tests)
