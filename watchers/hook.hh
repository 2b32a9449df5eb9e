// The hot path of a stop, for the kinds whose watchers are in arrays (hook.cc).

#ifndef EVI_HOOK_HH
#define EVI_HOOK_HH

#include "../core/watcher.hh"

namespace evi { namespace {

// The last one fills the gap, unless its entry is dead: then an idle watcher may
// be active in another queue, at the same index.
[[gnu::always_inline]] inline void hook_take(Loop& loop, Hooklist& list, int i,
                                             bool idle)
{
    assert(i >= 0 && i < list.count);
    auto end = static_cast<unsigned>(list.count--);
    Watcher* last = list.data[end - 1];
    list.data[i] = last;
    if (static_cast<unsigned>(last->active) != end) return;
    const Hooklist& now = idle ? idle_queue(loop, last) : list;
    if (&now == &list || !hook_listed(now, last)) last->active = i + 1;
}

// False: an event is pending, or it is not in the list.
[[gnu::always_inline]] inline bool hook_leave(Loop& loop, Hooklist& list,
                                              Watcher* w, bool idle)
{
    uint64_t i = watcher_key(w) - 1;  // pending or not active: too large
    if (i > INT32_MAX || static_cast<int>(i) >= list.count) return false;
    if (list.data[i] != w) return false;
    hook_take(loop, list, static_cast<int>(i), idle);
    watcher_stop(loop, w);
    return true;
}

// Makes room for a watcher that is about to be started. The allocator may leave
// it by longjmp, so what else the start changes comes later. What it finds is
// reported by the caller, at the end.
void hook_grow(Loop&, Hooklist&, Watcher*, int type);

inline void hook_reserve(Loop& loop, Hooklist& list, Watcher* w, int type)
{
    if (unlikely(list.count == list.capacity)) hook_grow(loop, list, w, type);
}

// Otherwise. False: it was not active in this loop.
bool hook_stop_slow(Loop&, Hooklist&, Watcher*, int type);

}}  // evi

#endif
