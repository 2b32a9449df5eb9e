// ev_io: called when an fd can be read or written without blocking.
//
// Starting and stopping only mark the fd as changed. The change is registered
// with the kernel before the next wait (core/fds.cc).

#include "../core/fds.hh"
#include "../core/pending.hh"
#include "../core/report.hh"
#include "../core/watcher.hh"
#include "../relev/details.hh"

#include <fcntl.h>

namespace evi { namespace {

constexpr int io_mask = EV_READ | EV_WRITE | EV__IOFDSET;
constexpr int fd_far = 1024;

// Makes the table large enough for an fd. False: the number is much larger than
// the table, and not an open fd.
[[gnu::cold, gnu::noinline]] bool fd_room(Loop& loop, int fd)
{
    auto& table = loop.fds.table;
    if (fd < 0) return false;
    if (fd / 2 > table.count + fd_far && fcntl(fd, F_GETFD) < 0) return false;
    table.extend(fd + 1);
    return true;
}

// Refuses a watcher: it gets EV_ERROR in the next iteration, like the watchers
// of a dead fd. Not at once, since its callback may start it again. An fd that
// is not open is not reported as a mistake, as if the kernel had detected it.
[[gnu::cold, gnu::noinline]] void io_refuse(Loop& loop, ev_io* w)
{
    if (w->fd < 0)
        mistake_note(loop, Error::fd_range, EV_IO, base(w),
                     "(libev) ev_io_start: illegal fd");
    else if (w->events & ~io_mask)
        mistake_note(loop, Error::mask, EV_IO, base(w),
                     "(libev) ev_io_start: illegal event mask");
    loop.fds.crowd.add(w);
    watcher_start(loop, base(w), io_refused + loop.fds.refused.count);
    loop.fds.refused.push(w);
    loop.fds.due = true;
}

[[gnu::cold]] bool io_unrefuse(Loop& loop, ev_io* w)
{
    auto& refused = loop.fds.refused;
    int i = w->active - io_refused;
    if (i < 0 || i >= refused.count)
        for (i = refused.count - 1; i >= 0 && refused[i] != w;) --i;
    if (i < 0 || refused[i] != w) return false;
    ev_io* last = refused.pop();
    if (last == w) return true;
    refused[i] = last;
    if (last->active) last->active = io_refused + i;
    return true;
}

inline bool io_unlist(Loop& loop, Fd& entry, ev_io* w)
{
    if (!entry.crowded || !list_remove(entry.head, w)) return false;
    w->next = nullptr;
    if (entry.head) return true;
    entry.crowded = false;
    --loop.fds.watched;
    return true;
}

// Removes the only watcher of an fd.
inline void io_unhead(Loop& loop, Fd& entry)
{
    assert(entry.head && !entry.crowded && loop.fds.watched > 0);
    entry.head = nullptr;
    --loop.fds.watched;
}

bool io_unlist(Loop& loop, int fd, ev_io* w)
{
    if (!fd_known(loop, fd) || !io_unlist(loop, loop.fds.table[fd], w))
        return false;
    fd_changed(loop, fd);
    return true;
}

void io_changed(Loop& loop, ev_io* w)
{
    if (w->active)
        fault_note(loop, Error::changed, EV_IO, base(w),
                   "(libev) ev_io: the fd was changed while active");
}

[[gnu::cold]] void io_uncrowd(Loop& loop, ev_io* w)
{
    loop.fds.crowd.remove(w);
    if (w->active < io_refused && io_unlist(loop, w->fd, w)) return;
    if (io_unrefuse(loop, w)) return;
    for (int fd = loop.fds.table.count; fd--;)  // w->fd was changed, a mistake
        if (io_unlist(loop, fd, w)) return io_changed(loop, w);
}

// For a watcher that was initialised while active, a mistake, after it was
// removed from its list.
[[gnu::cold]] void io_forget(Loop& loop, ev_io* w)
{
    watcher_forget(loop, base(w));
    mistake_note(loop, Error::reinit, EV_IO, base(w),
                 "(libev) ev_io: initialized while active");
}

[[gnu::cold, gnu::noinline]] void io_regain(Loop& loop, ev_io* w)
{
    io_uncrowd(loop, w);
    io_forget(loop, w);
}

inline void io_activate(Loop& loop, Fd& entry, ev_io* w)
{
    if (!entry.head) ++loop.fds.watched;
    list_push(entry.head, w);
    watcher_start(loop, base(w), 1);
    if (w->events & EV__IOFDSET) entry.reset = true;
    w->events &= ~EV__IOFDSET;
    fd_changed(loop, entry, w->fd);
}

// Turns the only watcher of an fd into a list. False: that watcher is not
// active on this fd any more, and was dropped.
[[gnu::cold]] bool fd_crowd(Loop& loop, int fd)
{
    ev_io* first = loop.fds.table[fd].head;
    if (loop.fds.table[fd].crowded) return true;
    if (io_elsewhere(loop, first, fd)) {
        io_unhead(loop, loop.fds.table[fd]);
        io_forget(loop, first);
        return false;
    }
    assert(!first->next);
    loop.fds.crowd.add(first);
    return loop.fds.table[fd].crowded = true;
}

// Lists a watcher for its fd, which may have other watchers, or this one.
void io_list(Loop& loop, ev_io* w)
{
    int fd = w->fd;
    auto& table = loop.fds.table;
    if (table[fd].alone(w)) {
        io_unhead(loop, table[fd]);
        io_forget(loop, w);
    }
    if (table[fd].head && fd_crowd(loop, fd)) loop.fds.crowd.add(w);
    io_activate(loop, table[fd], w);
}

[[gnu::noinline]] void io_start_slow(Loop& loop, ev_io* w)
{
    if (loop.fds.crowd.has(w)) io_regain(loop, w);
    bool known = fd_known(loop, w->fd) || fd_room(loop, w->fd);
    if (!known || w->events & ~io_mask) io_refuse(loop, w);
    else io_list(loop, w);
    mistakes_tell(loop);
}

// Starts a watcher on an fd that has others.
[[gnu::noinline]] void io_start_more(Loop& loop, Fd& entry, ev_io* w)
{
    Set& crowd = loop.fds.crowd;
    if (!entry.crowded || crowd.full() || !crowd.put(w))
        return io_start_slow(loop, w);
    io_activate(loop, entry, w);
}

// Slow path: some fd has several watchers, and this one may be among them.
[[gnu::noinline]] void io_start_alone(Loop& loop, Fd& entry, ev_io* w)
{
    if (loop.fds.crowd.has(w)) return io_start_slow(loop, w);
    io_activate(loop, entry, w);
}

void io_start(Loop& loop, ev_io* w)
{
    if (w->active) return;
    if (unlikely(!fd_known(loop, w->fd) || w->events & ~io_mask))
        return io_start_slow(loop, w);
    Fd& entry = loop.fds.table[w->fd];
    if (entry.head) return io_start_more(loop, entry, w);
    if (loop.fds.crowd.count) return io_start_alone(loop, entry, w);

    io_activate(loop, entry, w);
}

// Removes a watcher that is alone on an fd other than w->fd, which was changed
// while it was active, a mistake.
[[gnu::cold]] bool io_unseat(Loop& loop, ev_io* w)
{
    for (int fd = loop.fds.table.count; fd--;) {
        Fd& entry = loop.fds.table[fd];
        if (!entry.alone(w)) continue;
        io_unhead(loop, entry);
        fd_changed(loop, fd);
        io_changed(loop, w);
        return true;
    }
    return false;
}

[[gnu::cold, gnu::noinline]] void io_remove_slow(Loop& loop, ev_io* w)
{
    if (!w->active && loop_gone(loop)) return;
    bool crowd = loop.fds.crowd.has(w);
    if (!w->active) {
        if (!crowd) return;
        io_regain(loop, w);
        return mistakes_tell(loop);
    }
    if (!crowd && !io_unseat(loop, w))
        return mistake(loop, Error::other_loop, EV_IO, base(w),
                       "(libev) ev_io_stop: active in another loop");
    if (crowd) io_uncrowd(loop, w);
    watcher_stop(loop, base(w));
    mistakes_tell(loop);
}

[[gnu::noinline]] void io_remove_more(Loop& loop, Fd& entry, ev_io* w)
{
    if (!io_unlist(loop, entry, w)) return io_remove_slow(loop, w);
    fd_changed(loop, entry, w->fd);
    watcher_stop(loop, base(w));
    loop.fds.crowd.remove(w);
}

[[gnu::noinline]] void io_remove(Loop& loop, ev_io* w)
{
    if (unlikely(!w->active || !fd_known(loop, w->fd)))
        return io_remove_slow(loop, w);
    Fd& entry = loop.fds.table[w->fd];
    if (!entry.alone(w)) return io_remove_more(loop, entry, w);

    io_unhead(loop, entry);
    watcher_stop(loop, base(w));
    fd_changed(loop, entry, w->fd);
}

void io_stop(Loop& loop, ev_io* w)
{
    pending_drop(loop, base(w));
    io_remove(loop, w);
}

[[gnu::cold]] void fd_walk(Loop& loop, int fd, Visit& visit)
{
    auto& table = loop.fds.table;
    ev_io* w = table[fd].head;
    while (w) {
        visit(base(w));
        if (!fd_known(loop, fd) || !table[fd].crowded) return;
        w = loop.fds.crowd.has(w) ? list_next(w) : table[fd].head;
    }
}

[[gnu::cold]] void ios_walk(Loop& loop, Visit& visit)
{
    auto& refused = loop.fds.refused;
    for (int fd = 0; fd < loop.fds.table.count; ++fd) fd_walk(loop, fd, visit);
    for (int i = 0; i < refused.count; ++i) visit(base(refused[i]));
}

bool ios_hold(const Loop& loop, const Watcher* w)
{
    return w->active >= 1
        && w->active < io_refused + max(1, loop.fds.refused.count);
}

constexpr Kind io_kind = {
    .type = EV_IO,
    .name = "ev_io",
    .number = offsetof(ev_io, fd),
    .number_name = "fd",
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
    evi::io_stop(evi::entry(EV_A_ w), w);
}
