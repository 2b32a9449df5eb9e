/* ev_loop_destroy: cleanup watchers, the default loop. */
#include <signal.h>
#include <sys/wait.h>

#include "calls.h"
#include "fds.h"

static void cleanup_on(struct ev_loop* loop, ev_cleanup* w, const char* letter)
{
    *w = cleanup_of(letter);
    ev_cleanup_start(loop, w);
}

static void test_destroy_calls_cleanup_latest_started_first(void** state)
{
    /* R2.39: cleanup watchers hold no reference; ev_loop_destroy calls them
     * with EV_CLEANUP, last started first. */
    struct ev_loop* loop = loop_new(0);
    ev_cleanup w[4];

    (void)state;
    calls_clear();
    cleanup_on(loop, &w[0], "a");
    cleanup_on(loop, &w[1], "b");
    cleanup_on(loop, &w[2], "c");
    cleanup_on(loop, &w[3], "d");
    ev_cleanup_stop(loop, &w[3]);
    assert_int_equal(ev_run(loop, 0), 0);
    assert_calls("");
    ev_loop_destroy(loop);
    assert_calls("cba");
    assert_int_equal(calls_revents, EV_CLEANUP);
}

static void test_destroy_null_loop_is_ignored(void** state)
{
    /* R2.39: a null loop is accepted and ignored. */
    (void)state;
    ev_loop_destroy(NULL);
    assert_null(ev_default_loop_ptr);
}

/* What the cleanup callback finds out about the loop. */
static struct {
    Io io, late;
    ev_timer timer;
    int ticks, active, p[2];
    unsigned backend;
} whole;

static void whole_tick(struct ev_loop* loop, ev_timer* w, int revents)
{
    (void)loop, (void)w, (void)revents;
    ++whole.ticks;
}

static void whole_look(struct ev_loop* loop, ev_cleanup* w, int revents)
{
    (void)w, (void)revents;
    whole.active = ev_is_active(&whole.io.w) && ev_is_active(&whole.timer);
    whole.backend = ev_backend(loop);
    io_on(loop, &whole.late, whole.p[0], EV_READ);
    byte_put(whole.p[1]);
    ev_timer_stop(loop, &whole.timer);
    ev_timer_set(&whole.timer, -1., 0.);
    ev_timer_start(loop, &whole.timer);
    turn(loop);
    ev_verify(loop);
}

static void test_destroy_cleanup_finds_loop_whole(void** state)
{
    /* R2.39: before anything is torn down: the loop is whole, other watchers
     * are active, libev calls are allowed, running the loop included. */
    struct ev_loop* loop = loop_new(0);
    ev_cleanup cleanup;

    (void)state;
    memset(&whole, 0, sizeof whole);
    pipe_open(whole.p);
    io_on(loop, &whole.io, whole.p[0], EV_READ);
    ev_timer_init(&whole.timer, whole_tick, 100., 0.);
    ev_timer_start(loop, &whole.timer);
    turn(loop);
    ev_cleanup_init(&cleanup, whole_look);
    ev_cleanup_start(loop, &cleanup);
    ev_loop_destroy(loop);
    assert_true(whole.active);
    assert_int_equal(whole.backend, backend);
    assert_int_equal(whole.ticks, 1);
    assert_took(&whole.io, EV_READ);
    assert_took(&whole.late, EV_READ);
    both_close(whole.p);
}

static void child_note(struct ev_loop* loop, ev_child* w, int revents)
{
    (void)revents;
    *(int*)w->data = w->rstatus;
    ev_child_stop(loop, w);
    ev_break(loop, EVBREAK_ONE);
}

/* Forks a process and has its end reported by that default loop. */
static void assert_child_reaped(struct ev_loop* loop)
{
    ev_child w;
    int status = -1;
    pid_t pid = fork();

    if (!pid) _exit(7);
    ev_child_init(&w, child_note, pid, 0);
    w.data = &status;
    ev_child_start(loop, &w);
    run_for(loop, 5.);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 7);
}

static void (*sigchld_handler(void))(int)
{
    struct sigaction action;
    assert_int_equal(sigaction(SIGCHLD, NULL, &action), 0);
    return action.sa_handler;
}

static void test_destroy_default_loop_then_make_new_one(void** state)
{
    /* R2.40: destroying the default loop runs cleanup, sets EV_DEFAULT_UC to
     * null, puts SIGCHLD back to default; ev_default_loop then makes a new
     * one, in which child watchers work again. This may be repeated. */
    ev_cleanup cleanup;

    (void)state;
    for (int i = 0; i < 3; ++i) {
        struct ev_loop* loop = loop_default(0);
        assert_int_equal(ev_backend(loop), backend);
        assert_ptr_equal(EV_DEFAULT_UC, loop);
        assert_true(ev_is_default_loop(loop));
        assert_true(sigchld_handler() != SIG_DFL);
        assert_child_reaped(loop);
        calls_clear();
        cleanup_on(loop, &cleanup, "x");
        ev_loop_destroy(loop);
        assert_calls("x");
        assert_null(EV_DEFAULT_UC);
        assert_true(sigchld_handler() == SIG_DFL);
    }
}

static void test_destroy_default_loop_next_has_other_backend(void** state)
{
    /* R2.40: with any backend: whatever the one before had. */
    static const unsigned others[] = {HARNESS_BACKENDS};

    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof *others; ++i) {
        if (!(others[i] & ev_supported_backends())) continue;
        Io io;
        int p[2];
        struct ev_loop* loop = loop_default(0);
        pipe_open(p);
        io_on(loop, &io, p[0], EV_READ);
        turn(loop);
        ev_io_stop(loop, &io.w);
        ev_loop_destroy(loop);

        loop = ev_default_loop(others[i]);
        assert_non_null(loop);
        assert_int_equal(ev_backend(loop), others[i]);
        io_on(loop, &io, p[0], EV_READ);
        byte_put(p[1]);
        turn(loop);
        assert_took(&io, EV_READ);
        assert_child_reaped(loop);
        ev_io_stop(loop, &io.w);
        ev_loop_destroy(loop);
        both_close(p);
    }
}

static void test_destroy_default_loop_others_stay(void** state)
{
    /* R2.40: only the default loop is gone: others work on, and destroying
     * one of them leaves the default loop alone. */
    struct ev_loop *other = loop_new(0), *loop = loop_default(0);
    Io io;
    int p[2];

    (void)state;
    pipe_open(p);
    byte_put(p[1]);
    io_on(other, &io, p[0], EV_READ);
    assert_false(ev_is_default_loop(other));
    ev_loop_destroy(loop);
    turn(other);
    assert_took(&io, EV_READ);
    loop = loop_default(0);
    ev_loop_destroy(other);
    assert_ptr_equal(EV_DEFAULT_UC, loop);
    assert_child_reaped(loop);
    ev_loop_destroy(loop);
    both_close(p);
}

static const Test tests[] = {
    EACH(test_destroy_calls_cleanup_latest_started_first),
    ONCE(test_destroy_null_loop_is_ignored),
    EACH(test_destroy_cleanup_finds_loop_whole),
    EACH(test_destroy_default_loop_then_make_new_one),
    EACH(test_destroy_default_loop_next_has_other_backend),
    EACH(test_destroy_default_loop_others_stay),
};

HARNESS_MAIN("destroy", tests)
