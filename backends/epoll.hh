// epoll: the default on Linux. Five facts about epoll explain these files.
//   1. The kernel drops a closed fd silently. So we do not use DEL on stop: we
//      ADD or MOD at the next change, and ENOENT or EEXIST tell which of them
//      is right. An entry that is no longer wanted is parked when it reports
//      its first event: its event mask becomes empty, because that and the
//      next start cost half of what DEL and ADD do. It is deleted if it still
//      reports an event, which is an error or a hang-up.
//   2. A dup of the fd, or a child process, keeps a closed fd registered. So
//      every registration has a generation counter. A stale event (one with an
//      old generation) means that the kernel's set differs from our table, and
//      that the set must be rebuilt.
//   3. A regular file is refused with EPERM. select() reports it as ready; so
//      do we.
//   4. A time limit makes a wait slower by a third, also if an event is ready,
//      and an empty wait that does not block takes as long as that. So we ask
//      first, and wait with a limit only if nothing is ready.
//   5. Most fds can be written to at once. One poll(2) for all fds that newly
//      want EV_WRITE costs less than to register each, and to undo that when it
//      was written. So we try that first, and register in the next iteration
//      what is still wanted then.
//
// epoll_set.cc changes the kernel's set, epoll_try.cc asks whether fds can be
// written to, epoll.cc handles the events.
//
// Invariant: the tag of an fd is the generation of its last registration, and
// `asked` is the event mask of that, or epoll_parked. No two registrations have
// the same generation.

#ifndef EVI_EPOLL_HH
#define EVI_EPOLL_HH

#include "../core/fds.hh"

#include <poll.h>
#include <sys/epoll.h>

namespace evi { namespace {

// Is something worth a try? It is while that mostly succeeds. A success halves
// the number of chances that are left out until the next try, a failure doubles
// it. `size`: how many chances were taken at once.
struct Guess {
    static constexpr int most = 63;
    int left_out, next;

    bool worth()
    {
        if (!left_out) return true;
        --left_out;
        return false;
    }

    void learn(bool success, int size)
    {
        next = success ? next / 2 : min(2 * next + size, most * size);
        left_out = next;
    }
};

struct Epoll {
    int fd;
    bool stale;           // our table and the kernel's set differ (fact 2)
    bool coarse;          // epoll_pwait2 is not available
    uint32_t generation;  // the last one used
    Guess ask, attempt;   // facts 4 and 5
    Array<epoll_event> events;
    Array<pollfd> tries;  // fact 5; first those that were ready the last time
    int tried;            // the number of these

    void free() { events.free(), tries.free(); }
};

constexpr int epoll_both = EV_READ | EV_WRITE;
constexpr int epoll_parked = 0x80;
static_assert(int(EPOLLIN) == int(EV_READ) && int(EPOLLOUT) == 2 * EV_WRITE,
              "epoll_events and epoll_ready rely on these values");

constexpr int epoll_ready(uint32_t got)
{
    return static_cast<int>((got & EPOLLIN) | (got & EPOLLOUT) >> 1);
}

// Of the set.

int epoll_open();
void epoll_close(Epoll&);
void epoll_fork(Loop&);
void epoll_rebuild(Loop&);
void epoll_lose(Loop&);  // the program closed the set
void epoll_modify(Loop&, int fd, int was, int want);
void epoll_register(Loop&, int fd, int was, int want);

// After an unwanted event, `got`: narrows the event mask, perhaps to nothing,
// or deletes the registration.
void epoll_narrow(Loop&, int fd, int want, uint32_t got);

// Of the tries (fact 5).

// Puts off registering the fd until the next wait; false: it is not worth it.
bool epoll_try(Loop&, int fd, int was, int want);
ev_tstamp epoll_try_all(Loop&, ev_tstamp timeout);  // returns the new timeout
void epoll_tried(Loop&);                            // after the wait

// An error or a hang-up is both: read or write returns it.
int epoll_revents(uint32_t got);

// After an error: the program closed our epoll fd, or reused its number.
inline bool epoll_lost() { return errno == EBADF || errno == EINVAL; }

}}  // evi

#endif
