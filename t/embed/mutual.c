/* Loops embedded in each other: a refusal by the kernel is no work for each
 * iteration.
 */
#define _GNU_SOURCE 1
#include "spy.h"

/* Two loops, each embedded in the other. */
typedef struct Pair {
    struct ev_loop *one, *two;
    ev_embed in_one, in_two;
    Io io_one, io_two;
    int p_one[2], p_two[2], idles, prepares;
    ev_idle idle;
    ev_prepare prepare;
} Pair;

static void idle_count(struct ev_loop* loop, ev_idle* w, int revents)
{
    (void)loop, (void)revents;
    ++*(int*)w->data;
}

static void prepare_count(struct ev_loop* loop, ev_prepare* w, int revents)
{
    (void)loop, (void)revents;
    ++*(int*)w->data;
}

static void pair_new(Pair* pair)
{
    pair->one = ev_loop_new(EVBACKEND_EPOLL);
    pair->two = ev_loop_new(EVBACKEND_EPOLL);
    assert_true(pair->one && pair->two);
    pipe_open(pair->p_one), pipe_open(pair->p_two);
    io_on(pair->one, &pair->io_one, pair->p_one[0], EV_READ);
    io_on(pair->two, &pair->io_two, pair->p_two[0], EV_READ);
    ev_embed_init(&pair->in_one, NULL, pair->two);
    ev_embed_init(&pair->in_two, NULL, pair->one);
    ev_embed_start(pair->one, &pair->in_one);
    ev_embed_start(pair->two, &pair->in_two);
    pair->idles = pair->prepares = 0;
    ev_idle_init(&pair->idle, idle_count);
    pair->idle.data = &pair->idles;
    ev_prepare_init(&pair->prepare, prepare_count);
    pair->prepare.data = &pair->prepares;
    ev_prepare_start(pair->one, &pair->prepare);
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

static void test_embed_mutual_loop_without_events_waits(void** state)
{
    /* R4.13, A14: it does not spin: nothing happens for 30 ms, and the loop
     * waits, if need be for a part of that time only. */
    enum { spinning = 1000 }; /* iterations: much less than a busy loop has */
    Pair pair;

    (void)state;
    pair_new(&pair);
    pair.prepares = 0;
    spy_ctls = 0;
    assert_in_range(waits_in(pair.one, 0.03), 1, spinning);
    assert_in_range(pair.prepares, 1, spinning);
    assert_in_range(spy_ctls, 0, spinning);
    pair_free(&pair);
}

static const Test tests[] = {
    ONCE(test_embed_mutual_is_not_tried_in_each_iteration),
    ONCE(test_embed_mutual_fds_of_both_are_served),
    ONCE(test_embed_mutual_idle_watchers_run),
    ONCE(test_embed_mutual_loop_without_events_waits),
};

HARNESS_MAIN("embed_mutual", tests)
