/* The libevent emulation: what event_pending answers, whatever an event was set
 * for, and whatever was done with it. */

#include <signal.h>

#include "event_help.h"

typedef enum How { only_set, added, added_timed, deleted, activated } How;

enum { r = EV_READ, w = EV_WRITE, t = EV_TIMEOUT, s = EV_SIGNAL };

static const struct {
    short set;
    How how;
    int pending;
} rows[] = {
    {0, only_set, 0},
    {0, added, 0},
    {0, added_timed, t},
    {0, deleted, 0},
    {r, only_set, 0},
    {r, added, r},
    {r, added_timed, r | t},
    {r, deleted, 0},
    {r, activated, r},
    {r | w, added, r | w},
    {r | EV_PERSIST, added_timed, r | t},
    {t, only_set, t},
    {t, added, t},
    {t, added_timed, t},
    {t, deleted, t},
    {t | r, only_set, t},
    {t | r, added, t | r},
    {t | r, deleted, t},
    {s, only_set, 0},
    {s, added, s},
    {s, added_timed, s | t},
    {s, deleted, 0},
    {s | r, added, s},
    {s | r, added_timed, s | t},
    {s | r, activated, s},
    {s | w, added, s},
    {s | t, only_set, t},
    {s | t, added, s | t},
    {s | t | r | w, added, s | t},
    {s | t | r | w, deleted, t},
};

static void assert_row(size_t i, struct event_base* base, int fd)
{
    struct timeval tv = milliseconds(100000), due = {-1, -1};
    const short all = r | w | t | s;
    struct event ev;
    Log log;

    event_log(&ev, base, rows[i].set & s ? SIGUSR1 : fd, rows[i].set, &log);
    if (rows[i].how == added) event_add(&ev, NULL);
    if (rows[i].how == added_timed || rows[i].how == deleted)
        event_add(&ev, &tv);
    if (rows[i].how == deleted) event_del(&ev);
    if (rows[i].how == activated) event_active(&ev, r, 1);

    int got = event_pending(&ev, all, &due);
    if (got != rows[i].pending)
        fail_msg("row %zu: %#x, not %#x", i, (unsigned)got,
                 (unsigned)rows[i].pending);
    assert_int_equal(due.tv_sec != -1, (got & t) != 0);
    for (short bit = 1; bit <= s; bit = (short)(bit * 2))
        assert_int_equal(event_pending(&ev, bit, NULL), got & bit & all);
    event_del(&ev);
}

static void test_event_pending_table(void** state)
{
    /* R2.85: a signal event has only its signal and a timeout; one
     * that is set with EV_TIMEOUT has one pending at any time. */
    struct event_base* base = base_new();
    int fds[2];
    (void)state;

    pipe_open(fds);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; ++i)
        assert_row(i, base, fds[0]);
    pipe_close(fds);
    event_base_free(base);
}

static const Test tests[] = {
    EACH(test_event_pending_table),
};

HARNESS_MAIN("event_pending", tests)
