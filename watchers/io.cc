// ev_io: calls back when an fd can be read or written without blocking.
//
// Starting and stopping only note the fd as changed; the kernel hears of it
// before the next wait (core/fds.cc).

#include "../core/fds.hh"
#include "../core/pending.hh"
#include "../core/watcher.hh"

#include <fcntl.h>

namespace evi { namespace {

constexpr int io_mask = EV_READ | EV_WRITE | EV__IOFDSET;
constexpr int fd_far = 1024;

// Makes the table large enough for an fd. One far beyond those known is looked
// at before: false if there is no such fd.
[[gnu::noinline]] bool fd_room(Loop& loop, int fd)
{
    auto& table = loop.fds.table;
    if (fd < 0) return false;
    if (fd / 2 > table.count + fd_far && fcntl(fd, F_GETFD) < 0) return false;
    table.extend(fd + 1);
    return true;
}

// It is told like the watchers of a dead fd: in the next iteration, not at
// once, since its callback may well start it again.
[[gnu::noinline]] void io_refuse(Loop& loop, ev_io* w, const char* what)
{
    mistake(what);
    watcher_start(loop, base(w), 1);
    list_push(loop.fds.refused, w);
    loop.fds.due = true;
}

// Initialised while active, a mistake: it is in the list already.
[[gnu::noinline]] bool io_listed(Loop& loop, const ev_io* w)
{
    ev_io* other = loop.fds.table[w->fd].head;
    while (other && other != w) other = list_next(other);
    if (!other) return false;
    mistake("(libev) ev_io_start: initialized while active");
    --loop.active;  // it has its reference
    return true;
}

inline void io_activate(Loop& loop, ev_io* w)
{
    watcher_start(loop, base(w), 1);
    if (w->events & EV__IOFDSET) loop.fds.table[w->fd].reset = true;
    w->events &= ~EV__IOFDSET;
    fd_changed(loop, w->fd);
}

// There may be other watchers of that fd.
void io_list(Loop& loop, ev_io* w)
{
    Fd& entry = loop.fds.table[w->fd];
    if (!entry.head || !io_listed(loop, w)) list_push(entry.head, w);
    io_activate(loop, w);
}

[[gnu::noinline]] void io_start_odd(Loop& loop, ev_io* w)
{
    if (!fd_known(loop, w->fd) && !fd_room(loop, w->fd))
        return io_refuse(loop, w, "(libev) ev_io_start: illegal fd");
    if (w->events & ~io_mask)
        return io_refuse(loop, w, "(libev) ev_io_start: illegal event mask");

    io_list(loop, w);
}

void io_start(Loop& loop, ev_io* w)
{
    if (w->active) return;
    if (unlikely(!fd_known(loop, w->fd) || w->events & ~io_mask))
        return io_start_odd(loop, w);
    Fd& entry = loop.fds.table[w->fd];
    if (entry.head) return io_start_odd(loop, w);

    list_push(entry.head, w);
    io_activate(loop, w);
}

// Takes a watcher off the list of its fd, or wherever it is if w->fd was
// changed meanwhile, a mistake. False: it is in none of this loop.
[[gnu::noinline]] bool io_unlist_anywhere(Loop& loop, ev_io* w)
{
    if (list_remove(loop.fds.refused, w)) return true;
    for (int fd = loop.fds.table.count; fd--;) {
        if (!list_remove(loop.fds.table[fd].head, w)) continue;
        fd_changed(loop, fd);
        return true;
    }
    return false;
}

[[gnu::noinline]] void io_remove_odd(Loop& loop, ev_io* w)
{
    if (!io_unlist_anywhere(loop, w))
        return mistake("(libev) ev_io_stop: active in another loop");
    watcher_stop(loop, base(w));
}

[[gnu::noinline]] void io_remove(Loop& loop, ev_io* w)
{
    if (!w->active) return;
    if (unlikely(!fd_known(loop, w->fd)
                 || !list_remove(loop.fds.table[w->fd].head, w)))
        return io_remove_odd(loop, w);

    watcher_stop(loop, base(w));
    fd_changed(loop, w->fd);
}

void io_stop(Loop& loop, ev_io* w)
{
    pending_drop(loop, base(w));
    io_remove(loop, w);
}

void io_start_internal(Loop& loop, ev_io* w, int fd, int events)
{
    ev_io_set(w, fd, events);
    priority_set(base(w), pri_max);
    loop.fds.table.extend(fd + 1);
    io_list(loop, w);
    --loop.active;
}

void io_stop_internal(Loop& loop, ev_io* w)
{
    if (w->active) ++loop.active;
    io_stop(loop, w);
}

template <class F>
void ios_internal(Loop& loop, F f)
{
    f(&loop.wakeup.io);
    f(&loop.watchers.signals.io);
    f(&loop.watchers.periodics.io);
    f(&loop.watchers.stats.io);
}

// All at once: the first that is opened anew may get the number of another.
void ios_forget_closed(Loop& loop)
{
    ios_internal(loop, [](ev_io* w) {
        if (!w->active && fcntl(w->fd, F_GETFD) < 0) w->fd = -1;
    });
}

void ios_stop_internal(Loop& loop)
{
    ios_internal(loop, [&loop](ev_io* w) { io_stop_internal(loop, w); });
    ios_forget_closed(loop);
}

bool io_restart_internal(Loop& loop, ev_io* w)
{
    ++loop.active;  // what killed it took a reference
    ios_forget_closed(loop);
    if (w->fd < 0) return false;
    io_start_internal(loop, w, w->fd, w->events);
    return true;
}

}}  // evi

// The C API.

void ev_io_start(EV_P_ ev_io* w) EV_NOEXCEPT
{
    evi::io_start(evi::self(EV_A), w);
}

void ev_io_stop(EV_P_ ev_io* w) EV_NOEXCEPT
{
    evi::io_stop(evi::self(EV_A), w);
}
