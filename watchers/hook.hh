// The hot path of a stop, for the kinds whose watchers are in arrays (hook.cc).

#ifndef EVI_HOOK_HH
#define EVI_HOOK_HH

#include "../core/watcher.hh"

namespace evi { namespace {

// Is an idle watcher active in another queue?
bool hook_elsewhere(Loop&, const Hooklist&, const Watcher*);

// The last one fills the gap. Its own index changes, unless its entry is dead:
// then an idle watcher may be active in another queue, at the same index.
// `queue` is the number of that of idle watchers.
constexpr int not_idle = -1;
[[gnu::always_inline]] inline void hook_take(Loop& loop, Hooklist& list, int i,
                                             int queue)
{
    assert(i >= 0 && i < list.count);
    auto end = static_cast<unsigned>(list.count--);
    Watcher* last = list.data[end - 1];
    list.data[i] = last;
    if (static_cast<unsigned>(last->active) != end) return;
    bool here = queue < 0 || priority_index(last) == unsigned(queue);
    if (here || !hook_elsewhere(loop, list, last)) last->active = i + 1;
}

// False: an event is pending, or it is not in the list.
[[gnu::always_inline]] inline bool hook_leave(Loop& loop, Hooklist& list,
                                              Watcher* w, int queue)
{
    uint64_t i = watcher_key(w) - 1;  // pending or not active: too large
    if (i > INT32_MAX || static_cast<int>(i) >= list.count) return false;
    if (list.data[i] != w) return false;
    hook_take(loop, list, static_cast<int>(i), queue);
    watcher_stop(loop, w);
    return true;
}

inline bool hook_full(const Hooklist& list)
{
    return unlikely(list.count == list.capacity);
}

// If the array is full: makes room for a watcher that is about to be started.
// The allocator may leave it by longjmp, so what else the start changes comes
// later. What it finds is reported by the caller, at the end.
void hook_reserve(Loop&, Hooklist&, const Watcher*, int type);

// With room: starts a watcher that is not active.
inline void hook_push(Loop& loop, Hooklist& list, Watcher* w)
{
    assert(!w->active && list.count < list.capacity);
    list.data[list.count++] = w;
    watcher_start(loop, w, list.count);
}

// Drops the dead entries, and those of a watcher that is about to be started.
void hooks_purge(Loop&, Hooklist&, const Watcher*, int type);

// Otherwise. False: it was not active in this loop.
bool hook_stop_slow(Loop&, Hooklist&, Watcher*, int type);

}}  // evi

#endif
