// Helpers of the libevent emulation: bases, which are loops, and times.
//
// Functions store the loop of a base in a variable `loop`, which EV_A refers
// to. Without EV_MULTIPLICITY it is unused.

#ifndef EVI_EVENT_BASE_HH
#define EVI_EVENT_BASE_HH

#ifdef EV_EVENT_H
#include EV_EVENT_H
#else
#include "../event.h"
#endif

namespace evi { namespace {

using EventBase = struct event_base;

EventBase* event_first;    // the first made by event_init: never freed
EventBase* event_current;  // the last made by event_init

#if EV_MULTIPLICITY

EventBase* event_default_base()
{
    return reinterpret_cast<EventBase*>(ev_default_loop(EVFLAG_AUTO));
}

EventBase* event_other_base()
{
    return reinterpret_cast<EventBase*>(ev_loop_new(EVFLAG_AUTO));
}

#else

char event_only_base;  // its address represents the only loop

EventBase* event_default_base()
{
    void* only = ev_default_loop(EVFLAG_AUTO) ? &event_only_base : nullptr;
    return static_cast<EventBase*>(only);
}

EventBase* event_other_base() { return event_default_base(); }

#endif

struct ev_loop* event_loop_of(EventBase* base)
{
    return reinterpret_cast<struct ev_loop*>(base);
}

// The seconds of a timeout; 0 if it is negative or null.
ev_tstamp event_seconds(const struct timeval* tv)
{
    ev_tstamp after = 0;
    if (tv) after = ev_tstamp(tv->tv_sec) + ev_tstamp(tv->tv_usec) * 1e-6;
    return after > 0 ? after : 0;
}

}}  // evi

#endif
