/* Mistakes and unusual uses of ev_embed. */

#include <unistd.h>

#include "mistakes_help.h"

static ev_embed embed;
static ev_io inner_io;
static int pipe_fds[2], sweeps;

static struct ev_loop* inner_new(void)
{
    struct ev_loop* inner = ev_loop_new(embeddable_backend());
    assert_non_null(inner);
    assert_int_equal(pipe(pipe_fds), 0);
    assert_int_equal(write(pipe_fds[1], "x", 1), 1);
    return inner;
}

static void both_destroy(struct ev_loop* outer, struct ev_loop* inner)
{
    ev_loop_destroy(outer);
    ev_loop_destroy(inner);
    close(pipe_fds[0]), close(pipe_fds[1]);
}

static void not_embeddable(void)
{
    struct ev_loop* outer = loop_fresh(0);
    struct ev_loop* inner = ev_loop_new(EVBACKEND_POLL);
    ev_embed w;

    ev_embed_init(&w, NULL, inner);
    ev_embed_start(outer, &w);
    assert_told(EMBED, EV_EMBED, &w, -1);
    assert_false(ev_is_active(&w));
    ev_embed_stop(outer, &w);
    turn_leaves(outer, 0);
    assert_reports(0);
    ev_loop_destroy(outer);
    ev_loop_destroy(inner);
}

static void test_embed_not_embeddable_is_refused(void** state)
{
    /* R2.20: only a loop with an fd of its own can be embedded. */
    (void)state;
    made_twice(not_embeddable);
}

static void in_itself(void)
{
    struct ev_loop* loop = ev_loop_new(embeddable_backend());
    ev_embed w;
    unsigned iterations;

    ev_embed_init(&w, NULL, loop);
    ev_embed_start(loop, &w);
    assert_told(EMBED, EV_EMBED, &w, -1);
    assert_false(ev_is_active(&w));
    iterations = ev_iteration(loop);
    ev_embed_sweep(loop, &w);
    assert_int_equal(ev_iteration(loop), iterations);
    turn_leaves(loop, 0);
    ev_loop_destroy(loop);
}

static void test_embed_in_itself_is_refused(void** state)
{
    /* R2.68: a loop cannot be swept by itself: that would never end. */
    (void)state;
    made_twice(in_itself);
}

static void in_wrong_loop(void)
{
    struct ev_loop *outer = loop_fresh(0), *wrong = loop_new(0);
    struct ev_loop* inner = inner_new();
    ev_embed w;

    inner_io = io_of("i", pipe_fds[0], EV_READ);
    ev_io_start(inner, &inner_io);
    ev_embed_init(&w, NULL, inner);
    ev_embed_start(outer, &w);
    ev_embed_stop(wrong, &w);
    assert_told(OTHER_LOOP, EV_EMBED, &w, -1);
    assert_true(ev_is_active(&w));
    turn_leaves(wrong, 0);
    assert_true(turn(outer) > 0);
    assert_true(strlen(calls_take()) > 0);
    ev_embed_stop(outer, &w);
    turn_leaves(outer, 0);
    ev_loop_destroy(wrong);
    both_destroy(outer, inner);
}

static void test_embed_stopped_in_wrong_loop_goes_on(void** state)
{
    /* R2.68: stopped in its own loop only. */
    (void)state;
    made_twice(in_wrong_loop);
}

static void stop_embed(struct ev_loop* inner, ev_io* w, int revents)
{
    struct ev_loop* outer = ev_userdata(inner);
    (void)revents;
    ev_io_stop(inner, w);
    ev_embed_stop(outer, &embed);
    memset(&embed, 0xee, sizeof embed);
}

static void test_embed_stopped_by_inner_callback_leaves_nothing(void** state)
{
    /* R2.68: a callback of the inner loop may stop the embedding, and the
     * memory of the ev_embed is the caller's again at once. */
    struct ev_loop *outer = loop_fresh(0), *inner = inner_new();
    (void)state;

    ev_set_userdata(inner, outer);
    ev_io_init(&inner_io, stop_embed, pipe_fds[0], EV_READ);
    ev_io_start(inner, &inner_io);
    ev_embed_init(&embed, NULL, inner);
    ev_embed_start(outer, &embed);
    turn(outer);
    turn_leaves(outer, 0);
    assert_false(ev_is_active(&inner_io));
    both_destroy(outer, inner);
}

static void restart(struct ev_loop* inner, ev_io* w, int revents)
{
    (void)revents;
    if (++sweeps > 100) return; /* it would go on for ever */
    ev_io_stop(inner, w);
    ev_io_set(w, pipe_fds[0], EV_READ);
    ev_io_start(inner, w);
}

static void test_embed_inner_restarting_itself_does_not_hang(void** state)
{
    /* R2.68: an inner watcher that stops and starts itself in each call, with
     * data left unread, does not keep the outer loop in one iteration. */
    struct ev_loop *outer = loop_fresh(0), *inner = inner_new();
    (void)state;

    sweeps = 0;
    ev_io_init(&inner_io, restart, pipe_fds[0], EV_READ);
    ev_io_start(inner, &inner_io);
    ev_embed_init(&embed, NULL, inner);
    ev_embed_start(outer, &embed);
    turn(outer);
    assert_in_range(sweeps, 1, 10);
    turn(outer);
    assert_in_range(sweeps, 2, 20); /* and it is not forgotten */
    ev_embed_stop(outer, &embed);
    both_destroy(outer, inner);
}

static void break_always(EV_P_ ev_prepare* w, int revents)
{
    (void)w, (void)revents;
    if (++sweeps > 100) return;
    ev_break(EV_A_ EVBREAK_ALL);
}

static void test_embed_inner_breaking_does_not_hang(void** state)
{
    /* R2.68: an inner prepare watcher that breaks each of its runs does not
     * keep the outer loop in one iteration; the fd is watched nevertheless. */
    struct ev_loop *outer = loop_fresh(0), *inner = inner_new();
    ev_prepare prepare;
    (void)state;

    sweeps = 0;
    ev_prepare_init(&prepare, break_always);
    ev_prepare_start(inner, &prepare);
    inner_io = io_of("i", pipe_fds[0], EV_READ);
    ev_io_start(inner, &inner_io);
    ev_embed_init(&embed, NULL, inner);
    ev_embed_start(outer, &embed);
    turn(outer);
    assert_in_range(sweeps, 1, 10);
    ev_embed_stop(outer, &embed);
    both_destroy(outer, inner);
}

static const Test tests[] = {
    OURS(test_embed_not_embeddable_is_refused),
    OURS_ONCE(test_embed_in_itself_is_refused),
    OURS(test_embed_stopped_in_wrong_loop_goes_on),
    OURS(test_embed_stopped_by_inner_callback_leaves_nothing),
    OURS(test_embed_inner_restarting_itself_does_not_hang),
    OURS(test_embed_inner_breaking_does_not_hang),
};

HARNESS_MAIN("mistakes_embed", tests)
