// The libevent 1.4 emulation: implements event.h with ev.h only.
//
// A base is a loop. An event has two watchers: a union of io and signal, and a
// timer. Invariants:
//   (1) The union is the first member of the event, so a pointer to it is also
//       one to the event. Events may be copied while they are not added.
//   (2) ev_flags is EVLIST_INIT alone if and only if the event is not added.
//   (3) An event without a base (event_set before event_init) has no active
//       and no pending watcher.

#include "event_base.hh"

#include <stddef.h>
#include <stdlib.h>

namespace evi { namespace {

static_assert(offsetof(event, iosig) == 0, "invariant (1)");

using Event = struct event;

constexpr int event_io_bits = EV_READ | EV_WRITE;
constexpr ev_tstamp event_at_once = 1e-6;  // 0 would not repeat

void event_call(Event* ev, int revents)
{
    ev->ev_res = revents & (event_io_bits | EV_TIMER | EV_SIGNAL);
    ev->ev_callback(ev->ev_fd, static_cast<short>(ev->ev_res), ev->ev_arg);
}

void event_stop(EV_P_ Event* ev);

#if EV_SIGNAL_ENABLE

[[gnu::cold]] void event_on_signal(EV_P_ ev_signal* w, int revents)
{
    auto ev = reinterpret_cast<Event*>(w);
    if (revents & EV_ERROR) event_stop(EV_A_ ev);
    event_call(ev, revents);
}

void event_signal_init(Event* ev) { ev_init(&ev->iosig.sig, event_on_signal); }

bool event_signal_start(EV_P_ Event* ev)
{
    ev_signal* w = &ev->iosig.sig;
    if (!w->active) w->signum = ev->ev_fd;
    ev_signal_start(EV_A_ w);
    ev->ev_flags |= EVLIST_SIGNAL;
    return w->active;
}

void event_signal_stop(EV_P_ Event* ev)
{
    ev_signal* w = &ev->iosig.sig;
    ev_signal_stop(EV_A_ w);
}

#else

void event_signal_init(Event* ev) { ev_init(&ev->iosig.sig, nullptr); }
bool event_signal_start([[maybe_unused]] EV_P_ Event*) { return false; }
void event_signal_stop([[maybe_unused]] EV_P_ Event*) {}

#endif

// Cancels pending events too, except for a timeout that event_active queued:
// this has a callback of its own, beside that of the other events.
void event_stop(EV_P_ Event* ev)
{
    ev_io* io = &ev->iosig.io;
    ev_timer* timer = &ev->to;

    if (ev->ev_events & EV_SIGNAL) event_signal_stop(EV_A_ ev);
    else ev_io_stop(EV_A_ io);
    if (timer->active) ev_timer_stop(EV_A_ timer);
    ev->ev_flags = EVLIST_INIT;
}

[[gnu::cold]] void event_on_io(EV_P_ ev_io* w, int revents)
{
    auto ev = reinterpret_cast<Event*>(w);
    bool done = revents & EV_ERROR || !(ev->ev_events & EV_PERSIST);
    if (done) event_stop(EV_A_ ev);
    event_call(ev, revents);
}

[[gnu::cold]] void event_on_timer(EV_P_ ev_timer* w, int revents)
{
    auto start = reinterpret_cast<char*>(w) - offsetof(Event, to);
    auto ev = reinterpret_cast<Event*>(start);
    event_stop(EV_A_ ev);
    event_call(ev, revents);
}

bool event_io_start(EV_P_ Event* ev)
{
    ev_io* w = &ev->iosig.io;
    if (!w->active) ev_io_set(w, ev->ev_fd, ev->ev_events & event_io_bits);
    ev_io_start(EV_A_ w);
    ev->ev_flags |= EVLIST_INSERTED;
    return w->active;
}

bool event_other_start(EV_P_ Event* ev)
{
    if (ev->ev_events & EV_SIGNAL) return event_signal_start(EV_A_ ev);
    if (ev->ev_events & event_io_bits) return event_io_start(EV_A_ ev);
    return true;
}

void event_timer_set(EV_P_ Event* ev, const struct timeval* tv)
{
    ev_timer* w = &ev->to;
    ev_timer_stop(EV_A_ w);
    ev->ev_flags &= ~EVLIST_TIMEOUT;
    if (!tv) return;

    ev_tstamp after = event_seconds(tv);
    w->at = w->repeat = after > event_at_once ? after : event_at_once;
    ev_timer_start(EV_A_ w);
    ev->ev_flags |= EVLIST_TIMEOUT;
}

// The data of event_once for its callback, which frees it.
struct EventOnce {
    int fd;
    event_callback_fn cb;
    void* arg;
};

[[gnu::cold]] void event_on_once(int revents, void* arg)
{
    auto kept = static_cast<EventOnce*>(arg);
    EventOnce once = *kept;
    free(kept);
    once.cb(once.fd, static_cast<short>(revents), once.arg);
}

void event_on_exit(int, void* arg)
{
    [[maybe_unused]] auto loop = event_loop_of(static_cast<EventBase*>(arg));
    ev_break(EV_A_ EVBREAK_ONE);
}

}}  // evi

// The C API.

static_assert(EV_VERSION_MAJOR == 4 && EV_VERSION_MINOR == 33, "as below");
const char* event_get_version() { return "4.33"; }
const char* event_get_method() { return "libev"; }
const char* event_base_get_method(const event_base*) { return "libev"; }
event_callback_fn event_get_callback(const event* ev)
{
    return ev->ev_callback;
}

void* event_init()
{
    bool first = !evi::event_first;
    auto base = first ? evi::event_default_base() : evi::event_other_base();
    if (first) evi::event_first = base;
    if (base) evi::event_current = base;
    return base;
}

event_base* event_base_new() { return evi::event_other_base(); }

[[gnu::cold]] void event_base_free(event_base* base)
{
    [[maybe_unused]] auto loop = evi::event_loop_of(base);
    if (!base || ev_is_default_loop(EV_A)) return;
    if (evi::event_current == base) evi::event_current = evi::event_first;
    ev_loop_destroy(EV_A);
}

void event_set(event* ev, int fd, short events, event_callback_fn cb, void* arg)
{
    if (events & EV_SIGNAL) evi::event_signal_init(ev);
    else ev_init(&ev->iosig.io, evi::event_on_io);
    ev_init(&ev->to, evi::event_on_timer);

    ev->ev_base = evi::event_current;
    ev->ev_callback = cb;
    ev->ev_arg = arg;
    ev->ev_fd = fd;
    ev->ev_pri = 0;
    ev->ev_res = 0;
    ev->ev_flags = EVLIST_INIT;
    ev->ev_events = events;
}

[[gnu::cold]] int event_base_set(event_base* base, event* ev)
{
    bool pending = ev_is_pending(&ev->iosig) || ev_is_pending(&ev->to);
    if (ev->ev_flags != EVLIST_INIT || pending) return -1;
    ev->ev_base = base;
    return 0;
}

[[gnu::cold]] int event_add(event* ev, struct timeval* tv)
{
    [[maybe_unused]] auto loop = evi::event_loop_of(ev->ev_base);
    if (!ev->ev_base) return -1;
    if (!evi::event_other_start(EV_A_ ev)) return event_del(ev), -1;
    evi::event_timer_set(EV_A_ ev, tv);
    ev->ev_flags |= EVLIST_ACTIVE;
    return 0;
}

[[gnu::cold]] int event_del(event* ev)
{
    [[maybe_unused]] auto loop = evi::event_loop_of(ev->ev_base);
    if (ev->ev_base) {
        ev_timer* timer = &ev->to;
        evi::event_stop(EV_A_ ev);
        ev_clear_pending(EV_A_ timer);
    }
    return 0;
}

[[gnu::cold]] void event_active(event* ev, int res, short)
{
    [[maybe_unused]] auto loop = evi::event_loop_of(ev->ev_base);
    void* timer = &ev->to;
    int other = res & (evi::event_io_bits | EV_SIGNAL);
    if (!ev->ev_base) return;
    if (res & EV_TIMER) ev_feed_event(EV_A_ timer, EV_TIMER);
    if (other) ev_feed_event(EV_A_ ev, other);
}

[[gnu::cold]] int event_pending(event* ev, short events, struct timeval* tv)
{
    [[maybe_unused]] auto loop = evi::event_loop_of(ev->ev_base);
    bool other = ev_is_active(&ev->iosig) || ev_is_pending(&ev->iosig);
    // An event that was set with EV_TIMEOUT always counts as a timeout.
    bool timer = ev->ev_events & EV_TIMER || ev_is_active(&ev->to)
              || ev_is_pending(&ev->to);

    if (timer && tv) {
        ev_tstamp now = ev_now(EV_A);
        tv->tv_sec = static_cast<time_t>(now);
        now -= ev_tstamp(tv->tv_sec);
        tv->tv_usec = static_cast<decltype(tv->tv_usec)>(now * 1e6);
    }
    int others = ev->ev_events & EV_SIGNAL ? EV_SIGNAL
                                           : ev->ev_events & evi::event_io_bits;
    return events & ((timer ? EV_TIMER : 0) | (other ? others : 0));
}

int event_once(int fd, short events, event_callback_fn cb, void* arg,
               struct timeval* tv)
{
    return event_base_once(evi::event_current, fd, events, cb, arg, tv);
}

[[gnu::cold]] int event_base_once(event_base* base, int fd, short events,
                                  event_callback_fn cb, void* arg,
                                  struct timeval* tv)
{
    [[maybe_unused]] auto loop = evi::event_loop_of(base);
    int bits = events & evi::event_io_bits;
    ev_tstamp after = tv ? evi::event_seconds(tv) : -1;

    void* memory = base ? malloc(sizeof(evi::EventOnce)) : nullptr;
    if (!memory) return -1;
    auto once = static_cast<evi::EventOnce*>(memory);
    *once = {fd, cb, arg};
    ev_once(EV_A_ bits ? fd : -1, bits, after, evi::event_on_once, once);
    return 0;
}

int event_dispatch() { return event_loop(0); }
int event_loop(int flags) { return event_base_loop(evi::event_current, flags); }
int event_base_dispatch(event_base* base) { return event_base_loop(base, 0); }

[[gnu::cold]] int event_base_loop(event_base* base, int flags)
{
    [[maybe_unused]] auto loop = evi::event_loop_of(base);
    if (!base) return -1;
    return !ev_run(EV_A_ flags);
}

int event_loopexit(struct timeval* tv)
{
    return event_base_loopexit(evi::event_current, tv);
}

int event_base_loopexit(event_base* base, struct timeval* tv)
{
    [[maybe_unused]] auto loop = evi::event_loop_of(base);
    if (!base) return -1;
    ev_once(EV_A_ - 1, 0, evi::event_seconds(tv), evi::event_on_exit, base);
    return 0;
}

int event_priority_init(int) { return 0; }
int event_base_priority_init(event_base*, int) { return 0; }
int event_priority_set(event* ev, int pri) { return ev->ev_pri = pri, 0; }
