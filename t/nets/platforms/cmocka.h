/* As much of cmocka as the test programs use, in a header of its own: for
 * platforms that have no cmocka to link with. It reports in TAP only.
 */
#ifndef PLATFORMS_CMOCKA_H_
#define PLATFORMS_CMOCKA_H_

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef void (*CMUnitTestFunction)(void** state);
typedef int (*CMFixtureFunction)(void** state);

struct CMUnitTest {
    const char* name;
    CMUnitTestFunction test_func;
    CMFixtureFunction setup_func;
    CMFixtureFunction teardown_func;
    void* initial_state;
};

#define cmocka_unit_test(f)     \
    {                           \
#f, f, NULL, NULL, NULL \
    }

#define cmocka_run_group_tests(tests, setup, teardown) \
    cmocka_run_group_tests_name(#tests, tests, setup, teardown)
#define cmocka_run_group_tests_name(name, tests, setup, teardown)          \
    _cmocka_run_group_tests(name, tests, sizeof(tests) / sizeof(tests)[0], \
                            setup, teardown)

enum { mini_ran = 1, mini_failed, mini_skipped };

static jmp_buf mini_end; /* of the running test */

static inline void mini_leave(int how)
{
    fflush(stdout);
    longjmp(mini_end, how);
}

static inline void mini_expect(int holds, const char* what, const char* file,
                               int line)
{
    if (holds) return;
    printf("# %s:%d: error: %s\n", file, line, what);
    mini_leave(mini_failed);
}

static inline void mini_compare(uintmax_t a, uintmax_t b, int same,
                                const char* what, const char* file, int line)
{
    if ((a == b) != same) printf("# %#jx, %#jx\n", a, b);
    mini_expect((a == b) == same, what, file, line);
}

static inline void mini_strings(const char* a, const char* b, const char* what,
                                const char* file, int line)
{
    if (strcmp(a, b)) printf("# \"%s\", \"%s\"\n", a, b);
    mini_expect(!strcmp(a, b), what, file, line);
}

static inline void mini_range(uintmax_t n, uintmax_t least, uintmax_t most,
                              const char* what, const char* file, int line)
{
    if (n < least || n > most)
        printf("# %ju is not in %ju .. %ju\n", n, least, most);
    mini_expect(n >= least && n <= most, what, file, line);
}

#define MINI_AT(what) what, __FILE__, __LINE__
#define MINI_INTS(a, b, same, what) \
    mini_compare((uintmax_t)(a), (uintmax_t)(b), same, MINI_AT(what))
#define MINI_POINTERS(a, b, same, what) \
    MINI_INTS((uintptr_t)(a), (uintptr_t)(b), same, what)

#define assert_true(c) mini_expect(!!(c), MINI_AT(#c))
#define assert_false(c) mini_expect(!(c), MINI_AT("not " #c))
#define assert_null(p) mini_expect(!(p), MINI_AT(#p " is NULL"))
#define assert_non_null(p) mini_expect(!!(p), MINI_AT(#p " is not NULL"))
/* Arguments are evaluated once, as in functions. */
#define assert_int_equal(a, b) MINI_INTS(a, b, 1, #a " is " #b)
#define assert_int_not_equal(a, b) MINI_INTS(a, b, 0, #a " is not " #b)
#define assert_ptr_equal(a, b) MINI_POINTERS(a, b, 1, #a " is " #b)
#define assert_ptr_not_equal(a, b) MINI_POINTERS(a, b, 0, #a " is not " #b)
#define assert_string_equal(a, b) mini_strings(a, b, MINI_AT(#a " is " #b))
#define assert_memory_equal(a, b, size) \
    mini_expect(!memcmp(a, b, size), MINI_AT("the memory of " #a " and " #b))
#define assert_in_range(n, least, most)                               \
    mini_range((uintmax_t)(n), (uintmax_t)(least), (uintmax_t)(most), \
               MINI_AT(#n))
#define assert_return_code(n, error) \
    mini_expect((n) >= 0, MINI_AT(#n " reports an error"))
#define fail() mini_expect(0, MINI_AT("fail()"))
#define fail_msg(...)                                \
    do {                                             \
        printf("# "), printf(__VA_ARGS__), puts(""); \
        fail();                                      \
    } while (0)
#define skip() mini_leave(mini_skipped)
#define print_message(...) printf(__VA_ARGS__)
#define print_error(...) fprintf(stderr, __VA_ARGS__)

static inline int mini_run(const struct CMUnitTest* test)
{
    void* state = test->initial_state;
    int how = setjmp(mini_end);
    if (how) return how;
    if (test->setup_func && test->setup_func(&state)) return mini_failed;
    test->test_func(&state);
    if (test->teardown_func && test->teardown_func(&state)) return mini_failed;
    return mini_ran;
}

static inline int _cmocka_run_group_tests(const char* group,
                                          const struct CMUnitTest* tests,
                                          size_t count, CMFixtureFunction setup,
                                          CMFixtureFunction teardown)
{
    static volatile size_t i; /* what longjmp shall not forget */
    static volatile int failed;
    void* state = NULL;

    printf("# %s\n1..%zu\n", group, count);
    if (setup && setup(&state)) return (int)count;
    for (i = 0; i < count; ++i) {
        fflush(NULL); /* a child must have nothing to say twice */
        int how = mini_run(&tests[i]);
        printf("%sok %zu - %s%s\n", how == mini_failed ? "not " : "", i + 1,
               tests[i].name, how == mini_skipped ? " # SKIP" : "");
        failed += how == mini_failed;
    }
    if (teardown) teardown(&state);
    return failed;
}

#endif
