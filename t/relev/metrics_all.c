/* relev_metrics: callbacks of all kinds, compared with what the program counts
 * itself. */

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "metrics_help.h"

COUNTED(periodic, PERIODIC)
COUNTED(signal, SIGNAL)
COUNTED(child, CHILD)
COUNTED(stat, STAT)
COUNTED(prepare, PREPARE)
COUNTED(check, CHECK)
COUNTED(fork, FORK)
COUNTED(async, ASYNC)

static void on_idle(struct ev_loop* l, ev_idle* w, int events)
{
    (void)events;
    ++called[RELEV_KIND_IDLE];
    ev_idle_stop(l, w);
}

static void on_once(int events, void* arg)
{
    (void)events, (void)arg;
    ++called[RELEV_KIND_ONCE];
}

typedef struct All {
    int fds[2];
    char path[40];
    ev_io io;
    ev_timer timer;
    ev_periodic periodic;
    ev_signal signal;
    ev_child child;
    ev_stat stat;
    ev_idle idle;
    ev_prepare prepare;
    ev_check check;
    ev_fork fork;
    ev_async async;
} All;

static void all_init(All* all, int priority)
{
    assert_int_equal(pipe(all->fds), 0);
    strcpy(all->path, "/tmp/relev_metrics.XXXXXX");
    close(mkstemp(all->path));
    ev_io_init(&all->io, on_io, all->fds[0], EV_READ);
    ev_timer_init(&all->timer, on_timer, .001, .001);
    ev_periodic_init(&all->periodic, on_periodic, 0., .005, 0);
    ev_signal_init(&all->signal, on_signal, SIGUSR1);
    ev_child_init(&all->child, on_child, 0, 0);
    ev_stat_init(&all->stat, on_stat, all->path, 3600.);
    ev_idle_init(&all->idle, on_idle);
    ev_prepare_init(&all->prepare, on_prepare);
    ev_check_init(&all->check, on_check);
    ev_fork_init(&all->fork, on_fork);
    ev_async_init(&all->async, on_async);
    ev_set_priority(&all->io, priority);
    ev_set_priority(&all->timer, priority);
    ev_set_priority(&all->async, priority);
    ev_set_priority(&all->stat, priority);
}

static void all_start(All* all)
{
    ev_io_start(loop, &all->io), ev_timer_start(loop, &all->timer);
    ev_periodic_start(loop, &all->periodic);
    ev_signal_start(loop, &all->signal), ev_child_start(loop, &all->child);
    ev_stat_start(loop, &all->stat), ev_idle_start(loop, &all->idle);
    ev_prepare_start(loop, &all->prepare), ev_check_start(loop, &all->check);
    ev_fork_start(loop, &all->fork), ev_async_start(loop, &all->async);
}

static void all_stop(All* all)
{
    ev_io_stop(loop, &all->io), ev_timer_stop(loop, &all->timer);
    ev_periodic_stop(loop, &all->periodic);
    ev_signal_stop(loop, &all->signal), ev_child_stop(loop, &all->child);
    ev_stat_stop(loop, &all->stat), ev_idle_stop(loop, &all->idle);
    ev_prepare_stop(loop, &all->prepare), ev_check_stop(loop, &all->check);
    ev_fork_stop(loop, &all->fork), ev_async_stop(loop, &all->async);
    close(all->fds[0]), close(all->fds[1]);
    unlink(all->path);
}

/* Causes one event of many kinds. */
static void all_act(All* all, int i)
{
    assert_int_equal(write(all->fds[1], "x", 1), 1);
    ev_async_send(loop, &all->async);
    raise(SIGUSR1);
    ev_idle_start(loop, &all->idle);
    ev_once(loop, -1, 0, 0., on_once, NULL);
    ev_once(loop, all->fds[1], EV_WRITE, -1., on_once, NULL);
    assert_int_equal(chmod(all->path, i & 1 ? 0600 : 0400), 0);
    if (i == 2) ev_loop_fork(loop);
    if (i % 4 == 1 && !fork()) _exit(0);
}

static void counts_all(int level, int priority)
{
    All all;
    begin(level);
    all_init(&all, priority);
    all_start(&all);
    for (int i = 0; i < 12; ++i) {
        all_act(&all, i);
        ev_run(loop, EVRUN_ONCE);
        called_as_counted();
    }
    while (called[RELEV_KIND_CHILD] < 3) ev_run(loop, EVRUN_ONCE);
    called_as_counted();
    assert_true(m.callbacks[RELEV_KIND_STAT] > 0);
    assert_int_equal(m.callbacks[RELEV_KIND_CHILD], 3);
    assert_true(m.callbacks[RELEV_KIND_FORK] >= 1);
    assert_true(m.callbacks[RELEV_KIND_ONCE] >= 12);
    assert_true(m.expired >= m.callbacks[RELEV_KIND_TIMER]);
    assert_true(m.changes > 0);
    assert_int_equal(m.active[RELEV_KIND_IO], 1);
    assert_int_equal(m.active[RELEV_KIND_STAT], 1);
    assert_int_equal(m.active[RELEV_KIND_CHILD], 1);
    assert_int_equal(m.active[RELEV_KIND_SIGNAL], 1);
    all_stop(&all);
    ev_loop_destroy(loop);
}

static void test_metrics_count_all_callbacks(void** state)
{
    /* 1.3: level 1: each kind, as the program counts itself; the watchers of
     * the library do not count. The histograms sum to the counters. */
    (void)state;
    counts_all(1, 0);
}

static void test_metrics_count_all_callbacks_at_level_2(void** state)
{
    /* 1.3: the same at level 2. */
    (void)state;
    counts_all(2, 0);
}

static void test_metrics_count_callbacks_of_all_priorities(void** state)
{
    /* 1.3: the same with the priority of the library's own watchers. */
    (void)state;
    counts_all(1, EV_MAXPRI);
    counts_all(2, EV_MAXPRI);
    counts_all(1, EV_MINPRI);
}

static const Test tests[] = {
    EACH(test_metrics_count_all_callbacks),
    EACH(test_metrics_count_all_callbacks_at_level_2),
    EACH(test_metrics_count_callbacks_of_all_priorities),
};

HARNESS_MAIN("relev_metrics_all", tests)
