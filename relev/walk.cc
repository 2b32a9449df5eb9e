// ev_walk: calls a function for each active watcher.

#include "walk.hh"

#if EVI_WALK

namespace evi { namespace {

// Those that are active now, and still are when their turn comes. The callback
// may stop and free others, so they are found in the loop, not in the set.
[[gnu::cold]] void walk_call(Loop& loop, int types, WalkCallback callback)
{
    Set due = {};
    walk(loop, [&](const Who& who, Watcher*, int) {
        if (who.w && who.type & types) due.add(who.w);
    });
    int before = 0;
    while (due.count && due.count != before) {
        before = due.count;
        walk(loop, [&](const Who& who, Watcher*, int) {
            if (!who.w || !(who.type & types) || !due.remove(who.w)) return;
            assert(who.w->active || who.type != EV_TIMER);
            call(loop, callback, who.type, who.w);
        });
    }
    due.free();
}

}}  // evi

// The C API.

[[gnu::cold]] void ev_walk(EV_P_ int types,
                           void (*cb)(EV_P_ int type, void* w)) EV_NOEXCEPT
{
    evi::walk_call(evi::entry(EV_A), types, cb);
}

#endif
