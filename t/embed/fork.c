/* Embed watchers: what becomes of the inner loop after fork, and of what is
 * no fd in it. */

#include "embed_help.h"

/* In the child: 0 if `expected` was called while the outer loop ran. */
static int served(Pair* p, const char* expected)
{
    for (int i = 0; i < 20; ++i) {
        ev_run(p->outer, EVRUN_NOWAIT);
        if (!strcmp(calls, expected)) return 0;
    }
    return 1;
}

/* The child's part; what it does to the inner loop must stay its own. */
static int in_child(Pair* p, ev_io* extra)
{
    ev_io own;
    int fds[2];

    ev_loop_fork(p->outer);
    if (served(p, "")) return 2;
    /* In a set shared with the parent this would replace EV_READ. */
    ev_io_stop(p->inner, extra);
    ev_io_set(extra, extra->fd, EV_WRITE);
    ev_io_start(p->inner, extra);
    if (served(p, "")) return 3;

    if (pipe(fds)) return 4;
    ev_io_init(&own, io_note, fds[0], EV_READ);
    own.data = "o";
    ev_io_start(p->inner, &own);
    if (write(fds[1], "x", 1) != 1 || served(p, "o")) return 5;
    if (write(p->fds[1], "x", 1) != 1 || served(p, "oi")) return 6;
    return 0;
}

static void test_embed_fork_reaches_the_inner_loop(void** state)
{
    /* R2.70: ev_loop_fork on the outer loop in the child forks the embedded
     * loop too and embeds it again; the parent is not disturbed. */
    int status, fds[2];
    ev_io extra;
    Pair p;

    (void)state;
    begin(&p, NULL);
    ev_io_start(p.inner, &p.io);
    assert_int_equal(pipe(fds), 0);
    ev_io_init(&extra, io_note, fds[0], EV_READ);
    extra.data = "x";
    ev_io_start(p.inner, &extra);
    turns(p.outer);

    pid_t pid = fork();
    if (!pid) _exit(in_child(&p, &extra));
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);

    turns(p.outer);
    assert_calls("");
    assert_int_equal(write(fds[1], "x", 1), 1);
    assert_true(run_once(p.outer));
    assert_calls("x");
    put(&p, "x");
    assert_true(run_once(p.outer));
    assert_calls("i");
    ev_io_stop(p.inner, &extra);
    close(fds[0]), close(fds[1]);
    end(&p);
}

static void test_embed_fork_of_the_inner_loop_alone_spares_the_parent(
    void** state)
{
    /* R2.70: the inner loop's set is replaced before a change of it is
     * registered, so the child does not change its parent's. */
    int status, fds[2];
    ev_io extra;
    Pair p;

    (void)state;
    begin(&p, NULL);
    assert_int_equal(pipe(fds), 0);
    ev_io_init(&extra, io_note, fds[0], EV_READ);
    extra.data = "x";
    ev_io_start(p.inner, &extra);
    turns(p.outer);

    pid_t pid = fork();
    if (!pid) {
        ev_loop_fork(p.inner);
        ev_io_stop(p.inner, &extra);
        ev_io_set(&extra, extra.fd, EV_WRITE);
        ev_io_start(p.inner, &extra);
        _exit(served(&p, ""));
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);

    assert_int_equal(write(fds[1], "x", 1), 1);
    assert_true(run_once(p.outer));
    assert_calls("x");
    ev_io_stop(p.inner, &extra);
    close(fds[0]), close(fds[1]);
    end(&p);
}

static void timer_note(struct ev_loop* loop, ev_timer* w, int revents)
{
    (void)loop, (void)revents;
    calls_add(w->data);
}

static void test_embed_inner_timer_is_late_but_not_lost(void** state)
{
    /* R2.71: the embedded loop's timers may be late until something runs it,
     * but are neither lost nor called twice. */
    ev_timer timer;
    Pair p;

    (void)state;
    begin(&p, NULL);
    ev_io_start(p.inner, &p.io);
    ev_timer_init(&timer, timer_note, 0.003, 0.);
    timer.data = "t";
    ev_timer_start(p.inner, &timer);
    run_for(p.outer, 0.01);
    put(&p, "x");
    turns(p.outer);
    turns(p.outer);
    assert_int_equal(strlen(calls), 2);
    assert_true(strchr(calls, 't') && strchr(calls, 'i'));
    calls_clear();
    put(&p, "x");
    turns(p.outer);
    assert_calls("i");
    end(&p);
}

static const Test tests[] = {
    EACH(test_embed_fork_reaches_the_inner_loop),
    OURS(test_embed_fork_of_the_inner_loop_alone_spares_the_parent),
    EACH(test_embed_inner_timer_is_late_but_not_lost),
};

HARNESS_MAIN("embed_fork", tests)
