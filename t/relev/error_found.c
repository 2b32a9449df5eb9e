/* Errors that the loop finds in what the program did to the loop's own state,
 * and errors of no loop. */

#include <signal.h>
#include <unistd.h>

#include "mistakes_help.h"

static int fds[2];

static void write_byte(void) { assert_int_equal(write(fds[1], "x", 1), 1); }

/* The number of the loop's epoll set, which is the next free one. */
static struct ev_loop* loop_with_set(int* set)
{
    *set = dup(0);
    close(*set);
    struct ev_loop* loop = loop_fresh(0);
    assert_int_equal(pipe(fds), 0);
    return loop;
}

static void loop_end(struct ev_loop* loop, ev_io* w)
{
    ev_io_stop(loop, w);
    no_faults();
    errors_end();
    ev_loop_destroy(loop);
    close(fds[0]), close(fds[1]);
}

static void set_closed(int changed)
{
    int set;
    struct ev_loop* loop = loop_with_set(&set);
    ev_io w = io_of("w", fds[0], EV_READ);

    errors_begin();
    if (!changed) ev_io_start(loop, &w), turn(loop);
    close(set);
    if (changed) ev_io_start(loop, &w);
    write_byte();
    turn(loop), turn(loop), turn(loop);
    if (has_own_fd(backend)) told_fault(FD_OWN, 0, NULL, set);
    no_faults();
    assert_true(strlen(calls_take()) > 0);
    loop_end(loop, &w);
}

static void test_error_closed_set_is_told(void** state)
{
    /* 1.1: the program closed the loop's epoll set or kqueue, between two
     * iterations. It is told once, and the loop continues with a new one. */
    (void)state;
    if (!has_own_fd(backend)) skip();
    set_closed(0);
}

static void test_error_closed_set_is_told_by_a_change(void** state)
{
    /* 1.1: the same if the loop notices when it registers a change. */
    (void)state;
    if (!has_own_fd(backend)) skip();
    set_closed(1);
}

static void test_error_set_with_a_new_number_is_told(void** state)
{
    /* 1.1: the number of the closed set is that of another file by now. */
    int set;
    struct ev_loop* loop;
    ev_io w;
    (void)state;

    if (!has_own_fd(backend)) skip();
    loop = loop_with_set(&set);
    errors_begin();
    w = io_of("w", fds[0], EV_READ);
    ev_io_start(loop, &w), turn(loop);
    assert_int_equal(dup2(fds[1], set), set);
    write_byte();
    turn(loop), turn(loop), turn(loop);
    told_fault(FD_OWN, 0, NULL, set);
    assert_true(strlen(calls_take()) > 0);
    loop_end(loop, &w);
    close(set);
}

static void test_error_own_set_watched_is_refused(void** state)
{
    /* 1.1: no epoll set or kqueue can contain itself. It is not taken for lost,
     * and the stopped watcher keeps no reference. */
    int set;
    struct ev_loop* loop;
    ev_io w;
    (void)state;

    if (!has_own_fd(backend)) skip();
    loop = loop_with_set(&set);
    errors_begin();
    w = io_of("w", set, EV_READ);
    ev_io_start(loop, &w);
    turn_leaves(loop, 0);
    told_fault(FD_REFUSED, EV_IO, &w, set);
    assert_false(ev_is_active(&w));
    assert_calls("w");
    turn_leaves(loop, 0);
    loop_end(loop, &w);
}

static void test_error_embedded_loop_set_to_null_is_told(void** state)
{
    /* 1.1: the member `other` of an active ev_embed was set to null: it is told
     * once for each time, however many iterations follow. */
    struct ev_loop *loop = loop_fresh(0),
                   *inner = loop_new(embeddable_backend());
    ev_embed w;
    (void)state;

    errors_begin();
    ev_embed_init(&w, NULL, inner);
    ev_embed_start(loop, &w);
    turn(loop);
    for (int i = 0; i < 2; ++i) {
        no_faults();
        w.other = NULL;
        turn(loop), turn(loop), turn(loop);
        told_fault(CHANGED, EV_EMBED, &w, -1);
        no_faults();
        w.other = inner;
        turn(loop), turn(loop);
    }
    ev_embed_stop(loop, &w);
    turn_leaves(loop, 0);
    no_faults();
    errors_end();
    ev_loop_destroy(loop);
    ev_loop_destroy(inner);
}

static void test_error_null_loop_in_a_sweep_is_told(void** state)
{
    /* 1.1: the same if the program itself sweeps. */
    struct ev_loop *loop = loop_fresh(0),
                   *inner = loop_new(embeddable_backend());
    ev_embed w;
    (void)state;

    errors_begin();
    ev_embed_init(&w, NULL, inner);
    ev_embed_start(loop, &w);
    w.other = NULL;
    ev_embed_sweep(loop, &w);
    told_fault(CHANGED, EV_EMBED, &w, -1);
    no_faults();
    ev_embed_stop(loop, &w);
    errors_end();
    ev_loop_destroy(loop);
    ev_loop_destroy(inner);
}

static struct relev_error heard;
static int heard_count;

static void hear(struct ev_loop* loop, const struct relev_error* error,
                 void* data)
{
    assert_null(loop);
    assert_ptr_equal(data, &heard_count);
    heard = *error;
    ++heard_count;
}

static void test_error_illegal_fed_signal_is_told_without_a_loop(void** state)
{
    /* 1.1: ev_feed_signal knows no loop, so the callback of all loops receives
     * it; the one of a loop does not. */
    static const int numbers[] = {-1, 0, 10000};
    struct ev_loop* loop = loop_fresh(0);
    (void)state;

    heard_count = 0;
    relev_set_error_cb(loop, hear, NULL);
    ev_feed_signal(-1);
    assert_int_equal(heard_count, 0);
    relev_set_error_cb(NULL, hear, &heard_count);
    for (int i = 0; i < 3; ++i) {
        ev_feed_signal(numbers[i]);
        assert_int_equal(heard_count, i + 1);
        assert_int_equal(heard.code, RELEV_E_SIGNUM);
        assert_int_equal(heard.type, EV_SIGNAL);
        assert_int_equal(heard.number, numbers[i]);
        assert_null(heard.watcher);
        assert_true(strlen(heard.text) > 4);
    }
    ev_feed_signal(SIGUSR1);
    assert_int_equal(heard_count, 3);
    relev_set_error_cb(NULL, NULL, NULL);
    ev_feed_signal(-1);
    ev_loop_destroy(loop);
}

static const Test tests[] = {
    EACH(test_error_closed_set_is_told),
    EACH(test_error_closed_set_is_told_by_a_change),
    EACH(test_error_set_with_a_new_number_is_told),
    EACH(test_error_own_set_watched_is_refused),
    EACH(test_error_embedded_loop_set_to_null_is_told),
    EACH(test_error_null_loop_in_a_sweep_is_told),
    ONCE(test_error_illegal_fed_signal_is_told_without_a_loop),
};

HARNESS_MAIN("relev_error_found", tests)
