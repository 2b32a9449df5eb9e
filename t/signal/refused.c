/* No memory for one more loop with signal watchers. */
#define _GNU_SOURCE

#include "kernel.h"
#include "mistakes_help.h"
#include "signal_help.h"

enum { most = 20 };

static int failing;

enum { page = 4096 }; /* the debug library maps more */

void* mmap(void* at, size_t size, int access, int flags, int fd, off_t offset)
{
    if (failing && size == page) return errno = ENOMEM, MAP_FAILED;
    return kernel_mmap(at, size, access, flags, fd, offset);
}

static struct ev_loop* loops[most];
static ev_signal watchers[most];

static void start(int i)
{
    signal_begin(loops[i], &watchers[i], letter_of((char)('a' + i)), SIGUSR1);
}

static void starts_refused(void)
{
    int started = 0;
    signals_reset();
    for (int i = 0; i < most; ++i) loops[i] = loop_new(0);
    failing = 1;
    while (started < most && (start(started), ev_is_active(&watchers[started])))
        ++started;
    failing = 0;
    assert_in_range(started, 1, most - 1);
    assert_told(SIGNAL_TAKEN, EV_SIGNAL, &watchers[started], SIGUSR1);
    assert_int_equal(ev_run(loops[started], EVRUN_NOWAIT), 0);
    ev_signal_stop(loops[started], &watchers[started]);
    ev_feed_signal_event(loops[started], SIGUSR1);
    ev_loop_fork(loops[started]);
    raise(SIGUSR1);
    for (int i = 0; i < most; ++i) ev_run(loops[i], EVRUN_NOWAIT);
    assert_int_equal(strlen(calls), started);
    calls_clear();

    /* One more, when there is room: what a loop that is gone had. */
    ev_loop_destroy(loops[0]);
    failing = 1;
    start(started);
    failing = 0;
    assert_true(ev_is_active(&watchers[started]));
    raise(SIGUSR1);
    for (int i = 1; i < most; ++i) ev_run(loops[i], EVRUN_NOWAIT);
    assert_int_equal(strlen(calls), started);
    for (int i = 1; i < most; ++i) ev_loop_destroy(loops[i]);
    signals_reset();
}

static void test_signal_without_memory_for_one_more_loop_is_refused(
    void** state)
{
    /* R2.43, R4.3: the start is refused, and reported; the other loops go on.
     * It can be repeated. */
    (void)state;
    made_twice(starts_refused);
}

static const Test tests[] = {
    OURS(test_signal_without_memory_for_one_more_loop_is_refused),
};

HARNESS_MAIN("signal_refused", tests)
