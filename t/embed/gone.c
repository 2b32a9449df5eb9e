/* Embed watchers that go where they are not expected to. */

#include "embed_help.h"

static Pair pair;

static void embed_ends(struct ev_loop* loop, ev_fork* w, int revents)
{
    (void)loop;
    assert_int_equal(revents, EV_FORK);
    calls_add(w->data);
    ev_embed_stop(pair.outer, &pair.embed);
}

static void test_embed_stopped_by_the_inner_fork_watcher_stays_so(void** state)
{
    /* R2.70: the inner loop's fork watchers are called along; one of them may
     * stop the embedding; 4.33 starts it again. */
    ev_fork w;

    (void)state;
    begin(&pair, NULL);
    ev_fork_init(&w, embed_ends);
    w.data = "f";
    ev_fork_start(pair.inner, &w);
    ev_io_start(pair.inner, &pair.io);
    turns(pair.outer);
    assert_calls("");

    ev_loop_fork(pair.outer);
    turns(pair.outer);
    assert_calls("f");
    assert_false(ev_is_active(&pair.embed));
    assert_int_equal(ev_run(pair.outer, EVRUN_NOWAIT), 0);
    put(&pair, "x");
    turns(pair.outer);
    assert_calls("");
    ev_run(pair.inner, EVRUN_NOWAIT);
    assert_calls("i");
    ev_fork_stop(pair.inner, &w);
    end(&pair);
}

static void test_embed_of_no_loop_is_refused(void** state)
{
    /* R2.68: there is nothing to embed; 4.33 crashes. */
    struct ev_loop* loop = loop_new(0);
    ev_embed w;

    (void)state;
    ev_embed_init(&w, NULL, NULL);
    ev_embed_start(loop, &w);
    assert_false(ev_is_active(&w));
    assert_int_equal(ev_run(loop, EVRUN_NOWAIT), 0);
    ev_loop_destroy(loop);
}

static void outer_destroy(struct ev_loop* loop, ev_io* w, int revents)
{
    ev_embed_stop(pair.outer, &pair.embed);
    ev_loop_destroy(pair.outer);
    pair.outer = NULL;
    io_note(loop, w, revents);
}

static void test_embed_outer_destroyed_in_a_sweep_that_ends(void** state)
{
    /* A loop may be destroyed where it does not run, also while a program's
     * call of ev_embed_sweep for it goes on. */
    (void)state;
    begin(&pair, NULL);
    ev_set_cb(&pair.io, outer_destroy);
    ev_io_start(pair.inner, &pair.io);
    put(&pair, "x");
    ev_embed_sweep(pair.outer, &pair.embed);
    assert_calls("i");

    ev_set_cb(&pair.io, io_note);
    put(&pair, "y");
    ev_run(pair.inner, EVRUN_NOWAIT);
    assert_calls("i");
    ev_io_stop(pair.inner, &pair.io);
    ev_loop_destroy(pair.inner);
    close(pair.fds[0]), close(pair.fds[1]);
}

static const Test tests[] = {
    OURS(test_embed_stopped_by_the_inner_fork_watcher_stays_so),
    OURS(test_embed_of_no_loop_is_refused),
    EACH(test_embed_outer_destroyed_in_a_sweep_that_ends),
};

HARNESS_MAIN("embed_gone", tests)
