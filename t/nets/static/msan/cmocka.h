/* The part of cmocka that the tests use, for MemorySanitizer: everything that
 * writes memory must be compiled with it, and Debian's cmocka is not. */
#ifndef CMOCKA_H_
#define CMOCKA_H_

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uintmax_t LargestIntegralType;

struct CMUnitTest {
    const char* name;
    void (*test_func)(void** state);
    int (*setup_func)(void** state);
    int (*teardown_func)(void** state);
    void* initial_state;
};

enum { test_failed = 1, test_skipped };

static jmp_buf test_end;

static inline _Noreturn void test_leave(int how, const char* file, int line,
                                        const char* why)
{
    printf("# %s:%d: %s\n", file, line, why);
    longjmp(test_end, how);
}

#define test_must(holds, text) \
    ((holds) ? (void)0 : test_leave(test_failed, __FILE__, __LINE__, text))

#define test_uint(x) ((uintmax_t)(x))
#define test_pointer(x) ((const void*)(uintptr_t)(x))

#define assert_true(x) test_must(x, #x)
#define assert_false(x) test_must(!(x), "not " #x)
#define assert_null(x) test_must(!test_pointer(x), #x " is null")
#define assert_non_null(x) test_must(test_pointer(x), #x " is not null")
#define assert_int_equal(a, b) \
    test_must(test_uint(a) == test_uint(b), #a " == " #b)
#define assert_int_not_equal(a, b) \
    test_must(test_uint(a) != test_uint(b), #a " != " #b)
#define assert_ptr_equal(a, b) \
    test_must(test_pointer(a) == test_pointer(b), #a " == " #b)
#define assert_ptr_not_equal(a, b) \
    test_must(test_pointer(a) != test_pointer(b), #a " != " #b)
#define assert_string_equal(a, b) test_must(!strcmp((a), (b)), #a " is " #b)
#define assert_memory_equal(a, b, size) \
    test_must(!memcmp((a), (b), (size)), #a " as " #b)
#define assert_in_range(x, least, most)                                      \
    test_must(                                                               \
        test_uint(x) >= test_uint(least) && test_uint(x) <= test_uint(most), \
        #x " in " #least " .. " #most)
#define assert_return_code(x, error) test_must((x) >= 0, #x " >= 0")
#define fail() test_leave(test_failed, __FILE__, __LINE__, "failed")
#define fail_msg(...) (printf("# " __VA_ARGS__), putchar('\n'), fail())
#define print_message(...) printf(__VA_ARGS__)
#define skip() test_leave(test_skipped, __FILE__, __LINE__, "skipped")

static inline int test_run(const struct CMUnitTest* test)
{
    void* state = test->initial_state;
    int how = setjmp(test_end);
    if (how) return how;
    if (test->setup_func && test->setup_func(&state)) return test_failed;
    test->test_func(&state);
    if (test->teardown_func && test->teardown_func(&state)) return test_failed;
    return 0;
}

static inline int _cmocka_run_group_tests(const char* group,
                                          const struct CMUnitTest* tests,
                                          size_t count,
                                          int (*setup)(void** state),
                                          int (*teardown)(void** state))
{
    int failed = 0;
    (void)group, (void)setup, (void)teardown; /* the tests have none */
    setvbuf(stdout, NULL, _IOLBF, 0);
    printf("1..%zu\n", count);
    for (size_t i = 0; i < count; ++i) {
        int how = test_run(&tests[i]);
        printf("%s %zu - %s%s\n", how == test_failed ? "not ok" : "ok", i + 1,
               tests[i].name, how == test_skipped ? " # SKIP" : "");
        failed += how == test_failed;
    }
    return failed;
}

#endif
