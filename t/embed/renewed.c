/* Embed watchers: the inner loop's epoll set is recreated. */

#include <sys/resource.h>

#include "embed_help.h"

static rlim_t fds_limit(rlim_t count)
{
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    rlim_t was = limit.rlim_cur;
    limit.rlim_cur = count;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    return was;
}

/* The inner loop finds an event of a closed file of which there is a copy. With
 * `spare` it can open a set before the old one is closed. */
static void renew(int spare)
{
    ev_io gone;
    int stale[2];
    Pair p;

    begin(&p, NULL);
    ev_io_start(p.inner, &p.io);
    assert_int_equal(pipe(stale), 0);
    ev_io_init(&gone, io_note, stale[0], EV_READ);
    gone.data = (void*)"g";
    ev_io_start(p.inner, &gone);
    turns(p.outer);
    int copy = dup(stale[0]), plug;
    ev_io_stop(p.inner, &gone);
    close(stale[0]);
    plug = dup(stale[1]); /* gets that number */
    assert_int_equal(write(stale[1], "x", 1), 1);

    int next = dup(0);
    close(next);
    rlim_t was = fds_limit((rlim_t)(next + spare));
    turns(p.outer);
    turns(p.outer);
    fds_limit(was);
    assert_calls("");
    put(&p, "x");
    assert_true(run_once(p.outer));
    assert_calls("i");
    put(&p, "x"); /* and it goes on */
    assert_true(run_once(p.outer));
    assert_calls("i");
    close(plug), close(copy), close(stale[1]);
    end(&p);
}

static void test_embed_set_made_anew_is_watched(void** state)
{
    /* R3.3: the outer loop watches the new set. */
    (void)state;
    renew(1);
}

static void test_embed_set_made_anew_on_its_number_is_watched(void** state)
{
    /* R3.3: also if that has the number of the old one, which was closed first
     * because there was no fd to spare. */
    (void)state;
    renew(0);
}

/* In the child: 0 if the inner loop's watcher was called. */
static int forked_without_spare(Pair* p)
{
    int next = dup(0);
    close(next);
    fds_limit((rlim_t)next);
    ev_loop_fork(p->outer);
    turns(p->outer);
    if (write(p->fds[1], "x", 1) != 1) return 2;
    return !run_once(p->outer) || strcmp(calls, "i");
}

static void test_embed_without_a_spare_fd_in_a_child_is_watched(void** state)
{
    /* R3.3: nor does a child need one, for either loop. */
    int status;
    Pair p;
    (void)state;

    if (!child_inherits(backend)) skip();
    begin(&p, NULL);
    ev_io_start(p.inner, &p.io);
    turns(p.outer);
    pid_t pid = fork();
    if (!pid) _exit(forked_without_spare(&p));
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    put(&p, "x");
    assert_true(run_once(p.outer));
    assert_calls("i");
    end(&p);
}

static const Test tests[] = {
    OURS(test_embed_set_made_anew_is_watched),
    OURS(test_embed_set_made_anew_on_its_number_is_watched),
    EACH(test_embed_without_a_spare_fd_in_a_child_is_watched),
};

HARNESS_MAIN("embed_renewed", tests)
