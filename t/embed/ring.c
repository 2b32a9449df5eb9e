/* Loops embedded in each other, or in a ring, below a loop on the backend under
 * test: every iteration ends. The kernel refuses to close the ring (ELOOP), so
 * at that place a loop is swept whenever the one before it is run, and does
 * not end a wait. There 4.33 aborts.
 */

#include <unistd.h>

#include "calls.h"
#include "clock.h"

enum { most = 4 };

static struct ev_loop *outer, *loops[most];
static ev_embed top, embeds[most], twice;
static ev_io ios[most];
static int fds[most][2], count;
static char* const letters[most] = {"a", "b", "c", "d"};

static void read_one(struct ev_loop* loop, ev_io* w, int revents)
{
    char c;
    assert_int_equal(read(w->fd, &c, 1), 1);
    note_io(loop, w, revents);
}

/* Each in the one before, and the first in the last; the outer loop embeds the
 * first. */
static void ring(int n, void (*cb)(struct ev_loop*, ev_embed*, int))
{
    count = n;
    outer = loop_fresh(0);
    for (int i = 0; i < n; ++i) {
        loops[i] = ev_loop_new(embeddable_backend());
        assert_non_null(loops[i]);
        assert_int_equal(pipe(fds[i]), 0);
        ev_io_init(&ios[i], read_one, fds[i][0], EV_READ);
        ios[i].data = letters[i];
        ev_io_start(loops[i], &ios[i]);
    }
    for (int i = 0; i < n; ++i) {
        ev_embed_init(&embeds[i], cb, loops[(i + 1) % n]);
        ev_embed_start(loops[i], &embeds[i]);
    }
    ev_embed_init(&top, cb, loops[0]);
    ev_embed_start(outer, &top);
}

static void ring_end(void)
{
    ev_embed_stop(outer, &top);
    for (int i = 0; i < count; ++i) ev_embed_stop(loops[i], &embeds[i]);
    assert_int_equal(turn(outer), 0);
    for (int i = 0; i < count; ++i) {
        ev_io_stop(loops[i], &ios[i]);
        ev_verify(loops[i]);
        assert_int_equal(turn(loops[i]), 0);
        ev_loop_destroy(loops[i]);
        close(fds[i][0]), close(fds[i][1]);
    }
    ev_loop_destroy(outer);
}

static void put(int i) { assert_int_equal(write(fds[i][1], "x", 1), 1); }

static void turns(struct ev_loop* loop)
{
    for (int i = 0; i < 4; ++i) turn(loop);
}

/* Each gets a byte, and every loop is served by iterations of this one. */
static void assert_all_served(struct ev_loop* loop)
{
    for (int i = 0; i < count; ++i) put(i);
    turns(loop);
    for (int i = 0; i < count; ++i) assert_non_null(strchr(calls, *letters[i]));
    assert_int_equal(strlen(calls_take()), count);
}

static void test_embed_ring_is_served_and_ends(void** state)
{
    /* R3.7: loops embedded in each other, directly or in a ring, end each
     * iteration, whichever of them it begins with. */
    (void)state;
    for (int n = 2; n <= most; ++n) {
        ring(n, NULL);
        for (int round = 0; round < 3; ++round) {
            assert_all_served(outer);
            for (int i = 0; i < n; ++i) assert_all_served(loops[i]);
        }
        ring_end();
    }
}

static void test_embed_ring_twice_embedded_ends(void** state)
{
    /* R3.7: the same if one embeds the next twice. */
    (void)state;
    ring(2, NULL);
    ev_embed_init(&twice, NULL, loops[1]);
    ev_embed_start(loops[0], &twice);
    for (int round = 0; round < 3; ++round) assert_all_served(outer);
    assert_all_served(loops[0]);
    assert_all_served(loops[1]);
    ev_embed_stop(loops[0], &twice);
    ring_end();
}

static void leave_unread(struct ev_loop* loop, ev_io* w, int revents)
{
    (void)revents;
    if (strlen(calls) < 200) calls_note(w->data, 0);
    ev_io_stop(loop, w); /* a change for the next in the ring to tell */
    ev_io_start(loop, w);
}

static void test_embed_ring_with_data_left_unread_ends(void** state)
{
    /* R3.7: data is left unread, and each call changes its loop. */
    (void)state;
    for (int n = 2; n <= most; ++n) {
        ring(n, NULL);
        for (int i = 0; i < n; ++i) {
            ev_set_cb(&ios[i], leave_unread);
            put(i);
        }
        for (int i = 0; i <= n; ++i) {
            turn(i < n ? loops[i] : outer);
            assert_in_range(strlen(calls_take()), 1, 100);
        }
        ring_end();
    }
}

static void sweep(struct ev_loop* loop, ev_embed* w, int revents)
{
    assert_int_equal(revents, EV_EMBED);
    ev_embed_sweep(loop, w);
}

static void test_embed_ring_swept_by_callbacks_ends(void** state)
{
    /* R3.7: also by way of ev_embed_sweep. */
    (void)state;
    for (int n = 2; n <= most; ++n) {
        ring(n, sweep);
        for (int round = 0; round < 3; ++round) assert_all_served(outer);
        for (int i = 0; i < n; ++i) ev_set_cb(&ios[i], leave_unread), put(i);
        turns(outer);
        assert_in_range(strlen(calls_take()), n, 200);
        ring_end();
    }
}

static void sweep_next(struct ev_loop* loop, ev_prepare* w, int revents)
{
    (void)revents;
    ++count;
    if (w->data) ev_embed_sweep(loop, w->data);
}

static void test_embed_sweeps_within_each_other_end(void** state)
{
    /* R3.7: a sweep within sweeps of eight other loops does nothing. 4.33 has
     * no limit. */
    enum { number = 10 };
    struct ev_loop* chain[number];
    ev_embed links[number];
    ev_prepare prepares[number];

    (void)state;
    count = 0;
    for (int i = 0; i < number; ++i) chain[i] = loop_fresh(0);
    for (int i = 0; i < number; ++i) {
        int last = i + 1 == number;
        ev_embed_init(&links[i], NULL, last ? NULL : chain[i + 1]);
        ev_prepare_init(&prepares[i], sweep_next);
        prepares[i].data = last ? NULL : &links[i];
        ev_prepare_start(chain[i], &prepares[i]);
    }
    turn(chain[0]);
    assert_int_equal(count, 9);
    for (int i = 0; i < number; ++i) {
        ev_prepare_stop(chain[i], &prepares[i]);
        ev_loop_destroy(chain[i]);
    }
}

static int depth;

static void run_again(struct ev_loop* loop, ev_io* w, int revents)
{
    read_one(loop, w, revents);
    if (++depth > 3) return;
    for (int i = 0; i < count; ++i) put(i);
    turns(loop);
    turns(outer);
}

static void test_embed_ring_run_by_a_callback_serves_its_loop(void** state)
{
    /* R3.7: a callback may run its loop, and others, once more. */
    (void)state;
    ring(3, NULL);
    depth = 0;
    ev_set_cb(&ios[1], run_again);
    put(1);
    turns(outer);
    turns(outer);
    assert_true(depth > 3);
    for (int i = 0; i < count; ++i) assert_non_null(strchr(calls, *letters[i]));
    calls_clear();
    ev_set_cb(&ios[1], read_one);
    assert_all_served(outer);
    ring_end();
}

static jmp_buf back;

static void leave(struct ev_loop* loop, ev_io* w, int revents)
{
    read_one(loop, w, revents);
    longjmp(back, 1);
}

static void left_by(int i)
{
    clock_freeze();
    ring(most, NULL);
    ev_set_cb(&ios[i], leave);
    put(i);
    if (!setjmp(back)) {
        turn(outer); /* which tells all kernels of what was started */
        fail();
    }
    assert_string_equal(calls_take(), letters[i]);
    for (int k = 0; k < most; ++k) ev_set_cb(&ios[k], read_one);
    clock_advance(2);
    turns(loops[(i + 2) % most]); /* and with another one as the first */
    for (int k = 0; k < most; ++k) assert_all_served(loops[k]);
    assert_all_served(outer);
    ring_end();
    clock_thaw();
}

static void test_embed_ring_left_by_longjmp_is_served_later(void** state)
{
    /* R3.7, R1.54: a callback that leaves all of them by longjmp does not keep
     * any from being swept later. */
    (void)state;
    for (int i = 0; i < most; ++i) left_by(i);
}

static const Test tests[] = {
    OURS(test_embed_ring_is_served_and_ends),
    OURS(test_embed_ring_twice_embedded_ends),
    OURS(test_embed_ring_with_data_left_unread_ends),
    OURS(test_embed_ring_swept_by_callbacks_ends),
    OURS(test_embed_sweeps_within_each_other_end),
    OURS(test_embed_ring_run_by_a_callback_serves_its_loop),
    OURS(test_embed_ring_left_by_longjmp_is_served_later),
};

HARNESS_MAIN("embed_ring", tests)
