// Internal watchers: to which watcher of the program each belongs.

#include "owner.hh"

#include "../core/watcher.hh"
#include "state.hh"

namespace evi { namespace {

[[gnu::cold]] const Kind& kind_of(int type)
{
    for (int i = 0; const Kind* kind = kind_at(i); ++i)
        if (type && kind->type == type) return *kind;
    return no_kind;
}

#if EV_RELEV_ENABLE
bool relev_has(const Loop& loop, uintptr_t at)
{
    auto begin = reinterpret_cast<uintptr_t>(loop.relev);
    return begin && at >= begin && at < begin + sizeof(Relev);
}
#else
bool relev_has(const Loop&, uintptr_t) { return false; }
#endif

// Is it a part of the loop, or the default loop's watcher of SIGCHLD?
[[gnu::cold]] bool of_the_loop(const Loop& loop, const Watcher* w, int type)
{
    auto at = reinterpret_cast<uintptr_t>(w);
    auto begin = reinterpret_cast<uintptr_t>(&loop);
    if (at >= begin && at < begin + sizeof loop) return true;
    if (relev_has(loop, at)) return true;
    return type == EV_SIGNAL
        && child_internal(reinterpret_cast<const ev_signal*>(w));
}

[[gnu::cold]] Owner owner_of(const Loop& loop, Watcher* w, int type)
{
    assert(w);
    if (of_the_loop(loop, w, type)) return {0, nullptr, nullptr, false};
    if (const void* callback = once_callback(w, type))
        return {type, nullptr, callback, true};
    for (int i = 0; const Kind* kind = kind_at(i); ++i)
        if (Watcher* outer = kind->owner ? kind->owner(w, type) : nullptr)
            return {kind->type, outer, callback_of(outer), false};
    return {type, w, callback_of(w), false};
}

[[gnu::cold]] int number_of(int type, const Watcher* w)
{
    int offset = kind_of(type).number;
    return offset ? number_at(w, offset) : -1;
}

}}  // evi
