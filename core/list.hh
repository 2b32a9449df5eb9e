// The watchers of one thing, an fd or a signal, in starting order.
//
// An entry is valid only if its watcher points back at it: w->active is its
// position plus one. A stop leaves a null, so that it needs no memory and keeps
// the order. Nulls are removed before the list grows, or if they are many.
//
// Two mistakes of programs leave other entries. A watcher that was initialised
// while active and not started again has w->active == 0; it is kept, and still
// receives its events, as in libev 4.33. One that was also started again is
// entered elsewhere, and its old entry is dead: the kind's function `dead`
// recognises it, and whoever meets it drops it.

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

    bool full() const { return entries.count == entries.capacity; }

    void push(W* w)
    {
        assert(entries.count < entries.capacity);
        entries.data[entries.count] = w;
        w->active = ++entries.count;
        ++live;
    }

    void remove(int i)
    {
        assert(entries[i]);
        assert(live > 0);
        entries[i] = nullptr;
        if (i == entries.count - 1) entries.count = i;
        if (!--live) entries.count = 0;
    }

    int last()  // the position of the last watcher
    {
        assert(live);
        while (!entries[entries.count - 1]) entries.pop();
        return entries.count - 1;
    }

    int find(const W* w) const  // slow path; -1: not in the list
    {
        int i = entries.count - 1;
        while (i >= 0 && entries[i] != w) --i;
        return i;
    }

    // Makes room for one more. Grows only if few entries are null.
    void reserve(int fd)
    {
        if (!full()) return;
        if (live < entries.count) squeeze(fd);
        if (entries.count >= entries.capacity - entries.capacity / 4)
            entries.reserve(entries.capacity + 1);
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
        for (int i = 0; i < entries.count; ++i) count += entries[i] != nullptr;
        verify_that(count == live, "number of watchers in a list");
    }

private:
    // Removes the nulls. A watcher with another fd may be active there, at the
    // position that its dead entry has here.
    [[gnu::noinline]] void squeeze(int fd)
    {
        int kept = 0;
        for (int i = 0; i < entries.count; ++i) {
            W* w = entries[i];
            if (!w) continue;
            bool here = w->active == i + 1 && w->fd == fd;
            if (kept < i && here) w->active = kept + 1;
            entries[kept++] = w;
        }
        entries.count = kept;
        assert(live == kept);
    }
};

}}  // evi

#endif
