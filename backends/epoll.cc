// epoll: the wait, and the events that the kernel reports. See epoll.hh.

#include "epoll.hh"

#include "../core/clock.hh"

// Since Linux 5.11 and glibc 2.35; null where libc does not have it.
// NOLINTNEXTLINE(readability-redundant-declaration): weak only here
extern "C" int epoll_pwait2(int, epoll_event*, int, const timespec*,
                            const sigset_t*) __attribute__((weak));

namespace evi { namespace {

constexpr int events_first = 64;
constexpr int events_most = 1 << 16;

// So many waits of a new loop do not ask: it has not learnt yet.
constexpr int ask_after = 7;

// The events that the kernel always reports are in the lowest bits, too.
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

inline int epoll_revents(uint32_t got)
{
    return epoll_table.of[got & epoll_all];
}

// Zeroed, because memory checkers may not know what the kernel writes there.
[[gnu::cold]] void epoll_room(Epoll& e, int events)
{
    e.events.reserve(events);
    e.events.extend(e.events.capacity);
}

[[gnu::cold]] bool epoll_init(Loop& loop)
{
    int fd = epoll_open();
    if (fd < 0) return false;  // try the next backend

    state_new<Epoll>(loop);
    state<Epoll>(loop).fd = loop.backend_fd = fd;
    state<Epoll>(loop).ask = {ask_after, ask_after};
    epoll_room(state<Epoll>(loop), events_first);
    return true;
}

[[gnu::cold]] void epoll_destroy(Loop& loop)
{
    epoll_close(state<Epoll>(loop));
    state_free<Epoll>(loop);
}

// Slow path: a stale event, an event of an fd that changed, or one that is not
// wanted.
[[gnu::cold, gnu::noinline]] void epoll_take_slow(Loop& loop, int fd,
                                                  uint32_t tag, uint32_t got)
{
    // Beyond our table: the table shrank, or the set is shared with a parent.
    auto& table = loop.fds.table;
    if (fd >= table.count || tag != table[fd].tag) {
        state<Epoll>(loop).stale = true;
        return;
    }
    int want = table[fd].registered();
    if (epoll_ready(got) & ~want || !want) epoll_narrow(loop, fd, want);
    fd_event(loop, fd, epoll_revents(got));
}

inline void epoll_take(Loop& loop, const epoll_event& event)
{
    auto fd = static_cast<int>(event.data.u64 & 0xffffffff);
    auto tag = static_cast<uint32_t>(event.data.u64 >> 32);
    int events = epoll_table.of[event.events & epoll_all];
    Fd* entry = loop.fds.table.data + fd;
    if (unlikely(fd >= loop.fds.table.count || tag != entry->tag
                 || (entry->state & (Fd::change | events)) != events))
        epoll_take_slow(loop, fd, tag, event.events);
    else fd_feed(loop, *entry, fd, events);
}

inline int epoll_wait(Epoll& e, int msec)  // -1: without a limit
{
    return epoll_wait(e.fd, e.events.data, e.events.capacity, msec);
}

// Falls back to epoll_wait, for good if this system lacks epoll_pwait2.
[[gnu::cold, gnu::noinline]] int epoll_block_limited(Epoll& e,
                                                     ev_tstamp timeout)
{
    assert(timeout > 0);
    if (epoll_pwait2 && !e.coarse && timeout < precise_below) {
        timespec t = to_timespec(timeout);
        int ready =
            epoll_pwait2(e.fd, e.events.data, e.events.capacity, &t, nullptr);
        if (ready >= 0 || errno == EINTR) return ready;
        e.coarse = errno == ENOSYS || errno == EPERM;
    }
    return epoll_wait(e, timeout < forever ? to_msec(timeout) : -1);
}

// Fact 4, of a loop that asks: `ready` is the answer.
[[gnu::noinline]] int epoll_block_asked(Epoll& e, ev_tstamp timeout, int ready)
{
    assert(timeout > 0 && timeout < forever);
    e.ask.learn(ready, 1);
    return ready ? ready : epoll_block_limited(e, timeout);
}

inline int epoll_block(Epoll& e, ev_tstamp timeout)
{
    if (timeout <= 0) return epoll_wait(e, 0);
    if (timeout >= forever) return epoll_wait(e, -1);
    if (!fast_code || !e.ask.worth()) return epoll_block_limited(e, timeout);
    int ready = epoll_wait(e, 0);
    bool sure = ready && !e.ask.next;  // nothing to learn
    return sure ? ready : epoll_block_asked(e, timeout, ready);
}

[[gnu::cold]] int epoll_block_slow(Loop& loop, ev_tstamp timeout)
{
    auto& e = state<Epoll>(loop);
    return timeout > 0 ? epoll_block_limited(e, timeout) : epoll_wait(e, 0);
}

[[gnu::cold, gnu::noinline]] void epoll_failed(Loop& loop)
{
    if (!epoll_lost()) return fds_failed(loop, "(libev) epoll_wait");
    epoll_lose(loop);
    state<Epoll>(loop).fd = -1;  // not ours any more: do not close it
    epoll_feed_files(loop);
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
    if (e.stale) epoll_rebuild(loop);
}

// With hooks, fds that are put off or always ready, or a set that must not be
// used: it was lost, or is a parent's until the next iteration.
[[gnu::cold, gnu::noinline]] void epoll_poll_slow(Loop& loop, ev_tstamp timeout)
{
    auto& e = state<Epoll>(loop);
    if (process_changed(loop)) return;
    if (e.files.count) timeout = 0;
    if (e.stale) timeout = min(timeout, errors_wait);
    if (e.stale && fd_beyond_limit(e.fd)) {
        time_sleep(min(timeout, ev_tstamp(.01)));  // no busy loop
        timeout = 0;
    }
    bool tries = fast_code && loop.fds.changes.count;
    if (tries) timeout = epoll_try(loop, timeout);
    int ready = unlocked(loop, timeout, epoll_block_slow);
    if (ready < 0) epoll_failed(loop);
    else epoll_take_all(loop, ready);
    if (tries) epoll_feed_tried(loop);
    epoll_feed_files(loop);
}

void epoll_poll(Loop& loop, ev_tstamp timeout)
{
    auto& e = state<Epoll>(loop);
    bool hooked = observable && loop.observed & observed_by_user;
    if (unlikely(loop.fds.changes.count | e.files.count | e.stale | hooked)
        || process_changed(loop))
        return epoll_poll_slow(loop, timeout);
    int ready = epoll_block(e, timeout);
    if (unlikely(ready < 0)) epoll_failed(loop);
    else if (ready) epoll_take_all(loop, ready);
}

// Files are not in the set, and one that must be rebuilt may report nothing.
[[gnu::cold]] ev_tstamp epoll_outer_limit(Loop& loop)
{
    const auto& e = state<Epoll>(loop);
    if (e.files.count) return 0;
    return e.stale ? errors_wait : forever;
}

[[gnu::cold]] void epoll_trim(Loop& loop)
{
    auto& e = state<Epoll>(loop);
    e.events.count = 0;  // all were queued
    e.events.trim();     // never to less than events_first
    e.files.trim();
    e.tries.trim();
}

constexpr Backend epoll_backend = {
    .flag = EVBACKEND_EPOLL,
    .min_wait = 1e-3,
    .edge = true,
    .init = epoll_init,
    .destroy = epoll_destroy,
    .fork = epoll_fork,
    .modify = epoll_modify,
    .put_off = fast_code ? epoll_put_off : nullptr,
    .forget = metered ? epoll_forget : nullptr,
    .outer_limit = metered ? epoll_outer_limit : nullptr,
    .trim = fast_code ? epoll_trim : nullptr,
    .poll = epoll_poll,
};

}}  // evi
