// The watchers of one thing, an fd or a signal, in starting order.
//
// An entry is valid only if its watcher points back at it: w->active is its
// position plus one. A stop leaves a null, so that it needs no memory and keeps
// the order. Nulls are removed when the list is fed or grows.
//
// Two mistakes of programs leave other entries. A watcher that was initialised
// while active and not started again has w->active == 0; it is kept, and still
// receives its events, as in libev 4.33. One that was also started again is
// entered elsewhere, and its old entry is dead: io_dead recognises it, and
// whoever meets it drops it.

#ifndef EVI_LIST_HH
#define EVI_LIST_HH

#include "array.hh"

namespace evi { namespace {

template <class W>
struct List {
    Array<W*> entries;
    int live;  // entries that are not null

    bool holds(const W* w) const  // at the position that it names
    {
        auto i = static_cast<unsigned>(w->active) - 1;
        return i < static_cast<unsigned>(entries.count) && entries.data[i] == w;
    }

    void push(W* w)
    {
        entries.push(w);
        w->active = entries.count;
        ++live;
    }

    void remove(int i)
    {
        assert(entries[i]);
        entries[i] = nullptr;
        --live;
        while (entries.count && !entries[entries.count - 1]) entries.pop();
    }

    int find(const W* w) const  // slow path; -1: not in the list
    {
        int i = entries.count - 1;
        while (i >= 0 && entries[i] != w) --i;
        return i;
    }

    // Removes the nulls, and each entry for which `dead(w, position)` is true.
    template <class F>
    void squeeze(F dead)
    {
        int kept = 0;
        for (int i = 0; i < entries.count; ++i) {
            W* w = entries[i];
            if (!w) continue;
            if (dead(w, i)) {
                --live;
                continue;
            }
            if (kept < i && w->active == i + 1) w->active = kept + 1;
            entries[kept++] = w;
        }
        entries.count = kept;
        assert(live == kept);
    }

    // Before a walk: so that most entries are not null.
    void tidy()
    {
        if (unlikely(entries.count > 2 * live + 8))
            squeeze([](const W*, int) { return false; });
    }

    // Makes room for one more. Grows only if few entries are null or dead.
    template <class F>
    void reserve(F dead)
    {
        if (entries.count < entries.capacity) return;
        squeeze(dead);
        if (entries.count >= entries.capacity - entries.capacity / 4)
            entries.reserve(entries.capacity + 1);
    }

    void free()
    {
        entries.free();
        live = 0;
    }

    void verify() const
    {
        entries.verify();
        int count = 0;
        for (int i = 0; i < entries.count; ++i) count += entries[i] != nullptr;
        verify_that(count == live, "number of watchers in a list");
    }
};

}}  // evi

#endif
