/* An allocator that lets a signal handler see what is gone. */
#ifndef MAPPED_HELP_H_
#define MAPPED_HELP_H_

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "ev.h"

/* Each block has pages of its own, and the signal comes when the old ones are
 * unmapped and the loop still refers to them. */
static inline void* mapped_resize(void* old, long size) EV_NOEXCEPT
{
    enum { head = 64 };
    size_t whole = (size_t)size + head, copied = 0;
    char* block = NULL;
    if (size) {
        block = mmap(NULL, whole, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (block == MAP_FAILED) return NULL;
        *(size_t*)block = whole;
    }
    if (old) {
        char* before = (char*)old - head;
        size_t room = *(size_t*)before;
        copied = room < whole ? room : whole;
        if (size) memcpy(block + head, old, copied - head);
        munmap(before, room);
        raise(SIGALRM);
    }
    return size ? block + head : NULL;
}

static inline void* malloc_resize(void* old, long size) EV_NOEXCEPT
{
    if (size) return realloc(old, (size_t)size);
    free(old);
    return NULL;
}

#endif
