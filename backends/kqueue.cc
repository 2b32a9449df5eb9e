// kqueue: the wait, and the events that the kernel reports. See kqueue.hh.

#include "kqueue.hh"

namespace evi { namespace {

constexpr int kqueue_events_first = 128;
constexpr int kqueue_events_most = 1 << 16;

[[gnu::cold]] bool kqueue_init(Loop& loop)
{
    int fd = kqueue_open();
    if (fd < 0) return false;  // try the next backend

    state_new<Kqueue>(loop);
    auto& k = state<Kqueue>(loop);
    k.fd = loop.backend_fd = fd;
    k.process = process_current();
    k.events.reserve(kqueue_events_first);
    return true;
}

[[gnu::cold]] void kqueue_destroy(Loop& loop)
{
    kqueue_close(state<Kqueue>(loop));
    state_free<Kqueue>(loop);
}

// Slow path: an event that is not wanted, or of an fd that changed.
[[gnu::cold, gnu::noinline]] void kqueue_take_slow(Loop& loop,
                                                   const KqueueEvent& event)
{
    auto fd = static_cast<int>(event.ident);
    int ready = kqueue_ready(event);
    if (!kqueue_current(loop, event)) return kqueue_delete(loop, fd, ready);
    Fd& entry = loop.fds.table[fd];
    if (int unwanted = ready & ~entry.registered()) {
        kqueue_delete(loop, fd, unwanted);
        entry.tag &= ~static_cast<uint32_t>(unwanted);
    }
    fd_event(loop, fd, ready);
}

inline void kqueue_take(Loop& loop, const KqueueEvent& event)
{
    auto fd = static_cast<int>(event.ident);
    int ready = kqueue_ready(event);
    Fd* entry = loop.fds.table.data + fd;
    if (unlikely(!kqueue_current(loop, event)
                 || (entry->state & (Fd::change | ready)) != ready))
        kqueue_take_slow(loop, event);
    else fd_feed(loop, *entry, fd, ready);
}

// The argument of kevent: null for no limit, otherwise `t`.
const timespec* kqueue_limit(ev_tstamp timeout, timespec& t)
{
    t = {0, 0};
    if (timeout >= forever) return nullptr;
    if (timeout >= precise_below) {
        int msec = to_msec(timeout);  // at most a million seconds: fact 8
        t.tv_sec = msec / 1000;
        t.tv_nsec = msec % 1000 * 1000000L;
    } else if (timeout > 0) {
        t = to_timespec(timeout);
    }
    return &t;
}

int kqueue_call(Kqueue& k, int changes, int first, const timespec* limit)
{
    assert(changes + first < k.events.count);
    return kevent(k.fd, k.changes.data, static_cast<KqueueCount>(changes),
                  k.events.data + first,
                  static_cast<KqueueCount>(k.events.count - first), limit);
}

// Fact 2: changes failed, and their errors are the first events. So the events
// are asked for in a second call. Errors that matter must not wait for them.
[[gnu::cold, gnu::noinline]] int kqueue_block_again(Kqueue& k, int ready,
                                                    const timespec* limit)
{
    const timespec at_once = {0, 0};
    int errors = kqueue_errors(k, ready);
    int more = kqueue_call(k, 0, errors, errors ? &at_once : limit);
    return errors ? errors + max(more, 0) : more;
}

[[gnu::noinline]] int kqueue_block(Loop& loop, ev_tstamp timeout)
{
    auto& k = state<Kqueue>(loop);
    timespec t;
    const timespec* limit = kqueue_limit(timeout, t);
    int ready = kqueue_call(k, k.making, 0, limit);
    bool failed = ready > 0 && kqueue_is_error(k.events[0]);
    return unlikely(failed) ? kqueue_block_again(k, ready, limit) : ready;
}

// The program closed our kqueue; or this is a child that has none (fact 5), and
// the next iteration replaces all.
[[gnu::cold, gnu::noinline]] void kqueue_failed(Loop& loop)
{
    auto& k = state<Kqueue>(loop);
    if (errno != EBADF) return fds_failed(loop, "(libev) kevent");
    if (process_current() != k.process) return process_lost(loop);
    kqueue_lose(loop);
    kqueue_feed_files(loop);
    kqueue_fork(loop);
}

// The changes are kept until all errors are handled: the allocator may leave by
// longjmp before. `made`: how many there were.
[[gnu::cold, gnu::noinline]] void kqueue_refuse_all(Loop& loop, int end,
                                                    int made)
{
    auto& k = state<Kqueue>(loop);
    for (int i = 0; i < end; ++i)
        if (kqueue_is_error(k.events[i])) kqueue_refused(loop, k.events[i]);
    auto& changes = k.changes;
    for (int i = made; i < changes.count; ++i) changes[i - made] = changes[i];
    changes.count -= made;
}

// Merges both events of an fd (fact 4), so that its watchers are dispatched in
// their order: into the first one. A place is that of an event of its fd, or
// anything: then there is none, an error, or another fd's. Returns the new end.
[[gnu::noinline]] int kqueue_merge(Loop& loop, int ready)
{
    auto& k = state<Kqueue>(loop);
    int end = 0;
    for (int i = 0; i < ready; ++i) {
        const KqueueEvent& event = k.events[i];
        auto fd = static_cast<int>(event.ident);
        bool both = kqueue_is_event(event) && kqueue_current(loop, event)
                 && (loop.fds.table[fd].tag & fd_events) == fd_events;
        if (both) {
            k.places.extend(fd + 1);
            int place = k.places[fd];
            k.places[fd] = end;
            if (place < end && k.events[place].ident == event.ident
                && kqueue_is_event(k.events[place])) {
                k.events[place].filter =
                    static_cast<decltype(event.filter)>(kqueue_merged);
                continue;
            }
        }
        k.events[end++] = event;
    }
    return end;
}

[[gnu::noinline]] void kqueue_take_all(Loop& loop, int ready)
{
    auto& k = state<Kqueue>(loop);
    int errors = 0, made = k.making;
    assert(made <= k.changes.count);
    for (; errors < ready && kqueue_is_error(k.events[errors]); ++errors)
        kqueue_excuse(loop, k.events[errors]);
    k.making = 0;
    if (!errors) k.changes.count = 0;
    int end = kqueue_merge(loop, ready);
    for (int i = 0; i < end; ++i)
        if (kqueue_is_event(k.events[i])) kqueue_take(loop, k.events[i]);
    if (errors) kqueue_refuse_all(loop, end, made);
    if (ready == k.events.count && ready < kqueue_events_most)
        k.events.reserve(2 * ready);
}

void kqueue_poll(Loop& loop, ev_tstamp timeout)
{
    if (process_changed(loop)) return;
    auto& k = state<Kqueue>(loop);
    kqueue_room(k);
    if (k.files.count) timeout = 0;
    k.making = k.changes.count;
    int ready = unlocked(loop, timeout, kqueue_block);
    if (unlikely(ready < 0)) k.making = 0, kqueue_failed(loop);  // fact 3
    else kqueue_take_all(loop, ready);
    if (unlikely(k.files.count)) kqueue_feed_files(loop);
    if (unlikely(loop.embedded)) kqueue_flush(loop);
}

// Files are not in the set, and a change may not have been made.
[[gnu::cold]] ev_tstamp kqueue_outer_limit(Loop& loop)
{
    const auto& k = state<Kqueue>(loop);
    return k.files.count || k.changes.count ? 0 : forever;
}

[[gnu::cold]] void kqueue_trim(Loop& loop)
{
    auto& k = state<Kqueue>(loop);
    k.events.count = 0;  // all were queued
    k.events.trim();
    k.changes.trim();
    k.files.trim();
    k.places.count = 0;
    k.places.trim();
}

constexpr Backend kqueue_backend = {
    .flag = EVBACKEND_KQUEUE,
    .min_wait = 1e-3,
    .edge = false,
    .init = kqueue_init,
    .destroy = kqueue_destroy,
    .fork = kqueue_fork,
    .modify = kqueue_modify,
    .put_off = nullptr,
    .forget = metered ? kqueue_forget : nullptr,
    .outer_limit = metered ? kqueue_outer_limit : nullptr,
    .trim = fast_code ? kqueue_trim : nullptr,
    .poll = kqueue_poll,
};

}}  // evi
