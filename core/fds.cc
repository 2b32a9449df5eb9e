// The fd table. Changes are collected, and passed to the backend once per
// iteration: then a stop followed by a start mostly costs no system call.
//
// Nothing here invokes a callback, so no program can change a list while it is
// iterated over.

#include "fds.hh"

#include "clock.hh"
#include "pending.hh"
#include "report.hh"
#include "watcher.hh"

#include <fcntl.h>

namespace evi { namespace {

constexpr int fd_events = EV_READ | EV_WRITE;

inline void fd_reify(Loop& loop, int fd)
{
    Fd& entry = loop.fds.table[fd];
    int was = entry.want;
    int want = 0;
    for (ev_io* w = entry.head; w; w = list_next(w)) want |= w->events;
    want &= fd_events | ev_edge;

    bool tell = want != was || (want && entry.reset);
    if (entry.reset) entry.asked = 0;
    entry.reset = false;
    entry.want = static_cast<uint8_t>(want);
    entry.slow = static_cast<uint8_t>(~want & 0x7f);
    if (unlikely(!want && entry.always_ready)) fd_always_ready(loop, fd, false);
    if (tell) loop.backend->modify(loop, fd, was, want);
}

[[gnu::cold]] bool io_elsewhere(const Loop& loop, const ev_io* w, int fd)
{
    auto& table = loop.fds.table;
    if (!table[fd].crowded && loop.fds.crowd.has(w)) return true;
    return w->active && w->fd != fd && fd_known(loop, w->fd)
        && table[w->fd].alone(w);
}

// Stops a watcher and queues EV_ERROR for it. With `here` false, the watcher
// was initialised while active, so that its members no longer refer to this fd:
// it only loses its reference.
[[gnu::cold]] void io_kill(Loop& loop, ev_io* w, bool here)
{
    loop.fds.killed = true;
    if (!here) {
        watcher_forget(loop, base(w));
        return mistake_note(loop, Error::reinit, EV_IO, base(w),
                            "(libev) ev_io: initialized while active");
    }
    watcher_stop(loop, base(w));
    pending_drop(loop, base(w));
    pending_feed(loop, base(w), EV_ERROR | fd_events);
}

[[gnu::cold, gnu::noinline]] void refused_kill(Loop& loop)
{
    auto& refused = loop.fds.refused;
    while (refused.count) {
        ev_io* w = refused.pop();
        loop.fds.crowd.remove(w);
        bool here = w->active == io_refused + refused.count;
        bool told = w->fd < 0 || w->events & ~(fd_events | EV__IOFDSET);
        io_kill(loop, w, here);
        if (here && !told) fd_fault(loop, base(w), w->fd, EBADF);
    }
}

[[gnu::cold]] void list_kill(Loop& loop, int fd)
{
    Fd& entry = loop.fds.table[fd];
    int error = errno;
    while (ev_io* w = entry.head) {
        entry.head = entry.after(w);
        if (!entry.head) --loop.fds.watched;
        if (entry.crowded) w->next = nullptr;
        if (entry.crowded) loop.fds.crowd.remove(w);
        bool here = w->active && !io_elsewhere(loop, w, fd);
        io_kill(loop, w, here);
        if (here) fd_fault(loop, base(w), fd, error);
    }
    entry.crowded = false;
}

void fds_commit(Loop& loop)
{
    // A dead fd found in this loop is a new change, appended to the list. If a
    // report of a mistake is left by longjmp, the changes are passed next time,
    // some of them twice.
    auto& changes = loop.fds.changes;
    loop.fds.killed = false;
    if (unlikely(loop.fds.refused.count)) refused_kill(loop);
    for (int i = 0; i < changes.count; ++i) fd_reify(loop, changes[i]);
    changes.count = 0;
    loop.fds.told = true;
    loop.fds.due = loop.fds.killed;  // the next iteration clears `killed`
}

void fd_feed(Loop& loop, const Fd& entry, int events)
{
    for (ev_io* w = entry.head; w; w = list_next(w))
        if (int got = w->events & events) pending_feed(loop, base(w), got);
}

// The same, for all but the hottest paths: one copy of the code.
[[gnu::noinline]] void fd_feed_shared(Loop& loop, const Fd& entry, int events)
{
    fd_feed(loop, entry, events);
}

void fd_feed(Loop& loop, int fd, int events)
{
    if (fd_known(loop, fd)) fd_feed_shared(loop, loop.fds.table[fd], events);
}

void fd_event(Loop& loop, int fd, int events)
{
    // If the fd changed since it was registered, the event may be stale. The
    // kernel will report it again.
    if (fd_known(loop, fd) && !loop.fds.table[fd].changed())
        fd_feed_shared(loop, loop.fds.table[fd], events);
}

[[gnu::cold]] void fd_kill(Loop& loop, int fd)
{
    assert(fd_known(loop, fd));
    list_kill(loop, fd);
    fd_reset(loop, fd);
}

// The tag is the complement of the position, so unlike any tag of a backend.
int ready_place(const Fd& entry) { return static_cast<int>(~entry.tag); }

[[gnu::cold]] void fd_always_ready(Loop& loop, int fd, bool always)
{
    assert(fd_known(loop, fd));
    Fd& entry = loop.fds.table[fd];
    if (entry.always_ready == always) return;

    entry.always_ready = always;
    auto& ready = loop.fds.always_ready;
    if (always) {
        entry.tag = static_cast<uint32_t>(~ready.count);
        return ready.push(fd);
    }
    int last = ready.pop();  // moves to the freed position, unless it was there
    if (last != fd) {
        ready[ready_place(entry)] = last;
        loop.fds.table[last].tag = entry.tag;
    }
    entry.tag = 0;
}

[[gnu::cold, gnu::noinline]] void fds_ready(Loop& loop)
{
    auto& ready = loop.fds.always_ready;
    for (int i = 0; i < ready.count; ++i)
        fd_event(loop, ready[i], loop.fds.table[ready[i]].want);
}

[[gnu::cold]] void fds_rearm(Loop& loop)
{
    for (int fd = 0; fd < loop.fds.table.count; ++fd) {
        Fd& entry = loop.fds.table[fd];
        if (!entry.want) continue;
        entry.want = 0;
        fd_reset(loop, fd);
    }
}

[[gnu::cold]] void fds_kill_dead(Loop& loop)
{
    for (int fd = 0; fd < loop.fds.table.count; ++fd)
        if (loop.fds.table[fd].want && fcntl(fd, F_GETFD) < 0 && errno == EBADF)
            fd_kill(loop, fd);
}

[[gnu::cold]] void fds_kill_last(Loop& loop)
{
    for (int fd = loop.fds.table.count; fd--;)
        if (loop.fds.table[fd].want) return fd_kill(loop, fd);
}

void fds_failed(Loop& loop, const char* what)
{
    loop.fds.interrupted = errno == EINTR;
    if (loop.fds.interrupted) return;  // a signal: the loop has work to do
    if (errno == EBADF) return fds_kill_dead(loop);
    if (errno != ENOMEM) return syserr(what);
    fds_kill_last(loop);  // so that the others work
    time_sleep(.01);      // if that does not help, this is no busy loop
}

void fds_lost(Loop& loop, int fd) { own_fault(loop, fd); }

// Shrinks the table if most of it, at its end, is unused.
[[gnu::cold]] void fds_trim(Loop& loop)
{
    auto& table = loop.fds.table;
    int used = table.count;
    while (used && !table[used - 1].head && !table[used - 1].changed()) --used;
    if (used <= table.count / 8) table.count = used;
    table.trim();
    loop.fds.changes.trim();
    loop.fds.always_ready.trim();
    loop.fds.refused.trim();
}

[[gnu::cold]] void fds_free(Loop& loop)
{
    loop.fds.table.free();
    loop.fds.changes.free();
    loop.fds.always_ready.free();
    loop.fds.refused.free();
    loop.fds.crowd.free();
}

// Returns how many watchers of the fd are in `crowd`.
[[gnu::cold]] int fd_verify(const Loop& loop, int fd)
{
    const Fd& entry = loop.fds.table[fd];
    int want = 0, crowd = 0;
    bool anew = false;  // initialised or set while active: a mistake
    for (ev_io* w = entry.head; w; w = entry.after(w)) {
        verify_that(loop.fds.crowd.has(w) || !entry.crowded,
                    "set of watchers that share an fd");
        crowd += entry.crowded;
        anew |= !w->active || w->fd != fd || w->events & EV__IOFDSET;
        want |= w->events & (fd_events | ev_edge);
    }
    if (entry.changed() || anew) return crowd;
    verify_that(entry.want == want, "events changed while active");
    verify_that(!entry.reset, "reset of an unchanged fd");
    verify_that(entry.want || !entry.always_ready,
                "unwatched fd in the list of ready fds");
    return crowd;
}

[[gnu::cold]] void fds_verify(Loop& loop)
{
    Fds& fds = loop.fds;
    int changed = 0, ready = 0, watched = 0, crowd = fds.refused.count;
    for (int fd = 0; fd < fds.table.count; ++fd) {
        crowd += fd_verify(loop, fd);
        watched += fds.table[fd].head != nullptr;
        changed += fds.table[fd].changed();
        if (!fds.table[fd].always_ready) continue;
        int place = ready_place(fds.table[fd]);
        ++ready;
        verify_that(place >= 0 && place < fds.always_ready.count
                        && fds.always_ready[place] == fd,
                    "index of a ready fd");
    }
    verify_that(changed <= fds.changes.count, "list of changed fds");
    verify_that(watched == fds.watched, "number of watched fds");
    verify_that(ready == fds.always_ready.count, "list of ready fds");
    verify_that(crowd == fds.crowd.count,
                "number of watchers that share an fd");
    fds.crowd.verify();
}

}}  // evi

// The C API.

void ev_feed_fd_event(EV_P_ int fd, int revents) EV_NOEXCEPT
{
    evi::fd_feed(evi::entry(EV_A), fd, revents);
}
