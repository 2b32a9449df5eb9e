/* An allocator that leaves by longjmp, as one does that has no memory and gives
 * up a task, while a list of watchers changes. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <sys/resource.h>

#include "drive.h"
#include "forked.h"
#include "spare.h"

enum { full = 16 }; /* so many signal watchers fill their array */

static jmp_buf out;
static int leave_in; /* allocations until it leaves; 0: it does not */

static void* allocate(void* old, long size)
{
    if (!size) {
        free(old);
        return NULL;
    }
    if (leave_in && !--leave_in) longjmp(out, 1);
    return realloc(old, (size_t)size);
}

static int times[full + 1];

static void count(struct ev_loop* loop, ev_signal* w, int revents)
{
    (void)loop, (void)revents;
    ++times[(intptr_t)w->data];
}

static void child_leaves_squeezed(void* unused)
{
    struct ev_loop* loop;
    ev_signal w[full + 1];
    (void)unused;
    ev_set_allocator(allocate);
    loop = ev_loop_new(backend);
    for (int i = 0; i <= full; ++i) {
        ev_signal_init(&w[i], count, signal_spare(i));
        w[i].data = (void*)(intptr_t)i;
        if (i < full) ev_signal_start(loop, &w[i]);
    }
    ev_feed_signal_event(loop, signal_spare(0));
    ev_clear_pending(loop, &w[0]);
    ev_signal_stop(loop, &w[1]);
    leave_in = 1;
    if (!setjmp(out)) ev_signal_start(loop, &w[full]);
    leave_in = 0;
    for (int i = 0; i <= full; ++i) ev_feed_signal_event(loop, signal_spare(i));
    turn(loop);
    for (int i = 0; i <= full; ++i)
        child_check(times[i] == !!ev_is_active(&w[i]));
    ev_verify(loop);
    ev_loop_destroy(loop);
    _exit(0);
}

static void test_memory_start_left_after_a_stop_finds_the_others(void** state)
{
    /* R4.3: each of the other signals calls its watcher once. */
    (void)state;
    int status = child_status(child_fork(child_leaves_squeezed, NULL));
    assert_int_equal(status, 0);
}

static int reads;

static void on_read(struct ev_loop* loop, ev_io* w, int revents)
{
    reads += revents == EV_READ;
    ev_io_stop(loop, w);
}

/* Two watchers of a descriptor that is opened after they are started. The
 * allocator leaves the iteration that checks it again. */
static void child_leaves_refused(void* nth)
{
    ev_io w[2];
    int p[2], far = 5000;
    struct rlimit limit;
    child_check(!pipe(p) && write(p[1], "x", 1) == 1);
    child_check(!getrlimit(RLIMIT_NOFILE, &limit));
    limit.rlim_cur = limit.rlim_max;
    child_check(!setrlimit(RLIMIT_NOFILE, &limit));
    ev_set_allocator(allocate);
    struct ev_loop* loop = ev_loop_new(backend);
    for (int i = 0; i < 2; ++i) {
        ev_io_init(&w[i], on_read, far, EV_READ);
        ev_io_start(loop, &w[i]);
    }
    child_check(dup2(p[0], far) == far);
    leave_in = *(const int*)nth;
    if (!setjmp(out)) turn(loop);
    leave_in = 0;
    for (int i = 0; i < 3; ++i) turn(loop);
    child_check(reads == 2);
    ev_verify(loop);
    ev_loop_destroy(loop);
    _exit(0);
}

static void test_memory_run_left_keeps_watchers_of_a_late_fd(void** state)
{
    /* R4.3: both are called, at whichever allocation it is left. */
    (void)state;
    for (int nth = 1; nth < 10; ++nth) {
        int status = child_status(child_fork(child_leaves_refused, &nth));
        assert_int_equal(status, 0);
    }
}

/* Each iteration is left while changes are registered: poll's array grows. */
static void child_leaves_changes(void* unused)
{
    enum { count = 120 };
    static ev_io w[count];
    int p[2];
    (void)unused;
    child_check(!pipe(p) && write(p[1], "x", 1) == 1);
    ev_set_allocator(allocate);
    struct ev_loop* loop = ev_loop_new(backend);
    for (int i = count; i--;) { /* the first one makes the table */
        ev_io_init(&w[i], on_read, dup2(p[0], p[1] + 1 + i), EV_READ);
        ev_io_start(loop, &w[i]);
    }
    for (int k = 0; k < 20; ++k) {
        leave_in = 1 + k % 3;
        if (!setjmp(out)) ev_run(loop, EVRUN_NOWAIT);
        leave_in = 0;
        for (int i = 0; i < count; ++i) {
            ev_io_stop(loop, &w[i]);
            ev_io_start(loop, &w[i]);
        }
        ev_verify(loop);
    }
    reads = 0;
    turn(loop);
    child_check(reads == count);
    ev_verify(loop);
    ev_loop_destroy(loop);
    _exit(0);
}

static void test_memory_run_left_at_changes_keeps_their_list(void** state)
{
    /* R4.3: the list of changes has room for every fd. */
    (void)state;
    int status = child_status(child_fork(child_leaves_changes, NULL));
    assert_int_equal(status, 0);
}

static const Test tests[] = {
    EACH(test_memory_start_left_after_a_stop_finds_the_others),
    OURS(test_memory_run_left_keeps_watchers_of_a_late_fd),
    OURS(test_memory_run_left_at_changes_keeps_their_list),
};

HARNESS_MAIN("memory_left_lists", tests)
