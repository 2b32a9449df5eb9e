/* Loops embedded in each other: a refusal by the kernel is no work for each
 * iteration. 4.33 has an assertion that fails.
 */
#define _GNU_SOURCE 1
#include "fds.h"
#include "spy.h"

/* Two loops, each embedded in the other. */
typedef struct Pair {
    struct ev_loop *one, *two;
    ev_embed in_one, in_two;
    Io io_one, io_two;
    int p_one[2], p_two[2], idles;
    ev_idle idle;
} Pair;

static void idle_count(struct ev_loop* loop, ev_idle* w, int revents)
{
    (void)loop, (void)revents;
    ++*(int*)w->data;
}

static void pair_new(Pair* pair)
{
    pair->one = ev_loop_new(embeddable_backend());
    pair->two = ev_loop_new(embeddable_backend());
    assert_true(pair->one && pair->two);
    pipe_open(pair->p_one), pipe_open(pair->p_two);
    io_on(pair->one, &pair->io_one, pair->p_one[0], EV_READ);
    io_on(pair->two, &pair->io_two, pair->p_two[0], EV_READ);
    ev_embed_init(&pair->in_one, NULL, pair->two);
    ev_embed_init(&pair->in_two, NULL, pair->one);
    ev_embed_start(pair->one, &pair->in_one);
    ev_embed_start(pair->two, &pair->in_two);
    pair->idles = 0;
    ev_idle_init(&pair->idle, idle_count);
    pair->idle.data = &pair->idles;
    for (int i = 0; i < 4; ++i) turn(pair->one), turn(pair->two);
}

static void pair_free(Pair* pair)
{
    ev_embed_stop(pair->one, &pair->in_one);
    ev_embed_stop(pair->two, &pair->in_two);
    ev_loop_destroy(pair->one), ev_loop_destroy(pair->two);
    both_close(pair->p_one), both_close(pair->p_two);
}

static void test_embed_mutual_is_not_tried_in_each_iteration(void** state)
{
    /* R4.13, A14: the kernel refuses a ring of epoll sets. That is not tried
     * again in each iteration. */
    enum { iterations = 100 };
    Pair pair;

    (void)state;
    pair_new(&pair);
    spy_ctls = 0;
    for (int i = 0; i < iterations; ++i) turn(pair.one);
    int in_one = spy_ctls;
    spy_ctls = 0;
    for (int i = 0; i < iterations; ++i) turn(pair.two);
    assert_in_range(in_one, 0, iterations / 10);
    assert_in_range(spy_ctls, 0, iterations / 10);
    pair_free(&pair);
}

static void assert_served(struct ev_loop* loop, Io* io, int p[2])
{
    io_take(io);
    byte_put(p[1]);
    for (int i = 0; i < 4 && !io->calls; ++i) turn(loop);
    assert_true(io->calls > 0);
    assert_int_equal(io->revents, EV_READ);
    bytes_drain(p[0]);
    turn(loop);
    io_take(io);
    turn(loop);
    assert_int_equal(io->calls, 0);
}

static void test_embed_mutual_fds_of_both_are_served(void** state)
{
    /* R4.13, A14: either loop serves its own fds and those of the other. */
    Pair pair;

    (void)state;
    pair_new(&pair);
    for (int i = 0; i < 2; ++i) {
        assert_served(pair.one, &pair.io_one, pair.p_one);
        assert_served(pair.one, &pair.io_two, pair.p_two);
        assert_served(pair.two, &pair.io_two, pair.p_two);
        assert_served(pair.two, &pair.io_one, pair.p_one);
    }
    pair_free(&pair);
}

static void test_embed_mutual_idle_watchers_run(void** state)
{
    /* R4.13, A14: the refused embedding is no event: idle watchers, which run
     * only in iterations without events, run. */
    Pair pair;

    (void)state;
    pair_new(&pair);
    ev_idle_start(pair.one, &pair.idle);
    for (int i = 0; i < 100; ++i) turn(pair.one);
    assert_in_range(pair.idles, 90, 100);
    ev_idle_stop(pair.one, &pair.idle);
    pair_free(&pair);
}

static void assert_waits(struct ev_loop* loop)
{
    enum { spinning = 1000 }; /* much less than a busy loop has in that time */

    unsigned before = ev_iteration(loop);
    spy_ctls = 0;
    assert_in_range(waits_in(loop, 0.03), 1, spinning);
    assert_in_range(ev_iteration(loop) - before, 1, spinning);
    assert_in_range(spy_ctls, 0, spinning);
}

static void test_embed_mutual_loop_without_events_waits(void** state)
{
    /* R4.13, A14: nothing happens for 30 ms, and neither loop spins. */
    Pair pair;

    (void)state;
    pair_new(&pair);
    assert_waits(pair.one);
    assert_waits(pair.two);
    assert_waits(pair.one);
    byte_put(pair.p_one[1]);
    turn(pair.two), turn(pair.one);
    bytes_drain(pair.p_one[0]);
    assert_waits(pair.two);
    assert_waits(pair.one);
    pair_free(&pair);
}

static const Test tests[] = {
    OURS_ONCE(test_embed_mutual_is_not_tried_in_each_iteration),
    OURS_ONCE(test_embed_mutual_fds_of_both_are_served),
    OURS_ONCE(test_embed_mutual_idle_watchers_run),
    OURS_ONCE(test_embed_mutual_loop_without_events_waits),
};

HARNESS_MAIN("embed_mutual", tests)
