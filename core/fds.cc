// The fd table. Changes are collected, and passed to the backend once per
// iteration: then a stop followed by a start mostly costs no system call.
//
// Nothing here invokes a callback, so no program changes a list on the way.

#include "fds.hh"

#include "pending.hh"
#include "report.hh"
#include "watcher.hh"

namespace evi { namespace {

bool io_entered(const Loop& loop, const ev_io* w)
{
    auto& refused = loop.fds.refused;
    int i = w->active - refused_first;
    if (i >= 0) return i < refused.count && refused[i] == w;
    return fd_known(loop, w->fd) && loop.fds.table[w->fd].holds(w);
}

[[gnu::cold, gnu::noinline]] bool io_dead(const Loop& loop, const ev_io* w,
                                          int fd, int place)
{
    bool here = w->fd == fd && w->active == place + 1;
    return w->active && !here && io_entered(loop, w);
}

[[gnu::cold]] void io_dead_note(Loop& loop, ev_io* w)
{
    watcher_dropped(loop, base(w), EV_IO,
                    "(libev) ev_io: initialized while active");
}

// Removes an entry; its watcher is not changed.
void fd_leave(Loop& loop, Fd& entry, int place)
{
    assert(entry.watched() && loop.fds.watched > 0);
    if (entry.shared) entry.list->remove(place);
    else entry.only = nullptr;
    if (!entry.watched()) --loop.fds.watched;
}

[[gnu::cold]] void io_drop(Loop& loop, int fd, int place)
{
    Fd& entry = loop.fds.table[fd];
    ev_io* w = entry.watcher(place);
    fd_leave(loop, entry, place);
    fd_changed(loop, entry, fd);
    io_dead_note(loop, w);
}

// Calls f(watcher) for each watcher of an fd, the one started last first. On
// the way it drops dead entries.
template <class F>
inline void fd_each(Loop& loop, Fd& entry, int fd, F f)
{
    if (!entry.shared) {
        ev_io* w = entry.only;
        if (!w) return;
        bool odd = w->fd != fd || w->active > 1;
        if (unlikely(odd) && io_dead(loop, w, fd, 0)) io_drop(loop, fd, 0);
        else f(w);
        return;
    }
    const IoEntry* entries = entry.list->entries.data;
    for (int i = entry.list->entries.count; i; --i) {
        ev_io* w = entries[i - 1].w;
        if (!w) continue;
        bool odd = w->fd != fd || w->active != i;
        if (unlikely(odd) && io_dead(loop, w, fd, i - 1)) {
            io_drop(loop, fd, i - 1);
            if (!entry.list->live) return;
        } else {
            f(w);
        }
    }
}

// Some watcher is exclusive. If one is not, its process must always wake up.
[[gnu::cold, gnu::noinline]] int fd_wanted_exclusive(const Fd& entry, int want)
{
    for (int i = 0; i < entry.places(); ++i) {
        const ev_io* w = entry.watcher(i);
        if (w && !(w->events & io_exclusive)) return want;
    }
    return want | ev_exclusive;
}

// Slow path: several watchers, or an error.
[[gnu::noinline]] int fd_wanted_each(Loop& loop, int fd)
{
    Fd& entry = loop.fds.table[fd];
    if (entry.shared) entry.list->tidy(fd);
    int want = 0;
    fd_each(loop, entry, fd, [&want](const ev_io* w) { want |= w->events; });
    return unlikely(want & io_exclusive) ? fd_wanted_exclusive(entry, want)
                                         : want;
}

[[gnu::always_inline]] inline int fd_wanted(Loop& loop, int fd)
{
    const Fd& entry = loop.fds.table[fd];
    const ev_io* w = entry.only;
    if (!w) return 0;
    bool odd = entry.shared || w->fd != fd || w->active > 1;
    int want = unlikely(odd) ? fd_wanted_each(loop, fd) : w->events;
    return want & (fd_events | ev_edge | ev_exclusive);
}

[[gnu::cold, gnu::noinline]] void fd_commit_killed(Loop&, int fd);

// The same for an fd whose watchers want these events.
inline void fd_commit(Loop& loop, int fd, int want)
{
    Fd& entry = loop.fds.table[fd];
    int was = entry.registered();
    if (want != was || (want && entry.reset))
        loop.backend->modify(loop, fd, was, want);
    entry.state = static_cast<uint8_t>(want);
    entry.reset = entry.put_off = false;
    bool killed = loop.fds.errors_pending && want && !entry.watched();
    if (unlikely(killed)) fd_commit_killed(loop, fd);
}

void fd_commit_killed(Loop& loop, int fd) { fd_commit(loop, fd, 0); }

void fd_commit(Loop& loop, int fd) { fd_commit(loop, fd, fd_wanted(loop, fd)); }

// Is an fd put off, or need not be registered?
bool fd_put_off(Loop& loop, int fd, int want)
{
    Fd& entry = loop.fds.table[fd];
    int was = entry.registered();
    if (want && (want != was || entry.reset))
        return entry.put_off = loop.backend->put_off(loop, fd, was, want);
    fd_commit(loop, fd, want);
    return true;
}

// An fd that is there twice is kept once.
[[gnu::cold, gnu::noinline]] void fd_changed_full(Loop& loop, int fd)
{
    Fds& fds = loop.fds;
    int kept = 0;
    for (int other : fds.changes) {
        if (!fds.table[other].changed()) continue;
        fds.table[other].state &= static_cast<uint8_t>(~Fd::change);
        fds.changes[kept++] = other;
    }
    fds.changes.count = kept;
    for (int other : fds.changes) fds.table[other].state |= Fd::change;
    assert(kept < fds.changes.capacity);  // invariant 4
    fd_changed(loop, fds.table[fd], fd);
}

void fds_commit(Loop& loop)
{
    auto& changes = loop.fds.changes;
    loop.fds.errors_pending = false;
    if (unlikely(loop.fds.refused.count)) refused_commit(loop);
    // Only the last ones may be put off: the order of registration shows in the
    // order of events.
    int end = changes.count, kept = 0, want = 0;
    for (bool last = false; end && !last; end -= !last) {
        want = fd_wanted(loop, changes[end - 1]);
        last =
            !loop.backend->put_off || !fd_put_off(loop, changes[end - 1], want);
    }
    for (int i = 0; i < end - 1; ++i) fd_commit(loop, changes[i]);
    if (end) fd_commit(loop, changes[end - 1], want);
    for (int i = end; i < changes.count; ++i)
        if (loop.fds.table[changes[i]].changed()) changes[kept++] = changes[i];
    changes.count = kept;
    assert(changes.capacity >= loop.fds.table.count);  // invariant 4
}

[[gnu::noinline]] void io_feed(Loop& loop, ev_io* w, int events)
{
    if (int got = w->events & events) pending_feed(loop, base(w), got);
}

// Slow path: several watchers, or an error.
[[gnu::noinline]] void fd_feed_each(Loop& loop, Fd& entry, int fd, int events)
{
    fd_each(loop, entry, fd,
            [&loop, events](ev_io* w) { io_feed(loop, w, events); });
}

inline void fd_feed(Loop& loop, Fd& entry, int fd, int events)
{
    ev_io* w = entry.only;
    assert(w);
    if (unlikely(entry.shared || w->fd != fd || w->active > 1))
        return fd_feed_each(loop, entry, fd, events);
    if (int got = w->events & events) pending_feed(loop, base(w), got);
}

// Events that the program feeds for an fd that is not open yet.
[[gnu::cold]] void refused_feed(Loop& loop, int fd, int events)
{
    for (ev_io* w : loop.fds.refused)
        if (w && w->fd == fd && fd >= 0) io_feed(loop, w, events);
}

void fd_feed(Loop& loop, int fd, int events)
{
    if (!fd_known(loop, fd)) return refused_feed(loop, fd, events);
    fd_feed_each(loop, loop.fds.table[fd], fd, events);
}

void fd_event(Loop& loop, int fd, int events)
{
    // An event of a changed fd may be stale. The kernel will report it again.
    if (fd_known(loop, fd) && !loop.fds.table[fd].changed())
        fd_feed(loop, fd, events);
}

[[gnu::cold]] void fds_rearm(Loop& loop)
{
    for (int fd = 0; fd < loop.fds.table.count; ++fd) {
        Fd& entry = loop.fds.table[fd];
        if (!entry.registered()) continue;
        entry.state &= Fd::change;
        fd_reset(loop, fd);
    }
}

}}  // evi

// The C API.

void ev_feed_fd_event(EV_P_ int fd, int revents) EV_NOEXCEPT
{
    evi::fd_feed(evi::entry(EV_A), fd, revents);
}
