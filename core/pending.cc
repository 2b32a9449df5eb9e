// Pending events: a queue for each priority, which is a stack (last in, first
// out).
//
// Canceling an event leaves a dead entry, so that the other entries keep their
// index. Dispatch skips dead entries.

#include "pending.hh"

#include "lifetime.hh"
#include "report.hh"

namespace evi { namespace {

int queue_index(const Watcher* w)
{
    if (unlikely(!priority_legal(w)))  // never started, so never clamped
        return priority_get(w) < pri_min ? 0 : pri_count - 1;
    return static_cast<int>(priority_index(w));
}

// For a watcher whose priority was changed while it was pending, an error.
[[gnu::cold]] Pending::Event* pending_search(Loop& loop, const Watcher* w)
{
    int k = w->pending - 1;
    for (auto& queue : loop.pending.queues)
        if (k < queue.count && queue[k].w == w) return &queue[k];
    return nullptr;
}

[[gnu::cold, gnu::noinline]] Pending::Event* pending_moved(Loop& loop,
                                                           Watcher* w)
{
    Pending::Event* event = pending_search(loop, w);
    if (event)
        error_note_quiet(loop, Error::priority, 0, w,
                         "(libev) the priority was changed while pending");
    return event;
}

// The entry of a pending watcher; null if it is not pending.
Pending::Event* pending_find(Loop& loop, Watcher* w)
{
    int k = w->pending - 1;
    if (k < 0) return nullptr;

    auto& queue = loop.pending.queues[queue_index(w)];
    if (k < queue.count && queue[k].w == w) return &queue[k];
    return pending_moved(loop, w);
}

[[gnu::noinline]] void pending_add(Loop& loop, Watcher* w, int events)
{
    if (Pending::Event* event = pending_find(loop, w)) {
        event->events |= events;
        return;
    }
    int k = queue_index(w);
    auto& queue = loop.pending.queues[k];
    queue.push({w, events});
    loop.pending.mask |= uint64_t(1) << k;
    w->pending = queue.count;  // it was 0, or pending in another loop, an error
}

[[gnu::cold, gnu::noinline]] int pending_take(Loop& loop, Watcher* w)
{
    Pending::Event* event = pending_find(loop, w);
    if (!event) return 0;  // not pending, or pending in another loop

    assert(event->w == w);
    w->pending = 0;
    event->w = nullptr;
    return event->events;
}

[[gnu::cold]] int pending_take_inner(Loop& loop, Watcher* w)
{
    Pending::Event* event = pending_find(loop, w);
    int events = event ? pending_take(loop, w) : 0;
    if (event) event->events = inner_canceled;
    assert(!event || !event->w);
    return events;
}

struct Pass {
    Loop& loop;

    explicit Pass(Loop& of) : loop(of) {}

    void skip(const Pending::Event&) {}

    void run(const Pending::Event& event)
    {
        call(loop, event.w, event.events);
        verify_each_call(loop);
    }
};

void (*const pending_invoke)(Loop&) = dispatch<Pass>;

[[gnu::cold, gnu::noinline]] void pending_make_room(Loop& loop,
                                                    const Watcher* w, int n)
{
    assert(n > 0);
    auto& queue = loop.pending.queues[queue_index(w)];
    queue.reserve(queue.count + n);
}

// Only the queues that are not empty are read: mostly one or none.
[[gnu::cold]] unsigned pending_count(const Loop& loop)
{
    int count = 0;
    uint64_t mask = loop.pending.mask & ~reports_due;
    for (; mask; mask &= mask - 1)
        count += loop.pending.queues[__builtin_ctzll(mask)].count;
    assert(count >= 0);
    return static_cast<unsigned>(count);
}

[[gnu::cold]] int pending_events(Loop& loop, const Watcher* w)
{
    const Pending::Event* event =
        w->pending > 0 ? pending_search(loop, w) : nullptr;
    return event ? event->events : 0;
}

// An index of 0 stays: the watcher was initialized while pending, an error.
inline void event_put(Array<Pending::Event>& queue, int to, int from,
                      Pending::Event event)
{
    queue[to] = event;
    if (event.w && event.w->pending == from + 1) event.w->pending = to + 1;
}

[[gnu::noinline]] void pending_reverse(Array<Pending::Event>& queue, int from)
{
    for (int to = queue.count - 1; from < to; ++from, --to) {
        Pending::Event event = queue[from];
        event_put(queue, from, to, queue[to]);
        event_put(queue, to, from, event);
    }
}

[[gnu::cold]] void pending_trim(Loop& loop)
{
    for (auto& queue : loop.pending.queues) queue.trim();
}

[[gnu::cold]] void pending_free(Loop& loop)
{
    for (auto& queue : loop.pending.queues) queue.free();
    loop.pending.mask = 0;
}

[[gnu::cold]] void pending_verify(Loop& loop)
{
    for (int k = 0; k < pri_count; ++k) {
        auto& queue = loop.pending.queues[k];
        queue.verify();
        verify_that(!queue.count == !(loop.pending.mask >> k & 1),
                    "mask of pending priorities");
        for (int i = 0; i < queue.count; ++i) {
            // 0: the watcher was initialized while pending, an error.
            const Watcher* w = queue[i].w;
            verify_that(!w || !w->pending || pending_search(loop, w),
                        "index of a pending watcher");
        }
    }
}

}}  // evi

// The C API.

void ev_feed_event(EV_P_ void* w, int revents) EV_NOEXCEPT
{
    evi::pending_feed(evi::entry(EV_A_ w), static_cast<evi::Watcher*>(w),
                      revents);
}

int ev_clear_pending(EV_P_ void* w) EV_NOEXCEPT
{
    if (evi::at_rest(w)) return 0;
    return evi::pending_drop(evi::entry(EV_A_ w),
                             static_cast<evi::Watcher*>(w));
}

void ev_invoke(EV_P_ void* w, int revents)
{
    evi::call(evi::entry(EV_A_ w), static_cast<evi::Watcher*>(w), revents);
}

void ev_invoke_pending(EV_P)
{
    evi::Loop& ours = evi::entry(EV_A);
    ours.dispatch(ours);
}
