// epoll: changes of the kernel's set. See epoll.hh.

#include "epoll.hh"

#include "../core/cancel.hh"
#include "../core/report.hh"

#include <sys/resource.h>

namespace evi { namespace {

[[gnu::cold]] int epoll_open() { return epoll_create1(EPOLL_CLOEXEC); }

[[gnu::cold]] void epoll_close(Epoll& e)
{
    if (e.fd >= 0) descriptor_close(e.fd);
    e.fd = -1;
}

// Closing an fd with such a number makes room for none.
[[gnu::cold]] bool fd_beyond_limit(int fd)
{
    rlimit limit;
    return getrlimit(RLIMIT_NOFILE, &limit) == 0 && fd >= 0
        && static_cast<rlim_t>(fd) >= limit.rlim_cur;
}

// Replaces our set by a new, empty one; all fds will be registered again. If
// there are no free fds, ours is closed first. False: there is no new set.
[[gnu::cold]] bool epoll_renew(Loop& loop)
{
    auto& e = state<Epoll>(loop);
    int fd = epoll_open();
    if (fd < 0 && (errno == EMFILE || errno == ENFILE)
        && !fd_beyond_limit(e.fd)) {
        epoll_close(e);
        fd = epoll_open();
    }
    if (fd < 0) return false;
    if (fd != e.fd) epoll_close(e);  // equal: the program closed ours
    e.fd = loop.backend_fd = fd;
    ++loop.backend_renewals;
    e.stale = false;
    e.files.count = 0;
    for (Fd& entry : loop.fds.table) entry.tag = 0;
    fds_rearm(loop);
    return true;
}

[[gnu::cold]] void epoll_fork(Loop& loop)
{
    while (!epoll_renew(loop)) syserr("(libev) epoll_create");
}

[[gnu::cold, gnu::noinline]] uint32_t epoll_events_special(int want)
{
    uint32_t events = 0;
    if (want & EV_READ) events |= EPOLLIN;
    if (want & EV_WRITE) events |= EPOLLOUT;
    if (want & ev_edge) events |= EPOLLET;
    if (want & ev_exclusive) events |= EPOLLEXCLUSIVE;
    return events;
}

uint32_t epoll_events(int want)
{
    auto events = static_cast<uint32_t>(want);
    events += events & EV_WRITE;
    return unlikely(want > epoll_both) ? epoll_events_special(want) : events;
}

int epoll_asked(const Fd& entry)
{
    return entry.reset ? 0 : static_cast<int>(entry.tag) & epoll_mask;
}

inline bool epoll_control(Loop& loop, int op, int fd, int want, bool fresh)
{
    auto& e = state<Epoll>(loop);
    Fd& entry = loop.fds.table[fd];
    if (fresh) e.generation = (e.generation + epoll_step) & ~epoll_file;
    uint32_t tag = (fresh ? e.generation : entry.tag & ~(epoll_step - 1))
                 | static_cast<uint32_t>(want & epoll_mask);
    epoll_event event;
    event.events = epoll_events(want);
    event.data.u64 = uint64_t(tag) << 32 | static_cast<uint32_t>(fd);
    if (epoll_ctl(e.fd, op, fd, &event)) return false;

    entry.tag = tag;
    return true;
}

[[gnu::cold, gnu::noinline]] bool epoll_control_again(Loop& loop, int op,
                                                      int fd, int want,
                                                      bool fresh)
{
    return epoll_control(loop, op, fd, want, fresh);
}

// Is it an epoll set? Only then it can say that it does not have a new file.
[[gnu::cold]] bool epoll_is_set(int fd)
{
    int probe = epoll_open();
    epoll_event event = {};
    bool is_set =
        epoll_ctl(fd, EPOLL_CTL_DEL, probe, &event) && errno == ENOENT;
    if (probe >= 0) descriptor_close(probe);
    return is_set;
}

// The same after epoll_ctl, where the cause of the error may also be `fd`: it
// is closed, has O_PATH, or was closed and the set then got its number.
[[gnu::cold]] bool epoll_lost(const Epoll& e, int fd)
{
    if (fd == e.fd) return !epoll_is_set(fd);
    if (errno == EBADF) return fd_closed(e.fd);
    return errno == EINVAL && !fd_closed(fd);
}

// The next wait rebuilds the set. It is reported once.
[[gnu::cold]] void epoll_lose(Loop& loop)
{
    auto& e = state<Epoll>(loop);
    if (!e.stale) own_error(loop, e.fd);
    e.stale = true;
}

// This fd cannot be watched; or no fd can, because the set was lost.
[[gnu::cold]] void epoll_give_up(Loop& loop, int fd)
{
    if (epoll_lost(state<Epoll>(loop), fd)) epoll_lose(loop);
    else fd_kill(loop, fd);
}

// The files (fact 3).

[[gnu::cold]] void epoll_add_file(Loop& loop, int fd)
{
    auto& files = state<Epoll>(loop).files;
    files.push(fd);
    loop.fds.table[fd].tag =
        epoll_file | static_cast<uint32_t>(files.count - 1);
}

[[gnu::cold]] void epoll_remove_file(Loop& loop, int fd)
{
    auto& files = state<Epoll>(loop).files;
    Fd& entry = loop.fds.table[fd];
    assert(epoll_is_file(entry));
    int last = files.pop();  // moves to the freed index, unless it was there
    if (last != fd) {
        files[static_cast<int>(entry.tag & ~epoll_file)] = last;
        loop.fds.table[last].tag = entry.tag;
    }
    entry.tag = 0;
}

// The last one first, as libev 4.33 does: so they are dispatched in the order
// in which they were added.
[[gnu::cold]] void epoll_feed_files(Loop& loop)
{
    auto& files = state<Epoll>(loop).files;
    for (int i = files.count; i--;)
        fd_event(loop, files[i], loop.fds.table[files[i]].registered());
}

// In a child the set is its parent's.
[[gnu::cold]] void epoll_delete(Loop& loop, int fd)
{
    Fd& entry = loop.fds.table[fd];
    assert(!epoll_is_file(entry));
    int error = errno;
    epoll_event none = {};
    if (!fork_flagged(loop))
        epoll_ctl(state<Epoll>(loop).fd, EPOLL_CTL_DEL, fd, &none);
    entry.tag = 0;
    errno = error;
}

void epoll_insist(Loop&, int fd, int want);

// Fact 6. An epoll set, and a kernel that refuses EPOLLEXCLUSIVE, get a usual
// registration.
[[gnu::cold]] void epoll_insist_exclusive(Loop& loop, int fd, int want)
{
    epoll_delete(loop, fd);
    if (epoll_control_again(loop, EPOLL_CTL_ADD, fd, want, true)) return;
    int usual = want & ~ev_exclusive;
    if (errno == EINVAL
        && epoll_control_again(loop, EPOLL_CTL_ADD, fd, usual, true))
        return;
    epoll_insist(loop, fd, usual);
}

// Slow path: epoll_ctl failed. Our guess of the operation was wrong (fact 1),
// or the kernel refuses the fd.
[[gnu::cold, gnu::noinline]] void epoll_insist(Loop& loop, int fd, int want)
{
    bool changed = errno == EEXIST || errno == EINVAL;
    if (want & ev_exclusive && changed)
        return epoll_insist_exclusive(loop, fd, want);
    if (errno == ENOENT
        && epoll_control_again(loop, EPOLL_CTL_ADD, fd, want, true))
        return;
    int asked = epoll_asked(loop.fds.table[fd]);
    if (errno == EEXIST  // still registered, perhaps with the right mask
        && (asked == (want & epoll_mask)
            || epoll_control_again(loop, EPOLL_CTL_MOD, fd, want, !asked)))
        return;
    if (errno != EPERM) return epoll_give_up(loop, fd);
    epoll_add_file(loop, fd);
}

[[gnu::noinline]] void epoll_register(Loop& loop, int fd, int was, int want)
{
    // The operation that is right most likely. For an entry that needs no
    // change, that is ADD: its failure costs less than MOD.
    int asked = epoll_asked(loop.fds.table[fd]);
    bool other = asked && asked != (want & epoll_mask);
    int op = was || other ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
    if (!epoll_control(loop, op, fd, want, !other && !(was && asked)))
        epoll_insist(loop, fd, want);
}

// The fd was a regular file, but may be another file now. If it is one still,
// it keeps its place.
[[gnu::cold, gnu::noinline]] void epoll_modify_file(Loop& loop, int fd,
                                                    int want)
{
    uint32_t file = loop.fds.table[fd].tag;
    bool other = want && epoll_control(loop, EPOLL_CTL_ADD, fd, want, true);
    if (want && !other && errno == EPERM) return;
    uint32_t now = other ? loop.fds.table[fd].tag : 0;
    loop.fds.table[fd].tag = file;
    epoll_remove_file(loop, fd);
    loop.fds.table[fd].tag = now;
    if (want && !other) epoll_register(loop, fd, 0, want);
}

// Slow path: a file, or an exclusive registration (fact 6).
[[gnu::cold, gnu::noinline]] void epoll_modify_slow(Loop& loop, int fd,
                                                    int want)
{
    if (!ev_exclusive || epoll_is_file(loop.fds.table[fd]))
        return epoll_modify_file(loop, fd, want);
    epoll_delete(loop, fd);
    if (want) epoll_register(loop, fd, 0, want);
}

void epoll_modify(Loop& loop, int fd, int was, int want)
{
    assert(fd >= 0 && !(want & ~(epoll_mask | ev_edge)));
    constexpr uint32_t slow = epoll_file | ev_exclusive;
    if (unlikely(loop.fds.table[fd].tag & slow))
        epoll_modify_slow(loop, fd, want);
    else if (want) epoll_register(loop, fd, was, want);  // else fact 1
}

// In a child the set is its parent's, and will be replaced.
[[gnu::cold]] void epoll_narrow(Loop& loop, int fd, int want)
{
    if (fork_flagged(loop)) return;
    int op = want ? EPOLL_CTL_MOD : EPOLL_CTL_DEL;
    if (!epoll_control_again(loop, op, fd, want, false))
        state<Epoll>(loop).stale = true;  // closed: fact 2
    else if (!want) loop.fds.table[fd].tag = 0;
}

[[gnu::cold]] void epoll_forget(Loop& loop, int fd)  // against fact 2
{
    if (loop.fds.table[fd].tag) epoll_delete(loop, fd);
}

// If there is no new set, the next wait tries again.
[[gnu::cold]] void epoll_rebuild(Loop& loop)
{
    epoll_feed_files(loop);  // before all fds count as changed
    static_cast<void>(epoll_renew(loop));
}

}}  // evi
