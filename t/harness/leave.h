/* Four pending events, the second of which leaves the pass, and what must be
 * true afterwards.
 */
#ifndef LEAVE_H_
#define LEAVE_H_

#include "calls.h"

static ev_watcher high, leaver, same, low;

static inline void feed_four(struct ev_loop* loop, Callback leave)
{
    calls_clear();
    fed_init(&high, "high", note, 1);
    fed_init(&leaver, "leaver", leave, 0);
    fed_init(&same, "same", note, 0);
    fed_init(&low, "low", note, -1);
    ev_feed_event(loop, &same, EV_CUSTOM);
    ev_feed_event(loop, &low, EV_READ);
    ev_feed_event(loop, &leaver, EV_CUSTOM);
    ev_feed_event(loop, &high, EV_CUSTOM);
}

/* After the second has left: it and the first are done with, the others come
 * first in the next run, and the loop works on. */
static inline void assert_works_on(struct ev_loop* loop, unsigned depth)
{
    ev_prepare prepare;
    ev_timer timer;

    assert_calls("high leaver");
    assert_false(ev_is_pending(&high) || ev_is_pending(&leaver));
    assert_true(ev_is_pending(&same) && ev_is_pending(&low));
    assert_int_equal(ev_pending_count(loop), 2);
    assert_int_equal(ev_depth(loop), depth);

    prepare_init(&prepare, "prepare", note);
    timer_init(&timer, "timer", note, -1., 0.);
    ev_set_priority(&prepare, EV_MAXPRI);
    ev_timer_start(loop, &timer);
    ev_prepare_start(loop, &prepare);
    assert_int_equal(ev_run(loop, EVRUN_NOWAIT), 1);
    assert_calls("same low prepare timer");
    ev_prepare_stop(loop, &prepare);
    assert_int_equal(ev_run(loop, 0), 0);
    assert_int_equal(ev_depth(loop), depth);
}

#endif
