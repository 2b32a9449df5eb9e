// epoll: the default on Linux. Three facts of epoll shape its files.
//   1. The kernel forgets a closed fd without telling. So we never DEL: we ADD
//      or MOD at the next change and let ENOENT and EEXIST correct the guess.
//      An entry that nobody wants any more goes when it first reports.
//   2. A dup, or a child, keeps a closed fd registered. So every registration
//      carries a generation; an event of an old one means that the kernel's
//      set and ours have parted, and the set must be rebuilt.
//   3. A regular file is refused with EPERM. select() calls it ready; so do we.
//
// epoll_set.cc has what the kernel is told, epoll.cc what it reports.
//
// Invariant: the tag of an fd is the generation that the kernel was last given
// for it, and `asked` the events; no two registrations have the same
// generation.

#ifndef EVI_EPOLL_HH
#define EVI_EPOLL_HH

#include "../core/fds.hh"

#include <sys/epoll.h>

namespace evi { namespace {

struct Epoll {
    int fd;
    bool parted;          // from the kernel's set: rebuild ours (fact 2)
    bool coarse;          // the kernel has no epoll_pwait2 for us
    uint32_t generation;  // the last one given
    Array<epoll_event> events;

    void free() { events.free(); }
};

constexpr int epoll_both = EV_READ | EV_WRITE;
static_assert(int(EPOLLIN) == int(EV_READ) && int(EPOLLOUT) == 2 * EV_WRITE,
              "what epoll_events and epoll_ready take for granted");

constexpr int epoll_ready(uint32_t got)
{
    return static_cast<int>((got & EPOLLIN) | (got & EPOLLOUT) >> 1);
}

// Of the set.

int epoll_open();
void epoll_close(Epoll&);
void epoll_fork(Loop&);
void epoll_rebuild(Loop&);
void epoll_modify(Loop&, int fd, int was, int want);

// The kernel reports what nobody wants: take the entry back, or narrow it.
void epoll_narrow(Loop&, int fd, int want);

// After an error: somebody closed our fd, or put another file in its place.
inline bool epoll_lost() { return errno == EBADF || errno == EINVAL; }

}}  // evi

#endif
