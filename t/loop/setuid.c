/* LIBEV_FLAGS in a program that runs with more rights than its user has: what
 * the kernel says of these is replaced. */
#define _GNU_SOURCE
#include <unistd.h>

#include "harness.h"

static uid_t user, user_now;
static gid_t group, group_now;

uid_t getuid(void) { return user; }
uid_t geteuid(void) { return user_now; }
gid_t getgid(void) { return group; }
gid_t getegid(void) { return group_now; }

/* Which backend a loop gets if LIBEV_FLAGS names select, and the program
 * poll. */
static unsigned backend_chosen(void)
{
    setenv("LIBEV_FLAGS", "1", 1);
    struct ev_loop* loop = ev_loop_new(EVBACKEND_POLL);
    unsetenv("LIBEV_FLAGS");
    assert_non_null(loop);
    unsigned chosen = ev_backend(loop);
    ev_loop_destroy(loop);
    return chosen;
}

static void test_setuid_or_setgid_environment_is_not_trusted(void** state)
{
    /* R2.22: LIBEV_FLAGS is ignored if the process is setuid or setgid. */
    (void)state;
    assert_int_equal(backend_chosen(), EVBACKEND_SELECT);
    user_now = 1;
    assert_int_equal(backend_chosen(), EVBACKEND_POLL);
    group_now = 1;
    assert_int_equal(backend_chosen(), EVBACKEND_POLL);
    user = 1;
    assert_int_equal(backend_chosen(), EVBACKEND_POLL);
    group = 1;
    assert_int_equal(backend_chosen(), EVBACKEND_SELECT);
}

static const Test tests[] = {
    ONCE(test_setuid_or_setgid_environment_is_not_trusted),
};

HARNESS_MAIN("loop_setuid", tests)
