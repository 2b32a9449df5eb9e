// The watchers of an fd, or of a kind (core/index.hh), in starting order.
//
// An entry is valid only if its watcher points back at it: w->active is its
// position plus one. A stop leaves a null, so that it needs no memory and keeps
// the order. Nulls are removed before the list grows, or if they are many.
//
// Two errors of programs leave other entries. A watcher that was initialized
// while active and not started again has w->active == 0; it is kept, and still
// receives its events, as in libev 4.33. One that was also started again is
// entered elsewhere, and its old entry is dead, and dropped when it is found.

#ifndef EVI_LIST_HH
#define EVI_LIST_HH

#include "array.hh"

namespace evi { namespace {

// `w` of an entry is its watcher. `here(fd)` returns false if that may be
// active in another list, at the same position.
template <class Entry>
struct List {
    Array<Entry> entries;
    int live;    // entries that are not null
    int linked;  // for core/index.hh

    auto* at(int i) const { return entries[i].w; }

    template <class W>
    bool holds(const W* w) const  // at the position that it names
    {
        auto i = static_cast<unsigned>(w->active) - 1;
        return i < static_cast<unsigned>(entries.count)
            && entries.data[i].w == w;
    }

    bool full() const { return entries.count == entries.capacity; }

    template <class W>
    [[gnu::always_inline]] void push(W* w)
    {
        assert(entries.count < entries.capacity);
        entries.data[entries.count].w = w;
        w->active = ++entries.count;
        ++live;
    }

    [[gnu::always_inline]] void remove(int i)
    {
        assert(at(i));
        assert(live > 0);
        entries.data[i].w = nullptr;
        if (i == entries.count - 1) entries.count = i;
        if (!--live) entries.count = 0;
    }

    int last()  // the position of the last watcher
    {
        assert(live);
        while (!at(entries.count - 1)) entries.pop();
        return entries.count - 1;
    }

    template <class W>
    int find(const W* w) const  // slow if not valid; -1: not in the list
    {
        int i = (holds(w) ? w->active : entries.count) - 1;
        while (i >= 0 && at(i) != w) --i;
        return i;
    }

    // Makes room for one more, if it is full. Grows only if few entries are
    // null; at least to that many.
    void reserve(int fd, int least = 1)
    {
        if (!full()) return;
        if (live < entries.count) squeeze(fd);
        if (entries.count >= entries.capacity - entries.capacity / 4)
            entries.reserve(max(least, entries.capacity + 1));
    }

    // Before a walk: most entries are not null.
    void tidy(int fd)
    {
        if (unlikely(entries.count > 2 * live + 8)) squeeze(fd);
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
        for (const Entry& e : entries) count += e.w != nullptr;
        verify_that(count == live, "number of watchers in a list");
    }

    [[gnu::noinline]] void squeeze(int fd)  // removes the nulls
    {
        int kept = 0;
        for (int i = 0; i < entries.count; ++i) {
            Entry e = entries[i];
            if (!e.w) continue;
            if (e.w->active == i + 1 && e.here(fd)) e.w->active = kept + 1;
            entries[kept++] = e;
        }
        entries.count = kept;
        assert(live == kept);
    }
};

}}  // evi

#endif
