/* The error callback, and no memory. */

#include <stdlib.h>

#include "calls.h"

#if HAS_RELEV

static int refuses, errors;

static void* refuse(void* old, long size)
{
    if (refuses && size) return NULL;
    if (size) return realloc(old, (size_t)size);
    free(old);
    return NULL;
}

static void count(struct ev_loop* loop, const struct relev_error* error,
                  void* data)
{
    (void)loop, (void)data;
    assert_int_equal(error->code, RELEV_E_OTHER_LOOP);
    ++errors;
}

static void test_error_without_memory_is_dropped(void** state)
{
    /* R4.2: a stop needs no memory, also if it is a mistake. */
    ev_timer w = timer_of("w", 1e6, 0.);
    (void)state;
    ev_set_allocator(refuse);
    relev_set_error_cb(NULL, count, NULL);
    struct ev_loop* loop = loop_fresh(0);
    struct ev_loop* other = loop_new(0);
    errors = 0;
    ev_timer_start(loop, &w);
    refuses = 1;
    ev_timer_stop(other, &w);
    turn(other);
    refuses = 0;
    assert_int_equal(errors, 0);
    ev_timer_stop(other, &w);
    assert_int_equal(errors, 1);
    ev_timer_stop(loop, &w);
    ev_loop_destroy(loop), ev_loop_destroy(other);
    relev_set_error_cb(NULL, NULL, NULL);
}

#else

static void test_error_without_memory_is_dropped(void** state) { (void)state; }

#endif

static const Test tests[] = {
    OURS(test_error_without_memory_is_dropped),
};

HARNESS_MAIN("relev_error_memory", tests)
