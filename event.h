/* event.h: the interface of libevent 1.4, implemented by the loop of ev.h.
 *
 * This holds for every declaration here, unless its own comment differs:
 *
 * Since:    the first release; as in the event.h that comes with libev 4.33.
 * Memory:   the caller owns the events, and must not move or free them until
 *           they are deleted or, without EV_PERSIST, their callback runs.
 * Failure:  functions that return int return 0 on success and -1 on failure.
 * Threads:  only one thread at a time may use a base and its events. Functions
 *           without a base or event use the base that event_init made last;
 *           there is one such base per process.
 * Manual:   ev_libevent(3).
 */
#ifndef EVENT_H_
#define EVENT_H_

#ifdef EV_H
#include EV_H
#else
#include "ev.h"
#endif

#include <sys/time.h>
#include <time.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The flags of event_loop. */
#ifndef EVLOOP_NONBLOCK
#define EVLOOP_NONBLOCK EVRUN_NOWAIT /* one iteration that does not wait */
#endif
#ifndef EVLOOP_ONESHOT
#define EVLOOP_ONESHOT EVRUN_ONCE /* one iteration that waits for an event */
#endif
#define EVLOOP_ONCE EVLOOP_ONESHOT

/* The event mask, for event_set and for callbacks. These are macros so that
 * programs can test for them with #ifdef. */
#ifndef EV_TIMEOUT
#define EV_TIMEOUT EV_TIMER
#endif
#define EV_READ EV_READ
#define EV_WRITE EV_WRITE
#define EV_PERSIST 0x10 /* stays added after its callback */
#define EV_ET 0x20      /* accepted, no effect */

/* The bits of ev_flags; only EVLIST_INIT is for programs. */
#define EVLIST_TIMEOUT 0x01
#define EVLIST_INSERTED 0x02
#define EVLIST_SIGNAL 0x04
#define EVLIST_ACTIVE 0x08
#define EVLIST_INTERNAL 0x10
#define EVLIST_INIT 0x80

/* A base is a loop: the first one of event_init is the default loop of ev.h. */
struct event_base;

/* fd is that of event_set: the signal of a signal event, -1 for a timer. */
typedef void (*event_callback_fn)(int fd, short events, void* arg);

/* An event, initialized by event_set only. Its members may be read. */
struct event {
    union {
        struct ev_io io;
        struct ev_signal sig;
    } iosig;            /* private */
    struct ev_timer to; /* private */

    struct event_base* ev_base;
    event_callback_fn ev_callback;
    void* ev_arg;
    int ev_fd;       /* the signal, for a signal event */
    int ev_pri;      /* stored, no effect */
    int ev_res;      /* the events of the latest callback */
    int ev_flags;    /* EVLIST_ bits */
    short ev_events; /* the events of event_set */
};

/* The values that event_set stored. event_initialized is true after event_set;
 * before it, the memory must be zero for a correct answer. */
EV_API_DECL event_callback_fn event_get_callback(const struct event* ev);
#define EVENT_SIGNAL(ev) ((int)(ev)->ev_fd)
#define EVENT_FD(ev) ((int)(ev)->ev_fd)
#define event_initialized(ev) ((ev)->ev_flags & EVLIST_INIT)

/* Shorter names for events that are only timers, */
#define evtimer_add(ev, tv) event_add(ev, tv)
#define evtimer_set(ev, cb, data) event_set(ev, -1, 0, cb, data)
#define evtimer_del(ev) event_del(ev)
#define evtimer_pending(ev, tv) event_pending(ev, EV_TIMEOUT, tv)
#define evtimer_initialized(ev) event_initialized(ev)

#define timeout_add(ev, tv) evtimer_add(ev, tv)
#define timeout_set(ev, cb, data) evtimer_set(ev, cb, data)
#define timeout_del(ev) evtimer_del(ev)
#define timeout_pending(ev, tv) evtimer_pending(ev, tv)
#define timeout_initialized(ev) evtimer_initialized(ev)

/* and for signals. */
#define signal_add(ev, tv) event_add(ev, tv)
#define signal_set(ev, sig, cb, data) \
    event_set(ev, sig, EV_SIGNAL | EV_PERSIST, cb, data)
#define signal_del(ev) event_del(ev)
#define signal_pending(ev, tv) event_pending(ev, EV_SIGNAL, tv)
#define signal_initialized(ev) event_initialized(ev)

/* The version of ev.h, as a string, and "libev"; both are static. */
EV_API_DECL const char* event_get_version(void);
EV_API_DECL const char* event_get_method(void);
EV_API_DECL const char* event_base_get_method(const struct event_base* base);

/* Makes a base, which event_set uses from now on. Null: failed. The caller
 * frees it. */
EV_API_DECL void* event_init(void);

/* Makes a base that is used only if it is passed explicitly. Null: failed. */
EV_API_DECL struct event_base* event_base_new(void);

/* Frees a base; all of its events must be deleted before. Does nothing for null
 * and for the first base of event_init. */
EV_API_DECL void event_base_free(struct event_base* base);

/* Initializes an event that is not added. events is EV_READ, EV_WRITE or both,
 * or EV_SIGNAL (then fd is the signal), or 0 for a timer; EV_PERSIST may be
 * added. */
EV_API_DECL void event_set(struct event* ev, int fd, short events,
                           void (*cb)(int, short, void*), void* arg);

/* Moves an event that is not added to another base. */
EV_API_DECL int event_base_set(struct event_base* base, struct event* ev);

/* Waits for the event or the timeout, whichever comes first. Adding the event
 * again sets a new timeout; null removes it. A timeout of 0 or less expires at
 * once. The timeout deletes the event, also with EV_PERSIST. */
EV_API_DECL int event_add(struct event* ev, struct timeval* tv);

/* Deletes the event and cancels a pending callback. May be repeated. */
EV_API_DECL int event_del(struct event* ev);

/* Makes the event pending with the given event mask; ncalls is ignored. */
EV_API_DECL void event_active(struct event* ev, int res, short ncalls);

/* Which of the given events are added or pending. If there is a timeout and tv
 * is not null, *tv becomes the loop's current time, not the time of expiry. */
EV_API_DECL int event_pending(struct event* ev, short events,
                              struct timeval* tv);

/* Calls cb once, when the fd is ready or the timeout expires. fd -1: only the
 * timeout; tv null: only the fd. Cannot be canceled. */
EV_API_DECL int event_once(int fd, short events, void (*cb)(int, short, void*),
                           void* arg, struct timeval* tv);
EV_API_DECL int event_base_once(struct event_base* base, int fd, short events,
                                void (*cb)(int, short, void*), void* arg,
                                struct timeval* tv);

/* Waits for events and invokes callbacks, until no event is added or as the
 * EVLOOP_ flags say. Returns 0 if events are still added, 1 if none are, -1
 * without a base. */
EV_API_DECL int event_dispatch(void);
EV_API_DECL int event_loop(int flags);
EV_API_DECL int event_base_dispatch(struct event_base* base);
EV_API_DECL int event_base_loop(struct event_base* base, int flags);

/* Ends event_loop after that time; null: in the next iteration. */
EV_API_DECL int event_loopexit(struct timeval* tv);
EV_API_DECL int event_base_loopexit(struct event_base* base,
                                    struct timeval* tv);

/* Priorities are accepted, and have no effect. */
EV_API_DECL int event_priority_init(int npri);
EV_API_DECL int event_base_priority_init(struct event_base* base, int npri);
EV_API_DECL int event_priority_set(struct event* ev, int pri);

/* Declared for programs that refer to them. Neither this library nor libev
 * defines the function: there are no messages. */
#define _EVENT_LOG_DEBUG 0
#define _EVENT_LOG_MSG 1
#define _EVENT_LOG_WARN 2
#define _EVENT_LOG_ERR 3
typedef void (*event_log_cb)(int severity, const char* msg);
void event_set_log_callback(event_log_cb cb);

#ifdef __cplusplus
}
#endif

#endif
