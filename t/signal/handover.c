/* A signal that one loop releases and another acquires, at the same moment: the
 * other loop tries while the first is about to set the default action.
 */
#define _GNU_SOURCE
#include <dlfcn.h>

#include "signal_help.h"

static struct ev_loop* two;
static ev_signal b;
static int before, after; /* when to try: around the system call */

static void try_start(void)
{
    before = after = 0;
    ev_signal_start(two, &b);
}

int sigaction(int signum, const struct sigaction* new, struct sigaction* old)
{
    int (*libc)(int, const struct sigaction*, struct sigaction*);

    *(void**)&libc = dlsym(RTLD_NEXT, "sigaction");
    int reset = signum == SIGUSR1 && new&& new->sa_handler == SIG_DFL;
    if (reset && before) try_start();
    int result = libc(signum, new, old);
    if (reset && after) try_start();
    return result;
}

static int handled(void) { return disposition(SIGUSR1).sa_handler != SIG_DFL; }

static void handed_over(int early)
{
    struct ev_loop* one = loop_new(0);
    ev_signal a;

    two = loop_new(0);
    signals_reset();
    signal_begin(one, &a, "a", SIGUSR1);
    ev_signal_init(&b, signal_note, SIGUSR1);
    b.data = (void*)"b";
    before = early, after = !early;
    ev_signal_stop(one, &a);
    assert_false(before || after);
    if (ev_is_active(&b)) assert_true(handled());
    else assert_false(handled());

    ev_signal_start(two, &b);
    assert_true(ev_is_active(&b) && handled());
    raise(SIGUSR1);
    ev_run(two, EVRUN_NOWAIT);
    assert_calls("b");
    ev_signal_stop(two, &b);
    assert_false(handled());
    ev_loop_destroy(one);
    ev_loop_destroy(two);
    signals_reset();
}

static void test_signal_started_during_a_stop_has_a_handler(void** state)
{
    /* R3.6: it is another loop's, or has a handler. */
    (void)state;
    handed_over(1);
    handed_over(0);
}

static const Test tests[] = {
    OURS(test_signal_started_during_a_stop_has_a_handler),
};

HARNESS_MAIN("signal_handover", tests)
