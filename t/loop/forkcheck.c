/* EVFLAG_FORKCHECK: the loop notices by itself that the process has forked. */
#define _GNU_SOURCE
#include <signal.h>
#include <unistd.h>

#include "calls.h"
#include "forked.h"

static void flags_set(unsigned flags)
{
    char value[16];
    snprintf(value, sizeof value, "%u", flags);
    assert_return_code(setenv("LIBEV_FLAGS", value, 1), 0);
}

typedef struct Forked {
    struct ev_loop* loop;
    ev_fork fork;
    ev_io io;
    int pipe[2];
    int forks, reads;
} Forked;

static void forked_fork(struct ev_loop* loop, ev_fork* w, int revents)
{
    (void)loop;
    ((Forked*)w->data)->forks += revents == EV_FORK ? 1 : 100;
}

static void forked_read(struct ev_loop* loop, ev_io* w, int revents)
{
    char c;
    Forked* f = (Forked*)w->data;
    (void)loop;
    f->reads += revents == EV_READ && read(f->pipe[0], &c, 1) == 1 ? 1 : 100;
}

/* A loop that has seen an iteration, with a fork watcher and a pipe. */
static void forked_open(Forked* f, unsigned flags)
{
    f->loop = loop_new(flags);
    f->forks = f->reads = 0;
    assert_return_code(pipe(f->pipe), 0);
    ev_fork_init(&f->fork, forked_fork);
    ev_io_init(&f->io, forked_read, f->pipe[0], EV_READ);
    f->fork.data = f->io.data = f;
    ev_fork_start(f->loop, &f->fork);
    ev_io_start(f->loop, &f->io);
    ev_run(f->loop, EVRUN_NOWAIT);
}

static void forked_close(Forked* f)
{
    ev_io_stop(f->loop, &f->io);
    ev_fork_stop(f->loop, &f->fork);
    close(f->pipe[0]), close(f->pipe[1]);
    ev_loop_destroy(f->loop);
}

static void notices_once(void* arg)
{
    Forked* f = (Forked*)arg;
    ev_run(f->loop, EVRUN_NOWAIT);
    child_check(f->forks == 1);
    child_check(write(f->pipe[1], "", 1) == 1);
    ev_run(f->loop, EVRUN_NOWAIT);
    child_check(f->reads == 1);
    ev_run(f->loop, EVRUN_NOWAIT);
    child_check(f->forks == 1 && f->reads == 1);
}

static void notices_nothing(void* arg)
{
    Forked* f = (Forked*)arg;
    ev_run(f->loop, EVRUN_NOWAIT);
    ev_run(f->loop, EVRUN_NOWAIT);
    child_check(f->forks == 0);
}

static void assert_parent_undisturbed(Forked* f)
{
    ev_run(f->loop, EVRUN_NOWAIT);
    assert_int_equal(f->forks, 0);
    assert_int_equal(f->reads, 0);
    assert_int_equal(write(f->pipe[1], "", 1), 1);
    ev_run(f->loop, EVRUN_NOWAIT);
    assert_int_equal(f->reads, 1);
    assert_int_equal(f->forks, 0);
}

/* R1.6: with EVFLAG_FORKCHECK the child's next iteration is as after
 * ev_loop_fork, once; the parent's is not. */
static void test_forkcheck_child_notices_once(void** state)
{
    Forked f;
    (void)state;
    forked_open(&f, EVFLAG_FORKCHECK);
    assert_child_passes(child_fork(notices_once, &f));
    assert_parent_undisturbed(&f);
    forked_close(&f);
}

static void stops_reading(void* arg)
{
    Forked* f = (Forked*)arg;
    ev_run(f->loop, EVRUN_NOWAIT);
    ev_io_stop(f->loop, &f->io);
    ev_run(f->loop, EVRUN_NOWAIT);
    ev_loop_destroy(f->loop);
}

/* R1.6: as after ev_loop_fork, what the child does to its watchers from then
 * on does not reach the parent. */
static void test_forkcheck_child_stops_watcher_of_its_own(void** state)
{
    Forked f;
    (void)state;
    forked_open(&f, EVFLAG_FORKCHECK);
    assert_child_passes(child_fork(stops_reading, &f));
    assert_parent_undisturbed(&f);
    forked_close(&f);
}

static void forks_again(void* arg)
{
    Forked* f = (Forked*)arg;
    ev_run(f->loop, EVRUN_NOWAIT);
    f->forks = 0;
    pid_t pid = child_fork(notices_once, f);
    int status = -1;
    child_check(waitpid(pid, &status, 0) == pid && status == 0);
    notices_nothing(f);
}

/* R1.6: a child of the child notices as well. */
static void test_forkcheck_grandchild_notices_once(void** state)
{
    Forked f;
    (void)state;
    forked_open(&f, EVFLAG_FORKCHECK);
    assert_child_passes(child_fork(forks_again, &f));
    forked_close(&f);
}

static pid_t forking_pid; /* zero in the child */
static ev_timer later;

static void forking(struct ev_loop* loop, ev_watcher* w, int revents)
{
    note(loop, w, revents);
    forking_pid = fork();
    ev_timer_start(loop, &later);
}

/* R1.6: each iteration looks, also a later one of the same run. */
static void test_forkcheck_fork_inside_a_run_is_noticed(void** state)
{
    ev_fork forked;
    ev_timer now;
    (void)state;
    struct ev_loop* loop = loop_new(EVFLAG_FORKCHECK);

    calls_clear();
    fork_init(&forked, "fork", note);
    timer_init(&now, "now", forking, -1., 0.);
    timer_init(&later, "later", note, -1., 0.);
    ev_fork_start(loop, &forked);
    ev_unref(loop);
    ev_timer_start(loop, &now);
    fflush(NULL);
    ev_run(loop, 0);
    if (!forking_pid) _exit(strcmp(calls_take(), "now fork later") != 0);
    assert_calls("now later");
    assert_child_passes(forking_pid);
    ev_ref(loop);
    ev_fork_stop(loop, &forked);
    ev_loop_destroy(loop);
}

/* R1.6: without the flag nothing happens. */
static void test_forkcheck_not_asked_for_notices_nothing(void** state)
{
    Forked f;
    (void)state;
    forked_open(&f, 0);
    assert_child_passes(child_fork(notices_nothing, &f));
    forked_close(&f);
}

/* R1.7: the argument alone decides: LIBEV_FLAGS cannot take the check away. */
static void test_forkcheck_variable_cannot_remove_it(void** state)
{
    Forked f;
    (void)state;
    flags_set(backend);
    forked_open(&f, EVFLAG_FORKCHECK);
    unsetenv("LIBEV_FLAGS");
    assert_child_passes(child_fork(notices_once, &f));
    forked_close(&f);
}

/* R1.7: nor can it add it. */
static void test_forkcheck_variable_cannot_add_it(void** state)
{
    Forked f;
    (void)state;
    flags_set(backend | EVFLAG_FORKCHECK);
    forked_open(&f, 0);
    unsetenv("LIBEV_FLAGS");
    assert_child_passes(child_fork(notices_nothing, &f));
    forked_close(&f);
}

static const Test tests[] = {
    EACH(test_forkcheck_child_notices_once),
    EACH(test_forkcheck_child_stops_watcher_of_its_own),
    EACH(test_forkcheck_grandchild_notices_once),
    EACH(test_forkcheck_fork_inside_a_run_is_noticed),
    EACH(test_forkcheck_not_asked_for_notices_nothing),
    EACH(test_forkcheck_variable_cannot_remove_it),
    EACH(test_forkcheck_variable_cannot_add_it),
};

HARNESS_MAIN("loop_forkcheck", tests)
