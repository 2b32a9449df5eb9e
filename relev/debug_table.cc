// The table of the active watchers of a loop.

#include "debug.hh"

#if RELEV_DEBUG

namespace evi { namespace {

Watched* WatchedTable::place(const void* w) const
{
    auto address = static_cast<uint64_t>(reinterpret_cast<uintptr_t>(w));
    size_t i = static_cast<size_t>(address * 0x9e3779b97f4a7c15 >> 20);
    for (;; ++i) {
        Watched& slot = slots[i & (size - 1)];
        if (!slot.w || slot.w == w) return &slot;
    }
}

Watched* WatchedTable::find(const void* w) const
{
    if (!size) return nullptr;
    Watched* found = place(w);
    return found->w ? found : nullptr;
}

void WatchedTable::grow()
{
    WatchedTable old = *this;
    size_t active = 0;
    for (size_t i = 0; i < size; ++i) active += old.slots[i].active;
    size = 64;
    while (size < 4 * active) size *= 2;
    slots = static_cast<Watched*>(pages_new(size * sizeof(Watched)));
    used = 0;
    for (size_t i = 0; i < old.size; ++i)
        if (old.slots[i].active) *put(old.slots[i].w) = old.slots[i];
    old.free();
    assert(2 * used <= size);
}

Watched* WatchedTable::put(Watcher* w)
{
    assert(w);
    if (Watched* known = find(w)) return known;
    if (2 * (used + 1) > size) grow();
    Watched* added = place(w);
    ++used;
    *added = {};
    added->w = w;
    return added;
}

void WatchedTable::free()
{
    if (size) pages_free(slots, size * sizeof(Watched));
    *this = {};
}

}}  // evi

#endif
