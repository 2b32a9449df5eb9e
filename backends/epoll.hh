// epoll: the default on Linux. Six facts about epoll explain these files.
//   1. The kernel drops a closed fd silently. So we do not use DEL on stop: we
//      ADD or MOD at the next change, and ENOENT or EEXIST show which of them
//      is right. An entry that is no longer wanted is deleted when it reports
//      its first event.
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
//      was written. So we put off registering them, and ask first.
//   6. A registration with EPOLLEXCLUSIVE can only be added, not changed. If it
//      is not wanted any more it must be deleted at once: it would take the
//      wake-up that another process needs.
//
// epoll_set.cc changes the kernel's set, epoll_try.cc asks whether fds can be
// written to, epoll.cc handles the events.
//
// The tag of an fd is 0 (not registered), or that of its registration: the
// generation, with its event mask in the three lowest bits. No two
// registrations have the same generation. For a regular file it is epoll_file
// plus its index in `files`.

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
    Array<int> files;     // fact 3: regular files, always ready
    Array<pollfd> tries;  // scratch space: fact 5

    void free() { events.free(), files.free(), tries.free(); }
};

constexpr int epoll_both = EV_READ | EV_WRITE;
constexpr int epoll_mask = epoll_both | ev_exclusive;
constexpr uint32_t epoll_step = epoll_mask + 1;  // between generations
constexpr uint32_t epoll_file = 1u << 31;
static_assert(int(EPOLLIN) == int(EV_READ) && int(EPOLLOUT) == 2 * EV_WRITE,
              "epoll_events and epoll_ready rely on these values");

inline bool epoll_is_file(const Fd& entry) { return entry.tag & epoll_file; }

constexpr int epoll_ready(uint32_t got)
{
    return static_cast<int>((got & EPOLLIN) | (got & EPOLLOUT) >> 1);
}

// Of the set.

int epoll_open();
void epoll_close(Epoll&);
void epoll_fork(Loop&);
void epoll_rebuild(Loop&);
bool fd_beyond_limit(int fd);
void epoll_lose(Loop&);  // the program closed the set
void epoll_modify(Loop&, int fd, int was, int want);
void epoll_forget(Loop&, int fd);
void epoll_feed_files(Loop&);

uint32_t epoll_events(int want);  // in the terms of the kernel

// The event mask of a registration; 0: there is none, or it may be another
// file's.
int epoll_asked(const Fd&);

// After an unwanted event: narrows the event mask, or deletes the registration.
void epoll_narrow(Loop&, int fd, int want);

// Of the tries (fact 5).

bool epoll_put_off(Loop&, int fd, int was, int want);

// Asks for the fds that are put off, and registers those that are not ready.
// Returns the new timeout. Afterwards tries[i] is for changes[i].
ev_tstamp epoll_try(Loop&, ev_tstamp timeout);
void epoll_feed_tried(Loop&);

// An error or a hang-up is both: read or write returns it.
int epoll_revents(uint32_t got);

// After an error: the program closed our epoll fd, or reused its number.
inline bool epoll_lost() { return errno == EBADF || errno == EINVAL; }

}}  // evi

#endif
