/* relev_progress_read, where the loop's thread is stopped in the middle of
 * writing it: in its signal handlers, and in forked children. And callbacks
 * that run the loop. */

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "calls.h"

static struct ev_loop* loop;
static volatile sig_atomic_t reads, failures;
static atomic_int ended;

static int read_now(struct relev_progress* p)
{
    return relev_progress_read(loop, p, sizeof *p);
}

static void nothing(struct ev_loop* l, ev_timer* w, int revents)
{
    (void)l, (void)w, (void)revents;
}

static void begin(ev_timer* w)
{
    loop = loop_fresh(0);
    relev_metrics_enable(loop, 2);
    ev_timer_init(w, nothing, 0., 1e-9);
    ev_timer_start(loop, w);
    atomic_store(&ended, 0);
}

/* Does it belong together? */
static int whole(void)
{
    struct relev_progress p;
    if (read_now(&p)) return 0;
    if (p.state != RELEV_CALLING) return !p.callback && !p.type;
    return p.callback == (const void*)nothing && p.type == EV_TIMER;
}

enum { reads_wanted = 300 };

static void on_alarm(int signum)
{
    struct itimerval once = {{0, 0}, {0, 20}};
    int error = errno;
    (void)signum;
    failures += !whole();
    once.it_value.tv_usec += reads * 7 % 50;
    if (++reads < reads_wanted) setitimer(ITIMER_REAL, &once, NULL);
    errno = error;
}

static void test_progress_is_readable_in_a_signal_handler(void** state)
{
    /* Issue 19 B1: of the loop's own thread, at any instruction. */
    ev_timer w;
    (void)state;

    begin(&w);
    reads = failures = 0;
    signal(SIGALRM, on_alarm);
    raise(SIGALRM);
    while (reads < reads_wanted) ev_run(loop, EVRUN_NOWAIT);
    assert_int_equal(failures, 0);
    signal(SIGALRM, SIG_DFL);
    ev_loop_destroy(loop);
}

static void* fork_and_read(void* failed)
{
    for (int i = 0; i < 100; ++i) {
        int status = -1;
        pid_t pid = fork();
        if (!pid) {
            signal(SIGALRM, SIG_DFL), alarm(60); /* if it reads for ever */
            _exit(!whole());
        }
        *(int*)failed += pid < 0 || waitpid(pid, &status, 0) != pid || status;
    }
    atomic_store(&ended, 1);
    return NULL;
}

static void test_progress_is_readable_in_a_forked_child(void** state)
{
    /* Issue 19 B1: whose parent's loop was anywhere in another thread. */
    int failed = 0;
    pthread_t thread;
    ev_timer w;
    (void)state;

    begin(&w);
    assert_int_equal(pthread_create(&thread, NULL, fork_and_read, &failed), 0);
    while (!atomic_load(&ended)) ev_run(loop, EVRUN_NOWAIT);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(failed, 0);
    ev_loop_destroy(loop);
}

static ev_timer inner;

/* Runs the loop in one way, with a callback and without. */
static void run_inside(struct ev_loop* l, ev_timer* w, int revents)
{
    struct relev_progress before, p;
    void (*run)(struct ev_loop*) = (void (*)(struct ev_loop*))w->data;
    (void)revents;

    assert_int_equal(read_now(&before), 0);
    assert_int_equal(before.state, RELEV_CALLING);
    for (int i = 0; i < 2; ++i) {
        ev_timer_init(&inner, nothing, 0., 0.);
        if (!i) ev_feed_event(l, &inner, EV_TIMER);
        run(l);
        assert_int_equal(read_now(&p), 0);
        assert_int_equal(p.state, RELEV_CALLING);
        assert_int_equal(p.type, EV_TIMER);
        assert_ptr_equal(p.callback, (const void*)run_inside);
        assert_true(p.since == before.since);
    }
}

static void run_nested(struct ev_loop* l) { ev_run(l, EVRUN_NOWAIT); }

static void test_progress_names_the_outer_callback_again(void** state)
{
    /* Issue 19 B15: it goes on after an inner ev_run, or ev_invoke_pending. */
    void (*run[])(struct ev_loop*) = {run_nested, ev_invoke_pending};
    struct relev_progress p;
    ev_timer w;
    (void)state;

    for (int i = 0; i < 2; ++i) {
        begin(&w);
        ev_timer_stop(loop, &w);
        ev_timer_init(&w, run_inside, 0., 0.);
        w.data = (void*)run[i];
        ev_timer_start(loop, &w);
        ev_run(loop, EVRUN_ONCE);
        assert_int_equal(read_now(&p), 0);
        assert_int_equal(p.state, RELEV_BETWEEN);
        assert_null(p.callback);
        ev_loop_destroy(loop);
    }
}

static jmp_buf away;

static void leave(struct ev_loop* l, ev_timer* w, int revents)
{
    (void)l, (void)w, (void)revents;
    longjmp(away, 1);
}

static void test_progress_forgets_a_callback_that_was_left(void** state)
{
    /* Issue 19 B15: by longjmp, at the latest when the next one is called. */
    struct relev_progress p;
    ev_timer w;
    (void)state;

    begin(&w);
    ev_timer_stop(loop, &w);
    ev_timer_init(&w, leave, 0., 0.);
    ev_timer_start(loop, &w);
    if (!setjmp(away)) ev_run(loop, EVRUN_ONCE);
    assert_int_equal(read_now(&p), 0);
    assert_int_equal(p.state, RELEV_CALLING);
    ev_timer_init(&w, nothing, 0., 0.);
    ev_timer_start(loop, &w);
    ev_run(loop, EVRUN_ONCE);
    assert_int_equal(read_now(&p), 0);
    assert_int_equal(p.state, RELEV_BETWEEN);
    ev_loop_destroy(loop);
}

static const Test tests[] = {
    EACH(test_progress_is_readable_in_a_signal_handler),
    EACH(test_progress_is_readable_in_a_forked_child),
    EACH(test_progress_names_the_outer_callback_again),
    EACH(test_progress_forgets_a_callback_that_was_left),
};

HARNESS_MAIN("relev_progress_anywhere", tests)
