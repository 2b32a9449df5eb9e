/* Embed watchers: an epoll loop inside a loop on each backend. */

#include "embed_help.h"

static void test_embed_without_callback_runs_the_inner_loop(void** state)
{
    /* R2.68: null callback: whenever the inner loop has fd events it is run,
     * and the outer loop waits for that. */
    Pair p;

    (void)state;
    begin(&p, NULL);
    ev_io_start(p.inner, &p.io);
    turns(p.outer);
    assert_calls("");
    for (int i = 0; i < 3; ++i) {
        put(&p, "x");
        assert_true(run_once(p.outer));
        assert_calls("i");
    }
    turns(p.outer);
    assert_calls("");
    end(&p);
}

static void start_inner_io(struct ev_loop* loop, ev_timer* w, int revents)
{
    Pair* p = w->data;
    (void)loop, (void)revents;
    ev_io_start(p->inner, &p->io);
}

static void test_embed_inner_watcher_started_later_is_served(void** state)
{
    /* R2.68: watchers started in the inner loop later, outside the run or by
     * a callback, are picked up before the outer loop blocks. */
    ev_timer timer;
    Pair p;

    (void)state;
    begin(&p, NULL);
    turns(p.outer);
    put(&p, "x");
    ev_io_start(p.inner, &p.io);
    turns(p.outer);
    assert_calls("i");

    ev_io_stop(p.inner, &p.io);
    turns(p.outer);
    put(&p, "x");
    ev_timer_init(&timer, start_inner_io, 0., 0.);
    timer.data = &p;
    ev_timer_start(p.outer, &timer);
    while (ev_is_active(&timer)) ev_run(p.outer, EVRUN_NOWAIT);
    turns(p.outer);
    assert_calls("i");
    end(&p);
}

static void test_embed_inner_watcher_started_later_ends_the_wait(void** state)
{
    /* R2.68: such a watcher wakes the outer loop too, when its fd becomes
     * ready while that one is blocked. */
    Pair p;

    (void)state;
    begin(&p, NULL);
    turns(p.outer);
    ev_io_start(p.inner, &p.io);
    pid_t pid = fork();
    if (!pid) {
        usleep(5000);
        _exit(write(p.fds[1], "x", 1) != 1);
    }
    /* On a busy machine the byte may be there before the outer loop blocks:
     * then the inner one has served it, and the wait goes on. */
    for (int i = 0; i < 3 && !*calls; ++i)
        assert_true(run_once(p.outer) || *calls);
    assert_calls("i");
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    end(&p);
}

static ev_io later;

static void note_and_stop(struct ev_loop* loop, ev_io* w, int revents)
{
    assert_int_equal(revents, EV_WRITE);
    calls_add(w->data);
    ev_io_stop(loop, w);
}

static void start_later(struct ev_loop* loop, ev_io* w, int revents)
{
    note_and_stop(loop, w, revents);
    close(w->fd);
    ev_io_start(loop, &later);
}

static void test_embed_writer_started_in_a_sweep_ends_the_wait(void** state)
{
    /* R2.68: a callback of the inner loop, which runs just before the outer one
     * blocks, starts a watcher for an fd that can be written to. It is called
     * before the wait, which libev does not cut short then. */
    ev_io first;
    int one[2], other[2];
    Pair p;

    (void)state;
    begin(&p, NULL);
    turns(p.outer);
    assert_int_equal(pipe(one) | pipe(other), 0);
    ev_io_init(&first, start_later, one[1], EV_WRITE);
    ev_io_init(&later, note_and_stop, other[1], EV_WRITE);
    first.data = "f", later.data = "l";
    ev_io_start(p.inner, &first);
    run_within(p.outer, EVRUN_ONCE, 0.05);
    assert_calls("fl");
    close(one[0]), close(other[0]), close(other[1]);
    end(&p);
}

static void test_embed_stopped_runs_nothing(void** state)
{
    /* R2.68: an active watcher keeps the loop going; after stop nothing is
     * run and no reference is left. */
    Pair p;

    (void)state;
    begin(&p, NULL);
    ev_io_start(p.inner, &p.io);
    assert_true(ev_run(p.outer, EVRUN_NOWAIT) > 0);
    put(&p, "x");
    turns(p.outer);
    assert_calls("i");
    assert_true(ev_run(p.outer, EVRUN_NOWAIT) > 0);

    ev_embed_stop(p.outer, &p.embed);
    assert_false(ev_is_active(&p.embed));
    put(&p, "x");
    turns(p.outer);
    assert_calls("");
    assert_int_equal(ev_run(p.outer, 0), 0);
    ev_run(p.inner, EVRUN_NOWAIT);
    assert_calls("i");

    ev_embed_start(p.outer, &p.embed);
    put(&p, "x");
    assert_true(run_once(p.outer));
    assert_calls("i");
    end(&p);
}

static void test_embed_leaves_outer_watchers_alone(void** state)
{
    /* R2.68: the outer loop's own fds and timers go on beside it. */
    ev_io own;
    int fds[2];
    Pair p;

    (void)state;
    begin(&p, NULL);
    ev_io_start(p.inner, &p.io);
    assert_int_equal(pipe(fds), 0);
    ev_io_init(&own, io_note, fds[0], EV_READ);
    own.data = "o";
    ev_io_start(p.outer, &own);
    assert_int_equal(write(fds[1], "x", 1), 1);
    assert_true(run_once(p.outer));
    assert_calls("o");
    assert_int_equal(write(fds[1], "x", 1), 1);
    put(&p, "x");
    turns(p.outer);
    assert_int_equal(strlen(calls), 2);
    assert_true(strchr(calls, 'i') && strchr(calls, 'o'));
    run_for(p.outer, 0.002);
    ev_io_stop(p.outer, &own);
    close(fds[0]), close(fds[1]);
    end(&p);
}

static void embed_note(struct ev_loop* loop, ev_embed* w, int revents)
{
    (void)loop;
    assert_int_equal(revents, EV_EMBED);
    calls_add(w->data);
}

static void embed_sweep(struct ev_loop* loop, ev_embed* w, int revents)
{
    embed_note(loop, w, revents);
    ev_embed_sweep(loop, w);
    calls_add(".");
}

static void test_embed_with_callback_leaves_the_sweep_to_it(void** state)
{
    /* R2.69: with a callback: it gets EV_EMBED in every iteration while the
     * inner loop has fd events, which runs in ev_embed_sweep only. */
    Pair p;

    (void)state;
    begin(&p, embed_note);
    ev_io_start(p.inner, &p.io);
    turns(p.outer);
    assert_calls("");
    put(&p, "x");
    assert_true(run_once(p.outer));
    assert_true(run_once(p.outer));
    assert_true(run_once(p.outer));
    assert_calls("eee");

    ev_set_cb(&p.embed, embed_sweep);
    assert_true(run_once(p.outer));
    assert_calls("ei.");
    turns(p.outer);
    assert_calls("");

    put(&p, "x");
    ev_embed_sweep(p.outer, &p.embed);
    assert_calls("i");
    turns(p.outer);
    assert_calls("");
    end(&p);
}

static void run_outer(struct ev_loop* loop, ev_timer* w, int revents)
{
    Pair* p = w->data;
    unsigned before = ev_iteration(p->inner);
    (void)loop, (void)revents;
    ev_run(p->outer, EVRUN_NOWAIT);
    assert_int_equal(ev_iteration(p->inner), before);
    calls_add("t");
}

static void test_embed_callback_that_runs_the_outer_loop_is_not_nested(
    void** state)
{
    /* R2.68: new watchers are registered before the inner loop runs for them.
     * So if a callback of that run runs the outer loop, this does not run the
     * inner one again. */
    ev_timer timer;
    Pair p;

    (void)state;
    begin(&p, NULL);
    turns(p.outer);
    ev_timer_init(&timer, run_outer, 1., 0.);
    timer.data = &p;
    ev_feed_event(p.inner, &timer, EV_TIMER);
    ev_io_start(p.inner, &p.io);
    ev_run(p.outer, EVRUN_NOWAIT);
    assert_calls("t");
    put(&p, "x");
    turns(p.outer);
    assert_calls("i");
    end(&p);
}

static const Test tests[] = {
    EACH(test_embed_without_callback_runs_the_inner_loop),
    EACH(test_embed_inner_watcher_started_later_is_served),
    EACH(test_embed_inner_watcher_started_later_ends_the_wait),
    EACH(test_embed_writer_started_in_a_sweep_ends_the_wait),
    EACH(test_embed_stopped_runs_nothing),
    EACH(test_embed_leaves_outer_watchers_alone),
    EACH(test_embed_with_callback_leaves_the_sweep_to_it),
    EACH(test_embed_callback_that_runs_the_outer_loop_is_not_nested),
};

HARNESS_MAIN("embed", tests)
