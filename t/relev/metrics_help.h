/* A loop with metrics, and callbacks that count themselves. */
#ifndef METRICS_HELP_H_
#define METRICS_HELP_H_

#include <stdio.h>
#include <unistd.h>

#include "calls.h"

static struct ev_loop* loop;
static struct relev_metrics m;
static unsigned called[RELEV_KINDS];
static int level_now;

static inline void begin(int level)
{
    loop = loop_default(0);
    memset(called, 0, sizeof called);
    level_now = level;
    relev_metrics_enable(loop, level);
}

static inline void read_metrics(void)
{
    assert_int_equal(relev_metrics_read(loop, &m, sizeof m), level_now);
    assert_int_equal(m.size, sizeof m);
}

static inline relev_count sum(const relev_count* values, int count)
{
    relev_count all = 0;
    for (int i = 0; i < count; ++i) all += values[i];
    return all;
}

static inline void called_as_counted(void)
{
    read_metrics();
    for (int i = 0; i < RELEV_KINDS; ++i)
        if (m.callbacks[i] != called[i] || m.events[i] < called[i])
            fail_msg("kind %d: %llu callbacks, %llu events, of %u", i,
                     m.callbacks[i], m.events[i], called[i]);
    assert_int_equal(sum(m.iteration_times, RELEV_BUCKETS), m.iterations);
    assert_int_equal(sum(m.lateness, RELEV_BUCKETS), m.expired);
    assert_int_equal(sum(m.callback_times, RELEV_BUCKETS),
                     level_now == 2 ? sum(m.callbacks, RELEV_KINDS) : 0);
    assert_true(m.working >= 0 && m.late >= 0 && m.calling >= 0);
    assert_true(m.working <= m.enabled * 1.001 + 1e-6);
}

#define COUNTED(type, kind)                                                   \
    static inline void on_##type(struct ev_loop* l, ev_##type* w, int events) \
    {                                                                         \
        (void)l, (void)w, (void)events;                                       \
        ++called[RELEV_KIND_##kind];                                          \
    }

COUNTED(timer, TIMER)

static inline void on_io(struct ev_loop* l, ev_io* w, int events)
{
    char byte;
    (void)l, (void)events;
    ++called[RELEV_KIND_IO];
    assert_true(read(w->fd, &byte, 1) >= 0);
}

#endif
