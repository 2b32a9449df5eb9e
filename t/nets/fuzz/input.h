/* What both targets share: the input as a stream of small numbers, and the
 * check that ends a run. */
#ifndef INPUT_H_
#define INPUT_H_

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static struct {
    const uint8_t *at, *end;
    int tracing;
} input;

static inline void input_set(const uint8_t* data, size_t size)
{
    input.at = data;
    input.end = data + size;
    input.tracing = !!getenv("FUZZ_TRACE");
}

static inline int input_left(void) { return input.at < input.end; }

/* The next byte, below n; 0 when the input is used up. */
static inline int take(int n) { return input_left() ? *input.at++ % n : 0; }

static inline int take_from(const int* values, int count)
{
    return values[take(count)];
}

#define TAKE_FROM(values) \
    take_from(values, (int)(sizeof(values) / sizeof *(values)))

/* With FUZZ_TRACE in the environment: what the input does, in words. */
#define trace(...)                                       \
    do {                                                 \
        if (input.tracing) fprintf(stderr, __VA_ARGS__); \
    } while (0)

#define must(what)                                                             \
    do {                                                                       \
        if (!(what)) {                                                         \
            fprintf(stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__, #what); \
            abort();                                                           \
        }                                                                      \
    } while (0)

#endif
