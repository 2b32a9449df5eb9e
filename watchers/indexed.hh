// The hot paths of the kinds whose watchers are in an index (indexed.cc).

#ifndef EVI_INDEXED_HH
#define EVI_INDEXED_HH

#include "../core/report.hh"
#include "../core/watcher.hh"

namespace evi { namespace {

inline Index& index_of(Loop& loop, const Kind& kind)
{
    char* begin = reinterpret_cast<char*>(&loop.watchers);
    return *reinterpret_cast<Index*>(begin + kind.index);
}

[[gnu::always_inline]] inline void index_remove(Loop& loop, const Kind& kind,
                                                int place)
{
    Index& all = index_of(loop, kind);
    int key = all.key(place);
    all.remove(place);
    if (kind.left) kind.left(loop, key);
}

void index_drop(Loop&, const Kind&, int place);  // a dead entry

// Slow paths.
void index_make_room(Loop&, const Kind&, const Watcher*);
void index_enter_slow(Loop&, const Kind&, Watcher*, int key);
bool index_stop_slow(Loop&, const Kind&, Watcher*);

[[gnu::always_inline]] inline void index_enter(Loop& loop, const Kind& kind,
                                               Watcher* w, int key)
{
    Index& all = index_of(loop, kind);
    if (unlikely(all.full())) return index_enter_slow(loop, kind, w, key);
    watcher_count(loop, w);
    all.push(w, key);
}

[[gnu::always_inline]] inline void index_stop(Loop& loop, const Kind& kind,
                                              Watcher* w)
{
    uint64_t i = watcher_key(w) - 1;  // pending or not active: too large
    int number = number_at(w, kind.number);
    if (unlikely(!index_of(loop, kind).has(w, i, number)))
        return void(index_stop_slow(loop, kind, w));
    index_remove(loop, kind, static_cast<int>(i));
    watcher_stop(loop, w);
}

}}  // evi

#endif
