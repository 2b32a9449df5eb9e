/* Inactive watchers are stopped after their loop was destroyed, as destructors
 * of C++ programs do. */
#include <signal.h>

#include "calls.h"
#include "msan.h"

static ev_io io;
static ev_timer timer;
static ev_periodic periodic;
static ev_signal sig;
static ev_child child;
static ev_stat file;
static ev_idle idle;
static ev_prepare prepare;
static ev_check check;
static ev_embed embed;
static ev_fork forked;
static ev_cleanup cleanup;
static ev_async async;

#define KINDS(do_it)                                                          \
    do_it(io), do_it(timer), do_it(periodic), do_it(idle), do_it(prepare),    \
        do_it(check), do_it(fork), do_it(cleanup), do_it(async), do_it(stat), \
        do_it(signal), do_it(child), do_it(embed)

/* The name of a watcher of a kind, for KINDS. */
#define W_io io
#define W_timer timer
#define W_periodic periodic
#define W_idle idle
#define W_prepare prepare
#define W_check check
#define W_fork forked
#define W_cleanup cleanup
#define W_async async
#define W_stat file
#define W_signal sig
#define W_child child
#define W_embed embed

#define STOP(kind) ev_##kind##_stop(loop, &W_##kind)
#define INACTIVE(kind) assert_false(ev_is_active(&W_##kind))

static void set_all(void)
{
    io = io_of("i", 0, EV_READ);
    timer = timer_of("t", 100, 0);
    ev_periodic_init(&periodic, note_periodic, 0, 100, NULL);
    idle = idle_of("d");
    prepare = prepare_of("r");
    check = check_of("c");
    ev_init(&forked, NULL);
    ev_init(&cleanup, NULL);
    ev_init(&async, NULL);
    ev_init(&embed, NULL);
    ev_stat_init(&file, NULL, "/", 0.);
    ev_signal_init(&sig, NULL, SIGUSR1);
    ev_child_init(&child, NULL, 1, 0);
}

static void start_some(struct ev_loop* loop)
{
    ev_io_start(loop, &io);
    ev_timer_start(loop, &timer);
    ev_periodic_start(loop, &periodic);
    ev_idle_start(loop, &idle);
    ev_prepare_start(loop, &prepare);
    ev_check_start(loop, &check);
    ev_fork_start(loop, &forked);
    ev_cleanup_start(loop, &cleanup);
    ev_async_start(loop, &async);
    ev_stat_start(loop, &file);
    ev_signal_start(loop, &sig);
}

static void test_late_stop_of_what_was_never_started(void** state)
{
    /* R2.39: nothing happens, and nothing of the loop is read. */
    struct ev_loop* loop = loop_fresh(0);
    (void)state;
    set_all();
    ev_loop_destroy(loop);
    KINDS(STOP);
    KINDS(INACTIVE);
}

static void test_late_stop_of_what_was_stopped_before(void** state)
{
    /* R2.39: the same. */
    struct ev_loop* loop = loop_fresh(0);
    (void)state;
    set_all();
    start_some(loop);
    ev_run(loop, EVRUN_NOWAIT);
    KINDS(STOP);
    ev_loop_destroy(loop);
    KINDS(STOP);
    KINDS(INACTIVE);
}

static void test_late_stop_does_not_hinder_the_next_loop(void** state)
{
    /* R4.1, R4.12: a loop that is made in the place of the old one is another
     * one. A watcher that was initialized while active is not stopped, and is
     * no concern of the next loop. */
    (void)state;
    for (int i = 0; i < 100; ++i) {
        struct ev_loop* loop = loop_fresh(0);
        prepare = prepare_of("r");
        ev_prepare_start(loop, &prepare);
        prepare = prepare_of("r");
        ev_prepare_stop(loop, &prepare);
        ev_run(loop, EVRUN_NOWAIT);
        assert_calls("r");
        ev_loop_destroy(loop);
        ev_prepare_stop(loop, &prepare);
    }
}

static void test_late_stop_in_no_loop_reads_nothing(void** state)
{
    /* R4.1: the loop may even be null, as in a destructor of an object that
     * was never used. */
    struct ev_loop* loop = NULL;
    (void)state;
    if (MSAN) skip(); /* clang reads ahead */
    set_all();
    KINDS(STOP);
    KINDS(INACTIVE);
    assert_int_equal(ev_clear_pending(loop, &io), 0);
}

static void test_late_stop_after_many_loops_reads_nothing(void** state)
{
    /* R4.1: nor does it matter how many loops were destroyed since. */
    struct ev_loop *loop = loop_fresh(0), *others[20];
    (void)state;
    set_all();
    start_some(loop);
    KINDS(STOP);
    for (int i = 0; i < 20; ++i) others[i] = loop_new(0);
    ev_loop_destroy(loop);
    for (int i = 0; i < 20; ++i) ev_loop_destroy(others[i]);
    KINDS(STOP);
    KINDS(INACTIVE);
}

static const Test tests[] = {
    EACH(test_late_stop_of_what_was_never_started),
    EACH(test_late_stop_of_what_was_stopped_before),
    OURS(test_late_stop_does_not_hinder_the_next_loop),
    EACH(test_late_stop_in_no_loop_reads_nothing),
    EACH(test_late_stop_after_many_loops_reads_nothing),
};

HARNESS_MAIN("loop_late_stop", tests)
