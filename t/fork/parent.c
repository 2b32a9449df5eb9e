/* Fork: a copy of a loop that is thrown away, and the default loop. */
#define _GNU_SOURCE 1
#include "fds.h"
#include "forked.h"
#include "spy.h"

/* A loop with a pipe and an async watcher. */
typedef struct Kept {
    struct ev_loop* loop;
    Io io;
    ev_async async;
    int p[2], calls;
} Kept;

static void async_note(struct ev_loop* loop, ev_async* w, int revents)
{
    (void)loop;
    *(int*)w->data += revents == EV_ASYNC;
}

static void kept_new(Kept* kept, struct ev_loop* loop)
{
    kept->loop = loop;
    kept->calls = 0;
    pipe_open(kept->p);
    io_on(loop, &kept->io, kept->p[0], EV_READ);
    ev_async_init(&kept->async, async_note);
    kept->async.data = &kept->calls;
    ev_async_start(loop, &kept->async);
    turn(loop);
}

static int kept_works(Kept* kept)
{
    int calls = kept->calls;
    byte_put(kept->p[1]);
    ev_async_send(kept->loop, &kept->async);
    run_once(kept->loop);
    turn(kept->loop);
    bytes_drain(kept->p[0]);
    turn(kept->loop);
    return kept->calls == calls + 1 && io_take(&kept->io) != 0;
}

static void assert_kept_works(Kept* kept)
{
    if (backend == EVBACKEND_EPOLL) {
        assert_int_equal(epoll_mask(kept->p[0]), EPOLLIN);
        assert_int_equal(epoll_entries(kept->p[0]), 1);
    }
    assert_in_range(waits_in(kept->loop, 0.01), 1, 10);
    assert_true(kept_works(kept));
    assert_true(kept_works(kept));
}

static void kept_free(Kept* kept)
{
    ev_loop_destroy(kept->loop);
    both_close(kept->p);
}

static void child_destroys(void* arg)
{
    Kept* kept = arg;
    ev_loop_destroy(kept->loop);
}

static void test_fork_child_destroys_copy_parent_works(void** state)
{
    /* R2.37: a child that calls ev_loop_destroy on its copy, without
     * ev_loop_fork, leaves the parent's loop, async included, in working
     * order. */
    Kept kept;

    (void)state;
    kept_new(&kept, loop_new(0));
    assert_child_passes(child_fork(child_destroys, &kept));
    assert_kept_works(&kept);
    assert_child_passes(child_fork(child_destroys, &kept));
    assert_kept_works(&kept);
    kept_free(&kept);
}

static void child_stops_and_destroys(void* arg)
{
    Kept* kept = arg;
    ev_io_stop(kept->loop, &kept->io.w);
    ev_async_stop(kept->loop, &kept->async);
    ev_loop_destroy(kept->loop);
}

static void test_fork_child_stops_and_destroys_parent_works(void** state)
{
    /* R2.37: also if it stops the watchers first. */
    Kept kept;

    (void)state;
    kept_new(&kept, loop_new(0));
    assert_child_passes(child_fork(child_stops_and_destroys, &kept));
    assert_kept_works(&kept);
    kept_free(&kept);
}

static void child_makes_new(void* arg)
{
    Kept *kept = arg, own;
    kept_new(&own, ev_loop_new(backend));
    child_check(kept_works(&own));
    child_check(kept->calls == 0);
    kept_free(&own);
    ev_loop_destroy(kept->loop);
    kept_new(&own, ev_loop_new(backend));
    child_check(kept_works(&own));
    kept_free(&own);
}

static void test_fork_child_makes_new_loop_parent_works(void** state)
{
    /* R2.37: or makes a new loop. */
    Kept kept;

    (void)state;
    kept_new(&kept, loop_new(0));
    assert_child_passes(child_fork(child_makes_new, &kept));
    assert_kept_works(&kept);
    kept_free(&kept);
}

static void child_note(struct ev_loop* loop, ev_child* w, int revents)
{
    *(int*)w->data = revents == EV_CHILD && w->rpid == w->pid ? w->rstatus : 1;
    ev_child_stop(loop, w);
    ev_break(loop, EVBREAK_ONE);
}

/* Forks a process and has its end reported by the default loop. */
static int child_is_reaped(struct ev_loop* loop)
{
    ev_child w;
    int status = -1;
    pid_t pid = fork();

    if (!pid) _exit(7);
    ev_child_init(&w, child_note, pid, 0);
    w.data = &status;
    ev_child_start(loop, &w);
    run_for(loop, 5.);
    return WIFEXITED(status) && WEXITSTATUS(status) == 7
        && waitpid(pid, NULL, WNOHANG) == -1;
}

static void child_reaps(void* loop)
{
    ev_loop_fork(loop);
    child_check(child_is_reaped(loop));
    child_check(child_is_reaped(loop));
}

static void test_fork_default_loop_reaps_childs_own_children(void** state)
{
    /* R2.38: a forked default loop, after ev_loop_fork, reaps the child's own
     * children and calls child watchers for them; the parent's goes on. */
    struct ev_loop* loop = loop_default(0);

    (void)state;
    turn(loop);
    assert_child_passes(child_fork(child_reaps, loop));
    assert_true(child_is_reaped(loop));
    ev_loop_destroy(loop);
}

static void test_fork_default_loop_never_run_reaps(void** state)
{
    /* R2.38: the same if the process forked before the first run of the loop.
     */
    struct ev_loop* loop = loop_default(0);

    (void)state;
    assert_child_passes(child_fork(child_reaps, loop));
    assert_true(child_is_reaped(loop));
    ev_loop_destroy(loop);
}

static const Test tests[] = {
    EACH(test_fork_child_destroys_copy_parent_works),
    EACH(test_fork_child_stops_and_destroys_parent_works),
    EACH(test_fork_child_makes_new_loop_parent_works),
    EACH(test_fork_default_loop_reaps_childs_own_children),
    EACH(test_fork_default_loop_never_run_reaps),
};

HARNESS_MAIN("fork_parent", tests)
