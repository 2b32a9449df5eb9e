// Internal watchers: to which watcher of the program each belongs.

#include "who.hh"

#include "../core/watcher.hh"
#include "extra.hh"

#if EVI_WALK

namespace evi { namespace {

// Is it a part of the loop, or the default loop's watcher of SIGCHLD?
[[gnu::cold]] bool of_the_loop(const Loop& loop, const Watcher* w, int type)
{
    auto at = reinterpret_cast<uintptr_t>(w);
    auto begin = reinterpret_cast<uintptr_t>(&loop);
    if (at >= begin && at < begin + sizeof loop) return true;
    if (extra_owns(loop, w)) return true;
    return type == EV_SIGNAL
        && child_internal(reinterpret_cast<const ev_signal*>(w));
}

[[gnu::cold]] Who who_of(const Loop& loop, Watcher* w, int type)
{
    assert(w);
    if (of_the_loop(loop, w, type)) return {0, nullptr, nullptr, false};
    if (const void* callback = once_callback(w, type))
        return {type, nullptr, callback, true};
    if (Watcher* outer = embed_of_inner(w, type))
        return {EV_EMBED, outer, callback_of(outer), false};
    if (type == EV_TIMER)
        if (Watcher* outer = stat_of_timer(w))
            return {EV_STAT, outer, callback_of(outer), false};
    return {type, w, callback_of(w), false};
}

[[gnu::cold]] int number_of(int type, const Watcher* w)
{
    if (type == EV_IO) return reinterpret_cast<const ev_io*>(w)->fd;
    if (type == EV_SIGNAL) return reinterpret_cast<const ev_signal*>(w)->signum;
    if (type == EV_CHILD) return reinterpret_cast<const ev_child*>(w)->pid;
    return -1;
}

}}  // evi

#endif
