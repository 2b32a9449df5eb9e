// Visits the active watchers of a loop.
//
// The visitor may start and stop any watcher: nothing is read of a watcher
// after it was visited, unless it is still active. Then some watchers may be
// missed, and others visited again.

#ifndef EVI_WALK_HH
#define EVI_WALK_HH

#include "../core/watcher.hh"
#include "owner.hh"

#if EVI_WALK

namespace evi { namespace {

// The visitor may move the last one to the place of another.
inline void container_walk(const Hooklist& list, Visit& visit)
{
    for (int i = 0; i < list.count; ++i) {
        Watcher* w = list[i];
        visit(w);
        if (i < list.count && list[i] != w) --i;
    }
}

inline void container_walk(const Heap<TimeWatcher>& heap, Visit& visit)
{
    for (int k = heap.end(); k-- > heap.begin();)
        if (k < heap.end()) visit(base(heap.at(k)));
}

inline void container_walk(const Index& index, Visit& visit)
{
    for (int i = 0; i < index.entries.count; ++i)
        if (index.at(i) && !index.dead(i)) visit(index.at(i));
}

inline void kind_walk(Loop& loop, const Kind& kind, Visit& visit)
{
    if (kind.walk) kind.walk(loop, visit);
    containers(kind, loop.watchers,
               [&visit](auto& all) { container_walk(all, visit); });
}

// Visits the watchers of the program, and those of ev_once. An ev_embed is
// visited as its prepare watcher, and an ev_stat by itself.
template <class F>
void walk(Loop& loop, F f)
{
    struct Each : Visit {
        Loop* loop;
        F* f;
        int type;
    } each = {};
    each.loop = &loop;
    each.f = &f;
    each.call = [](Visit& visit, Watcher* w) {
        auto& own = static_cast<Each&>(visit);
        Owner owner = owner_of(*own.loop, w, own.type);
        bool inner = owner.type != own.type && own.type != EV_PREPARE;
        if (owner.type && !inner) (*own.f)(owner, w, own.type);
    };
    for (each.type = 1; each.type < EV_CUSTOM; each.type <<= 1)
        kind_walk(loop, kind_of(each.type), each);
}

}}  // evi

#endif

#endif
