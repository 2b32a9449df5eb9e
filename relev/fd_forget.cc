// relev_fd_forget: the program is about to close a descriptor.
//
// Afterwards nothing of it is left: no watcher, no event, no report, and no
// registration, which a dup of the descriptor would keep alive. Its number may
// be another file's at once.

#include "../core/fds.hh"
#include "../core/pending.hh"
#include "../core/report.hh"
#include "../core/watcher.hh"
#include "owner.hh"
#include "state.hh"

#if EV_RELEV_ENABLE

namespace evi { namespace {

// Is it the program's, or of an ev_once? The library itself stops the others.
[[gnu::cold]] bool io_forgettable(const Owner& owner, ev_io* w)
{
    return owner.once || owner.w == base(w);
}

// An active watcher that left its fd, or one that was killed.
[[gnu::cold]] void io_forget(Loop& loop, ev_io* w, bool once)
{
    if (w->active) watcher_stop(loop, base(w));
    pending_drop(loop, base(w));
    assert(!w->active && !w->pending);
    if (once) once_forget(loop, w);
}

[[gnu::cold]] int watchers_forget(Loop& loop, Fd& entry, int fd)
{
    int count = 0;
    for (int i = entry.places(); i-- && entry.watched();) {
        ev_io* w = entry.watcher(i);
        if (!w) continue;
        Owner owner = owner_of(loop, base(w), EV_IO);
        if (!io_forgettable(owner, w)) continue;
        bool here = w->active && !io_dead(loop, w, fd, i);
        fd_leave(loop, entry, i);
        if (here) io_forget(loop, w, owner.once), ++count;
        else io_dead_note(loop, w);
    }
    return count;
}

// Until the next wait the fd counts as changed, so that an event that the
// kernel has reported already is ignored.
[[gnu::cold]] int entry_forget(Loop& loop, int fd)
{
    Fd& entry = loop.fds.table[fd];
    int count = watchers_forget(loop, entry, fd);
    if (entry.watched()) {
        if (count) fd_changed(loop, entry, fd);
        return count;
    }
    int was = entry.registered();
    if (was) {
        loop.backend->modify(loop, fd, was, 0);
        entry.state &= Fd::change;
        fd_changed(loop, entry, fd);
    }
    if (loop.backend->forget) loop.backend->forget(loop, fd);
    entry.reset = entry.put_off = false;
    return count;
}

[[gnu::cold]] int refused_forget(Loop& loop, int fd)
{
    int count = 0;
    auto& refused = loop.fds.refused;
    for (int i = refused.count; i--;) {
        ev_io* w = i < refused.count ? refused[i] : nullptr;
        if (!w || w->fd != fd || w->active != refused_first + i) continue;
        bool once = owner_of(loop, base(w), EV_IO).once;
        io_stop(loop, w);
        if (once) once_forget(loop, w);
        ++count;
    }
    return count;
}

// Watchers that were killed, and have not received EV_ERROR yet.
[[gnu::cold]] int killed_forget(Loop& loop, int fd)
{
    constexpr int killed = EV_ERROR | fd_events;
    int count = 0;
    for (auto& queue : loop.pending.queues) {
        for (int i = 0; i < queue.count; ++i) {
            auto* w = reinterpret_cast<ev_io*>(queue[i].w);
            if (!w || (queue[i].events & killed) != killed) continue;
            if (w->active || w->fd != fd) continue;
            Owner owner = owner_of(loop, base(w), EV_IO);
            if (!io_forgettable(owner, w)) continue;
            io_forget(loop, w, owner.once);
            ++count;
        }
    }
    return count;
}

[[gnu::cold]] bool of_descriptor(const Report& report, int fd)
{
    bool of_it =
        report.error >= Error::fd_range && report.error <= Error::fd_refused;
    return of_it && report.type == EV_IO && report.number == fd;
}

// Those that were not made yet.
[[gnu::cold]] void reports_forget(Loop& loop, int fd)
{
    if (!loop.relev) return;
    auto& reports = loop.relev->reports;
    int kept = loop.relev->made;
    for (int i = kept; i < reports.count; ++i)
        if (!of_descriptor(reports[i], fd)) reports[kept++] = reports[i];
    reports.count = kept;
    if (kept > loop.relev->made) return;
    loop.relev->made = reports.count = 0;
    if (!loop.error_text) loop.pending.mask &= ~reports_due;
}

[[gnu::cold]] int fd_forget(Loop& loop, int fd)
{
    reports_forget(loop, fd);
    int count = refused_forget(loop, fd) + killed_forget(loop, fd);
    if (fd_known(loop, fd)) count += entry_forget(loop, fd);
    reports_make(loop);
    return count;
}

}}  // evi

// The C API.

[[gnu::cold]] int relev_fd_forget(struct ev_loop* loop, int fd) EV_NOEXCEPT
{
    if (!loop) return evi::failed(EINVAL);
    return evi::fd_forget(evi::entry(loop), fd);
}

#endif
