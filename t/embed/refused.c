/* Two loops embedded in each other: the kernel refuses to close the ring of
 * epoll sets. */
#include <unistd.h>

#include "calls.h"

static struct ev_loop *outer, *inner;
static ev_embed there, back;
static ev_io readable;
static int fds[2], embeds, idles;

static void sweep(EV_P_ ev_embed* w, int revents)
{
    (void)revents;
    ++embeds;
    ev_embed_sweep(EV_A_ w);
}

static void count_idle(EV_P_ ev_idle* w, int revents)
{
    (void)EV_A, (void)w, (void)revents;
    ++idles;
}

/* `inner` watches `outer`, so `outer` cannot watch `inner`. */
static void begin(void (*callback)(struct ev_loop*, ev_embed*, int))
{
    outer = ev_loop_new(embeddable_backend());
    inner = ev_loop_new(embeddable_backend());
    assert_true(outer && inner);
    calls_clear();
    embeds = idles = 0;
    ev_embed_init(&back, NULL, outer);
    ev_embed_start(inner, &back);
    turn(inner);
    ev_embed_init(&there, callback, inner);
    ev_embed_start(outer, &there);
    for (int i = 0; i < 3; ++i) turn(outer);
    assert_int_equal(pipe(fds), 0);
    readable = io_of("r", fds[0], EV_READ);
    ev_io_start(inner, &readable);
}

static void end(void)
{
    ev_io_stop(inner, &readable);
    ev_embed_stop(outer, &there), ev_embed_stop(inner, &back);
    assert_int_equal(turn(outer), 0);
    assert_int_equal(turn(inner), 0);
    ev_loop_destroy(outer), ev_loop_destroy(inner);
    close(fds[0]), close(fds[1]);
}

static void served(void (*callback)(struct ev_loop*, ev_embed*, int))
{
    begin(callback);
    turn(outer);
    assert_calls("");
    assert_int_equal(write(fds[1], "x", 1), 1);
    for (int i = 0; i < 3; ++i) {
        turn(outer);
        assert_calls("r");
    }
    end();
}

static void test_embed_refused_is_served_in_each_iteration(void** state)
{
    /* R4.13: the refused loop is swept once in each iteration. */
    (void)state;
    served(NULL);
    served(sweep);
    assert_true(embeds >= 4);
}

static void test_embed_refused_is_not_tried_again(void** state)
{
    /* R4.13, A14: without a retry nothing is pending, so that idle watchers are
     * called in each iteration. */
    ev_idle idle;
    (void)state;

    begin(NULL);
    ev_idle_init(&idle, count_idle);
    ev_set_priority(&idle, EV_MINPRI);
    ev_idle_start(outer, &idle);
    for (int i = 0; i < 100; ++i) turn(outer);
    assert_int_equal(idles, 100);
    ev_idle_stop(outer, &idle);
    end();
}

static void test_embed_refused_is_tried_again_after_a_renewal(void** state)
{
    /* R4.13: after ev_loop_fork the other loop's epoll set is another one. If
     * there is no ring any more, it is watched, and wakes the outer loop. */
    ev_timer limit;
    (void)state;

    begin(NULL);
    ev_embed_stop(inner, &back);
    ev_loop_fork(inner);
    turn(outer), turn(outer);
    assert_int_equal(write(fds[1], "x", 1), 1);
    limit = timer_of("l", 5, 0);
    ev_timer_start(outer, &limit);
    ev_run(outer, EVRUN_ONCE);
    assert_calls("r");
    ev_timer_stop(outer, &limit);
    end();
}

static const Test tests[] = {
    OURS_ONCE(test_embed_refused_is_served_in_each_iteration),
    OURS_ONCE(test_embed_refused_is_not_tried_again),
    OURS_ONCE(test_embed_refused_is_tried_again_after_a_renewal),
};

HARNESS_MAIN("embed_refused", tests)
