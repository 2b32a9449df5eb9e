// The pending queue: events are queued, and dispatched in one place.

#ifndef EVI_PENDING_HH
#define EVI_PENDING_HH

#include "c_api.hh"

namespace evi { namespace {

int queue_index(const Watcher*);  // of the queue of its priority

// Slow path of pending_feed: the watcher is pending already, the queue is full,
// or the priority is out of range.
void pending_add(Loop&, Watcher*, int events);

// Queues an event, or adds its bits to the pending event of the watcher. The
// allocator may leave the slow path by longjmp: then nothing was queued.
inline void pending_feed(Loop& loop, Watcher* w, int events,
                         void (*slow)(Loop&, Watcher*, int) = pending_add)
{
    unsigned k = priority_index(w);
    if (unlikely(w->pending || k >= pri_count)) return slow(loop, w, events);
    auto& queue = loop.pending.queues[k];
    int count = queue.count;
    if (unlikely(count == queue.capacity)) return slow(loop, w, events);

    if (!count) loop.pending.mask |= uint64_t(1) << k;
    queue.data[count] = {w, events};
    w->pending = queue.count = count + 1;
}

// Makes room for n events of its priority. The allocator may leave it by
// longjmp, so it is called before what the events report is taken.
void pending_make_room(Loop&, const Watcher*, int n);

inline void pending_reserve(Loop& loop, const Watcher* w, int n)
{
    unsigned k = priority_index(w);
    const auto& queues = loop.pending.queues;
    bool room = k < pri_count && queues[k].capacity - queues[k].count >= n;
    if (unlikely(!room)) pending_make_room(loop, w, n);
}

// Cancels a watcher's pending event and returns its bits; 0: nothing is pending
// in this loop.
int pending_take(Loop&, Watcher*);

inline int pending_drop(Loop& loop, Watcher* w)
{
    return unlikely(w->pending) ? pending_take(loop, w) : 0;
}

// Cancels that of an internal watcher: metrics do not count it.
constexpr int inner_canceled = 0x80;  // no event
int pending_take_inner(Loop&, Watcher*);

void reports_dispatch(Loop&);  // makes the reports (report.hh)

// Dispatches the pending events of one priority, until there are none, or
// higher ones: pass.run for one to be dispatched, pass.skip for one that was
// canceled. `most`: the largest mask without higher ones.
template <class Pass>
inline void queue_invoke(Loop& loop, Array<Pending::Event>& queue,
                         uint64_t most, Pass& pass)
{
    uint64_t& mask = loop.pending.mask;
    int left = queue.count;
    do {
        Pending::Event event = queue[--left];
        queue.count = left;
        if (!left) mask &= most / 2;
        if (!event.w) {
            pass.skip(event);
            continue;
        }
        // The callback may longjmp or throw, feed or stop any watcher, or run
        // the loop. So nothing is kept across it but `left`, to be compared:
        // the processor need not wait for the load of the count.
        event.w->pending = 0;
        pass.run(event);
    } while (left && queue.count == left && mask <= most);
}

// Dispatches all pending events, also those that are queued meanwhile.
template <class Pass>
void dispatch(Loop& loop)
{
    Pass pass(loop);
    Pending& pending = loop.pending;
    while (pending.mask) {
        if (unlikely(pending.mask >= reports_due)) {
            reports_dispatch(loop);
            continue;
        }
        int k = 63 ^ __builtin_clzll(pending.mask);  // the highest priority
        assert(k < pri_count);
        queue_invoke(loop, pending.queues[k], (uint64_t(2) << k) - 1, pass);
    }
}

// The usual one.
extern void (*const pending_invoke)(Loop&);

// Dispatches the pending events in that way, in that of an observer, or by the
// function of ev_set_invoke_pending_cb if one is set.
inline void events_dispatch(Loop& loop)
{
    if (unlikely(loop.invoke != nullptr)) call(loop, loop.invoke);
    else if (loop.pending.mask) loop.dispatch(loop);
}

// Reverses the order of the events from this index on.
void pending_reverse(Array<Pending::Event>& queue, int from);

// See metrics_inner.
inline void inner_note(Loop& loop, int revents, bool once)
{
    if (unlikely(metered && loop.relev)) metrics_inner(loop, revents, once);
}

unsigned pending_count(const Loop&);  // with dead entries

int pending_events(Loop&, const Watcher*);  // 0: none

// Timers and periodics are queued as they expire, earliest first, so that none
// is lost if a reschedule callback leaves by longjmp. At the end their order is
// reversed, since the one queued last is called first.
struct Expired {
    int from[pri_count];  // where they begin in each queue

    explicit Expired(const Loop& loop)
    {
        for (int k = 0; k < pri_count; ++k)
            from[k] = loop.pending.queues[k].count;
    }

    [[gnu::cold, gnu::noinline]] void reverse(Loop& loop) const
    {
        for (int k = 0; k < pri_count; ++k)
            if (loop.pending.queues[k].count - from[k] > 1)
                pending_reverse(loop.pending.queues[k], from[k]);
    }
};

void pending_trim(Loop&);  // frees unused memory
void pending_free(Loop&);
void pending_verify(Loop&);

}}  // evi

#endif
