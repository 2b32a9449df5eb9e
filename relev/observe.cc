// Observers: see observe.hh.

#include "observe.hh"

#include "../core/clock.hh"
#include "../core/lifetime.hh"
#include "../core/pending.hh"
#include "owner.hh"
#include "state.hh"

#if EV_RELEV_ENABLE

namespace evi { namespace {

// One of the members of all observers. The list may change meanwhile.
template <class... Args>
void observers_call(Loop& loop, void (*Observer::*member)(Loop&, Args...),
                    Args... args)
{
    Observers& observers = loop.relev->observers;
    assert(observers.count <= observers_most);
    for (int i = 0; i < observers.count; ++i)
        if (auto function = observers.all[i]->*member) function(loop, args...);
}

void observers_woke(Loop& loop) { observers_call(loop, &Observer::woke); }

int type_of_event(int revents)
{
    auto mask = static_cast<unsigned>(revents);  // INT_MIN has no negative
    auto lowest = static_cast<int>(mask & -mask);
    if (lowest & (EV_READ | EV_WRITE)) return EV_IO;
    bool kind = lowest >= EV_TIMER && lowest <= EV_ASYNC;
    return kind ? lowest : EV_CUSTOM;
}

Call call_of(const Loop& loop, const Pending::Event& event)
{
    Watcher* w = event.w;
    int type = type_of_event(event.events);
    Owner owner = owner_of(loop, w, type);
    Call made = {};
    made.type = owner.type;
    made.w = owner.w;
    made.once = owner.once;
    made.number = number_of(owner.type == type ? type : 0, w);
    made.revents = event.events;
    made.inner = !owner.once && owner.w != w;
    made.callback = made.inner ? nullptr : owner.callback;
    return made;
}

// Returns the time. Not inlined: with sanitizers, `made` would need a cleanup
// for exceptions, and so the C++ runtime.
[[gnu::noinline]] ev_tstamp observed_call(Loop& loop,
                                          const Pending::Event& event,
                                          ev_tstamp now)
{
    Call made = call_of(loop, event);
    made.began = now;
    made.before = loop.relev->progress.running;
    observers_call<const Call&>(loop, &Observer::call_begin, made);
    bool before = loop.relev->metrics.brief;
    loop.relev->metrics.brief = false;
    call(loop, event.w, event.events);
    loop.relev->metrics.brief = before;
    auto* time = loop.relev->observers.time;
    made.ended = time ? time(loop) : now;
    observers_call<const Call&>(loop, &Observer::call_end, made);
    verify_each_call(loop);
    return made.ended;
}

void observed_task(Loop& loop, relev_task* task, const void* callback)
{
    Call made = {};
    made.type = EV_CUSTOM;
    made.number = -1;
    made.revents = EV_CUSTOM;
    made.callback = callback;
    auto* time = loop.relev->observers.time;
    made.began = time ? time(loop) : 0;
    made.before = loop.relev->progress.running;
    observers_call<const Call&>(loop, &Observer::call_begin, made);
    call(loop, task, callback);
    time = loop.relev->observers.time;  // the task may have changed them
    made.ended = time ? time(loop) : made.began;
    observers_call<const Call&>(loop, &Observer::call_end, made);
}

// The clock is read before the first callback, and after each of them.
struct ObservedPass {
    Loop& loop;
    ev_tstamp now;

    explicit ObservedPass(Loop& of) : loop(of), now()
    {
        auto* time = of.relev->observers.time;
        if (time && of.pending.mask) now = time(of);
    }

    void skip(const Pending::Event& event)
    {
        ++loop.relev->metrics.canceled[lowest_bit(event.events)];
    }

    void run(const Pending::Event& event)
    {
        now = observed_call(loop, event, now);
    }
};

void observed_poll(Loop& loop, ev_tstamp timeout)
{
    observers_call(loop, &Observer::wait_begin, timeout);
    loop.relev->observers.real_poll(loop, timeout);
    observers_call(loop, &Observer::wait_end);
}

// The kernel has nothing to report, so it is not asked. For observers that is a
// poll as any other.
void observers_polled(Loop& loop)
{
    Observers& observers = loop.relev->observers;
    if (!observers.count) return;
    auto* real_poll = observers.real_poll;
    observers.real_poll = [](Loop&, ev_tstamp) {};
    loop.backend->poll(loop, 0);
    observers.real_poll = real_poll;
}

void observed_modify(Loop& loop, int fd, int was, int want)
{
    Observers& observers = loop.relev->observers;
    ++loop.relev->metrics.changes;
    observers.real->modify(loop, fd, was, want);
}

void observers_begin(Loop& loop)
{
    Observers& observers = loop.relev->observers;
    observers.real = loop.backend;
    observers.backend = *loop.backend;
    observers.backend.modify = observed_modify;
    observers.real_poll = loop.backend->poll;
    loop.backend = &observers.backend;
}

void observers_end(Loop& loop)
{
    loop.backend = loop.relev->observers.real;
    loop.dispatch = pending_invoke;
    loop.observed &= static_cast<uint8_t>(~observed_by_relev);
}

ev_tstamp mono_real(const Loop&) { return time_mono(); }

// Chooses the functions that the loop calls.
void observers_update(Loop& loop)
{
    static constexpr Alone general = {dispatch<ObservedPass>, observed_poll};
    Observers& observers = loop.relev->observers;
    const Alone* own = observers.all[0]->alone;
    observers.short_way = own && observers.count == 1;
    const Alone& chosen = observers.short_way ? *own : general;
    loop.dispatch = chosen.dispatch;
    observers.backend.poll = chosen.poll;
    loop.observed &= static_cast<uint8_t>(~observed_by_relev);
    if (!observers.short_way) loop.observed |= observed_by_relev;
    observers.time = nullptr;
    for (int i = 0; i < observers.count; ++i)
        if (observers.all[i]->timed)
            observers.time = clock_virtual(loop) ? mono_of : mono_real;
}

int observer_place(const Observers& observers, const Observer& observer)
{
    int i = 0;
    while (i < observers.count && observers.all[i] != &observer) ++i;
    return i;
}

void observer_add(Loop& loop, const Observer& observer)
{
    Observers& observers = relev_of(loop).observers;
    if (observer_place(observers, observer) < observers.count) return;
    assert(observers.count < observers_most);
    if (!observers.count) observers_begin(loop);
    observers.all[observers.count++] = &observer;
    observers_update(loop);
}

void observer_remove(Loop& loop, const Observer& observer)
{
    if (!loop.relev) return;
    Observers& observers = loop.relev->observers;
    int i = observer_place(observers, observer);
    if (i == observers.count) return;
    for (--observers.count; i < observers.count; ++i)
        observers.all[i] = observers.all[i + 1];
    if (observers.count) observers_update(loop);
    else observers_end(loop);
}

}}  // evi

#endif
