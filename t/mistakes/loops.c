/* Loops used, broken and destroyed at the wrong time, or forked untold. */

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mistakes_help.h"

static void test_loops_break_outside_of_a_run_is_forgotten(void** state)
{
    /* R1.46: also one that has no meaning. */
    struct ev_loop* loop = loop_fresh(0);
    ev_timer t = timer_of("t", 0.01, 0);
    const int how[] = {EVBREAK_ONE, EVBREAK_ALL, EVBREAK_CANCEL, 77, -1};
    (void)state;

    for (size_t i = 0; i < sizeof how / sizeof *how; ++i) {
        ev_break(loop, how[i]);
        ev_timer_set(&t, 0.01, 0.);
        ev_timer_start(loop, &t);
        assert_int_equal(ev_run(loop, 0), 0);
        assert_calls("t");
    }
    ev_loop_destroy(loop);
}

/* One of each kind, in memory that is overwritten when its loop is gone. */
typedef struct All {
    ev_io io;
    ev_timer timer;
    ev_periodic periodic;
    ev_signal signal;
    ev_signal chld;
    ev_child child;
    ev_stat stat;
    ev_async async;
    ev_idle idle;
    ev_prepare prepare;
    ev_check check;
    ev_fork fork;
    ev_cleanup cleanup;
} All;

static void all_start(struct ev_loop* loop, All* all, int fd)
{
    all->io = io_of("r", fd, EV_READ);
    all->timer = timer_of("t", 0, 1);
    all->periodic = periodic_of("p", 0, 1);
    all->idle = idle_of("i");
    all->prepare = prepare_of("b");
    all->check = check_of("a");
    all->fork = fork_of("f");
    all->cleanup = cleanup_of("c");
    ev_signal_init(&all->signal, note_signal, SIGUSR1);
    ev_signal_init(&all->chld, note_signal, SIGCHLD);
    ev_child_init(&all->child, note_child, 0, 0);
    ev_stat_init(&all->stat, note_stat, "/", 0.);
    ev_async_init(&all->async, note_async);
    all->signal.data = all->chld.data = (void*)"s";
    all->child.data = (void*)"k";
    all->stat.data = (void*)"l";
    all->async.data = (void*)"y";

    ev_io_start(loop, &all->io);
    ev_timer_start(loop, &all->timer);
    ev_periodic_start(loop, &all->periodic);
    ev_signal_start(loop, &all->signal);
    ev_signal_start(loop, &all->chld);
    ev_child_start(loop, &all->child);
    ev_stat_start(loop, &all->stat);
    ev_async_start(loop, &all->async);
    ev_idle_start(loop, &all->idle);
    ev_prepare_start(loop, &all->prepare);
    ev_check_start(loop, &all->check);
    ev_fork_start(loop, &all->fork);
    ev_cleanup_start(loop, &all->cleanup);
}

static void all_pending(struct ev_loop* loop, All* all)
{
    turn(loop);
    ev_async_send(loop, &all->async);
    raise(SIGUSR1);
    ev_feed_event(loop, &all->stat, EV_STAT);
    ev_feed_fd_event(loop, all->io.fd, EV_READ);
    ev_loop_fork(loop);
}

static void test_loops_default_destroyed_with_all_active_is_made_anew(
    void** state)
{
    /* R2.40: watchers of all kinds left active, and their memory gone: the
     * next default loop knows nothing of them. */
    All* all = malloc(sizeof *all);
    int fds[2];
    (void)state;

    assert_non_null(all);
    assert_int_equal(pipe(fds), 0);
    assert_int_equal(write(fds[1], "x", 1), 1);
    for (int round = 0; round < 3; ++round) {
        struct ev_loop* loop = loop_default(0);
        turn_leaves(loop, 0);
        all_start(loop, all, fds[0]);
        ev_once(loop, fds[0], EV_READ, 10, NULL, NULL);
        ev_once(loop, -1, 0, 10, NULL, NULL);
        ev_feed_event(loop, &all->timer, EV_TIMER);
        ev_verify(loop);
        ev_loop_destroy(loop);
        assert_null(EV_DEFAULT_UC);
        memset(all, 0xee, sizeof *all);
        raise(SIGUSR1), raise(SIGCHLD);
        ev_feed_signal(SIGUSR1);
        calls_clear();
    }
    struct ev_loop* loop = loop_default(0);
    all_start(loop, all, fds[0]);
    all_pending(loop, all);
    ev_loop_destroy(loop);
    free(all);

    loop = loop_default(0);
    calls_clear();
    raise(SIGUSR1), raise(SIGCHLD);
    turn_leaves(loop, 0);
    assert_calls("");
    ev_loop_destroy(loop);
    ev_loop_destroy(loop); /* a second time: nothing */
    signal(SIGUSR1, SIG_DFL);
    close(fds[0]), close(fds[1]);
}

static struct ev_loop* victim;

static void destroy_victim(EV_P_ ev_timer* w, int revents)
{
    (void)revents, (void)EV_A;
    ev_loop_destroy(victim);
    calls_note(w->data, 0);
}

static void test_loops_destroyed_while_another_runs_leaves_it_whole(
    void** state)
{
    /* R2.39: one loop may be destroyed in a callback of another, with signals
     * and wake-ups of both under way. */
    struct ev_loop* loop = loop_fresh(0);
    ev_timer t = timer_of("d", 0, 0);
    ev_signal a, b;
    ev_async y;
    (void)state;

    victim = loop_new(0);
    ev_signal_init(&a, note_signal, SIGUSR1);
    ev_signal_init(&b, note_signal, SIGUSR2);
    ev_async_init(&y, note_async);
    a.data = (void*)"s", b.data = (void*)"S", y.data = (void*)"y";
    ev_signal_start(loop, &a), ev_signal_start(victim, &b);
    ev_async_start(victim, &y);
    ev_async_send(victim, &y);
    raise(SIGUSR1), raise(SIGUSR2);
    t.cb = destroy_victim;
    ev_timer_set(&t, -1., 0.);
    ev_timer_start(loop, &t);
    turn_leaves(loop, 1);
    raise(SIGUSR1), raise(SIGUSR2);
    turn_leaves(loop, 1);
    const char* seen = calls_take();
    assert_int_equal(strspn(seen, "ds"), strlen(seen));
    assert_int_equal(strlen(seen), 3);
    ev_signal_stop(loop, &a);
    turn_leaves(loop, 0);
    ev_loop_destroy(loop);
    signal(SIGUSR1, SIG_DFL), signal(SIGUSR2, SIG_DFL);
}

/* The child goes on with the loop without a word, until its own timer. */
static void go_on_untold(struct ev_loop* loop, int start, int done)
{
    char c;
    ev_timer t = timer_of("t", 0.01, 0);

    alarm(60);
    if (read(start, &c, 1) != 1) _exit(2);
    ev_now_update(loop);
    ev_timer_start(loop, &t);
    while (ev_is_active(&t)) {
        ev_run(loop, EVRUN_ONCE);
        calls_clear();
    }
    _exit(write(done, "x", 1) != 1);
}

static void test_loops_forked_untold_does_not_crash(void** state)
{
    /* R2.29: a child that uses its parent's loop without ev_loop_fork makes a
     * mistake; it may receive events of fds that only the parent watches, but
     * it does not read beyond its tables. */
    struct ev_loop* loop = loop_fresh(0);
    int low[2], start[2], done[2], status;
    char c;
    (void)state;

    assert_int_equal(pipe(low), 0);
    assert_int_equal(pipe(start), 0);
    assert_int_equal(pipe(done), 0);
    ev_io r = io_of("r", low[0], EV_READ), far;
    ev_io_start(loop, &r);
    turn(loop);
    fflush(NULL);
    pid_t child = fork();
    if (!child) go_on_untold(loop, start[0], done[1]);

    assert_int_equal(dup2(low[0], 900), 900);
    assert_int_equal(write(low[1], "x", 1), 1);
    far = io_of("f", 900, EV_READ);
    ev_io_start(loop, &far);
    turn(loop);
    assert_int_equal(write(start[1], "x", 1), 1);
    assert_int_equal(read(done[0], &c, 1), 1);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    ev_io_stop(loop, &far), ev_io_stop(loop, &r);
    turn_leaves(loop, 0);
    ev_loop_destroy(loop);
    for (int i = 0; i < 2; ++i) close(low[i]), close(start[i]), close(done[i]);
    close(900);
}

static void run_inside(EV_P)
{
    ev_set_loop_release_cb(EV_A_ NULL, NULL);
    ev_run(EV_A_ EVRUN_NOWAIT);
}

static void nothing(EV_P) { (void)EV_A; }

static void test_loops_run_inside_the_wait_is_survived(void** state)
{
    /* R1.43: running the loop from the release or acquire callback is an
     * error: nothing is promised but that memory stays whole. */
    struct ev_loop* loop = loop_fresh(0);
    int fds[2][2];
    ev_io w[2];
    (void)state;

    for (int round = 0; round < 2; ++round) {
        for (int i = 0; i < 2; ++i) {
            assert_int_equal(pipe(fds[i]), 0);
            assert_int_equal(write(fds[i][1], "x", 1), 1);
            w[i] = io_of("w", fds[i][0], EV_READ);
            ev_io_start(loop, &w[i]);
        }
        ev_set_loop_release_cb(loop, round ? nothing : run_inside,
                               round ? run_inside : nothing);
        turn(loop);
        ev_verify(loop);
        for (int i = 0; i < 2; ++i) {
            ev_io_stop(loop, &w[i]);
            close(fds[i][0]), close(fds[i][1]);
        }
        calls_clear();
    }
    ev_loop_destroy(loop);
}

static const Test tests[] = {
    EACH(test_loops_break_outside_of_a_run_is_forgotten),
    OURS(test_loops_default_destroyed_with_all_active_is_made_anew),
    OURS(test_loops_destroyed_while_another_runs_leaves_it_whole),
    OURS(test_loops_forked_untold_does_not_crash),
    OURS(test_loops_run_inside_the_wait_is_survived),
};

HARNESS_MAIN("mistakes_loops", tests)
