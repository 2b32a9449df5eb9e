/* ev_io: several watchers on one fd, level triggering. */
#include "calls.h"
#include "fds.h"

enum { both = EV_READ | EV_WRITE };

static void test_io_shared_fd_calls_each_with_own_mask(void** state)
{
    /* R2.1: the kernel is asked for the union of the masks, and each watcher
     * is called with exactly the ready events that it asked for. */
    struct ev_loop* loop = loop_new(0);
    Io reader, writer, any;
    int s[2];

    (void)state;
    pair_open(s);
    io_on(loop, &reader, s[0], EV_READ);
    io_on(loop, &writer, s[0], EV_WRITE);
    io_on(loop, &any, s[0], both);
    assert_int_equal(turn(loop), 3);
    assert_took(&reader, 0);
    assert_took(&writer, EV_WRITE);
    assert_took(&any, EV_WRITE);

    byte_put(s[1]);
    turn(loop);
    assert_took(&reader, EV_READ);
    assert_took(&writer, EV_WRITE);
    assert_took(&any, both);

    bytes_fill(s[0]);
    turn(loop);
    assert_took(&reader, EV_READ);
    assert_took(&writer, 0);
    assert_took(&any, EV_READ);
    ev_loop_destroy(loop);
    both_close(s);
}

static void test_io_shared_fd_union_shrinks_others_go_on(void** state)
{
    /* R2.1: when the union shrinks, the others go on undisturbed. */
    struct ev_loop* loop = loop_new(0);
    Io reader, writer, any;
    int s[2];

    (void)state;
    pair_open(s);
    byte_put(s[1]);
    io_on(loop, &any, s[0], both);
    io_on(loop, &reader, s[0], EV_READ);
    io_on(loop, &writer, s[0], EV_WRITE);
    turn(loop);
    assert_took(&any, both);
    assert_took(&reader, EV_READ);
    assert_took(&writer, EV_WRITE);

    io_off(loop, &any);
    turn(loop);
    assert_took(&any, 0);
    assert_took(&reader, EV_READ);
    assert_took(&writer, EV_WRITE);

    io_off(loop, &writer);
    assert_int_equal(turn(loop), 1);
    assert_took(&reader, EV_READ);
    assert_took(&writer, 0);

    io_on(loop, &writer, s[0], EV_WRITE);
    io_off(loop, &reader);
    assert_int_equal(turn(loop), 1);
    assert_took(&reader, 0);
    assert_took(&writer, EV_WRITE);
    ev_loop_destroy(loop);
    both_close(s);
}

static void test_io_shared_fd_union_grows_is_asked_for(void** state)
{
    /* R2.1: a later watcher widens what the kernel is asked for. */
    struct ev_loop* loop = loop_new(0);
    Io reader, writer;
    int s[2];

    (void)state;
    pair_open(s);
    io_on(loop, &reader, s[0], EV_READ);
    turn(loop);
    io_on(loop, &writer, s[0], EV_WRITE);
    turn(loop);
    assert_took(&reader, 0);
    assert_took(&writer, EV_WRITE);
    ev_loop_destroy(loop);
    both_close(s);
}

static void order_on(struct ev_loop* loop, ev_io* w, int fd, const char* letter)
{
    *w = io_of(letter, fd, EV_READ);
    ev_io_start(loop, w);
}

static void assert_order(struct ev_loop* loop, const char* expected)
{
    calls_clear();
    turn(loop);
    assert_calls(expected);
}

static void test_io_shared_fd_calls_in_start_order(void** state)
{
    /* R2.2: watchers of one fd that become ready together are called in the
     * order in which they were started. */
    struct ev_loop* loop = loop_new(0);
    ev_io w[4];
    int p[2];

    (void)state;
    pipe_open(p);
    byte_put(p[1]);
    order_on(loop, &w[0], p[0], "a");
    order_on(loop, &w[1], p[0], "b");
    order_on(loop, &w[2], p[0], "c");
    assert_order(loop, "abc");
    assert_order(loop, "abc");

    ev_io_stop(loop, &w[1]);
    assert_order(loop, "ac");
    ev_io_start(loop, &w[1]);
    assert_order(loop, "acb");
    ev_io_stop(loop, &w[0]);
    order_on(loop, &w[3], p[0], "d");
    assert_order(loop, "cbd");

    calls_clear();
    ev_feed_fd_event(loop, p[0], EV_READ);
    ev_invoke_pending(loop);
    assert_calls("cbd");
    ev_loop_destroy(loop);
    both_close(p);
}

static void test_io_shared_fd_priority_goes_before_start_order(void** state)
{
    /* R2.2: start order counts among watchers of equal priority only. */
    struct ev_loop* loop = loop_new(0);
    ev_io w[3];
    int p[2];

    (void)state;
    pipe_open(p);
    byte_put(p[1]);
    for (int i = 0; i < 3; ++i) {
        w[i] = io_of(letter_of("abc"[i]), p[0], EV_READ);
        ev_set_priority(&w[i], i == 0 ? -1 : i == 2 ? 1 : 0);
        ev_io_start(loop, &w[i]);
    }
    assert_order(loop, "cba");
    ev_loop_destroy(loop);
    both_close(p);
}

static void test_io_unread_data_reported_each_iteration(void** state)
{
    /* R2.3: readiness is level-triggered: unread data is reported again in
     * every iteration, and no more once it is drained. */
    struct ev_loop* loop = loop_new(0);
    Io reader;
    int p[2];
    char c;

    (void)state;
    pipe_open(p);
    io_on(loop, &reader, p[0], EV_READ);
    turn(loop);
    assert_took(&reader, 0);

    for (int i = 0; i < 5; ++i) byte_put(p[1]);
    for (int i = 0; i < 5; ++i) {
        turn(loop);
        assert_took(&reader, EV_READ);
        assert_int_equal(read(p[0], &c, 1), 1);
    }
    turn(loop);
    assert_took(&reader, 0);
    byte_put(p[1]);
    turn(loop);
    assert_took(&reader, EV_READ);
    turn(loop);
    assert_took(&reader, EV_READ);
    ev_loop_destroy(loop);
    both_close(p);
}

static void test_io_writable_reported_each_iteration(void** state)
{
    /* R2.3: writability is level-triggered likewise. */
    struct ev_loop* loop = loop_new(0);
    Io writer;
    int p[2];

    (void)state;
    pipe_open(p);
    io_on(loop, &writer, p[1], EV_WRITE);
    for (int i = 0; i < 3; ++i) {
        turn(loop);
        assert_took(&writer, EV_WRITE);
    }
    bytes_fill(p[1]);
    turn(loop);
    assert_took(&writer, 0);
    bytes_drain(p[0]);
    turn(loop);
    assert_took(&writer, EV_WRITE);
    ev_loop_destroy(loop);
    both_close(p);
}

static const Test tests[] = {
    EACH(test_io_shared_fd_calls_each_with_own_mask),
    EACH(test_io_shared_fd_union_shrinks_others_go_on),
    EACH(test_io_shared_fd_union_grows_is_asked_for),
    EACH(test_io_shared_fd_calls_in_start_order),
    EACH(test_io_shared_fd_priority_goes_before_start_order),
    EACH(test_io_unread_data_reported_each_iteration),
    EACH(test_io_writable_reported_each_iteration),
};

HARNESS_MAIN("io", tests)
