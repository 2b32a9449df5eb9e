/* Stopping what is not active: only the watcher is read, so the loop may be
 * null, destroyed or another one. Freed memory is inaccessible here, and
 * each call is made in a process of its own, so that a crash is a failure.
 */
#define _GNU_SOURCE 1
#include <sys/mman.h>

#include "forked.h"
#include "kinds.h"
#include "msan.h"

enum { loops_destroyed = 9 }; /* more than any list of them may hold */

/* A block has pages of its own, and lies behind a page with its size. */
static size_t page_size(void) { return (size_t)sysconf(_SC_PAGESIZE); }

static void* guarded_new(size_t size)
{
    size_t page = page_size(), length = page + (size / page + 1) * page;
    char* start = mmap(NULL, length, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (start == MAP_FAILED) return NULL;
    *(size_t*)(void*)start = length;
    return start + page;
}

/* The addresses are not used again. */
static void guarded_free(void* block)
{
    char* start = (char*)block - page_size();
    mprotect(start, *(size_t*)(void*)start, PROT_NONE);
}

static void* guarded_realloc(void* block, long size) EV_NOEXCEPT
{
    void* renewed = size ? guarded_new((size_t)size) : NULL;

    if (block && renewed) {
        char* start = (char*)block - page_size();
        size_t old = *(size_t*)(void*)start - page_size();
        memcpy(renewed, block, old < (size_t)size ? old : (size_t)size);
    }
    if (block && (renewed || !size)) guarded_free(block);
    return renewed;
}

/* One call: the kind, the loop, and which function. */
typedef struct Call {
    const Kind* kind;
    struct ev_loop* loop;
    int clears;
} Call;

static void call_make(void* arg)
{
    const Call* call = arg;
    Any any, before;

    memset(&any, 0, sizeof any);
    kind_init(call->kind, &any);
    before = any;
    if (call->clears) child_check(ev_clear_pending(call->loop, &any) == 0);
    else call->kind->stop(call->loop, &any);
    child_check(!ev_is_active(&any));
    child_check(!ev_is_pending(&any));
    child_check(memcmp(&any, &before, sizeof any) == 0);
}

/* Both functions for each kind with this loop. */
static void assert_calls_pass(struct ev_loop* loop, const char* which)
{
    int failed = 0;

    for (int i = 0; i < kinds_count; ++i)
        for (int clears = 0; clears < 2; ++clears) {
            Call call = {&kinds[i], loop, clears};
            int status = child_status(child_fork(call_make, &call));
            if (!status) continue;
            fprintf(stderr, "# %s of ev_%s, %s: status %#x\n",
                    clears ? "clear" : "stop", kinds[i].name, which, status);
            ++failed;
        }
    assert_int_equal(failed, 0);
}

static void begin(void)
{
    ev_set_allocator(guarded_realloc);
    kinds_open();
}

static void test_loop_stop_of_inactive_takes_null(void** state)
{
    /* R4.1, A3: stop and clear_pending of an inactive watcher of any kind with
     * a null loop do nothing. */
    (void)state;
    if (MSAN) skip(); /* clang reads ahead */
    begin();
    assert_calls_pass(NULL, "null");
    kinds_close();
}

static void test_loop_stop_of_inactive_takes_destroyed(void** state)
{
    /* R4.1, A3: the same with a destroyed loop, also one that was destroyed
     * long ago. */
    struct ev_loop* gone[loops_destroyed];

    (void)state;
    if (MSAN) skip();
    begin();
    for (int i = 0; i < loops_destroyed; ++i) gone[i] = loop_new(0);
    for (int i = 0; i < loops_destroyed; ++i) {
        ev_run(gone[i], EVRUN_NOWAIT);
        ev_loop_destroy(gone[i]);
    }
    assert_calls_pass(gone[loops_destroyed - 1], "destroyed");
    assert_calls_pass(gone[0], "destroyed 9 loops ago");
    kinds_close();
}

/* Each has a watcher of the kind that is active. */
static void other_serves(void* arg)
{
    const Kind* kind = arg;
    struct ev_loop *own = loop_default(0), *other = loop_new(0);
    Any active, inactive;

    kind_init(kind, &active);
    kind->start(own, &active);
    kind_init(kind, &inactive);
    kind->stop(other, &inactive);
    child_check(ev_clear_pending(other, &inactive) == 0);
    kind->stop(own, &inactive);
    child_check(ev_clear_pending(own, &inactive) == 0);
    child_check(ev_is_active(&active) && !ev_is_active(&inactive));
    ev_verify(own);
    ev_verify(other);
    kind->stop(own, &active);
    child_check(!ev_is_active(&active));
    ev_loop_destroy(other);
    ev_loop_destroy(own);
}

static void test_loop_stop_of_inactive_takes_another(void** state)
{
    /* R4.1, A3: the same with another loop, and with one that has an active
     * watcher of the same kind, which stays active. */
    (void)state;
    begin();
    struct ev_loop* other = loop_new(0);
    assert_calls_pass(other, "another loop");
    ev_loop_destroy(other);
    for (int i = 0; i < kinds_count; ++i)
        assert_child_passes(child_fork(other_serves, (void*)&kinds[i]));
    kinds_close();
}

static const Test tests[] = {
    EACH(test_loop_stop_of_inactive_takes_null),
    EACH(test_loop_stop_of_inactive_takes_destroyed),
    EACH(test_loop_stop_of_inactive_takes_another),
};

HARNESS_MAIN("loop_inactive", tests)
