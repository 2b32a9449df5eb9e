/* LIBEV_FLAGS, the environment variable that replaces the flags. */
#define _GNU_SOURCE
#include <signal.h>
#include <unistd.h>

#include "harness.h"

static void flags_set(const char* value)
{
    assert_return_code(setenv("LIBEV_FLAGS", value, 1), 0);
}

static void flags_set_number(unsigned flags)
{
    char value[16];
    snprintf(value, sizeof value, "%u", flags);
    flags_set(value);
}

static unsigned backend_taken(unsigned flags)
{
    struct ev_loop* loop = ev_loop_new(flags);
    if (!loop) return 0;
    unsigned taken = ev_backend(loop);
    ev_loop_destroy(loop);
    return taken;
}

/* R1.4: LIBEV_FLAGS replaces the backends asked for, in ev_loop_new and in
 * ev_default_loop, and is looked up for each loop. */
static void test_flags_variable_replaces_backend(void** state)
{
    (void)state;
    unsigned others = ~backend & (EVBACKEND_SELECT | EVBACKEND_POLL);
    struct ev_loop* loop = ev_loop_new(others);
    assert_int_not_equal(ev_backend(loop), backend);

    flags_set_number(backend);
    assert_int_equal(backend_taken(others), backend);
    assert_int_equal(backend_taken(EVFLAG_AUTO), backend);
    struct ev_loop* fallback = ev_default_loop(others);
    assert_int_equal(ev_backend(fallback), backend);

    unsetenv("LIBEV_FLAGS");
    assert_int_not_equal(backend_taken(others), backend);
    assert_int_not_equal(ev_backend(loop), backend);
    assert_int_equal(ev_backend(fallback), backend);
    ev_loop_destroy(fallback), ev_loop_destroy(loop);
}

/* R1.4: EVFLAG_NOENV in the argument makes the variable be ignored. */
static void test_flags_variable_with_noenv_is_ignored(void** state)
{
    (void)state;
    unsigned other =
        backend == EVBACKEND_POLL ? EVBACKEND_SELECT : EVBACKEND_POLL;
    flags_set_number(other);
    assert_int_equal(backend_taken(backend | EVFLAG_NOENV), backend);
    struct ev_loop* loop = ev_default_loop(backend | EVFLAG_NOENV);
    assert_int_equal(ev_backend(loop), backend);
    ev_loop_destroy(loop);

    flags_set("16");
    assert_int_equal(backend_taken(backend | EVFLAG_NOENV), backend);
    unsetenv("LIBEV_FLAGS");
}

static int signal_is_blocked(int signum)
{
    sigset_t mask;
    sigprocmask(SIG_BLOCK, NULL, &mask);
    return sigismember(&mask, signum);
}

/* With EVFLAG_SIGNALFD a watched signal is blocked, without it is not. */
static int takes_signalfd(unsigned flags)
{
    ev_signal w;
    struct ev_loop* loop = ev_loop_new(flags);
    assert_non_null(loop);

    ev_signal_init(&w, 0, SIGUSR2);
    ev_signal_start(loop, &w);
    int blocked = signal_is_blocked(SIGUSR2);
    ev_signal_stop(loop, &w);
    ev_loop_destroy(loop);
    return blocked;
}

/* R1.4: it replaces all flags, not only the backends: it can add one, and
 * what it does not name is gone. */
static void test_flags_variable_replaces_other_flags(void** state)
{
    (void)state;
    assert_true(takes_signalfd(backend | EVFLAG_SIGNALFD));
    assert_false(takes_signalfd(backend));

    flags_set_number(backend);
    assert_false(takes_signalfd(backend | EVFLAG_SIGNALFD));
    flags_set_number(backend | EVFLAG_SIGNALFD);
    assert_true(takes_signalfd(backend));
    unsetenv("LIBEV_FLAGS");
}

/* R1.4: the number is decimal: "018" is eighteen, that is poll and devpoll;
 * an octal number would end before the eight, and be select. */
static void test_flags_variable_is_decimal(void** state)
{
    (void)state;
    flags_set("018");
    assert_int_equal(backend_taken(EVBACKEND_SELECT), EVBACKEND_POLL);
    unsetenv("LIBEV_FLAGS");
}

/* R1.5: what is no number counts as zero: the automatic choice, whatever the
 * caller named. */
static void test_flags_variable_not_a_number_means_automatic(void** state)
{
    static const char* const values[] = {"", "epoll", "0", "0x1", " "};
    (void)state;
    unsigned automatic = backend_taken(EVFLAG_AUTO);

    for (size_t i = 0; i < sizeof values / sizeof *values; ++i) {
        flags_set(values[i]);
        assert_int_equal(backend_taken(EVBACKEND_SELECT), automatic);
        assert_int_equal(backend_taken(EVBACKEND_DEVPOLL), automatic);
    }
    unsetenv("LIBEV_FLAGS");
}

/* R1.5: a value that names only unusable backends makes creation fail. */
static void test_flags_variable_unusable_makes_creation_fail(void** state)
{
    (void)state;
    flags_set("16");
    assert_null(ev_loop_new(backend));
    assert_null(ev_default_loop(backend));
    assert_null(ev_default_loop_ptr);
    unsetenv("LIBEV_FLAGS");

    struct ev_loop* loop = loop_default(0);
    ev_loop_destroy(loop);
}

static const Test tests[] = {
    EACH(test_flags_variable_replaces_backend),
    EACH(test_flags_variable_with_noenv_is_ignored),
    EACH(test_flags_variable_replaces_other_flags),
    ONCE(test_flags_variable_is_decimal),
    ONCE(test_flags_variable_not_a_number_means_automatic),
    EACH(test_flags_variable_unusable_makes_creation_fail),
};

HARNESS_MAIN("loop_flags", tests)
