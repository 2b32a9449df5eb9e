/* The frame of every test program: a table of tests, run by cmocka once per
 * backend of this machine.
 *
 * A program is linked twice: with our libev.so.4 and with the reference, the
 * system's libev 4.33 (then REFERENCE is 1). A test that proves a deliberate
 * difference is marked OURS and skipped on the reference.
 */
#ifndef HARNESS_H_
#define HARNESS_H_

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#ifdef __cplusplus
extern "C" {
#endif
#include <cmocka.h>
#ifdef __cplusplus
}
#endif

#include "ev.h"

#ifndef REFERENCE
#define REFERENCE 0 /* 1: linked with the reference, not with our library */
#endif

/* Or the program is linked with the reference, and does not depend on
 * REFERENCE: then the linker has given this an address (t/check.mk). */
#ifdef __ELF__
extern char harness_reference __attribute__((__weak__));
#define ON_REFERENCE (REFERENCE || &harness_reference)
#else
#define ON_REFERENCE REFERENCE
#endif

/* A program that is compiled with libev's headers has no relev.h. */
#if !REFERENCE && defined __has_include
#if __has_include("relev.h")
#include "relev.h"
#define HAS_RELEV 1
#endif
#endif
#ifndef HAS_RELEV
#define HAS_RELEV 0
#endif

enum { per_backend = 1, ours_only = 2, corrupting = 4 };

typedef struct Test {
    const char* name;
    void (*run)(void** state);
    int how;
} Test;

#define TEST_ROW(name, f, how) \
    {                          \
        name, f, how           \
    }

/* Once per backend; ONCE: the backend does not matter; OURS: not on the
 * reference, 4.33 does otherwise. */
#define EACH(f) TEST_ROW(#f, f, per_backend)
#define ONCE(f) TEST_ROW(#f, f, 0)
#define OURS(f) TEST_ROW(#f, f, per_backend | ours_only)
#define OURS_ONCE(f) TEST_ROW(#f, f, ours_only)

/* The same for a mistake that ev_verify detects. A library that verifies itself
 * ends the program, so these are skipped if $VERIFIED is set. */
#define CORRUPTS(f) TEST_ROW(#f, f, per_backend | corrupting)
#define OURS_CORRUPTS(f) TEST_ROW(#f, f, per_backend | ours_only | corrupting)

/* The backend under test: one EVBACKEND_ bit, or 0 (automatic) in ONCE. */
static unsigned backend;

/* A loop on the backend under test, with the given EVFLAG_ bits. */
static inline struct ev_loop* loop_new(unsigned flags)
{
    struct ev_loop* loop = ev_loop_new(backend | flags);
    assert_non_null(loop);
    return loop;
}

/* The default loop, likewise. Destroy it at the end of the test. */
static inline struct ev_loop* loop_default(unsigned flags)
{
    struct ev_loop* loop = ev_default_loop(backend | flags);
    assert_non_null(loop);
    return loop;
}

static void harness_skip(void** state)
{
    (void)state;
    skip();
}

#if HAS_RELEV
static inline void harness_error(struct ev_loop* loop,
                                 const struct relev_error* error, void* data)
{
    (void)loop, (void)error, (void)data;
}

static inline void harness_abort(const char* what) EV_NOEXCEPT
{
    fprintf(stderr, "%s\n", what);
    abort();
}

/* With this variable in the environment the program is one that aborts if the
 * syserr callback is called, and has an error callback: see t/relev. */
static inline void harness_errors(void)
{
    if (!getenv("HARNESS_ERRORS")) return;
    relev_set_error_cb(NULL, harness_error, NULL);
    ev_set_syserr_cb(harness_abort);
}
#else
static inline void harness_errors(void) {}
#endif

static int harness_setup(void** state)
{
    harness_errors();
    backend = (unsigned)(uintptr_t)*state;
    return 0;
}

static inline const char* backend_name(unsigned bit)
{
    return bit == EVBACKEND_SELECT ? "select"
         : bit == EVBACKEND_POLL   ? "poll"
         : bit == EVBACKEND_EPOLL  ? "epoll"
         : bit == EVBACKEND_KQUEUE ? "kqueue"
                                   : "auto";
}

/* Does the kernel forget a closed fd, and report none of it? Others report that
 * the fd is dead. */
static inline int forgets_closed(unsigned bit)
{
    return bit == EVBACKEND_EPOLL || bit == EVBACKEND_KQUEUE;
}

/* Has a loop with that backend a descriptor of its own? */
static inline int has_own_fd(unsigned bit) { return forgets_closed(bit); }

/* A backend whose loops can be embedded: the one under test, if it is. */
static inline unsigned embeddable_backend(void)
{
    return has_own_fd(backend) ? backend : (unsigned)EVBACKEND_EPOLL;
}

/* Does a child inherit what a loop has of the kernel? */
static inline int child_inherits(unsigned bit)
{
    return bit != EVBACKEND_KQUEUE;
}

/* The backends under test, those that the library has. $BACKENDS, a number as
 * in $LIBEV_FLAGS, selects some of them. */
#define HARNESS_BACKENDS \
    EVBACKEND_SELECT, EVBACKEND_POLL, EVBACKEND_EPOLL, EVBACKEND_KQUEUE

static inline unsigned harness_backends(void)
{
    const char* some = getenv("BACKENDS");
    unsigned mask = some ? (unsigned)strtoul(some, NULL, 10) : ~0U;
    return mask & ev_supported_backends();
}

/* Runs the table; returns the number of failed tests, for main to return. */
static inline int harness_run(const char* group, const Test* tests, size_t n)
{
    static const unsigned bits[] = {HARNESS_BACKENDS};
    const unsigned tested = harness_backends();
    typedef char Name[160];
    const size_t most = sizeof bits / sizeof *bits;
    struct CMUnitTest* unit =
        (struct CMUnitTest*)calloc(n * most, sizeof *unit);
    Name* names = (Name*)calloc(n * most, sizeof *names);
    size_t count = 0;

    if (!unit || !names) return 1;
    unsetenv("LIBEV_FLAGS");
    const char* verified = getenv("VERIFIED");
    for (size_t i = 0; i < n; ++i) {
        size_t runs = tests[i].how & per_backend ? most : 1;
        if (tests[i].how & ours_only && ON_REFERENCE) continue;
        for (size_t b = 0; b < runs; ++b) {
            unsigned bit = tests[i].how & per_backend ? bits[b] : 0;
            if (bit & ~tested) continue;
            snprintf(names[count], sizeof *names, "%s [%s]", tests[i].name,
                     backend_name(bit));
            unit[count].name = names[count];
            unit[count].test_func = tests[i].run;
            if (verified && *verified && tests[i].how & corrupting)
                unit[count].test_func = harness_skip;
            unit[count].setup_func = harness_setup;
            unit[count].initial_state = (void*)(uintptr_t)bit;
            ++count;
        }
    }
    int failed = _cmocka_run_group_tests(group, unit, count, NULL, NULL);
    free(unit), free(names);
    return failed;
}

#define HARNESS_MAIN(group, tests)                                        \
    int main(void)                                                        \
    {                                                                     \
        return harness_run(group, tests, sizeof(tests) / sizeof *(tests)) \
            != 0;                                                         \
    }

#endif
