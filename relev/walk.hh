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
inline void container_walk(const Hooklist& list, const Kind& kind, Visit& visit)
{
    if (!visit.reads(list)) return;
    for (int i = 0; i < list.count; ++i) {
        Watcher* w = list[i];
        if (visit.reads(w, kind.size)) visit(w);
        if (i < list.count && list[i] != w) --i;
    }
}

inline void container_walk(const Heap<TimeWatcher>& heap, const Kind& kind,
                           Visit& visit)
{
    if (!visit.reads(heap.all())) return;
    for (int k = heap.end(); k-- > heap.begin();) {
        Watcher* w = k < heap.end() ? base(heap.at(k)) : nullptr;
        if (w && visit.reads(w, kind.size)) visit(w);
    }
}

inline void container_walk(const Index& index, const Kind& kind, Visit& visit)
{
    if (!visit.reads(index.entries)) return;
    for (int i = 0; i < index.entries.count; ++i) {
        Watcher* w = index.at(i);
        if (w && visit.reads(w, kind.size)) visit(w);
    }
}

inline void kind_walk(Loop& loop, const Kind& kind, Visit& visit)
{
    if (kind.walk) kind.walk(loop, visit);
    containers(kind, loop.watchers,
               [&](auto& all) { container_walk(all, kind, visit); });
}

// Visits the watchers of the program, and those of ev_once; `internal`: also
// those of the library. An ev_embed is visited as its prepare watcher, and an
// ev_stat by itself. `readable` is asked before anything is read; null: all of
// it is there. `types`: event bits of the kinds. Returns how many things are
// not readable.
template <class F>
int walk(Loop& loop, F f, bool (*readable)(const void*, size_t) = nullptr,
         bool internal = false, int types = ~0)
{
    struct Each : Visit {
        Loop* loop;
        F* f;
        int type;
        bool internal;
    } each = {};
    each.loop = &loop;
    each.f = &f;
    each.readable = readable;
    each.internal = internal;
    each.call = [](Visit& visit, Watcher* w) {
        auto& own = static_cast<Each&>(visit);
        Owner owner = owner_of(*own.loop, w, own.type);
        bool inner = owner.type != own.type && own.type != EV_PREPARE;
        if (own.internal || (owner.type && !inner))
            (*own.f)(owner, w, own.type);
    };
    for (each.type = 1; each.type < EV_CUSTOM; each.type <<= 1)
        if (types & each.type) kind_walk(loop, kind_of(each.type), each);
    return each.unreadable;
}

}}  // evi

#endif

#endif
