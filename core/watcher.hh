// Shared by all kinds of watchers: start and stop.

#ifndef EVI_WATCHER_HH
#define EVI_WATCHER_HH

#include "c_api.hh"
#include "cancel.hh"

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

inline void watcher_stop(Loop& loop, Watcher* w)
{
    assert(w->active);
    w->active = 0;
    --loop.active;
    debug_stopped(loop, w);
}

// The entry of a watcher that was initialized while active, an error, is
// dropped. If that was started again, it is active elsewhere.
void watcher_dropped(
    Loop&, Watcher*, int type,
    const char* text = "(libev) watcher: initialized while active");

// A stop of a watcher that is active elsewhere, an error. Returns false.
bool watcher_unknown(Loop&, Watcher*, int type);

struct Dropper {  // the same for a heap
    Loop& loop;
    void (*drop)(Loop&, TimeWatcher*);

    void operator()(TimeWatcher* w) const { drop(loop, w); }
};

}}  // evi

#endif
