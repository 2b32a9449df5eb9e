/* What the tests of the libevent emulation share: a base on the backend under
 * test, a pipe, and a callback that writes down what it was told.
 */
#ifndef EVENT_HELP_H_
#define EVENT_HELP_H_

#include <string.h>
#include <unistd.h>

#include "event.h"
#include "harness.h"

/* The emulation takes no flags: the environment names the backend. */
static inline struct event_base* base_new(void)
{
    char flags[16];
    snprintf(flags, sizeof flags, "%u", backend);
    setenv("LIBEV_FLAGS", flags, 1);
    struct event_base* base = event_base_new();
    unsetenv("LIBEV_FLAGS");
    assert_non_null(base);
    return base;
}

/* The loop time that timeouts count from: a base is a loop. */
static inline double base_now(struct event_base* base)
{
    return ev_now((struct ev_loop*)base);
}

typedef struct Log {
    int calls;
    int fd;
    int events;
    struct event* ev; /* if set, what it was like during the call: */
    int pending;
    int res;
} Log;

static inline void log_call(int fd, short events, void* arg)
{
    Log* log = arg;
    ++log->calls;
    log->fd = fd;
    log->events = events;
    if (!log->ev) return;
    log->res = log->ev->ev_res;
    log->pending = event_pending(
        log->ev, EV_READ | EV_WRITE | EV_TIMEOUT | EV_SIGNAL, NULL);
}

/* An event of the base that logs. */
static inline void event_log(struct event* ev, struct event_base* base, int fd,
                             short events, Log* log)
{
    memset(log, 0, sizeof *log);
    log->ev = ev;
    event_set(ev, fd, events, log_call, log);
    assert_int_equal(event_base_set(base, ev), 0);
}

#define assert_log(log, calls_, fd_, events_)    \
    do {                                         \
        assert_int_equal((log).calls, calls_);   \
        assert_int_equal((log).fd, fd_);         \
        assert_int_equal((log).events, events_); \
    } while (0)

static inline void pipe_open(int fds[2]) { assert_int_equal(pipe(fds), 0); }

static inline void pipe_close(int fds[2]) { close(fds[0]), close(fds[1]); }

static inline void pipe_fill(int fds[2])
{
    assert_int_equal(write(fds[1], "x", 1), 1);
}

static inline struct timeval milliseconds(int ms)
{
    struct timeval tv = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};
    return tv;
}

static inline int event_all(struct event* ev)
{
    return event_pending(ev, EV_READ | EV_WRITE | EV_TIMEOUT | EV_SIGNAL, NULL);
}

#endif
