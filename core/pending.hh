// The pending queue: events are queued first and invoked in one place.

#ifndef EVI_PENDING_HH
#define EVI_PENDING_HH

#include "boundary.hh"

namespace evi { namespace {

inline int queue_index(const Watcher* w)
{
    if (unlikely(!priority_legal(w)))  // it was never started
        return priority_get(w) < pri_min ? 0 : pri_count - 1;
    return static_cast<int>(priority_index(w));
}

// For a watcher that has an event pending already, or a queue that is full.
void pending_add(Loop&, Watcher*, int events);

// Queues an event, or adds it to the one that the watcher has pending.
inline void pending_feed(Loop& loop, Watcher* w, int events)
{
    int k = queue_index(w);
    auto& queue = loop.pending.queues[k];
    int count = queue.count;
    if (unlikely(w->pending || count == queue.capacity))
        return pending_add(loop, w, events);

    if (!count) loop.pending.mask |= uint64_t(1) << k;
    queue.data[count] = {w, events};
    w->pending = queue.count = count + 1;
}

// Takes a watcher's event back; returns it, or 0: nothing is pending, in this
// loop.
int pending_take(Loop&, Watcher*);

inline int pending_drop(Loop& loop, Watcher* w)
{
    return unlikely(w->pending) ? pending_take(loop, w) : 0;
}

// One pass: invokes everything pending, and what comes in meanwhile.
void pending_invoke(Loop&);

// The same by the user's callback, if he set one.
inline void pass_invoke(Loop& loop)
{
    if (unlikely(loop.invoke != nullptr)) call(loop, loop.invoke);
    else if (loop.pending.mask) pending_invoke(loop);
}

unsigned pending_count(const Loop&);  // entries, also dead ones

// Timers and periodics collect what expired, earliest first, then queue it. No
// mistake is reported meanwhile; a reschedule callback may leave by longjmp,
// and then what it left is forgotten: those watchers may be freed.
void expired_begin(Loop&);
void expired_push(Loop&, Watcher*);
void expired_feed(Loop&, int event);

void pending_trim(Loop&);  // gives memory back
void pending_free(Loop&);
void pending_verify(Loop&);

}}  // evi

#endif
