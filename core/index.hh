// The watchers of one kind, found by a key: a process, a signal, or a watch
// descriptor of inotify.
//
// It is a list (core/list.hh) with a hash table, with chaining. A bucket is a
// list of entries, the one linked last first. The buckets are in the same
// array: bucket i begins at entries[i].latest. A start does not need them, so
// entries are linked when one is looked up: [0 .. linked); negative: no bucket
// is valid.

#ifndef EVI_INDEX_HH
#define EVI_INDEX_HH

#include "list.hh"

#include <stdint.h>

namespace evi { namespace {

struct IndexEntry {
    Watcher* w;
    int key;

    // Positions plus one; 0: none.
    int older;  // its neighbors in its bucket
    int newer;
    int latest;  // of the bucket of this number

    bool here(int) const { return true; }
};

struct Index : List<IndexEntry> {
    int key(int i) const { return entries[i].key; }

    bool dead(int i) const { return at(i)->active != i + 1 && holds(at(i)); }

    // Is it at that position, and entered with that key?
    bool has(const Watcher* w, uint64_t i, int key) const
    {
        return i < static_cast<unsigned>(entries.count)
            && entries.data[i].w == w && entries.data[i].key == key;
    }

    // Makes room for one more; at least so many entries.
    void reserve(int least)
    {
        assert(least > 0);
        linked = -1;  // first: the allocator may leave by longjmp
        List::reserve(0, least);
    }

    [[gnu::always_inline]] void push(Watcher* w, int key)
    {
        List::push(w);
        entries.data[entries.count - 1].key = key;
    }

    [[gnu::always_inline]] void remove(int i)
    {
        if (i < linked) {
            unlink(i);
            if (i == entries.count - 1) linked = i;
        }
        List::remove(i);
        if (!live) linked = min(linked, 0);
    }

    void move(int i, int key)  // to another key
    {
        assert(at(i));
        if (i < linked) unlink(i);
        entries[i].key = key;
        if (i < linked) link(i);
    }

    // Calls f(position) for each watcher of a key, latest first. It may remove
    // or move that one.
    template <class F>
    void each(int key, F f)
    {
        for (int i = first(key); i;) {
            int position = i - 1;
            i = entries[position].older;
            if (entries[position].key == key) f(position);
        }
    }

    bool has(int key)
    {
        int i = first(key);
        while (i && entries[i - 1].key != key) i = entries[i - 1].older;
        return i;
    }

    // Frees memory after a burst.
    [[gnu::cold]] void trim()
    {
        if (entries.capacity < 1024 || live > entries.capacity / 16) return;
        tidy(0);
        entries.trim();
        linked = -1;
    }

    void verify() const
    {
        List::verify();
        for (int i = 0; i < linked; ++i) {
            if (!at(i)) continue;
            const IndexEntry& e = entries[i];
            int found = e.newer ? entries[e.newer - 1].older : bucket(e.key);
            verify_that(found == i + 1, "link of an index");
        }
    }

private:
    int& bucket(int key) const
    {
        uint32_t hash = static_cast<uint32_t>(key) * 0x9e3779b1u;
        auto buckets = static_cast<uint32_t>(entries.capacity);
        return entries.data[uint64_t(hash) * buckets >> 32].latest;
    }

    int first(int key)  // of its bucket, after all are linked
    {
        if (linked < entries.count) link_rest();
        return entries.count ? bucket(key) : 0;
    }

    [[gnu::noinline]] void link_rest()
    {
        for (int i = 0; linked < 0 && i < entries.capacity; ++i)
            entries.data[i].latest = 0;
        for (linked = max(linked, 0); linked < entries.count; ++linked)
            if (at(linked)) link(linked);
    }

    void link(int i)
    {
        IndexEntry& e = entries[i];
        assert(e.w);
        int& latest = bucket(e.key);
        e.newer = 0;
        e.older = latest;
        if (latest) entries[latest - 1].newer = i + 1;
        latest = i + 1;
    }

    void unlink(int i)
    {
        const IndexEntry& e = entries[i];
        assert(e.w);
        if (e.newer) entries[e.newer - 1].older = e.older;
        else bucket(e.key) = e.older;
        if (e.older) entries[e.older - 1].newer = e.newer;
    }
};

}}  // evi

#endif
