// Descriptors that cannot be watched: they are closed, their number is illegal,
// or the kernel refuses them. Their watchers are stopped with EV_ERROR.

#include "fds.hh"

#include "clock.hh"
#include "pending.hh"
#include "report.hh"
#include "watcher.hh"

#include <fcntl.h>

namespace evi { namespace {

[[gnu::cold]] bool fd_closed(int fd)
{
    int error = errno;
    bool closed = fcntl(fd, F_GETFD) < 0 && errno == EBADF;
    errno = error;
    return closed;
}

// Queues EV_ERROR for a watcher and stops it. The allocator may leave it by
// longjmp before it is stopped.
[[gnu::cold]] void io_kill(Loop& loop, ev_io* w)
{
    assert(w->active);
    loop.fds.errors_pending = true;
    pending_drop(loop, base(w));
    pending_feed(loop, base(w), EV_ERROR | fd_events);
    watcher_stop(loop, base(w));
}

// Refused watchers get EV_ERROR, unless their fd was opened meanwhile. In
// starting order, as those of other fds.
[[gnu::cold, gnu::noinline]] void refused_commit(Loop& loop)
{
    auto& refused = loop.fds.refused;
    for (int i = 0; i < refused.count; ++i) {
        ev_io* w = refused[i];
        bool here = w && w->active == refused_first + i;
        bool legal = here && w->fd >= 0 && !(w->events & ~io_legal);
        bool open = legal && !fd_closed(w->fd);
        if (open) {
            fd_extend(loop, w->fd);
            fd_prepare(loop, loop.fds.table[w->fd], w);
        }
        if (here && !open) io_kill(loop, w);
        refused[i] = nullptr;
        if (open) {
            watcher_stop(loop, base(w));
            io_enter(loop, w);
        } else if (legal) {
            fd_error(loop, base(w), w->fd, EBADF);
        } else if (w && !here) {
            io_dead_note(loop, w);
        }
    }
    refused.count = 0;
}

[[gnu::cold]] void fd_kill(Loop& loop, int fd)
{
    assert(fd_known(loop, fd));
    Fd& entry = loop.fds.table[fd];
    int error = errno;
    loop.fds.errors_pending = true;
    fd_reset(loop, fd);
    while (entry.watched()) {
        int place = entry.shared ? entry.list->last() : 0;
        ev_io* w = entry.watcher(place);
        bool here = w->active && !io_dead(loop, w, fd, place);
        if (here) io_kill(loop, w);
        fd_leave(loop, entry, place);
        if (here) fd_error(loop, base(w), fd, error);
        else io_dead_note(loop, w);
    }
}

[[gnu::cold]] void fds_kill_dead(Loop& loop)
{
    for (int fd = 0; fd < loop.fds.table.count; ++fd)
        if (loop.fds.table[fd].registered() && fd_closed(fd)) fd_kill(loop, fd);
}

[[gnu::cold]] void fds_kill_last(Loop& loop)
{
    for (int fd = loop.fds.table.count; fd--;)
        if (loop.fds.table[fd].registered()) return fd_kill(loop, fd);
}

[[gnu::cold]] void fds_failed(Loop& loop, const char* what)
{
    if (errno == EINTR) return;  // a signal: the loop has work to do
    if (errno == EBADF) return fds_kill_dead(loop);
    if (errno != ENOMEM) return syserr(what);
    fds_kill_last(loop);  // so that the others work
    time_sleep(.01);      // if that does not help, this is no busy loop
}

[[gnu::cold, gnu::noinline]] int between_hooks(Loop& loop, ev_tstamp timeout,
                                               SystemCall system_call)
{
    if (loop.release) call(loop, loop.release);
    if (broken(loop)) timeout = 0;
    int result =
        process_current() != loop.process ? 0 : system_call(loop, timeout);
    int error = errno;
    if (loop.acquire) call(loop, loop.acquire);
    errno = error;
    return result;
}

}}  // evi
