// Shared by all kinds of watchers: start and stop, singly linked lists.

#ifndef EVI_WATCHER_HH
#define EVI_WATCHER_HH

#include "boundary.hh"

namespace evi { namespace {

template <class W>
Watcher* base(W* w)
{
    return reinterpret_cast<Watcher*>(w);
}

template <class W>
TimeWatcher* timed(W* w)
{
    return reinterpret_cast<TimeWatcher*>(w);
}

// Counts a watcher that becomes active.
inline void watcher_count(Loop& loop, Watcher* w)
{
    if (unlikely(!priority_legal(w)))
        priority_set(w, priority_get(w) < pri_min ? pri_min : pri_max);
    ++loop.active;
    debug_started(loop, w);
}

// Marks a watcher active; `mark` is not zero, its meaning depends on the kind.
inline void watcher_start(Loop& loop, Watcher* w, int mark)
{
    assert(mark);
    watcher_count(loop, w);
    w->active = mark;
}

// Both numbers of a watcher, read at once: 0 if it is neither active nor
// pending, and at least 2^32 if it is pending.
inline uint64_t watcher_key(const Watcher* w)
{
    return uint64_t(static_cast<uint32_t>(w->pending)) << 32
         | static_cast<uint32_t>(w->active);
}

inline void watcher_stop(Loop& loop, Watcher* w)
{
    assert(w->active);
    w->active = 0;
    --loop.active;
    debug_stopped(loop, w);
}

// The entry of a watcher that was initialised while active, a mistake, is
// dropped. If that was started again, it is active elsewhere. True: it is
// reported, which is up to the caller to end (mistakes_end).
bool watcher_dropped(Loop&, Watcher*, int type, const char* text);

// For io.cc and fds.cc, until they are done.
inline bool loop_gone(const Loop&) { return true; }
inline void watcher_forget(Loop& loop, Watcher*) { --loop.active; }

// Lists of watchers of one type; the one started last comes first.

template <class W>
W* list_next(W* w)
{
    return reinterpret_cast<W*>(w->next);
}

template <class W>
void list_push(W*& head, W* w)
{
    w->next = reinterpret_cast<ev_watcher_list*>(head);
    head = w;
}

// False: it is not in the list.
template <class W>
bool list_remove(W*& head, W* w)
{
    if (head == w) {
        head = list_next(w);
        return true;
    }
    for (W* i = head; i; i = list_next(i)) {
        if (list_next(i) != w) continue;
        i->next = w->next;
        return true;
    }
    return false;
}

}}  // evi

#endif
