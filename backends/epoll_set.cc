// epoll: changes of the kernel's set. See epoll.hh.

#include "epoll.hh"

#include <fcntl.h>

namespace evi { namespace {

[[gnu::cold]] int epoll_open() { return epoll_create1(EPOLL_CLOEXEC); }

[[gnu::cold]] void epoll_close(Epoll& e)
{
    if (e.fd >= 0) close(e.fd);
    e.fd = -1;
}

// Replaces our set by a new, empty one; all fds will be registered again. If
// there are no free fds, ours is closed first. False: there is no new set.
[[gnu::cold]] bool epoll_renew(Loop& loop)
{
    auto& e = state<Epoll>(loop);
    int fd = epoll_open();
    if (fd < 0 && (errno == EMFILE || errno == ENFILE)) {
        epoll_close(e);
        fd = epoll_open();
    }
    if (fd < 0) return false;
    if (fd != e.fd) epoll_close(e);  // equal: the program closed ours
    e.fd = loop.backend_fd = fd;
    ++loop.backend_renewals;
    e.stale = false;
    fds_rearm(loop);
    return true;
}

[[gnu::cold]] void epoll_fork(Loop& loop)
{
    while (!epoll_renew(loop)) syserr("(libev) epoll_create");
}

uint32_t epoll_events(int want)
{
    auto events = static_cast<uint32_t>(want);
    events += events & EV_WRITE;
    return unlikely(want >= ev_edge) ? events - ev_edge + EPOLLET : events;
}

inline bool epoll_tell(Loop& loop, int op, int fd, int want)
{
    auto& e = state<Epoll>(loop);
    Fd& entry = loop.fds.table[fd];
    // With an empty mask, the fd may be another file than the tag's.
    bool fresh = op == EPOLL_CTL_ADD || !(entry.asked & epoll_both);
    uint32_t tag = fresh ? ++e.generation : entry.tag;
    epoll_event event;
    event.events = epoll_events(want);
    event.data.u64 = uint64_t(tag) << 32 | static_cast<uint32_t>(fd);
    if (epoll_ctl(e.fd, op, fd, &event)) return false;

    entry.tag = tag;
    entry.asked = want & epoll_both;
    return true;
}

// The operation that is right most likely. For an entry that needs no change,
// that is ADD: its failure costs less than MOD.
inline int epoll_guess(const Fd& entry, int was, int want)
{
    if (was) return EPOLL_CTL_MOD;
    bool other = entry.asked && entry.asked != (want & epoll_both);
    return other ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
}

// Is it an epoll set? Only then it can tell that it does not have a new file.
[[gnu::cold]] bool epoll_is_set(int fd)
{
    int probe = epoll_open();
    epoll_event event = {};
    bool is_set =
        epoll_ctl(fd, EPOLL_CTL_DEL, probe, &event) && errno == ENOENT;
    if (probe >= 0) close(probe);
    return is_set;
}

// The same after epoll_ctl, where the cause of the error may also be `fd`: it
// is closed, has O_PATH, or was closed and the set then got its number.
[[gnu::cold]] bool epoll_lost(const Epoll& e, int fd)
{
    if (fd == e.fd) return !epoll_is_set(fd);
    if (errno == EBADF) return fcntl(e.fd, F_GETFD) < 0;
    return errno == EINVAL && fcntl(fd, F_GETFD) >= 0;
}

// The next wait rebuilds the set. It is reported once.
void epoll_lose(Loop& loop)
{
    auto& e = state<Epoll>(loop);
    if (!e.stale) fds_lost(loop, e.fd);
    e.stale = true;
}

// This fd cannot be watched; or no fd can, because the set was lost.
[[gnu::cold]] void epoll_give_up(Loop& loop, int fd)
{
    auto& e = state<Epoll>(loop);
    if (!epoll_lost(e, fd)) return fd_kill(loop, fd);
    epoll_lose(loop);
    loop.fds.killed = true;
}

// Slow path: epoll_ctl failed. Our guess of the operation was wrong (fact 1),
// or the kernel refuses the fd.
[[gnu::noinline]] void epoll_insist(Loop& loop, int fd, int want)
{
    if (errno == ENOENT && epoll_tell(loop, EPOLL_CTL_ADD, fd, want)) return;

    Fd& entry = loop.fds.table[fd];
    if (errno == EEXIST  // still registered, perhaps with the right mask
        && (entry.asked == (want & epoll_both)
            || epoll_tell(loop, EPOLL_CTL_MOD, fd, want)))
        return;
    if (errno != EPERM) return epoll_give_up(loop, fd);
    entry.asked = 0;
    fd_always_ready(loop, fd, true);  // fact 3
}

// The fd was refused before (fact 3), but may be another file now.
[[gnu::cold, gnu::noinline]] void epoll_modify_ready(Loop& loop, int fd,
                                                     int want)
{
    Fd& entry = loop.fds.table[fd];
    uint32_t place = entry.tag;
    bool registered =
        epoll_tell(loop, EPOLL_CTL_ADD, fd, want)
        || (errno == EEXIST && epoll_tell(loop, EPOLL_CTL_MOD, fd, want));
    if (!registered && errno == EPERM) return;

    uint32_t tag = registered ? entry.tag : 0;
    entry.tag = place;
    fd_always_ready(loop, fd, false);
    entry.tag = tag;
    if (!registered) epoll_give_up(loop, fd);
}

void epoll_modify(Loop& loop, int fd, int was, int want)
{
    if (!want) return;  // fact 1

    assert(fd >= 0 && !(want & ~(epoll_both | ev_edge)));
    if (fast_code && want & EV_WRITE && state<Epoll>(loop).attempt.worth()
        && epoll_try(loop, fd, was, want))
        return;
    epoll_register(loop, fd, was, want);
}

inline void epoll_register(Loop& loop, int fd, int was, int want)
{
    if (unlikely(loop.fds.table[fd].always_ready))
        return epoll_modify_ready(loop, fd, want);
    int op = epoll_guess(loop.fds.table[fd], was, want);
    if (!epoll_tell(loop, op, fd, want)) epoll_insist(loop, fd, want);
}

[[gnu::cold]] void epoll_narrow(Loop& loop, int fd, int want, uint32_t got)
{
    bool drop = !want && got & (EPOLLERR | EPOLLHUP);
    if (!epoll_tell(loop, drop ? EPOLL_CTL_DEL : EPOLL_CTL_MOD, fd, want))
        state<Epoll>(loop).stale = true;  // closed: fact 2
    else if (!want && !drop) loop.fds.table[fd].asked = epoll_parked;
}

// If there is no new set, the next wait tries again.
[[gnu::cold]] void epoll_rebuild(Loop& loop)
{
    fds_feed_ready(loop);  // before all fds count as changed
    static_cast<void>(epoll_renew(loop));
}

}}  // evi
