// epoll: the default on Linux. Three facts of epoll shape this file.
//   1. The kernel forgets a closed fd without telling. So we never DEL: we ADD
//      or MOD at the next change and let ENOENT and EEXIST correct the guess.
//      An entry that nobody wants any more goes when it first reports.
//   2. A dup, or a child, keeps a closed fd registered. So every registration
//      carries a generation; an event of an old one means that the kernel's
//      set and ours have parted, and the set must be rebuilt.
//   3. A regular file is refused with EPERM. select() calls it ready; so do we.
//
// Invariant: entries[fd].asked is the mask that the kernel was last given for
// this fd number, with the generation entries[fd].generation.

#include "../core/fds.hh"

#include <fcntl.h>
#include <sys/epoll.h>

namespace evi { namespace {

struct Epoll {
    struct Entry {
        uint32_t generation;
        uint32_t asked;  // EPOLLIN and EPOLLOUT
    };

    int fd;
    bool parted;  // from the kernel's set: rebuild ours (fact 2)
    Array<Entry> entries;
    Array<epoll_event> events;

    void free() { entries.free(), events.free(); }
};

static_assert(sizeof(Epoll::Entry) == 8, "16 + 8 bytes an fd in all");

constexpr int events_first = 64;
constexpr int events_most = 1 << 16;

uint32_t epoll_events(int want)
{
    return (want & EV_READ ? uint32_t(EPOLLIN) : 0)
         | (want & EV_WRITE ? uint32_t(EPOLLOUT) : 0);
}

int epoll_revents(uint32_t got)  // an error is both: the next call sees it
{
    return (got & (EPOLLIN | EPOLLERR | EPOLLHUP) ? EV_READ : 0)
         | (got & (EPOLLOUT | EPOLLERR | EPOLLHUP) ? EV_WRITE : 0);
}

int epoll_open() { return epoll_create1(EPOLL_CLOEXEC); }

bool epoll_init(Loop& loop)
{
    int fd = epoll_open();
    if (fd < 0) return false;  // another backend may do

    state_new<Epoll>(loop);
    state<Epoll>(loop).fd = loop.backend_fd = fd;
    state<Epoll>(loop).events.extend(events_first);
    return true;
}

void epoll_destroy(Loop& loop)
{
    close(state<Epoll>(loop).fd);
    state_free<Epoll>(loop);
}

// Takes over a new, empty set; all fds will be registered anew.
void epoll_adopt(Loop& loop, int fd)
{
    auto& e = state<Epoll>(loop);
    assert(fd >= 0 && fd != e.fd);
    close(e.fd);
    e.fd = loop.backend_fd = fd;
    e.parted = false;
    for (int i = 0; i < e.entries.count; ++i) e.entries[i].asked = 0;
    fds_rearm(loop);
}

void epoll_fork(Loop& loop)
{
    int fd = epoll_open();
    while (fd < 0) {
        syserr("(libev) epoll_create");
        fd = epoll_open();
    }
    epoll_adopt(loop, fd);
}

// Tells the kernel; on success the entry says what it was told.
bool epoll_tell(Epoll& e, int op, int fd, uint32_t asked)
{
    Epoll::Entry& entry = e.entries[fd];
    uint32_t generation = entry.generation + (op == EPOLL_CTL_ADD);
    epoll_event event = {};
    event.events = asked;
    event.data.u64 = uint64_t(generation) << 32 | static_cast<uint32_t>(fd);
    if (epoll_ctl(e.fd, op, fd, &event)) return false;
    entry = {generation, asked};
    return true;
}

bool epoll_register(Epoll& e, int fd, int was, uint32_t asked)
{
    if (was && epoll_tell(e, EPOLL_CTL_MOD, fd, asked)) return true;
    if (was && errno != ENOENT) return false;

    if (epoll_tell(e, EPOLL_CTL_ADD, fd, asked)) return true;
    if (errno != EEXIST) return false;
    return epoll_tell(e, EPOLL_CTL_MOD, fd, asked);  // it stayed from earlier
}

// Somebody closed our fd, or put another file in its place.
bool epoll_lost() { return errno == EBADF || errno == EINVAL; }

// Or is it only this one that is dead, a mere path (O_PATH), or ours?
bool epoll_lost(const Epoll& e, int fd)
{
    if (errno == EBADF) return fcntl(e.fd, F_GETFD) < 0;
    return errno == EINVAL && fcntl(fd, F_GETFD) >= 0;
}

void epoll_modify(Loop& loop, int fd, int was, int want)
{
    if (!want) return;  // fact 1

    assert(fd >= 0 && !(want & ~(EV_READ | EV_WRITE)));
    auto& e = state<Epoll>(loop);
    e.entries.extend(fd + 1);
    bool registered = epoll_register(e, fd, was, epoll_events(want));
    bool refused = !registered && errno == EPERM;
    bool lost = !registered && epoll_lost(e, fd);
    fd_always_ready(loop, fd, refused);  // fact 3
    if (lost) e.parted = true;
    else if (!registered && !refused) fd_kill(loop, fd);
}

// The kernel reports what nobody wants: take the entry back, or narrow it.
void epoll_narrow(Epoll& e, int fd, uint32_t wanted)
{
    int op = wanted ? EPOLL_CTL_MOD : EPOLL_CTL_DEL;
    if (!epoll_tell(e, op, fd, wanted)) e.parted = true;  // closed: fact 2
}

void epoll_take(Loop& loop, const epoll_event& event)
{
    auto& e = state<Epoll>(loop);
    int fd = static_cast<int>(event.data.u64 & 0xffffffff);
    auto generation = static_cast<uint32_t>(event.data.u64 >> 32);
    // Beyond our entries: the set is shared with a parent that went on.
    if (fd >= e.entries.count || generation != e.entries[fd].generation) {
        e.parted = true;
        return;
    }
    uint32_t wanted = epoll_events(loop.fds.table[fd].want);
    bool unwanted = event.events & (EPOLLIN | EPOLLOUT) & ~wanted;
    if (unwanted || !wanted) epoll_narrow(e, fd, wanted);
    fd_event(loop, fd, epoll_revents(event.events));
}

// Later will do if there is no fd to be had for it now.
void epoll_rebuild(Loop& loop)
{
    int fd = epoll_open();
    if (fd >= 0) epoll_adopt(loop, fd);
}

void epoll_poll(Loop& loop, ev_tstamp timeout)
{
    auto& e = state<Epoll>(loop);
    int ready = unlocked(loop, [&] {
        return epoll_wait(e.fd, e.events.data, e.events.count,
                          to_msec(timeout));
    });
    if (ready < 0 && epoll_lost()) {
        e.fd = -1;  // so not ours to close
        return epoll_fork(loop);
    }
    if (ready < 0) return fds_failed(loop, "(libev) epoll_wait");

    for (int i = 0; i < ready; ++i) epoll_take(loop, e.events[i]);
    if (ready == e.events.count && ready < events_most)
        e.events.extend(2 * ready);
    if (e.parted) epoll_rebuild(loop);
}

constexpr Backend epoll_backend = {
    .flag = EVBACKEND_EPOLL,
    .min_wait = 1e-3,
    .init = epoll_init,
    .destroy = epoll_destroy,
    .fork = epoll_fork,
    .modify = epoll_modify,
    .poll = epoll_poll,
};

}}  // evi
