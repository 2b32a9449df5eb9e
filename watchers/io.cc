// ev_io: called when an fd can be read or written without blocking.
//
// Starting and stopping only mark the fd as changed. The change is registered
// with the kernel before the next wait (core/fds.cc).

#include "../core/fds.hh"
#include "../core/pending.hh"
#include "../core/report.hh"
#include "../core/watcher.hh"
#include "../relev/dump_watcher.hh"

namespace evi { namespace {

constexpr int fd_far = 1024;

// Makes the table large enough for an fd. False: its number is not legal, or it
// is much larger than the table and not open now.
[[gnu::cold, gnu::noinline]] bool fd_room(Loop& loop, int fd)
{
    if (fd < 0) return false;
    if (fd / 2 > loop.fds.table.count + fd_far && fd_closed(fd)) return false;
    fd_extend(loop, fd);
    return true;
}

// A refused watcher gets EV_ERROR in the next iteration, like the watchers of a
// dead fd: not at once, since its callback may start it again. If its fd is
// opened before that, it is served.
[[gnu::cold, gnu::noinline]] void io_refuse(Loop& loop, ev_io* w)
{
    if (w->fd < 0)
        error_note(loop, Error::fd_range, EV_IO, base(w),
                   "(libev) ev_io_start: illegal fd");
    else if (w->events & ~io_legal)
        error_note(loop, Error::mask, EV_IO, base(w),
                   "(libev) ev_io_start: illegal event mask");
    loop.fds.refused.push(w);
    watcher_start(loop, base(w), refused_first + loop.fds.refused.count - 1);
}

inline void io_activate(Loop& loop, Fd& entry, ev_io* w)
{
    watcher_count(loop, base(w));
    if (w->events & EV__IOFDSET) entry.reset = true;
    w->events &= ~EV__IOFDSET;
    fd_changed(loop, entry, w->fd);
}

inline void io_enter_alone(Loop& loop, Fd& entry, ev_io* w)
{
    entry.only = w;
    w->active = 1;
    ++loop.fds.watched;
    io_activate(loop, entry, w);
}

// Gives an fd a list. Its watcher, if it has one, becomes the first. The
// allocator may leave it by longjmp: then the list is for the next fd that
// needs one.
[[gnu::cold]] void fd_share(Loop& loop, Fd& entry)
{
    IoList*& list = loop.fds.spare;
    if (!list) list = memory_new<IoList>();
    list->entries.reserve(1);
    if (entry.only) list->entries.push({entry.only});
    list->live = list->entries.count;
    entry.list = list;
    entry.shared = true;
    list = nullptr;
    ++loop.fds.lists;
}

// If an fd has this watcher alone, that was initialized while active, an error.
[[gnu::cold]] void fd_drop_only(Loop& loop, const Fd& entry, const ev_io* w)
{
    if (!entry.only || entry.shared) return;
    if (io_lost_internal(loop, entry.only)) return;
    if (entry.only == w || io_dead(loop, entry.only, w->fd, 0))
        io_drop(loop, w->fd, 0);
}

// Gives an fd a list with room for one more, unless the watcher will be alone
// and is not exclusive.
[[gnu::cold]] void fd_prepare(Loop& loop, Fd& entry, ev_io* w)
{
    fd_drop_only(loop, entry, w);
    if (!entry.only && !(w->events & io_exclusive)) return;
    if (!entry.shared) fd_share(loop, entry);
    IoList& list = *entry.list;
    for (int i = 0; list.full() && (i = list.find(w)) >= 0;)
        io_drop(loop, w->fd, i);
    list.reserve(w->fd);
}

// The other watchers are not read. Dead entries are dropped before the next
// wait, because the fd is changed.
[[gnu::noinline]] void io_enter_list(Loop& loop, Fd& entry, ev_io* w)
{
    loop.fds.watched += !entry.list->live;
    entry.list->push(w);
    io_activate(loop, entry, w);
}

[[gnu::cold]] void io_enter(Loop& loop, ev_io* w)
{
    Fd& entry = loop.fds.table[w->fd];
    fd_prepare(loop, entry, w);
    if (entry.only) io_enter_list(loop, entry, w);
    else io_enter_alone(loop, entry, w);
}

[[gnu::cold, gnu::noinline]] void io_start_slow(Loop& loop, ev_io* w)
{
    bool known = fd_known(loop, w->fd) || fd_room(loop, w->fd);
    if (!known || w->events & ~io_legal) io_refuse(loop, w);
    else io_enter(loop, w);
    reports_make(loop);
}

void io_start(Loop& loop, ev_io* w)
{
    if (w->active) return;
    if (unlikely(!fd_known(loop, w->fd) || w->events & ~io_mask))
        return io_start_slow(loop, w);
    Fd& entry = loop.fds.table[w->fd];
    if (!entry.only) return io_enter_alone(loop, entry, w);
    bool usual = entry.shared && !entry.list->full();
    if (unlikely(!usual)) return io_start_slow(loop, w);
    io_enter_list(loop, entry, w);
}

// Removes an active watcher from an fd. False: it is not there.
[[gnu::cold]] bool io_leave(Loop& loop, int fd, ev_io* w)
{
    Fd& entry = loop.fds.table[fd];
    int place = entry.shared ? entry.list->find(w) : -(entry.only != w);
    if (place < 0) return false;
    fd_leave(loop, entry, place);
    fd_changed(loop, entry, fd);
    return true;
}

[[gnu::cold]] bool io_unrefuse(Loop& loop, ev_io* w)
{
    auto& refused = loop.fds.refused;
    int i = w->active - refused_first;
    bool found = i >= 0 && i < refused.count && refused[i] == w;
    if (found) refused[i] = nullptr;
    while (refused.count && !refused[refused.count - 1]) refused.pop();
    return found;
}

// Slow path: it was refused, its fd was changed while it was active, an error,
// or it is active in another loop.
[[gnu::cold, gnu::noinline]] void io_remove_slow(Loop& loop, ev_io* w)
{
    int fd = loop.fds.table.count - 1;
    bool refused = io_unrefuse(loop, w);
    while (!refused && fd >= 0 && !io_leave(loop, fd, w)) --fd;
    if (!refused && fd < 0)
        return error_report(loop, Error::other_loop, EV_IO, base(w),
                            "(libev) ev_io_stop: active in another loop");
    if (!refused)
        error_note_quiet(loop, Error::changed, EV_IO, base(w),
                         "(libev) ev_io: the fd was changed while active");
    watcher_stop(loop, base(w));
    reports_make(loop);
}

[[gnu::noinline]] void io_stop_listed(Loop& loop, ev_io* w)
{
    Fd& entry = loop.fds.table[w->fd];
    if (unlikely(!entry.shared || !entry.list->holds(w)))
        return io_remove_slow(loop, w);
    entry.list->remove(w->active - 1);
    if (!entry.list->live) --loop.fds.watched;
    watcher_stop(loop, base(w));
    fd_changed(loop, entry, w->fd);
}

void io_stop(Loop& loop, ev_io* w)
{
    pending_drop(loop, base(w));
    if (!w->active) return;
    if (unlikely(!fd_known(loop, w->fd))) return io_remove_slow(loop, w);
    Fd& entry = loop.fds.table[w->fd];
    bool alone = entry.only == w && w->active == 1;
    if (!alone) return io_stop_listed(loop, w);
    entry.only = nullptr;
    --loop.fds.watched;
    watcher_stop(loop, base(w));
    fd_changed(loop, entry, w->fd);
}

constexpr Kind io_kind = {
    .type = EV_IO,
    .size = sizeof(ev_io),
    .name = "ev_io",
    .counted_as = 0,
    .number = offsetof(ev_io, fd),
    .number_name = "fd",
    .stop = metered ? stop_by<ev_io, ev_io_stop> : nullptr,
    .walk = inspected ? ios_walk : nullptr,
    .holds = debugged ? ios_hold : nullptr,
    .describe = inspected ? io_describe : nullptr,
};

}}  // evi

// The C API.

void ev_io_start(EV_P_ ev_io* w) EV_NOEXCEPT
{
    evi::io_start(evi::entry(EV_A_ w), w);
}

void ev_io_stop(EV_P_ ev_io* w) EV_NOEXCEPT
{
    if (evi::at_rest(w)) return;
    evi::io_stop(evi::entry(EV_A_ w), w);
}
