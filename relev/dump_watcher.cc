// What relev_dump says of a watcher of each kind.

#include "dump_watcher.hh"

#include "../core/clock.hh"
#include "../core/pending.hh"
#include "../core/watcher.hh"
#include "owner.hh"
#include "readable.hh"
#include "text.hh"
#include "virtual.hh"

#include <poll.h>

namespace evi { namespace {

// As EV_TIMER for ev_timer.
[[gnu::cold]] void put_event(Text& text, const char* name)
{
    for (; *name; ++name)
        text.put(*name >= 'a' ? static_cast<char>(*name - 'a' + 'A') : *name);
}

[[gnu::cold]] const char* event_name(int bit)
{
    return bit == EV_READ   ? "ev_read"
         : bit == EV_WRITE  ? "ev_write"
         : bit == EV_CUSTOM ? "ev_custom"
         : bit == EV_ERROR  ? "ev_error"
                            : kind_of(bit).name;
}

[[gnu::cold]] void put_events(Text& text, int events)
{
    const char* between = "";
    for (unsigned bit = 1; bit; bit <<= 1) {
        const char* name = event_name(static_cast<int>(bit));
        if (!(static_cast<unsigned>(events) & bit) || !*name) continue;
        text.put(between), put_event(text, name);
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

[[gnu::cold]] void put_number(Text& text, const Kind& kind, const Watcher* w)
{
    text.put(kind.number_name), text.put(' ');
    text.put(static_cast<long long>(number_of(kind.type, w)));
}

[[gnu::cold]] void describe(Text& text, const Loop& loop, const Watcher* w,
                            const Kind& kind)
{
    if (kind.number_name) put_number(text, kind, w);
    if (kind.describe) kind.describe(text, loop, w);
    else if (!kind.references) text.put("holds no reference");
    else if (!kind.number_name) text.put("active");
}

[[gnu::cold]] void io_describe(Text& text, const Loop&, const Watcher* watcher)
{
    auto* w = reinterpret_cast<const ev_io*>(watcher);
    text.put(", "), put_events(text, w->events & (EV_READ | EV_WRITE));
    if (w->events & io_exclusive) text.put("|RELEV_EXCLUSIVE");
    put_readiness(text, w->fd, w->events);
}

// The clock was read: the loop's time is old while a callback hangs.
[[gnu::cold]] void put_due(Text& text, ev_tstamp at, ev_tstamp now)
{
    bool overdue = at < now;
    text.put(overdue ? "overdue by " : "due in ");
    put_seconds(text, overdue ? now - at : at - now);
}

[[gnu::cold]] void timer_describe(Text& text, const Loop& loop,
                                  const Watcher* watcher)
{
    auto* w = reinterpret_cast<const ev_timer*>(watcher);
    put_due(text, w->at, mono_of(loop));
    if (!(w->repeat > 0)) return;
    text.put(", repeat "), put_seconds(text, w->repeat);
}

[[gnu::cold]] void periodic_describe(Text& text, const Loop& loop,
                                     const Watcher* w)
{
    put_due(text, reinterpret_cast<const ev_periodic*>(w)->at, wall_of(loop));
}

[[gnu::cold]] void child_describe(Text& text, const Loop&, const Watcher* w)
{
    if (!reinterpret_cast<const ev_child*>(w)->pid) text.put(" (any child)");
}

#if EV_STAT_ENABLE

// A path may have any byte but 0: one that would end the line is written as
// \x0a. It may not be there any more, or have no end.
[[gnu::cold]] void put_path(Text& text, const char* path)
{
    for (int i = 0; i < text.size; ++i, ++path) {
        if (!readable(path, 1)) return text.put(" (not readable)");
        if (!*path) return;
        bool control = static_cast<unsigned char>(*path) < ' ' || *path == 127;
        if (!control && *path != '\\') text.put(*path);
        else text.put("\\x"), text.digits<16>(uint64_t(*path & 0xff), 2);
    }
}

[[gnu::cold]] void stat_describe(Text& text, const Loop&, const Watcher* w)
{
    text.put("path ");
    put_path(text, reinterpret_cast<const ev_stat*>(w)->path);
}

#endif

#if EV_EMBED_ENABLE

[[gnu::cold]] void embed_describe(Text& text, const Loop&,
                                  const Watcher* watcher)
{
    auto* w = reinterpret_cast<const ev_embed*>(watcher);
    text.put("loop "), text.put(static_cast<const void*>(w->other));
    if (!loop_readable(reinterpret_cast<const Loop*>(w->other))) return;
    text.put(" (references: ");
    text.put(static_cast<long long>(loop_of(w->other).active));
    text.put(')');
}

#endif

}}  // evi
