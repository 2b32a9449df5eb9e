/* ev_io: the thread of a loop is canceled in a system call that looks for
 * events, which are cancellation points. Another thread runs the loop. */
#define _GNU_SOURCE
#include <pthread.h>

#include "frames.h"
#include "tried.h"

static const char* canceled; /* the call that the thread ends in */
static int cancels;

static int call_cancels(const char* name)
{
    int is_it = is_try(name) == !strcmp(canceled, "try");
    if (!is_it || !cancels) return 0;
    cancels = 0;
    pthread_cancel(pthread_self());
    pthread_testcancel();
    return 0;
}

static void* thread_run(void* unused)
{
    (void)unused;
    pthread_cleanup_push(forget_frames, NULL);
    ev_run(loop, EVRUN_ONCE);
    pthread_cleanup_pop(0);
    return NULL;
}

/* An iteration of a thread of its own, canceled in the try or in the wait. */
static void run_canceled(const char* call)
{
    pthread_t thread;
    void* result;

    canceled = call;
    cancels = 1;
    waits_call = call_cancels;
    assert_int_equal(pthread_create(&thread, NULL, thread_run, NULL), 0);
    assert_int_equal(pthread_join(thread, &result), 0);
    waits_call = NULL;
    if (!cancels) assert_ptr_equal(result, PTHREAD_CANCELED);
    cancels = 0;
}

static void writable_after(const char* call)
{
    begin();
    io_on(loop, &io, s[0], EV_WRITE);
    run_canceled(call);
    assert_writable_ever_after();
}

static void test_io_tried_and_canceled_is_writable_ever_after(void** state)
{
    /* R4.3, A1: EV_WRITE comes in each iteration, as without it. 4.33 takes the
     * next run for one inside the first. */
    (void)state;
    writable_after("try");
    writable_after("wait");
}

static void test_io_tried_and_canceled_becomes_writable(void** state)
{
    /* R4.3, A1: the same for one that cannot be written to at first. */
    (void)state;
    for (int i = 0; i < 2; ++i) {
        begin();
        bytes_fill(s[0]);
        io_on(loop, &io, s[0], EV_WRITE);
        run_canceled(i ? "try" : "wait");
        turn(loop);
        assert_took(&io, 0);
        bytes_drain(s[1]);
        turn(loop);
        assert_took(&io, EV_WRITE);
        finish();
    }
}

static void test_io_tried_and_canceled_then_reader_is_called(void** state)
{
    /* R4.3, A1: instead of the writer there is a reader, of the same number for
     * another file. */
    int q[2];
    (void)state;
    for (int i = 0; i < 2; ++i) {
        begin();
        bytes_fill(s[0]);
        io_on(loop, &io, s[0], EV_WRITE);
        run_canceled(i ? "try" : "wait");
        io_off(loop, &io);
        pair_open(q);
        bytes_fill(q[0]);
        fd_renumber(q[0], s[0]);
        io_on(loop, &io, s[0], EV_READ);
        turn(loop);
        byte_put(q[1]);
        turn(loop);
        assert_took(&io, EV_READ);
        bytes_drain(q[1]);
        assert_int_equal(read(s[0], &q[0], 1), 1);
        assert_in_range(woken_of_ten(), 0, 1);
        assert_took(&io, 0);
        close(q[1]);
        finish();
    }
}

static void test_io_read_and_canceled_is_read_once(void** state)
{
    /* R4.3: what is read was ready before, and is told once. */
    (void)state;
    begin();
    io_on(loop, &io, s[0], EV_READ);
    byte_put(s[1]);
    run_canceled("wait");
    turn(loop);
    assert_took(&io, EV_READ);
    bytes_drain(s[0]);
    turn(loop);
    assert_took(&io, 0);
    ev_verify(loop);
    finish();
}

static const Test tests[] = {
    OURS(test_io_tried_and_canceled_is_writable_ever_after),
    OURS(test_io_tried_and_canceled_becomes_writable),
    OURS(test_io_tried_and_canceled_then_reader_is_called),
    OURS(test_io_read_and_canceled_is_read_once),
};

HARNESS_MAIN("io_tried_threads", tests)
