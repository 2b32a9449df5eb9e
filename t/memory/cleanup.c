/* A loop is destroyed, and there is no memory to queue its cleanup watchers. */

#include "forked.h"

enum { many = 12 };

static ev_cleanup w[many];
static int calls[many];
static int refuses;

static void* allocate(void* old, long size)
{
    if (size) return refuses ? NULL : realloc(old, (size_t)size);
    free(old);
    return NULL;
}

/* The last one stops some, and itself. */
static void count(EV_P_ ev_cleanup* called, int revents)
{
    int i = (int)(called - w);
    ++calls[i];
    if (i < many - 1 || revents != EV_CLEANUP) return;
    for (int k = 0; k < 4; ++k) ev_cleanup_stop(EV_A_ & w[k]);
    ev_cleanup_stop(EV_A_ & w[many - 1]);
}

static void child_cleans_up(void* arg)
{
    const int* again = arg;
    ev_set_allocator(allocate);
    struct ev_loop* loop = ev_loop_new(EVBACKEND_SELECT);
    for (int i = 0; i < many; ++i) {
        ev_cleanup_init(&w[i], count);
        ev_cleanup_start(loop, &w[i]);
    }
    if (*again) {
        ev_cleanup_init(&w[*again], count);
        ev_cleanup_start(loop, &w[*again]);
    }
    refuses = 1;
    ev_loop_destroy(loop);
    for (int i = 0; i < many; ++i) child_check(calls[i] == (i >= 4));
}

static void test_memory_none_each_cleanup_watcher_is_called_once(void** state)
{
    /* R4.2: whatever the callbacks stop. 4.33 aborts. */
    int none = 0;
    (void)state;
    assert_child_passes(child_fork(child_cleans_up, &none));
}

static void test_memory_none_cleanup_started_again_is_called_once(void** state)
{
    /* R4.2, R4.12: one that was initialized while active. 4.33 aborts. */
    int again = 5;
    (void)state;
    assert_child_passes(child_fork(child_cleans_up, &again));
}

static const Test tests[] = {
    OURS_ONCE(test_memory_none_each_cleanup_watcher_is_called_once),
    OURS_ONCE(test_memory_none_cleanup_started_again_is_called_once),
};

HARNESS_MAIN("memory_cleanup", tests)
