/* ev_set_allocator: every block of memory is asked for and given back there. */

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "calls.h"
#include "clock.h"
#include "forked.h"

enum { blocks_max = 4096 };

/* The blocks that are out, with their sizes. */
static struct {
    void* p;
    long size;
} blocks[blocks_max];

static int block_count, allocations, resizes, frees, refuse;
static char nothing; /* what is returned for size 0 means nothing */

static int block_find(void* p)
{
    for (int i = 0; i < block_count; ++i)
        if (blocks[i].p == p) return i;
    return -1;
}

static void* allocate(void* old, long size)
{
    int i = old ? block_find(old) : block_count++;

    assert_true(size >= 0);
    assert_true(i >= 0 && i < blocks_max); /* ours, and freed only once */
    if (size && refuse) return NULL;
    if (!size) {
        blocks[i] = blocks[--block_count]; /* may be the one just counted */
        frees += old != NULL;
        free(old);
        return &nothing;
    }
    ++*(old ? &resizes : &allocations);

    /* A fresh place each time, and no clean memory. */
    void* p = malloc((size_t)size);
    assert_non_null(p);
    memset(p, 0xa5, (size_t)size);
    if (old)
        memcpy(p, old, (size_t)(size < blocks[i].size ? size : blocks[i].size));
    free(old);
    blocks[i].p = p;
    blocks[i].size = size;
    return p;
}

static int start_blocks; /* what is out and belongs to no loop */

static struct ev_loop* loop_counted(unsigned flags)
{
    ev_set_allocator(allocate);
    /* What all loops share may be obtained by the first and stay. */
    if (!start_blocks) ev_loop_destroy(loop_new(flags));
    start_blocks = block_count;
    return loop_fresh(flags);
}

static void destroy_and_count(struct ev_loop* loop)
{
    assert_true(block_count > start_blocks);
    ev_loop_destroy(loop);
    assert_int_equal(block_count, start_blocks);
}

static void test_allocator_gets_everything_back(void** state)
{
    /* R1.90: (null, n) allocates, (p, 0) frees; after ev_loop_destroy
     * everything obtained for the loop has been freed. */
    (void)state;
    struct ev_loop* loop = loop_counted(0);
    assert_true(allocations > 0);
    destroy_and_count(loop);
    assert_true(frees > 0);
}

enum { crowd = 300 };

static ev_timer timers[crowd];
static ev_periodic periodics[crowd];
static ev_prepare prepares[crowd];
static ev_check checks[crowd];
static ev_idle idles[crowd];
static ev_fork forks[crowd];
static ev_cleanup cleanups[crowd];

static void silent(EV_P_ ev_watcher* w, int revents)
{
    (void)EV_A, (void)w, (void)revents;
}

static void* hushed(void* w)
{
    ((ev_watcher*)w)->cb = silent;
    return w;
}

static void start_crowd(struct ev_loop* loop)
{
    for (int i = 0; i < crowd; ++i) {
        timers[i] = timer_of("t", i - crowd / 2, i % 3);
        periodics[i] = periodic_of("p", i, i % 3);
        prepares[i] = prepare_of("a");
        checks[i] = check_of("c");
        idles[i] = idle_of("i");
        forks[i] = fork_of("f");
        cleanups[i] = cleanup_of("x");
        ev_timer_start(loop, hushed(&timers[i]));
        ev_periodic_start(loop, hushed(&periodics[i]));
        ev_prepare_start(loop, hushed(&prepares[i]));
        ev_check_start(loop, hushed(&checks[i]));
        ev_idle_start(loop, hushed(&idles[i]));
        ev_fork_start(loop, hushed(&forks[i]));
        ev_cleanup_start(loop, hushed(&cleanups[i]));
    }
}

static void on_timer(EV_P_ ev_timer* w, int revents)
{
    (void)EV_A, (void)w, (void)revents;
}

static void test_allocator_resizes_what_grows(void** state)
{
    /* R1.90: (p, n) resizes; what stays active is freed all the same. */
    (void)state;
    clock_freeze();
    struct ev_loop* loop = loop_counted(0);
    int resizes_before = resizes;
    long bytes = 0;
    ev_timer some[crowd];

    for (int i = 0; i < crowd; ++i) {
        ev_timer_init(&some[i], on_timer, i - 9, 0);
        ev_timer_start(loop, &some[i]);
    }
    assert_true(resizes > resizes_before);
    for (int i = 0; i < block_count; ++i) bytes += blocks[i].size;
    assert_true(bytes >= (long)(crowd * sizeof(ev_timer*)));
    turn(loop);
    destroy_and_count(loop);
}

static void test_allocator_gets_all_kinds_back(void** state)
{
    /* R1.90: with watchers of many kinds active at the end. */
    (void)state;
    clock_freeze();
    struct ev_loop* loop = loop_counted(0);
    int fds[2];

    assert_int_equal(pipe(fds), 0);
    ev_io reader = io_of("r", fds[0], EV_READ);
    ev_io writer = io_of("w", fds[1], EV_WRITE);
    ev_io_start(loop, &reader);
    ev_io_start(loop, &writer);
    start_crowd(loop);
    ev_loop_fork(loop);
    turn(loop), turn(loop);
    destroy_and_count(loop);
    close(fds[0]), close(fds[1]);
}

static void note_once(int revents, void* arg) { calls_note(arg, revents); }

static void test_allocator_gets_once_records_back(void** state)
{
    /* R1.90: ev_once records included: freed when it is over. */
    (void)state;
    clock_freeze();
    struct ev_loop* loop = loop_counted(0);

    ev_once(loop, -1, 0, 0, note_once, "o");
    clock_advance(1);
    turn(loop);
    assert_calls("o");
    int before = block_count;
    for (int i = 0; i < 50; ++i) ev_once(loop, -1, 0, 0, note_once, "o");
    assert_true(block_count >= before + 50);
    clock_advance(1);
    turn(loop);
    assert_true(block_count < before + 50);
    calls_clear();
    destroy_and_count(loop);
}

static void refuse_all(void* arg)
{
    (void)arg;
    close(2); /* the message is expected */
    refuse = 1;
    ev_loop_new(backend); /* must not come back, with null or otherwise */
}

static struct ev_loop* poor_loop;

static void refuse_growth(void* arg)
{
    (void)arg;
    close(2);
    refuse = 1;
    for (int i = 0; i < crowd; ++i) {
        ev_timer_init(&timers[i], on_timer, 1, 0);
        ev_timer_start(poor_loop, &timers[i]);
    }
}

static void test_allocator_out_of_memory_aborts(void** state)
{
    /* R1.90: a null for a non-zero size aborts the process; creation does not
     * return null for it. */
    (void)state;
    poor_loop = loop_counted(0);
    void (*const bodies[])(void*) = {refuse_all, refuse_growth};
    for (int i = 0; i < 2; ++i) {
        int status = child_status(child_fork(bodies[i], NULL));
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    }
    destroy_and_count(poor_loop);
}

static const Test tests[] = {
    EACH(test_allocator_gets_everything_back),
    EACH(test_allocator_resizes_what_grows),
    EACH(test_allocator_gets_all_kinds_back),
    EACH(test_allocator_gets_once_records_back),
    EACH(test_allocator_out_of_memory_aborts),
};

HARNESS_MAIN("allocator", tests)
