// ev_walk: calls a function for each active watcher.

#include "walk.hh"

#if EVI_WALK

namespace evi { namespace {

// The watchers that are to be visited, by address. The lowest bit of one that
// was visited is set.
struct Due {
    Array<uintptr_t> all;

    static int compare(const void* a, const void* b)
    {
        uintptr_t x = *static_cast<const uintptr_t*>(a) | 1;
        uintptr_t y = *static_cast<const uintptr_t*>(b) | 1;
        return (x > y) - (x < y);
    }

    void sort()
    {
        auto count = static_cast<size_t>(all.count);
        if (count) qsort(all.data, count, sizeof *all.data, compare);
    }

    bool take(const Watcher* w)  // false: it is not due, or was visited
    {
        auto key = reinterpret_cast<uintptr_t>(w);
        auto count = static_cast<size_t>(all.count);
        auto* found = static_cast<uintptr_t*>(
            bsearch(&key, all.data, count, sizeof key, compare));
        bool due = found && !(*found & 1);
        if (due) *found |= 1;
        return due;
    }
};

// Those that are active now, and still are when they are reached. The callback
// may stop and free others, so they are found in the loop.
[[gnu::cold]] void walk_call(Loop& loop, int types, WalkCallback callback)
{
    Due due = {};
    walk(loop, [&](const Owner& owner, Watcher*, int) {
        if (owner.w && owner.type & types)
            due.all.push(reinterpret_cast<uintptr_t>(owner.w));
    });
    due.sort();
    for (bool more = due.all.count; more;) {
        more = false;
        walk(loop, [&](const Owner& owner, Watcher*, int) {
            if (!owner.w || !(owner.type & types) || !due.take(owner.w)) return;
            more = true;
            call(loop, callback, owner.type, owner.w);
        });
    }
    due.all.free();
}

}}  // evi

// The C API.

[[gnu::cold]] void ev_walk(EV_P_ int types,
                           void (*cb)(EV_P_ int type, void* w)) EV_NOEXCEPT
{
    evi::walk_call(evi::entry(EV_A), types, cb);
}

#endif
