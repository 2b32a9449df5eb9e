// epoll: the default on Linux. Three facts of epoll shape this file.
//   1. The kernel forgets a closed fd without telling. So we never DEL: we ADD
//      or MOD at the next change and let ENOENT and EEXIST correct the guess.
//      An entry that nobody wants any more goes when it first reports.
//   2. A dup, or a child, keeps a closed fd registered. So every registration
//      carries a generation; an event of an old one means that the kernel's
//      set and ours have parted, and the set must be rebuilt.
//   3. A regular file is refused with EPERM. select() calls it ready; so do we.
//
// Invariant: the tag of an fd is the generation that the kernel was last given
// for it, and `asked` the events; no two registrations have the same
// generation.

#include "../core/fds.hh"

#include <fcntl.h>
#include <sys/epoll.h>

// Since Linux 5.11 and glibc 2.35; null where libc does not have it.
// NOLINTNEXTLINE(readability-redundant-declaration): weak only here
extern "C" int epoll_pwait2(int, epoll_event*, int, const timespec*,
                            const sigset_t*) __attribute__((weak));

namespace evi { namespace {

struct Epoll {
    int fd;
    bool parted;          // from the kernel's set: rebuild ours (fact 2)
    bool coarse;          // the kernel has no epoll_pwait2 for us
    uint32_t generation;  // the last one given
    Array<epoll_event> events;

    void free() { events.free(); }
};

constexpr int events_first = 64;
constexpr int events_most = 1 << 16;

constexpr int epoll_both = EV_READ | EV_WRITE;
static_assert(int(EPOLLIN) == int(EV_READ) && int(EPOLLOUT) == 2 * EV_WRITE,
              "what epoll_events and epoll_ready take for granted");

uint32_t epoll_events(int want)
{
    auto both = static_cast<uint32_t>(want & epoll_both);
    both += both & EV_WRITE;
    return unlikely(want & ev_edge) ? both | EPOLLET : both;
}

constexpr int epoll_ready(uint32_t got)
{
    return static_cast<int>((got & EPOLLIN) | (got & EPOLLOUT) >> 1);
}

// What the kernel reports without being asked is in the lowest bits, too.
constexpr uint32_t epoll_all = 2 * EPOLLHUP - 1;

struct Revents {
    uint8_t of[epoll_all + 1];

    constexpr Revents() : of()
    {
        for (uint32_t got = 0; got <= epoll_all; ++got)
            of[got] = static_cast<uint8_t>(
                got & (EPOLLERR | EPOLLHUP) ? epoll_both : epoll_ready(got));
    }
};

constexpr Revents epoll_table;

int epoll_revents(uint32_t got)  // an error is both: the next call sees it
{
    return epoll_table.of[got & epoll_all];
}

int epoll_open() { return epoll_create1(EPOLL_CLOEXEC); }

// All of it zero at first: checkers of memory may not know what the kernel
// writes there.
void epoll_room(Epoll& e, int events)
{
    e.events.reserve(events);
    e.events.extend(e.events.capacity);
}

bool epoll_init(Loop& loop)
{
    int fd = epoll_open();
    if (fd < 0) return false;  // another backend may do

    state_new<Epoll>(loop);
    state<Epoll>(loop).fd = loop.backend_fd = fd;
    epoll_room(state<Epoll>(loop), events_first);
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

inline bool epoll_tell(Loop& loop, int op, int fd, int want)
{
    auto& e = state<Epoll>(loop);
    Fd& entry = loop.fds.table[fd];
    // With nothing asked it may be another file than the tag was for.
    bool fresh = op == EPOLL_CTL_ADD || !entry.asked;
    uint32_t tag = fresh ? ++e.generation : entry.tag;
    epoll_event event;
    event.events = epoll_events(want);
    event.data.u64 = uint64_t(tag) << 32 | static_cast<uint32_t>(fd);
    if (epoll_ctl(e.fd, op, fd, &event)) return false;

    entry.tag = tag;
    entry.asked = want & epoll_both;
    return true;
}

// Somebody closed our fd, or put another file in its place.
bool epoll_lost() { return errno == EBADF || errno == EINVAL; }

// Or is it only this one that is dead, a mere path (O_PATH), or ours?
bool epoll_lost(const Epoll& e, int fd)
{
    if (errno == EBADF) return fcntl(e.fd, F_GETFD) < 0;
    return errno == EINVAL && fcntl(fd, F_GETFD) >= 0;
}

// The kernel did not know it as we do, or will not have it.
[[gnu::noinline]] void epoll_insist(Loop& loop, int fd, int want)
{
    bool registered =
        errno == ENOENT && epoll_tell(loop, EPOLL_CTL_ADD, fd, want);
    if (!registered && errno == EEXIST)  // it stayed, perhaps as it should be
        registered = loop.fds.table[fd].asked == (want & epoll_both)
                  || epoll_tell(loop, EPOLL_CTL_MOD, fd, want);
    bool refused = !registered && errno == EPERM;
    if (refused != loop.fds.table[fd].always_ready)  // fact 3
        fd_always_ready(loop, fd, refused);
    if (registered || refused) return;

    auto& e = state<Epoll>(loop);
    if (epoll_lost(e, fd)) e.parted = true;
    else fd_kill(loop, fd);
}

void epoll_modify(Loop& loop, int fd, int was, int want)
{
    if (!want) return;  // fact 1

    assert(fd >= 0 && !(want & ~(epoll_both | ev_edge)));
    int op = was ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
    if (!epoll_tell(loop, op, fd, want)) epoll_insist(loop, fd, want);
    else if (unlikely(loop.fds.table[fd].always_ready))
        fd_always_ready(loop, fd, false);
}

// The kernel reports what nobody wants: take the entry back, or narrow it.
void epoll_narrow(Loop& loop, int fd, int want)
{
    int op = want ? EPOLL_CTL_MOD : EPOLL_CTL_DEL;
    if (!epoll_tell(loop, op, fd, want))
        state<Epoll>(loop).parted = true;  // closed: fact 2
}

// Events that nobody wants, or of an fd that changed, or of another one.
[[gnu::noinline]] void epoll_take_odd(Loop& loop, int fd, uint32_t generation,
                                      uint32_t got)
{
    // Beyond our table: it shrank, or the set is shared with a parent.
    auto& table = loop.fds.table;
    if (fd >= table.count || generation != table[fd].tag) {
        state<Epoll>(loop).parted = true;
        return;
    }
    int want = table[fd].want;
    if (epoll_ready(got) & ~want || !want) epoll_narrow(loop, fd, want);
    fd_event(loop, fd, epoll_revents(got));
}

inline void epoll_take(Loop& loop, const epoll_event& event)
{
    auto fd = static_cast<int>(event.data.u64 & 0xffffffff);
    auto generation = static_cast<uint32_t>(event.data.u64 >> 32);
    int events = epoll_revents(event.events);
    auto& table = loop.fds.table;
    if (unlikely(fd >= table.count || generation != table[fd].tag
                 || events & table[fd].odd))
        epoll_take_odd(loop, fd, generation, event.events);
    else fd_feed(loop, table[fd], events);
}

// Later will do if there is no fd to be had for it now.
void epoll_rebuild(Loop& loop)
{
    int fd = epoll_open();
    if (fd >= 0) epoll_adopt(loop, fd);
}

inline int epoll_block_coarse(Epoll& e, ev_tstamp timeout)
{
    int msec = timeout > 0 ? to_msec(timeout) : 0;
    return epoll_wait(e.fd, e.events.data, e.events.capacity, msec);
}

// If this system cannot, epoll_wait does from then on.
[[gnu::noinline]] int epoll_block_precise(Epoll& e, ev_tstamp timeout)
{
    if (!epoll_pwait2 || e.coarse) return epoll_block_coarse(e, timeout);
    timespec t = to_timespec(timeout);
    int ready =
        epoll_pwait2(e.fd, e.events.data, e.events.capacity, &t, nullptr);
    e.coarse = ready < 0 && (errno == ENOSYS || errno == EPERM);
    return e.coarse ? epoll_block_coarse(e, timeout) : ready;
}

inline int epoll_block(Epoll& e, ev_tstamp timeout)
{
    if (timeout > 0 && timeout < precise_below)
        return epoll_block_precise(e, timeout);
    return epoll_block_coarse(e, timeout);
}

[[gnu::cold, gnu::noinline]] int epoll_block_observed(Loop& loop,
                                                      ev_tstamp timeout)
{
    auto& e = state<Epoll>(loop);
    return between_hooks(loop, [&] { return epoll_block(e, timeout); });
}

[[gnu::noinline]] void epoll_failed(Loop& loop)
{
    if (!epoll_lost()) return fds_failed(loop, "(libev) epoll_wait");
    state<Epoll>(loop).fd = -1;  // so not ours to close
    epoll_fork(loop);
}

[[gnu::noinline]] void epoll_take_all(Loop& loop, int ready)
{
    auto& e = state<Epoll>(loop);
    e.events.count = ready;
    const epoll_event* event = e.events.data;
    for (const epoll_event* end = event + ready; event < end; ++event)
        epoll_take(loop, *event);
    if (ready == e.events.capacity && ready < events_most)
        epoll_room(e, 2 * ready);
    if (e.parted) epoll_rebuild(loop);
}

void epoll_poll(Loop& loop, ev_tstamp timeout)
{
    int ready = unlikely(loop.observed)
                  ? epoll_block_observed(loop, timeout)
                  : epoll_block(state<Epoll>(loop), timeout);
    if (unlikely(ready < 0)) epoll_failed(loop);
    else if (ready || state<Epoll>(loop).parted) epoll_take_all(loop, ready);
}

void epoll_trim(Loop& loop)
{
    auto& e = state<Epoll>(loop);
    e.events.trim();
    epoll_room(e, events_first);
}

constexpr Backend epoll_backend = {
    .flag = EVBACKEND_EPOLL,
    .min_wait = 1e-3,
    .edge = true,
    .init = epoll_init,
    .destroy = epoll_destroy,
    .fork = epoll_fork,
    .modify = epoll_modify,
    .trim = epoll_trim,
    .poll = epoll_poll,
};

}}  // evi
