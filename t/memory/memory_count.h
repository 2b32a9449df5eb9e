/* How much memory the library has, counted by an allocator of ours. */
#ifndef MEMORY_COUNT_H_
#define MEMORY_COUNT_H_

#include "clock.h"
#include "fds.h"

enum { memory_small = 64 * 1024 }; /* bytes that nobody asks back */

static long memory_bytes;  /* that the library has */
static int memory_resizes; /* requests for more or less */

/* The size is kept before the block. */
static void* memory_counted(void* old, long size)
{
    long* block = old ? (long*)old - 2 : NULL;
    if (block) memory_bytes -= *block;
    ++memory_resizes;
    if (!size) {
        free(block);
        return NULL;
    }
    memory_bytes += size;
    block = (long*)realloc(block, (size_t)size + 2 * sizeof *block);
    assert_non_null(block);
    *block = size;
    return block + 2;
}

/* A loop in virtual time: when half a second has passed, it looks for memory to
 * give back. */
static inline struct ev_loop* memory_begin(void)
{
    ev_set_allocator(memory_counted);
    clock_freeze();
    return loop_new(0);
}

static inline void memory_end(struct ev_loop* loop)
{
    ev_loop_destroy(loop);
    clock_thaw();
}

/* Time for the loop to look round, and some turns. */
static inline void memory_calm(struct ev_loop* loop)
{
    for (int i = 0; i < 3; ++i) {
        clock_advance(0.625);
        turn(loop);
    }
    ev_verify(loop);
}

#endif
