/* What the error callback may do: anything but destroy the loop. */

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <unistd.h>

#include "kinds.h"
#include "mistakes_help.h"

static struct ev_loop* loop;
static Any any[3];
static const Kind* kind_now;
static int acts; /* how often the callback acted */

static void begin(const Kind* kind)
{
    loop = loop_default(0);
    kinds_open();
    calls_clear();
    kind_now = kind;
    for (int i = 0; i < 3; ++i) kind_init(kind, &any[i]);
}

static void end(void)
{
    ev_loop_destroy(loop);
    kinds_close();
    signal(SIGCHLD, SIG_DFL);
}

static void stop_it(struct ev_loop* l, const struct relev_error* error, void* w)
{
    (void)error;
    ++acts;
    ev_verify(l);
    kind_now->stop(l, w);
    ev_verify(l);
}

static void start_it(struct ev_loop* l, const struct relev_error* error,
                     void* w)
{
    (void)error;
    ++acts;
    kind_now->start(l, w);
    ev_verify(l);
}

static void run_it(struct ev_loop* l, const struct relev_error* error, void* w)
{
    (void)error, (void)w;
    ++acts;
    ev_run(l, EVRUN_NOWAIT);
    ev_verify(l);
}

/* Starts one again and again, until its old entries are dropped, which is
 * reported. */
static void mistake_of(const Kind* kind, relev_error_cb* act, int which)
{
    int before = acts;
    begin(kind);
    relev_set_error_cb(NULL, act, &any[which]);
    for (int i = 0; i < 3; ++i) kind->start(loop, &any[i]);
    for (int i = 0; i < 100 && acts == before; ++i) {
        kind_init(kind, &any[1]);
        kind->start(loop, &any[1]);
    }
    ev_verify(loop);
    relev_set_error_cb(NULL, NULL, NULL);
    for (int i = 0; i < 3; ++i) kind->stop(loop, &any[i]);
    turn(loop);
    end();
}

/* Timers and periodics are dropped only when they are due. */
static void each_mistake(relev_error_cb* act, int which)
{
    for (int k = 0; k < kinds_count; ++k) {
        int type = kinds[k].type;
        if (type == EV_TIMER || type == EV_PERIODIC) continue;
        mistake_of(&kinds[k], act, which);
    }
}

static void test_error_callback_may_stop_and_start_and_run(void** state)
{
    /* 1.1: the callback may call any function of the library, also for the
     * same watcher; afterwards the loop is whole, and all can be stopped. */
    static relev_error_cb* const act[] = {stop_it, start_it, run_it};
    (void)state;

    for (size_t a = 0; a < 3; ++a)
        for (int which = 0; which < 2; ++which) {
            acts = 0;
            each_mistake(act[a], which);
            assert_true(acts >= kinds_count - 2);
        }
}

static jmp_buf away;

static void leave(struct ev_loop* l, const struct relev_error* error, void* w)
{
    (void)l, (void)error, (void)w;
    ++acts;
    longjmp(away, 1);
}

static void test_error_callback_may_be_left(void** state)
{
    /* R3.11: left by longjmp, the loop is whole, and what is reported then is
     * told. */
    struct ev_loop* l = loop_fresh(0);
    ev_timer w = timer_of("t", 0, -1);
    ev_io r = io_of("r", 1 << 20, EV_READ);
    (void)state;

    acts = 0;
    relev_set_error_cb(l, leave, NULL);
    for (int i = 0; i < 3; ++i)
        if (!setjmp(away)) ev_timer_start(l, &w);
    assert_int_equal(acts, 3);
    ev_io_start(l, &r);
    if (!setjmp(away)) turn(l);
    assert_int_equal(acts, 4);
    turn_leaves(l, 0);
    assert_calls("r");
    assert_int_equal(acts, 4);
    ev_loop_destroy(l);
}

/* Stops one whose priority was changed while it was pending, which is reported
 * when it has stopped. */
static void stop_reports(const Kind* kind, relev_error_cb* act)
{
    begin(kind);
    int before = turn(loop);
    relev_set_error_cb(loop, act, &any[0]);
    int stat = kind->type == EV_STAT;
    if (stat) ev_stat_set(&any[0].stat, "/none", 0.); /* polled */
    kind->start(loop, &any[0]);
    ev_feed_event(loop, &any[0].w, kind->type);
    ev_set_priority(&any[0].w, 1);
    if (!setjmp(away)) kind->stop(loop, &any[0]);
    relev_set_error_cb(loop, NULL, NULL);
    ev_verify(loop);
    kind->stop(loop, &any[0]);
    assert_false(stat && ev_is_active(&any[0].stat.timer));
    assert_int_equal(turn(loop), before);
    ev_verify(loop);
    end();
}

static void test_error_callback_of_a_stop_may_leave_and_start(void** state)
{
    /* R4.3: left by longjmp, or starting the watcher again, it leaves the loop
     * whole: that counts what is active. */
    (void)state;

    for (int k = 0; k < kinds_count; ++k) {
        int type = kinds[k].type;
        int later = type == EV_IO || type == EV_TIMER || type == EV_PERIODIC;
        acts = 0;
        stop_reports(&kinds[k], leave);
        stop_reports(&kinds[k], start_it);
        assert_int_equal(later, !acts);
    }
}

static int inside, mistakes; /* in the callback, and how many it makes */
static int runs;             /* the loop, and makes one at a time */

static void mistake_again(struct ev_loop* l, const struct relev_error* error,
                          void* w)
{
    (void)error;
    assert_int_equal(inside, 0);
    ++inside;
    if (++acts < mistakes) {
        if (runs) ev_run(l, EVRUN_NOWAIT);
        ev_timer_start(l, w);
        if (!runs) ev_timer_start(l, w);
    }
    --inside;
}

static struct ev_loop* mistaken;
static ev_timer mistake_timer;

static void syserr_again(const char* what) EV_NOEXCEPT
{
    (void)what;
    mistake_again(mistaken, NULL, &mistake_timer);
}

static void test_error_callback_may_make_mistakes(void** state)
{
    /* 1.1: a mistake in the callback is told, too. Issue 19 B16: when the
     * callback has ended, so that it may try again many times. */
    struct ev_loop* l = loop_fresh(0);
    ev_timer w = timer_of("t", 0, -1);
    (void)state;

    for (runs = 0; runs < 2; ++runs) {
        acts = inside = 0, mistakes = runs ? 1000 : 100000;
        relev_set_error_cb(l, mistake_again, &w);
        ev_timer_start(l, &w);
        assert_true(acts >= mistakes);
    }
    ev_loop_destroy(l);
}

static void test_syserr_callback_may_make_mistakes(void** state)
{
    /* Issue 19 B16: the same without an error callback. */
    (void)state;
    mistaken = loop_fresh(0);
    mistake_timer = timer_of("t", 0, -1);
    acts = inside = runs = 0, mistakes = 100000;
    ev_set_syserr_cb(syserr_again);
    ev_timer_start(mistaken, &mistake_timer);
    assert_true(acts >= mistakes);
    ev_set_syserr_cb(NULL);
    ev_loop_destroy(mistaken);
}

static pthread_t called_in;
static struct ev_loop* called_of;

static void note_thread(struct ev_loop* l, const struct relev_error* error,
                        void* data)
{
    (void)error, (void)data;
    ++acts;
    called_in = pthread_self();
    called_of = l;
}

static void* feed_a_bad_signal(void* arg)
{
    (void)arg;
    ev_feed_signal(-1);
    return NULL;
}

static void test_error_callback_runs_in_the_thread_of_the_mistake(void** state)
{
    /* Issue 19 B17: also if that is none that uses a loop. */
    pthread_t thread;
    (void)state;

    acts = 0;
    relev_set_error_cb(NULL, note_thread, NULL);
    assert_int_equal(pthread_create(&thread, NULL, feed_a_bad_signal, NULL), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    relev_set_error_cb(NULL, NULL, NULL);
    assert_int_equal(acts, 1);
    assert_true(pthread_equal(called_in, thread));
    assert_null(called_of);
}

static void test_error_of_the_last_iteration_is_told_at_the_end(void** state)
{
    /* 1.1: what was found and not dispatched is told when the loop is
     * destroyed. */
    struct ev_loop* l = loop_fresh(0);
    ev_timer t = timer_of("t", -1, 0);
    (void)state;

    errors_begin();
    ev_feed_event(l, &t, EV_TIMER);
    ev_set_priority(&t, 1);
    ev_clear_pending(l, &t);
    ev_loop_destroy(l);
    told_fault(PRIORITY, 0, &t, -1);
    no_faults();
    errors_end();
}

static const Test tests[] = {
    EACH(test_error_callback_may_stop_and_start_and_run),
    EACH(test_error_callback_may_be_left),
    EACH(test_error_callback_of_a_stop_may_leave_and_start),
    EACH(test_error_callback_may_make_mistakes),
    EACH(test_syserr_callback_may_make_mistakes),
    ONCE(test_error_callback_runs_in_the_thread_of_the_mistake),
    EACH(test_error_of_the_last_iteration_is_told_at_the_end),
};

HARNESS_MAIN("relev_error_act", tests)
