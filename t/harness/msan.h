/* MemorySanitizer, which sees only what it has compiled and libc's
 * functions. */
#ifndef MSAN_H_
#define MSAN_H_

#include <stddef.h>

#ifdef __has_feature
#if __has_feature(memory_sanitizer)
#define MSAN 1
#endif
#endif

#ifdef MSAN
#include <sanitizer/msan_interface.h>
#else
#define MSAN 0
#endif

/* The kernel has written there, called by syscall(2). */
static inline void msan_written(const void* at, size_t size)
{
#if MSAN
    __msan_unpoison(at, size);
#else
    (void)at, (void)size;
#endif
}

#endif
