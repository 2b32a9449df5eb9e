// What relev_dump says of a watcher of each kind.

#include "details.hh"

#include "../core/pending.hh"
#include "../core/watcher.hh"
#include "text.hh"

#include <poll.h>

#if EV_RELEV_ENABLE

namespace evi { namespace {

[[gnu::cold]] void put_events(Text& text, int events)
{
    static const struct {
        int bit;
        const char* name;
    } names[] = {
        {EV_READ, "EV_READ"},       {EV_WRITE, "EV_WRITE"},
        {EV_TIMER, "EV_TIMER"},     {EV_PERIODIC, "EV_PERIODIC"},
        {EV_SIGNAL, "EV_SIGNAL"},   {EV_CHILD, "EV_CHILD"},
        {EV_STAT, "EV_STAT"},       {EV_IDLE, "EV_IDLE"},
        {EV_PREPARE, "EV_PREPARE"}, {EV_CHECK, "EV_CHECK"},
        {EV_EMBED, "EV_EMBED"},     {EV_FORK, "EV_FORK"},
        {EV_CLEANUP, "EV_CLEANUP"}, {EV_ASYNC, "EV_ASYNC"},
        {EV_CUSTOM, "EV_CUSTOM"},   {EV_ERROR, "EV_ERROR"},
    };
    const char* between = "";
    for (auto& name : names) {
        if (!(events & name.bit)) continue;
        text.put(between), text.put(name.name);
        between = "|";
    }
    if (!*between) text.put("0");
}

[[gnu::cold]] void put_seconds(Text& text, ev_tstamp seconds)
{
    if (!(seconds > -1e15 && seconds < 1e15)) return text.put("never");
    if (seconds < 0) text.put('-'), seconds = -seconds;
    auto msec = static_cast<uint64_t>(seconds * 1000 + ev_tstamp(.5));
    text.digits<10>(msec / 1000);
    text.put('.');
    text.digits<10>(msec % 1000, 3);
    text.put(" s");
}

// The kernel is asked: the loop may not have polled since.
[[gnu::cold]] void put_readiness(Text& text, int fd, int events)
{
    short wanted = static_cast<short>((events & EV_READ ? POLLIN : 0)
                                      | (events & EV_WRITE ? POLLOUT : 0));
    pollfd one = {fd, wanted, 0};
    if (poll(&one, 1, 0) < 0) return;
    if (one.revents & POLLNVAL) return text.put(", closed");
    text.put(one.revents ? ", ready" : ", not ready");
}

[[gnu::cold]] void put_io(Text& text, const ev_io* w)
{
    text.put("fd "), text.put(static_cast<long long>(w->fd));
    text.put(", "), put_events(text, w->events & (EV_READ | EV_WRITE));
    put_readiness(text, w->fd, w->events);
}

[[gnu::cold]] void put_timer(Text& text, const Loop& loop, const ev_timer* w)
{
    text.put("due in "), put_seconds(text, w->at - loop.clock.mono);
    if (!(w->repeat > 0)) return;
    text.put(", repeat "), put_seconds(text, w->repeat);
}

[[gnu::cold]] void put_signal(Text& text, const ev_signal* w)
{
    text.put("signal "), text.put(static_cast<long long>(w->signum));
}

[[gnu::cold]] void put_child(Text& text, const ev_child* w)
{
    if (!w->pid) return text.put("any child");
    text.put("pid "), text.put(static_cast<long long>(w->pid));
}

#if EV_STAT_ENABLE

[[gnu::cold]] void put_stat(Text& text, const Watcher* w)
{
    text.put("path ");
    text.put(reinterpret_cast<const ev_stat*>(w)->path);
}

#else

[[gnu::cold]] void put_stat(Text&, const Watcher*) {}

#endif

#if EV_EMBED_ENABLE

[[gnu::cold]] void put_embed(Text& text, const Watcher* watcher)
{
    auto* w = reinterpret_cast<const ev_embed*>(watcher);
    text.put("loop "), text.put(static_cast<const void*>(w->other));
    if (!w->other) return;
    text.put(" (references: ");
    text.put(static_cast<long long>(self(w->other).active));
    text.put(')');
}

#else

[[gnu::cold]] void put_embed(Text&, const Watcher*) {}

#endif

[[gnu::cold]] void put_details(Text& text, const Loop& loop, const Watcher* w,
                               int type)
{
    switch (type) {
        case EV_IO:
            return put_io(text, reinterpret_cast<const ev_io*>(w));
        case EV_TIMER:
            return put_timer(text, loop, reinterpret_cast<const ev_timer*>(w));
        case EV_PERIODIC:
            text.put("due in ");
            return put_seconds(text, reinterpret_cast<const ev_periodic*>(w)->at
                                         - loop.clock.wall);
        case EV_SIGNAL:
            return put_signal(text, reinterpret_cast<const ev_signal*>(w));
        case EV_CHILD:
            return put_child(text, reinterpret_cast<const ev_child*>(w));
        case EV_STAT:
            return put_stat(text, w);
        case EV_EMBED:
            return put_embed(text, w);
        case EV_CLEANUP:
            return text.put("holds no reference");
        default:
            return text.put("active");
    }
}

}}  // evi

#endif
