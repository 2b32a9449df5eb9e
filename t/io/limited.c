/* ev_io: the limit of fds (RLIMIT_NOFILE) is lowered below what is watched. All
 * that is open stays open then, but poll(2) refuses so many. */
#define _GNU_SOURCE 1
#include "fds.h"
#include "spy.h"

enum { pipes = 40 };

typedef struct Many {
    struct ev_loop* loop;
    Io io[pipes];
    int p[pipes][2];
    rlim_t was;
} Many;

static void many_new(Many* many, rlim_t limit)
{
    many->loop = loop_new(0);
    for (int i = 0; i < pipes; ++i) {
        pipe_open(many->p[i]);
        io_on(many->loop, &many->io[i], many->p[i][0], EV_READ);
    }
    turn(many->loop);
    many->was = fds_limit(limit);
}

static void many_free(Many* many)
{
    fds_limit(many->was);
    ev_loop_destroy(many->loop);
    for (int i = 0; i < pipes; ++i) both_close(many->p[i]);
}

static void many_take(Many* many, int called)
{
    for (int i = 0; i < pipes; ++i) {
        assert_took(&many->io[i], i == called ? EV_READ : 0);
        bytes_drain(many->p[i][0]);
    }
}

static void limited(rlim_t limit)
{
    Many many;
    many_new(&many, limit);
    for (int i = 0; i < pipes; i += pipes / 4 - 1) {
        byte_put(many.p[i][1]);
        turn(many.loop);
        many_take(&many, i);
        byte_put(many.p[i][1]);
        run_once(many.loop);
        many_take(&many, i);
    }
    /* A failed poll counts as a wait here. */
    assert_in_range(waits_in(many.loop, 0.02), 1, 20);
    many_take(&many, -1);
    many_free(&many);
}

static void test_io_below_and_above_a_lowered_limit_is_served(void** state)
{
    /* R3.8: with more fds watched than the limit all are served, whatever
     * their numbers; timers are called, and the loop sleeps between. */
    (void)state;
    limited(pipes / 2);
    limited(1);
    limited(0);
}

static void test_io_of_any_mask_under_a_lowered_limit_is_served(void** state)
{
    /* R3.8: whatever is asked, and for both if both are ready; a hang-up can be
     * read. */
    enum { both = EV_READ | EV_WRITE };
    Many many;
    Io one;
    int s[2];
    (void)state;

    pair_open(s);
    many_new(&many, 1);
    io_on(many.loop, &one, s[0], both);
    turn(many.loop);
    assert_took(&one, EV_WRITE);
    byte_put(s[1]);
    turn(many.loop);
    assert_took(&one, both);
    io_mask(many.loop, &one, EV_READ);
    turn(many.loop);
    assert_took(&one, EV_READ);
    bytes_drain(s[0]);
    turn(many.loop);
    assert_took(&one, 0);
    close(s[1]);
    turn(many.loop);
    assert_took(&one, EV_READ);
    io_off(many.loop, &one);
    many_take(&many, -1);
    many_free(&many);
    close(s[0]);
}

static void test_io_closed_under_a_lowered_limit_is_told(void** state)
{
    /* R3.8, R2.12: only one that was closed is stopped and gets EV_ERROR. */
    if (forgets_closed(backend)) skip();
    enum { closed = 7 };
    Many many;
    (void)state;

    many_new(&many, 1);
    close(many.p[closed][0]);
    for (int i = 0; i < 3; ++i) turn(many.loop);
    assert_took(&many.io[closed], EV_ERROR | EV_READ | EV_WRITE);
    assert_false(ev_is_active(&many.io[closed].w));
    byte_put(many.p[closed + 1][1]);
    turn(many.loop);
    many_take(&many, closed + 1);
    many_free(&many);
}

static int hooks;

static void hook(struct ev_loop* loop) EV_NOEXCEPT
{
    (void)loop;
    ++hooks;
}

static void test_io_release_under_a_lowered_limit_is_called_once(void** state)
{
    /* R3.8, R1.43: however the wait is done, it is one. */
    Many many;
    (void)state;

    many_new(&many, 1);
    ev_set_loop_release_cb(many.loop, hook, hook);
    hooks = 0;
    byte_put(many.p[3][1]);
    turn(many.loop);
    many_take(&many, 3);
    assert_int_equal(hooks, 2);
    many_free(&many);
}

static const Test tests[] = {
    OURS(test_io_below_and_above_a_lowered_limit_is_served),
    OURS(test_io_of_any_mask_under_a_lowered_limit_is_served),
    OURS(test_io_closed_under_a_lowered_limit_is_told),
    OURS(test_io_release_under_a_lowered_limit_is_called_once),
};

HARNESS_MAIN("io_limited", tests)
