/* Uses every macro of event.h, in C that is also C++ and as old as C89. It is
 * compiled, never run.
 */
#include "event.h"

#ifndef EV_READ
#error "EV_READ is asked for with #ifdef"
#endif

int use_event(struct event* ev, struct timeval* tv, event_callback_fn cb);
int use_event_values(void);

int use_event(struct event* ev, struct timeval* tv, event_callback_fn cb)
{
    int sum = 0;

    event_set(ev, 0, EV_READ | EV_WRITE | EV_PERSIST | EV_ET, cb, ev);
    if (event_get_callback(ev) != cb) return 1;
    evtimer_set(ev, cb, ev);
    sum += evtimer_add(ev, tv) + evtimer_del(ev) + evtimer_pending(ev, tv);
    sum += evtimer_initialized(ev);
    timeout_set(ev, cb, ev);
    sum += timeout_add(ev, tv) + timeout_del(ev) + timeout_pending(ev, tv);
    sum += timeout_initialized(ev);
    signal_set(ev, 2, cb, ev);
    sum += signal_add(ev, tv) + signal_del(ev) + signal_pending(ev, tv);
    sum += signal_initialized(ev);
    return sum + event_initialized(ev) + EVENT_SIGNAL(ev) + EVENT_FD(ev);
}

int use_event_values(void)
{
    static const int values[] = {
        EVLOOP_NONBLOCK, EVLOOP_ONESHOT,  EVLOOP_ONCE,    EVLIST_TIMEOUT,
        EVLIST_INSERTED, EVLIST_SIGNAL,   EVLIST_ACTIVE,  EVLIST_INTERNAL,
        EVLIST_INIT,     EV_TIMEOUT,      _EVENT_LOG_MSG, _EVENT_LOG_WARN,
        _EVENT_LOG_ERR,  _EVENT_LOG_DEBUG};
    return values[0];
}
