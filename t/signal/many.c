/* Many signal watchers: what a start and a stop read. The others are in pages
 * that cannot be read meanwhile, and the work is done in a child, which ends if
 * it reads them. There is room for all: to make room, all may be read, once in
 * many starts.
 */
#define _GNU_SOURCE
#include <sys/mman.h>

#include "forked.h"

enum { many = 2000 };

static struct ev_loop* loop;
static ev_signal* others;

static void signal_note(EV_P_ ev_signal* w, int revents)
{
    (void)EV_A, (void)revents;
    ++*(int*)w->data;
}

static int calls;

static void signal_begin(ev_signal* w, int signum)
{
    ev_signal_init(w, signal_note, signum);
    w->data = &calls;
    ev_signal_start(loop, w);
}

static void others_protect(int protection)
{
    child_check(!mprotect(others, many * sizeof *others, protection));
}

static ev_signal latest[many];

static void latest_start_and_stop(void)
{
    for (int i = 0; i < many; ++i) signal_begin(&latest[i], SIGUSR1);
    for (int i = many; i--;) ev_signal_stop(loop, &latest[i]);
}

static void child_starts_and_stops(void* unused)
{
    (void)unused;
    latest_start_and_stop();
    others_protect(PROT_NONE);
    latest_start_and_stop();
    others_protect(PROT_READ | PROT_WRITE);
    ev_feed_signal(SIGHUP), ev_feed_signal(SIGUSR1), ev_feed_signal(SIGUSR2);
    ev_run(loop, EVRUN_NOWAIT);
    child_check(calls == many);
    for (int i = many; i--;) ev_signal_stop(loop, &others[i]);
    child_check(ev_run(loop, EVRUN_NOWAIT) == 0);
}

static void others_of(int signum)
{
    loop = loop_new(0);
    calls = 0;
    others = mmap(NULL, many * sizeof *others, PROT_READ | PROT_WRITE,
                  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(others != MAP_FAILED);
    for (int i = 0; i < many; ++i) signal_begin(&others[i], signum);
    assert_child_passes(child_fork(child_starts_and_stops, NULL));
    for (int i = 0; i < many; ++i) ev_signal_stop(loop, &others[i]);
    ev_loop_destroy(loop);
    munmap(others, many * sizeof *others);
}

static void test_signal_many_latest_is_stopped_without_a_search(void** state)
{
    /* R3.13: to start one of a signal that has many, and to stop the latest,
     * costs the same as if it were alone. */
    (void)state;
    others_of(SIGUSR1);
}

static void test_signal_many_of_another_signal_are_not_looked_at(void** state)
{
    /* R3.13: nor does it matter how many other signals have. */
    (void)state;
    others_of(SIGUSR2);
    others_of(SIGHUP);
}

static const Test tests[] = {
    EACH(test_signal_many_latest_is_stopped_without_a_search),
    EACH(test_signal_many_of_another_signal_are_not_looked_at),
};

HARNESS_MAIN("signal_many", tests)
