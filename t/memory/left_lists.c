/* An allocator that leaves by longjmp, as one does that has no memory and gives
 * up a task, while a list of watchers changes. */
#define _GNU_SOURCE
#include <setjmp.h>

#include "drive.h"
#include "forked.h"

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
    loop = ev_loop_new(0);
    for (int i = 0; i <= full; ++i) {
        ev_signal_init(&w[i], count, SIGRTMIN + i);
        w[i].data = (void*)(intptr_t)i;
        if (i < full) ev_signal_start(loop, &w[i]);
    }
    ev_feed_signal_event(loop, SIGRTMIN);
    ev_clear_pending(loop, &w[0]);
    ev_signal_stop(loop, &w[1]);
    leave_in = 1;
    if (!setjmp(out)) ev_signal_start(loop, &w[full]);
    leave_in = 0;
    for (int i = 0; i <= full; ++i) ev_feed_signal_event(loop, SIGRTMIN + i);
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

static const Test tests[] = {
    EACH(test_memory_start_left_after_a_stop_finds_the_others),
};

HARNESS_MAIN("memory_left_lists", tests)
