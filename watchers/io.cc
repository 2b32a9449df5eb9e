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

// An fd far beyond those known is looked at before the table grows to it.
bool fd_plausible(const Loop& loop, int fd)
{
    return fd >= 0
        && (fd / 2 <= loop.fds.table.count + fd_far || fcntl(fd, F_GETFD) >= 0);
}

// It is told like the watchers of a dead fd: in the next iteration, not at
// once, since its callback may well start it again.
void io_refuse(Loop& loop, ev_io* w, const char* what)
{
    mistake(what);
    watcher_start(loop, base(w), 1);
    list_push(loop.fds.refused, w);
}

bool io_listed(const Loop& loop, const ev_io* w)
{
    ev_io* other = loop.fds.table[w->fd].head;
    while (other && other != w) other = list_next(other);
    return other;
}

void io_start(Loop& loop, ev_io* w)
{
    if (w->active) return;
    if (!fd_plausible(loop, w->fd))
        return io_refuse(loop, w, "(libev) ev_io_start: illegal fd");
    if (w->events & ~io_mask)
        return io_refuse(loop, w, "(libev) ev_io_start: illegal event mask");

    loop.fds.table.extend(w->fd + 1);
    if (io_listed(loop, w)) {
        mistake("(libev) ev_io_start: initialized while active");
        --loop.active;  // it has its reference
    } else {
        list_push(loop.fds.table[w->fd].head, w);
    }
    watcher_start(loop, base(w), 1);
    fd_changed(loop, w->fd, w->events & EV__IOFDSET);
    w->events &= ~EV__IOFDSET;
}

// Takes a watcher off the list of its fd, or wherever it is if w->fd was
// changed meanwhile, a mistake. False: it is in none of this loop.
bool io_unlist(Loop& loop, ev_io* w)
{
    auto& table = loop.fds.table;
    int fd = w->fd;
    bool known = fd >= 0 && fd < table.count;
    if (!known || !list_remove(table[fd].head, w)) {
        if (list_remove(loop.fds.refused, w)) return true;
        for (fd = table.count; fd--;)
            if (list_remove(table[fd].head, w)) break;
    }
    if (fd < 0) return false;
    fd_changed(loop, fd, false);
    return true;
}

void io_stop(Loop& loop, ev_io* w)
{
    pending_drop(loop, base(w));
    if (!w->active) return;

    if (!io_unlist(loop, w))
        return mistake("(libev) ev_io_stop: active in another loop");
    watcher_stop(loop, base(w));
}

void io_start_internal(Loop& loop, ev_io* w, int fd)
{
    ev_io_set(w, fd, EV_READ);
    priority_set(base(w), pri_max);
    io_start(loop, w);
    --loop.active;
}

void io_stop_internal(Loop& loop, ev_io* w)
{
    if (w->active) ++loop.active;
    io_stop(loop, w);
}

bool io_restart_internal(Loop& loop, ev_io* w)
{
    ++loop.active;  // what killed it took a reference
    if (fcntl(w->fd, F_GETFD) < 0) return false;
    io_start_internal(loop, w, w->fd);
    return true;
}

}}  // evi

// The C API.

void ev_io_start(EV_P_ ev_io* w) noexcept { evi::io_start(evi::self(EV_A), w); }

void ev_io_stop(EV_P_ ev_io* w) noexcept { evi::io_stop(evi::self(EV_A), w); }
