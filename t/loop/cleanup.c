/* ev_cleanup and what ev_loop_destroy does with the watchers. */

#include <sys/mman.h>
#include <unistd.h>

#include "calls.h"
#include "clock.h"

static void test_cleanup_is_called_on_destruction(void** state)
{
    /* R1.83: all cleanup watchers are queued and called in one pass, the
     * latest started first, by priority. */
    struct ev_loop* loop = loop_fresh(0);
    ev_cleanup a = cleanup_of("a"), b = cleanup_of("b"), c = cleanup_of("c");
    ev_cleanup high = cleanup_of("h"), stopped = cleanup_of("s");
    (void)state;

    ev_set_priority(&high, 1);
    ev_cleanup_start(loop, &stopped);
    ev_cleanup_start(loop, &high);
    ev_cleanup_start(loop, &a);
    ev_cleanup_start(loop, &b);
    ev_cleanup_start(loop, &c);
    ev_cleanup_stop(loop, &stopped); /* c takes its place */
    assert_int_equal(turn(loop), 0);
    assert_calls("");
    ev_loop_destroy(loop);
    assert_calls("hbac");
    assert_int_equal(calls_revents, EV_CLEANUP);
}

static void test_cleanup_pass_delivers_other_events(void** state)
{
    /* R1.83: other events pending at that time are delivered in this pass. */
    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    ev_cleanup a = cleanup_of("a");
    ev_timer fed = timer_of("f", 5, 0), high = timer_of("h", 5, 0);
    (void)state;

    ev_set_priority(&high, 2);
    ev_cleanup_start(loop, &a);
    ev_timer_start(loop, &high);
    ev_feed_event(loop, &fed, EV_CUSTOM);
    ev_feed_event(loop, &high, EV_CUSTOM);
    ev_loop_destroy(loop);
    assert_calls("haf");
}

static void test_cleanup_absent_drops_other_events(void** state)
{
    /* R1.83: without any cleanup watcher there is no pass and they are
     * dropped. */
    struct ev_loop* loop = loop_fresh(0);
    ev_timer fed = timer_of("f", 5, 0);
    (void)state;

    ev_feed_event(loop, &fed, EV_CUSTOM);
    ev_loop_destroy(loop);
    assert_calls("");
}

static void note_pass(EV_P)
{
    calls_note("(", 0);
    ev_invoke_pending(EV_A);
    calls_note(")", 0);
}

static void test_cleanup_pass_goes_through_the_invoke_callback(void** state)
{
    /* R1.83: through the invoke-pending callback; no pass without cleanup. */
    struct ev_loop* loop = loop_fresh(0);
    ev_cleanup a = cleanup_of("a");
    (void)state;

    ev_cleanup_start(loop, &a);
    ev_set_invoke_pending_cb(loop, note_pass);
    ev_loop_destroy(loop);
    assert_calls("(a)");

    loop = loop_new(0);
    ev_set_invoke_pending_cb(loop, note_pass);
    ev_loop_destroy(loop);
    assert_calls("");
}

static ev_timer timer;
static ev_io io;

static void use_loop(EV_P_ ev_cleanup* w, int revents)
{
    note_cleanup(EV_A_ w, revents);
    assert_int_equal(ev_backend(EV_A), backend);
    assert_true(ev_is_active(&timer));
    clock_advance(1);
    ev_now_update(EV_A);
    assert_true(ev_timer_remaining(EV_A_ & timer) == 4);
    ev_timer_stop(EV_A_ & timer);
    ev_timer_set(&timer, -1, 0);
    ev_timer_start(EV_A_ & timer);
    turn(EV_A);
    ev_io_stop(EV_A_ & io);
    ev_feed_event(EV_A_ & timer, EV_TIMER);
}

static void test_cleanup_may_use_the_loop(void** state)
{
    /* R1.83: nothing is freed yet, callbacks may still use the loop. */
    int fds[2];
    (void)state;

    clock_freeze();
    struct ev_loop* loop = loop_fresh(0);
    ev_cleanup a = cleanup_of("a");
    assert_int_equal(pipe(fds), 0);
    io = io_of("i", fds[1], EV_WRITE);
    timer = timer_of("t", 5, 0);
    ev_set_cb(&a, use_loop);
    ev_cleanup_start(loop, &a);
    ev_io_start(loop, &io);
    ev_timer_start(loop, &timer);
    ev_loop_destroy(loop);
    assert_calls("atit");
    close(fds[0]), close(fds[1]);
}

/* Watchers in a page of their own, which can be taken away from them. */
typedef struct Page {
    ev_io io, again;
    ev_timer timer, repeating;
    ev_periodic periodic;
    ev_prepare prepare;
    ev_check check;
    ev_idle idle;
    ev_fork fork;
    ev_async async;
} Page;

static void on_async(EV_P_ ev_async* w, int revents)
{
    (void)EV_A, (void)w, (void)revents;
}

static void page_start(struct ev_loop* loop, Page* p, int fd)
{
    p->io = io_of("i", fd, EV_WRITE);
    p->again = io_of("j", fd, EV_READ);
    p->timer = timer_of("t", 0.25, 0);
    p->repeating = timer_of("r", 0.25, 0.5);
    p->periodic = periodic_of("p", 0, 0.25);
    p->prepare = prepare_of("a");
    p->check = check_of("c");
    p->idle = idle_of("d");
    p->fork = fork_of("f");
    ev_async_init(&p->async, on_async);
    ev_io_start(loop, &p->io);
    ev_io_start(loop, &p->again);
    ev_timer_start(loop, &p->timer);
    ev_timer_start(loop, &p->repeating);
    ev_periodic_start(loop, &p->periodic);
    ev_prepare_start(loop, &p->prepare);
    ev_check_start(loop, &p->check);
    ev_idle_start(loop, &p->idle);
    ev_fork_start(loop, &p->fork);
    ev_async_start(loop, &p->async);
}

static void assert_page_orphaned(const Page* p)
{
    assert_true(ev_is_active(&p->io) && ev_is_active(&p->again));
    assert_true(ev_is_active(&p->timer) && ev_is_active(&p->repeating));
    assert_true(ev_is_active(&p->periodic) && ev_is_active(&p->async));
    assert_true(ev_is_active(&p->prepare) && ev_is_active(&p->check));
    assert_true(ev_is_active(&p->idle) && ev_is_active(&p->fork));
}

static void destroy_with_watchers(int gone, int with_cleanup)
{
    int fds[2];
    Page* p = mmap(NULL, sizeof *p, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct ev_loop* loop = loop_fresh(0);
    ev_cleanup cleanup = cleanup_of("x");

    assert_true(p != MAP_FAILED);
    assert_int_equal(pipe(fds), 0);
    if (with_cleanup) ev_cleanup_start(loop, &cleanup);
    page_start(loop, p, fds[1]);
    turn(loop);
    calls_clear();
    if (gone) assert_int_equal(mprotect(p, sizeof *p, PROT_NONE), 0);
    ev_loop_destroy(loop); /* a touch now is a segmentation fault */
    assert_calls(with_cleanup ? "x" : "");
    if (!gone) assert_page_orphaned(p);
    munmap(p, sizeof *p);
    close(fds[0]), close(fds[1]);
}

static void test_cleanup_leaves_other_watchers_active(void** state)
{
    /* R1.83: other watchers are neither stopped nor touched. */
    (void)state;
    clock_freeze();
    destroy_with_watchers(0, 0);
    destroy_with_watchers(0, 1);
}

static void test_cleanup_of_a_loop_whose_watchers_are_gone(void** state)
{
    /* R1.83: their memory may be gone already. */
    (void)state;
    clock_freeze();
    destroy_with_watchers(1, 0);
    destroy_with_watchers(1, 1);
}

static const Test tests[] = {
    EACH(test_cleanup_is_called_on_destruction),
    EACH(test_cleanup_pass_delivers_other_events),
    EACH(test_cleanup_absent_drops_other_events),
    EACH(test_cleanup_pass_goes_through_the_invoke_callback),
    EACH(test_cleanup_may_use_the_loop),
    EACH(test_cleanup_leaves_other_watchers_active),
    CORRUPTS(test_cleanup_of_a_loop_whose_watchers_are_gone),
};

HARNESS_MAIN("cleanup", tests)
