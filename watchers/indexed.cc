// Watchers in an index (core/index.hh): ev_signal, ev_child and ev_stat.

#include "indexed.hh"

#include "../core/pending.hh"

namespace evi { namespace {

[[gnu::cold, gnu::noinline]] void index_drop(Loop& loop, const Kind& kind,
                                             int place)
{
    Watcher* w = index_of(loop, kind).at(place);
    index_remove(loop, kind, place);
    watcher_dropped(loop, w, kind.type);
}

// Drops the dead entries, and those of a watcher that is about to be started.
// Of many entries only a sample is examined: a few dead ones may stay.
[[gnu::cold, gnu::noinline]] void index_make_room(Loop& loop, const Kind& kind,
                                                  const Watcher* w)
{
    Index& all = index_of(loop, kind);
    auto valid = [&all](int i) {
        return !all.at(i) || all.at(i)->active == i + 1;
    };
    if (!sample(0, all.entries.count, valid))
        for (int i = all.entries.count; i--; i = min(i, all.entries.count))
            if (!valid(i) && (all.at(i) == w || all.dead(i)))
                index_drop(loop, kind, i);
    all.reserve(kind.room);
    assert(!all.full());
}

[[gnu::cold, gnu::noinline]] void index_enter_slow(Loop& loop, const Kind& kind,
                                                   Watcher* w, int key)
{
    index_make_room(loop, kind, w);
    index_enter(loop, kind, w, key);
    reports_make(loop);
}

[[gnu::cold, gnu::noinline]] bool index_stop_slow(Loop& loop, const Kind& kind,
                                                  Watcher* w)
{
    pending_drop(loop, w);
    if (!w->active) return false;
    const Index& all = index_of(loop, kind);
    int place = w->active - 1;
    if (!all.holds(w)) return watcher_unknown(loop, w, kind.type);
    if (kind.number && all.key(place) != number_at(w, kind.number))
        error_note_quiet(
            loop, Error::changed, kind.type, w,
            "(libev) watcher: its number was changed while active");
    watcher_stop(loop, w);
    index_remove(loop, kind, place);
    reports_make(loop);
    return true;
}

}}  // evi
