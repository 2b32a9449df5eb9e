// The io watchers of the library itself, such as that of the wake-up channel.
// They have the highest priority, and hold no reference.

#include "../core/cancel.hh"
#include "../core/fds.hh"
#include "../core/pending.hh"
#include "../core/report.hh"
#include "../core/watcher.hh"
#include "kinds.hh"

namespace evi { namespace {

[[gnu::cold]] void io_start_internal(Loop& loop, ev_io* w, int fd, int events)
{
    ev_io_set(w, fd, events);
    priority_set(base(w), pri_max);
    fd_extend(loop, fd);
    io_enter(loop, w);
    --loop.active;
}

[[gnu::cold]] void io_stop_internal(Loop& loop, ev_io* w)
{
    // It holds no reference, but killing it dropped one.
    bool killed = pending_drop(loop, base(w)) & EV_ERROR;
    if (w->active || killed) ++loop.active;
    if (w->active) io_stop(loop, w);
}

[[gnu::cold]] ev_io* io_internal(Loop& loop, int i)  // null: end of the list
{
    Kinds& kinds = loop.watchers;
    ev_io* const all[] = {&loop.wakeup.io,         &kinds.signals.own.io,
                          &kinds.periodics.own.io, &kinds.stats.own.io,
                          &kinds.children.own.io,  nullptr};
    return internals_used ? all[i] : nullptr;
}

// For all of them at once: the first that is reopened may get another's number.
// The backend may have one's number already.
[[gnu::cold]] void ios_forget_closed(Loop& loop)
{
    for (int i = 0; ev_io* w = io_internal(loop, i); ++i) {
        bool taken = w->fd == loop.backend_fd;
        if (w->active || !ev_cb(w)) continue;  // in use, or never opened
        if (taken || fd_closed(w->fd)) w->fd = -1;
    }
}

[[gnu::cold]] void io_lose_internal(Loop& loop, ev_io* w)
{
    own_error(loop, w->fd);
    io_stop_internal(loop, w);
    w->fd = -1;
    process_lost(loop);
}

[[gnu::cold]] bool io_lost_internal(Loop& loop, ev_io* found)
{
    for (int i = 0; ev_io* w = io_internal(loop, i); ++i) {
        if (w != found) continue;
        io_lose_internal(loop, w);
        return true;
    }
    return false;
}

[[gnu::cold]] void ios_stop_internal(Loop& loop)
{
    for (int i = 0; ev_io* w = io_internal(loop, i); ++i)
        io_stop_internal(loop, w);
    ios_forget_closed(loop);
}

[[gnu::cold]] void io_restart_internal(Loop& loop, ev_io* w)
{
    ++loop.active;  // killing it dropped a reference
    ios_forget_closed(loop);
    if (w->fd < 0) return process_lost(loop);
    io_start_internal(loop, w, w->fd, w->events);
}

[[gnu::cold]] bool own_begin(Loop& loop, Own& own, int (*open)(Loop&))
{
    if (!own.open) own.io.fd = open(loop);
    own.open = own.io.fd >= 0;
    if (own.open) io_start_internal(loop, &own.io, own.io.fd);
    own.tried = true;
    return own.open;
}

[[gnu::cold]] void own_close(Own& own)
{
    if (own.open && own.io.fd >= 0) descriptor_close(own.io.fd);
    own.open = own.tried = false;
}

}}  // evi
