// ev_once: one call for an fd or a timeout, whichever comes first. The caller
// needs no watcher.
//
// The library allocates a record for each call, and keeps a list of them in the
// loop, to free them with the loop.

#include "../core/pending.hh"
#include "../core/report.hh"
#include "../core/watcher.hh"

#include <stddef.h>

namespace evi { namespace {

struct Once {
    ev_io io;
    ev_timer timer;
    void (*callback)(int revents, void* arg);
    void* arg;
    Once* next;
    Once** link;  // what points to this one
};

static_assert(offsetof(Once, io) == 0, "once_io relies on it");

// The reports of the stops are made after this event.
[[gnu::cold]] void once_free(Loop& loop, Once* once)
{
    reports_hold(loop);
    io_stop(loop, &once->io);
    timer_stop(loop, &once->timer);
    --loop.reports_held;

    *once->link = once->next;
    if (once->next) once->next->link = once->link;
    memory_free(once);
}

[[gnu::cold]] void once_finish(Loop& loop, Once* once, int revents)
{
    auto callback = once->callback;
    void* arg = once->arg;
    inner_note(loop, revents, true);

    // Both may have happened: include the pending event of the other watcher.
    revents |= pending_take_inner(loop, base(&once->io));
    revents |= pending_take_inner(loop, base(&once->timer));
    once_free(loop, once);
    callback(revents, arg);  // may longjmp, since the record is freed
}

[[gnu::cold]] void once_forget(Loop& loop, ev_io* w)
{
    auto* once = reinterpret_cast<Once*>(w);
    assert(!w->active);
    if (!watcher_key(base(&once->timer))) once_free(loop, once);
}

[[gnu::cold]] bool once_cancel(Loop& loop, void*& arg)
{
    Once* once = loop.watchers.onces;
    if (!once) return false;
    arg = once->arg;
    once_free(loop, once);
    return true;
}

[[gnu::cold]] void once_io(Loop& loop, ev_io* w, int revents)
{
    once_finish(loop, reinterpret_cast<Once*>(w), revents);
}

[[gnu::cold]] void once_timeout(Loop& loop, ev_timer* w, int revents)
{
    char* record = reinterpret_cast<char*>(w) - offsetof(Once, timer);
    once_finish(loop, reinterpret_cast<Once*>(record), revents);
}

[[gnu::cold]] const void* once_callback(Watcher* w, int type)
{
    char* record = reinterpret_cast<char*>(w);
    if (type == EV_TIMER) {
        if (!calls<ev_timer, once_timeout>(reinterpret_cast<ev_timer*>(w)))
            return nullptr;
        record -= offsetof(Once, timer);
    } else if (type != EV_IO
               || !calls<ev_io, once_io>(reinterpret_cast<ev_io*>(w))) {
        return nullptr;
    }
    auto* once = reinterpret_cast<const Once*>(record);
    return reinterpret_cast<const void*>(once->callback);
}

[[gnu::cold]] bool once_first(const Watcher* w, int type)
{
    auto* timer = reinterpret_cast<const char*>(w);
    if (type != EV_TIMER) return true;
    auto* once = reinterpret_cast<const Once*>(timer - offsetof(Once, timer));
    return !once->io.active;
}

[[gnu::cold]] Once* once_new(Loop& loop)
{
    Once* once = memory_new<Once>();
    once->link = &loop.watchers.onces;
    once->next = loop.watchers.onces;
    if (once->next) once->next->link = &once->next;
    loop.watchers.onces = once;
    ev_init(&once->io, (Callback<ev_io, once_io>()));
    ev_init(&once->timer, (Callback<ev_timer, once_timeout>()));
    return once;
}

[[gnu::cold]] void onces_free(Loop& loop)
{
    while (Once* once = loop.watchers.onces) {
        loop.watchers.onces = once->next;
        memory_free(once);
    }
}

// Its watchers are of other kinds.
constexpr Kind once_kind = {
    .name = "ev_once",
    .counted_as = 13,
    .destroy = onces_free,
};

}}  // evi

// The C API.

[[gnu::cold]] void ev_once(EV_P_ int fd, int events, ev_tstamp timeout,
                           void (*cb)(int revents, void* arg),
                           void* arg) EV_NOEXCEPT
{
    evi::Loop& ours = evi::entry(EV_A);
    evi::timers_reserve(ours);  // so that it is left before anything is active
    evi::Once* once = evi::once_new(ours);
    once->callback = cb;
    once->arg = arg;
    evi::reports_hold(ours);
    if (fd >= 0) {
        ev_io_set(&once->io, fd, events);
        evi::io_start(ours, &once->io);
    }
    if (timeout >= 0) {
        ev_timer_set(&once->timer, timeout, 0.);
        evi::timer_start(ours, &once->timer);
    }
    evi::reports_release(ours);
}
