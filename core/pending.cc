// Pending events: a queue for each priority, which is a stack (last in, first
// out).
//
// Cancelling an event leaves a dead entry, so that the other entries keep their
// index. Dispatch skips dead entries.

#include "pending.hh"

#include "life.hh"
#include "report.hh"

namespace evi { namespace {

// For a watcher whose priority was changed while it was pending, a mistake.
Pending::Event* pending_search(Loop& loop, const Watcher* w)
{
    int k = w->pending - 1;
    for (auto& queue : loop.pending.queues)
        if (k < queue.count && queue[k].w == w) return &queue[k];
    return nullptr;
}

[[gnu::noinline]] Pending::Event* pending_moved(Loop& loop, Watcher* w)
{
    if (!pending_search(loop, w)) return nullptr;
    fault_note(loop, Error::priority, 0, w,
               "(libev) the priority was changed while pending");
    mistakes_later(loop);  // queues an event, so that entries may move
    return pending_search(loop, w);
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
    w->pending = 0;  // in another loop, a mistake
    auto& queue = loop.pending.queues[queue_index(w)];
    queue.reserve(queue.count + 1);
    pending_feed(loop, w, events);
}

[[gnu::noinline]] int pending_take(Loop& loop, Watcher* w)
{
    Pending::Event* event = pending_find(loop, w);
    if (!event) return 0;  // not pending, or pending in another loop

    w->pending = 0;
    event->w = nullptr;
    return event->events;
}

struct Pass {
    Loop& loop;

    void skip(const Pending::Event&) {}

    void run(const Pending::Event& event)
    {
        call(loop, event.w, event.events);
        verify_each_call(loop);
    }
};

void pending_invoke(Loop& loop) { queues_invoke(loop, Pass{loop}); }

// Only the queues that are not empty are read: mostly one or none.
unsigned pending_count(const Loop& loop)
{
    int count = 0;
    for (uint64_t mask = loop.pending.mask; mask; mask &= mask - 1)
        count += loop.pending.queues[__builtin_ctzll(mask)].count;
    assert(count >= 0);
    return static_cast<unsigned>(count - extension.pending(loop));
}

int pending_events(Loop& loop, const Watcher* w)
{
    const Pending::Event* event =
        w->pending ? pending_search(loop, w) : nullptr;
    return event ? event->events : 0;
}

// An index of 0 stays: the watcher was initialised while pending, a mistake.
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
            // 0: the watcher was initialised while pending, a mistake.
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
