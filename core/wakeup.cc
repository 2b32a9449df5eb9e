// Wake-ups by eventfd or, if that is not available, by a pipe.
//
// A notifier (a signal handler or another thread) first marks the event, then
// sets the flag `what`, and writes only if the loop is `armed`. That saves the
// system call while the loop is busy. The loop arms itself before it checks
// `what` for the last time. All four accesses are sequentially consistent, so
// either the notifier sees `armed` or the loop sees `what`: no event is lost.
// While `what` is set, the loop will handle it, and no other write is needed.

#include "wakeup.hh"

#include "../watchers/steps.hh"
#include "cancel.hh"
#include "fork.hh"
#include "pending.hh"
#include "report.hh"
#include "watcher.hh"

#include <fcntl.h>
#include <stdint.h>
#include <sys/stat.h>

#if EV_USE_EVENTFD
#include <sys/eventfd.h>
#endif

namespace evi { namespace {

#if EV_USE_EVENTFD
[[gnu::cold]] int eventfd_open()
{
    return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
}
#else
int eventfd_open() { return -1; }
#endif

#if EV_USE_PIPE2

bool pipe_open(int (&ends)[2]) { return !pipe2(ends, O_CLOEXEC | O_NONBLOCK); }

// Gives a file the number of another one, which is closed.
bool fd_replace(int fd, int old)
{
    assert(fd >= 0 && old >= 0 && fd != old);
    return dup3(fd, old, O_CLOEXEC) >= 0;
}

#else

// In two steps: a child that another thread makes in between inherits it.
[[gnu::cold]] bool fd_private(int fd)
{
    return !fcntl(fd, F_SETFD, FD_CLOEXEC);
}

[[gnu::cold]] bool pipe_open(int (&ends)[2])
{
    if (pipe(ends)) return false;
    bool done = true;
    for (int fd : ends)
        done = done && fd_private(fd) && !fcntl(fd, F_SETFL, O_NONBLOCK);
    if (done) return true;
    for (int fd : ends) descriptor_close(fd);
    return false;
}

[[gnu::cold]] bool fd_replace(int fd, int old)
{
    assert(fd >= 0 && old >= 0 && fd != old);
    return dup2(fd, old) >= 0 && fd_private(old);
}

#endif

// {read end, write end}; for an eventfd both are the same.
[[gnu::cold]] bool channel_open(int (&ends)[2])
{
    ends[0] = ends[1] = eventfd_open();
    return ends[0] >= 0 || pipe_open(ends);
}

// False: it is a pipe whose write end is closed.
bool channel_drain(int fd)
{
    char bytes[256];  // an eventfd returns 8 bytes, once
    ssize_t got;
    int state = cancel_disable();
    while ((got = read(fd, bytes, sizeof bytes)) == sizeof bytes) {}
    cancel_restore(state);
    return got;
}

// Have the ends of a pipe one inode? On macOS and FreeBSD each has its own.
#ifdef __linux__
constexpr bool one_inode = true;
#else
constexpr bool one_inode = false;
#endif

// Are the old numbers those of files of the program now? All eventfds have one
// inode, too. If the new channel is of the other kind, it is not known what an
// eventfd looks like.
[[gnu::cold]] bool channel_lost(const int (&old)[2], const int (&ends)[2])
{
    struct stat in, out, now;
    if (fstat(old[0], &in) || fstat(old[1], &out) || fstat(ends[0], &now))
        return false;
    bool alike = (old[0] != old[1]) == (ends[0] != ends[1]);
    bool other = (in.st_mode & S_IFMT) != (now.st_mode & S_IFMT);
    return (alike && other) || (one_inode && in.st_ino != out.st_ino)
        || in.st_dev != out.st_dev;
}

// Other notifiers rely on the one that set `what`. So its thread must not be
// canceled here, and write is a cancellation point.
//
// In a child, the channel is still the parent's. The loop is not blocked then,
// and reads the flag before it waits.
[[gnu::cold]] void wakeup_write(Loop& loop)
{
    if (fork_flagged(loop)) return;
    uint64_t one = 1;  // added to an eventfd; a pipe accepts any bytes
    int error = errno;
    int fd = loop.wakeup.write_fd.load(in_order);
    loop.wakeup.written.store(true, in_order);
    int state = cancel_disable();
    while (write(fd, &one, sizeof one) < 0 && errno == EINTR) {}  // or full
    cancel_restore(state);
    errno = error;
}

void wakeup_notify(Loop& loop, std::atomic<bool>& what)
{
    Wakeup& wakeup = loop.wakeup;
    if (what.exchange(true, in_order)) return;  // already requested
    if (wakeup.armed.load(in_order)) wakeup_write(loop);
}

// The load first avoids the exchange, which takes 5 ns, for the other flag.
bool taken(std::atomic<bool>& what)
{
    return what.load(in_order) && what.exchange(false, in_order);
}

void wakeup_collect(Loop& loop)
{
    Wakeup& wakeup = loop.wakeup;
    queue_all(loop, [&] {
        // Clear the flag first: a notifier that marks later sets it again.
        if (taken(wakeup.signals)) signals_feed(loop);
        if (taken(wakeup.asyncs)) asyncs_feed(loop);
    });
}

// Takes the channel's event, unless it is a parent's.
void wakeup_take(Loop& loop, int fd)
{
    loop.wakeup.written.store(false, in_order);
    if (loop.wakeup.edge || fork_flagged(loop)) return;
    if (!channel_drain(fd)) io_lose_internal(loop, &loop.wakeup.io);
}

void wakeup_ready(Loop& loop, ev_io* w, int revents)
{
    if (revents & EV_ERROR) io_restart_internal(loop, w);
    else if (revents & EV_READ) wakeup_take(loop, w->fd);
    wakeup_collect(loop);
}

[[gnu::cold]] void wakeup_init(Loop& loop)
{
    loop.wakeup.write_fd.store(-1, in_order);
}

[[gnu::cold]] void wakeup_watch(Loop& loop)
{
    Wakeup& wakeup = loop.wakeup;
    assert(wakeup.read_fd >= 0 && !wakeup.io.active);
    bool one = wakeup.read_fd == wakeup.write_fd.load(in_order);
    wakeup.written.store(false, in_order);
    wakeup.edge = loop.backend->edge && one;
    ev_init(&wakeup.io, (Callback<ev_io, wakeup_ready>()));
    io_start_internal(loop, &wakeup.io, wakeup.read_fd,
                      EV_READ | (wakeup.edge ? ev_edge : 0));
    wakeup.open = true;  // last: the allocator may leave by longjmp
}

[[gnu::cold]] void wakeup_create(Wakeup& wakeup)
{
    int ends[2];
    while (!channel_open(ends)) {
        syserr("(libev) error creating signal/async pipe");
        // Did the callback start a watcher that needs the channel, too?
        if (wakeup.write_fd.load(in_order) >= 0) return;
    }
    assert(ends[0] >= 0 && ends[1] >= 0);
    wakeup.read_fd = ends[0];
    wakeup.write_fd.store(ends[1], in_order);
}

[[gnu::cold]] void wakeup_open(Loop& loop)
{
    Wakeup& wakeup = loop.wakeup;
    bool created = wakeup.write_fd.load(in_order) >= 0;
    if (created && wakeup.open) return;
    if (!created) wakeup_create(wakeup);
    if (!wakeup.io.active) wakeup_watch(loop);
}

void wakeup_arm(Loop& loop)
{
    if (wakeups_used && loop.wakeup.open)
        loop.wakeup.armed.store(true, in_order);
    std::atomic_signal_fence(std::memory_order_seq_cst);
}

[[gnu::noinline]] void wakeup_feed(Loop& loop)
{
    Wakeup& wakeup = loop.wakeup;
    if (wakeup.open) pending_feed(loop, base(&wakeup.io), EV_CUSTOM);
    else wakeup_collect(loop);  // an ev_async that was never started was sent
}

[[gnu::cold]] void wakeup_close(Loop& loop)
{
    Wakeup& wakeup = loop.wakeup;
    int write_fd = wakeup.write_fd.load(in_order);
    if (!wakeups_used || write_fd < 0) return;

    wakeup.write_fd.store(-1, in_order);
    if (wakeup.io.fd < 0) return;  // the program closed it
    descriptor_close(wakeup.read_fd);
    if (write_fd != wakeup.read_fd) descriptor_close(write_fd);
}

// A new channel with the old numbers: a notifier in another thread may be about
// to write, and must not write to another file. False: there are not enough
// free fds, or the program closed the old channel.
[[gnu::cold]] bool wakeup_replace(Wakeup& wakeup)
{
    int ends[2], old[2] = {wakeup.read_fd, wakeup.write_fd.load(in_order)};
    if (old[1] < 0 || wakeup.io.fd < 0 || !channel_open(ends)) return false;
    bool two = old[0] != old[1], lost = channel_lost(old, ends);
    if (lost) wakeup.io.fd = -1;  // the program's files: not to be closed
    bool done = !lost && two == (ends[0] != ends[1])
             && fd_replace(ends[0], old[0])
             && (!two || fd_replace(ends[1], old[1]));
    descriptor_close(ends[0]);
    if (ends[0] != ends[1]) descriptor_close(ends[1]);
    return done;
}

[[gnu::cold]] void wakeup_fork(Loop& loop)
{
    Wakeup& wakeup = loop.wakeup;
    bool used = wakeup.open || wakeup.write_fd.load(in_order) >= 0;
    if (!wakeups_used || !used) return;

    // Events that were marked before the fork and not handled are kept.
    if (wakeup_replace(wakeup)) return wakeup_watch(loop);
    wakeup_close(loop);
    wakeup_open(loop);
}

}}  // evi
