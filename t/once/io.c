/* ev_once: an fd, a timeout, or whichever comes first. */

#include "drive.h"

#include <unistd.h>

static int blocks; /* memory blocks the library holds */

static void* counting_alloc(void* data, long size)
{
    if (size) {
        blocks += !data;
        return realloc(data, (size_t)size);
    }
    blocks -= !!data;
    free(data);
    return NULL;
}

static void* plain_alloc(void* data, long size)
{
    if (size) return realloc(data, (size_t)size);
    free(data);
    return NULL;
}

typedef struct Call {
    int count, revents;
} Call;

static void once_note(int revents, void* arg)
{
    Call* call = arg;
    ++call->count;
    call->revents = revents;
}

static struct ev_loop* begin(int fds[2])
{
    assert_int_equal(pipe(fds), 0);
    return loop_new(0);
}

static void end(struct ev_loop* loop, int fds[2])
{
    ev_loop_destroy(loop);
    close(fds[0]), close(fds[1]);
}

static void test_once_fd_first_gives_its_events(void** state)
{
    /* R2.73: the fd comes first: one call with its events, and the timeout is
     * gone; no reference is left. */
    int fds[2];
    struct ev_loop* loop = begin(fds);
    Call call = {0, 0};

    (void)state;
    assert_int_equal(write(fds[1], "x", 1), 1);
    ev_once(loop, fds[0], EV_READ, 5., once_note, &call);
    assert_int_equal(call.count, 0);
    assert_int_equal(ev_run(loop, EVRUN_ONCE), 0);
    assert_int_equal(call.count, 1);
    assert_int_equal(call.revents, EV_READ);
    ev_run(loop, EVRUN_NOWAIT);
    assert_int_equal(call.count, 1);
    end(loop, fds);
}

static void test_once_timeout_first_gives_timeout(void** state)
{
    /* R2.73: the timeout comes first: one call with EV_TIMER, and the fd is
     * not watched any longer. */
    int fds[2];
    struct ev_loop* loop = begin(fds);
    Call call = {0, 0};

    (void)state;
    ev_once(loop, fds[0], EV_READ, 0.002, once_note, &call);
    assert_true(run_until(loop, &call.count, 1));
    assert_int_equal(call.revents, EV_TIMER);
    assert_int_equal(write(fds[1], "x", 1), 1);
    assert_int_equal(ev_run(loop, EVRUN_NOWAIT), 0);
    assert_int_equal(call.count, 1);
    end(loop, fds);
}

static void test_once_without_timeout_waits_for_the_fd(void** state)
{
    /* R2.73: a negative timeout is none; the fd is waited for, with the
     * events asked for and no others. */
    int fds[2];
    struct ev_loop* loop = begin(fds);
    Call in = {0, 0}, out = {0, 0};

    (void)state;
    ev_once(loop, fds[0], EV_READ, -1., once_note, &in);
    run_for(loop, 0.01);
    assert_int_equal(in.count, 0);
    ev_once(loop, fds[1], EV_WRITE, -1., once_note, &out);
    assert_int_equal(ev_run(loop, EVRUN_NOWAIT), 1);
    assert_int_equal(out.count, 1);
    assert_int_equal(out.revents, EV_WRITE);
    assert_int_equal(in.count, 0);
    assert_int_equal(write(fds[1], "x", 1), 1);
    assert_int_equal(ev_run(loop, EVRUN_NOWAIT), 0);
    assert_int_equal(in.count, 1);
    assert_int_equal(in.revents, EV_READ);
    end(loop, fds);
}

static void test_once_without_fd_is_a_pure_timeout(void** state)
{
    /* R2.73: fd -1 is a pure timeout, and not early. */
    int fds[2];
    struct ev_loop* loop = begin(fds);
    Call call = {0, 0};

    (void)state;
    ev_now_update(loop);
    double before = monotonic();
    ev_once(loop, -1, 0, 0.005, once_note, &call);
    assert_true(run_until(loop, &call.count, 1));
    assert_true(monotonic() - before >= 0.0049);
    assert_int_equal(call.revents, EV_TIMER);
    ev_once(loop, -1, EV_READ, 0.001, once_note, &call);
    assert_true(run_until(loop, &call.count, 2));
    assert_int_equal(call.revents, EV_TIMER);
    assert_int_equal(ev_run(loop, 0), 0);
    assert_int_equal(call.count, 2);
    end(loop, fds);
}

static void test_once_timeout_zero_fires_in_the_next_iteration(void** state)
{
    /* R2.73: timeout 0 fires in the next iteration, as soon as the clock has
     * moved, and does not block. */
    int fds[2];
    struct ev_loop* loop = begin(fds);
    Call call = {0, 0};

    (void)state;
    ev_once(loop, -1, 0, 0., once_note, &call);
    assert_int_equal(call.count, 0);
    ev_sleep(1e-5);
    ev_run(loop, EVRUN_NOWAIT);
    assert_int_equal(call.count, 1);
    assert_int_equal(call.revents, EV_TIMER);

    ev_once(loop, fds[0], EV_READ, 0., once_note, &call);
    ev_sleep(1e-5);
    assert_int_equal(ev_run(loop, EVRUN_NOWAIT), 0);
    assert_int_equal(call.count, 2);
    assert_int_equal(call.revents, EV_TIMER);
    end(loop, fds);
}

static void test_once_both_at_one_time_give_one_call(void** state)
{
    /* R2.73: fd and timeout in one iteration: one call, telling both. */
    int fds[2];
    struct ev_loop* loop = begin(fds);
    Call call = {0, 0};

    (void)state;
    assert_int_equal(write(fds[1], "x", 1), 1);
    ev_once(loop, fds[0], EV_READ, 0., once_note, &call);
    ev_sleep(1e-5);
    assert_int_equal(ev_run(loop, EVRUN_NOWAIT), 0);
    assert_int_equal(call.count, 1);
    assert_int_equal(call.revents, EV_READ | EV_TIMER);
    ev_run(loop, EVRUN_NOWAIT);
    assert_int_equal(call.count, 1);
    end(loop, fds);
}

static struct ev_loop* nested_loop;

static void once_again(int revents, void* arg)
{
    Call* call = arg;
    once_note(revents, arg);
    if (call->count < 5) ev_once(nested_loop, -1, 0, 0., once_again, call);
}

static void test_once_may_be_asked_again_in_its_callback(void** state)
{
    /* R2.73: the callback may call ev_once; when it runs, its own watchers
     * are freed or about to be. */
    int fds[2];
    struct ev_loop* loop = begin(fds);
    Call call = {0, 0};

    (void)state;
    nested_loop = loop;
    ev_once(loop, -1, 0, 0., once_again, &call);
    assert_true(run_until(loop, &call.count, 5));
    assert_int_equal(ev_run(loop, 0), 0);
    assert_int_equal(call.count, 5);
    end(loop, fds);
}

static void test_once_frees_everything(void** state)
{
    /* R2.73: everything is freed after the call. A first round lets the loop
     * take the memory it keeps. */
    struct ev_loop* loop;
    int fds[2], kept = 0;

    (void)state;
    ev_set_allocator(counting_alloc);
    loop = begin(fds);
    assert_int_equal(write(fds[1], "x", 1), 1);
    for (int round = 0; round < 2; ++round) {
        Call call = {0, 0};
        for (int i = 0; i < 10; ++i) {
            ev_once(loop, fds[0], EV_READ, 5., once_note, &call);
            ev_once(loop, -1, 0, 0.001, once_note, &call);
            ev_once(loop, fds[0], EV_READ, 0., once_note, &call);
        }
        assert_true(blocks > kept);
        assert_true(run_until(loop, &call.count, 30));
        if (round) assert_int_equal(blocks, kept);
        kept = blocks;
    }
    ev_loop_destroy(loop);
    ev_set_allocator(plain_alloc);
    close(fds[0]), close(fds[1]);
}

static const Test tests[] = {
    EACH(test_once_fd_first_gives_its_events),
    EACH(test_once_timeout_first_gives_timeout),
    EACH(test_once_without_timeout_waits_for_the_fd),
    EACH(test_once_without_fd_is_a_pure_timeout),
    EACH(test_once_timeout_zero_fires_in_the_next_iteration),
    EACH(test_once_both_at_one_time_give_one_call),
    EACH(test_once_may_be_asked_again_in_its_callback),
    EACH(test_once_frees_everything),
};

HARNESS_MAIN("once_io", tests)
