/* The trace of a program: what its process says, and another one prints. */
#ifndef SAY_H_
#define SAY_H_

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { trace_room = 1 << 20 };

/* Shared memory, so that a crash loses nothing. */
static struct {
    size_t used;
    char text[trace_room];
} * trace;

static void trace_open(void)
{
    trace = mmap(NULL, sizeof *trace, PROT_READ | PROT_WRITE,
                 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (trace == MAP_FAILED) abort();
}

static void say(const char* format, ...) __attribute__((format(printf, 1, 2)));

static void say(const char* format, ...)
{
    size_t room = sizeof trace->text - trace->used;
    va_list args;
    va_start(args, format);
    int n = vsnprintf(trace->text + trace->used, room, format, args);
    va_end(args);
    if (n < 0 || (size_t)n >= room) _exit(3); /* full */
    trace->used += (size_t)n;
}

#endif
