/* Fork: the numbers of the wake-up channel. */
#define _GNU_SOURCE
#include <string.h>
#include <unistd.h>

#include "fds.h"

enum { most = 64 };

/* The eventfds of this process, a bit for each number. */
static unsigned long long eventfds(void)
{
    unsigned long long found = 0;
    for (int fd = 0; fd < most; ++fd) {
        char path[64], to[64] = "";
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        if (readlink(path, to, sizeof to - 1) < 0) continue;
        if (strstr(to, "[eventfd]")) found |= 1ull << fd;
    }
    return found;
}

static void async_ignore(EV_P_ ev_async* w, int revents)
{
    (void)EV_A, (void)w, (void)revents;
}

static void test_fork_renewed_channel_keeps_its_number(void** state)
{
    /* R3.4, R4.3: a sender of another thread may be just about to write to it.
     * If the number became another file's, that would get the write. */
    (void)state;
    struct ev_loop* loop = loop_new(0);
    ev_async w;
    ev_async_init(&w, async_ignore);
    ev_async_start(loop, &w);
    turn(loop);
    unsigned long long before = eventfds();
    for (int i = 0; i < 3; ++i) {
        ev_loop_fork(loop);
        turn(loop);
        assert_true(eventfds() == before);
    }
    ev_async_stop(loop, &w);
    ev_loop_destroy(loop);
}

static const Test tests[] = {
    EACH(test_fork_renewed_channel_keeps_its_number),
};

HARNESS_MAIN("fork_channel", tests)
