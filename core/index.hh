// The watchers of one kind, found by a key: a process, a signal, or a watch
// descriptor of inotify.
//
// An entry is valid only if its watcher points back at it: w->active is its
// position plus one. A stop leaves a null, so that it needs no memory. Nulls
// are removed when the array is full.
//
// Two mistakes of programs leave other entries. A watcher that was initialised
// while active and not started again has w->active == 0; it is kept, and still
// receives its events, as in libev 4.33. One that was also started again has
// two entries, and the old one is dead: whoever meets it drops it.
//
// It is a hash table, with chaining. A bucket is a list of entries, the one
// linked last first. The buckets are in the same array: bucket i begins at
// entries[i].latest. A start does not need them, so entries are linked when one
// is looked up.

#ifndef EVI_INDEX_HH
#define EVI_INDEX_HH

#include "array.hh"

#include <stdint.h>

namespace evi { namespace {

struct Index {
    // The last three numbers are positions plus one; 0: none.
    struct Entry {
        Watcher* w;  // null: stopped, and not linked
        int key;
        int older;  // its neighbours in its bucket
        int newer;
        int latest;  // of the bucket of this number
    };

    Array<Entry> entries;  // `count` is the number of buckets
    int used;              // [0 .. used): may have watchers
    int live;              // number of watchers
    int linked;  // [0 .. linked) are linked; negative: no bucket is valid

    Watcher* at(int i) const { return entries[i].w; }
    int key(int i) const { return entries[i].key; }

    // At the position that it names. Reads nothing if it is not active: the
    // loop may be gone.
    bool holds(const Watcher* w) const
    {
        auto i = static_cast<unsigned>(w->active) - 1;
        return w->active && i < static_cast<unsigned>(used)
            && entries.data[i].w == w;
    }

    // With watcher_key: the same, not pending, and entered with that key.
    bool has(const Watcher* w, uint64_t watcher_key, int key) const
    {
        uint64_t i = watcher_key - 1;
        if (i > INT32_MAX || static_cast<int>(i) >= used) return false;
        return entries.data[i].w == w && entries.data[i].key == key;
    }

    bool dead(int i) const { return at(i)->active != i + 1 && holds(at(i)); }

    int place(const Watcher* w) const  // -1: it has no entry
    {
        int i = holds(w) ? w->active - 1 : used - 1;
        while (i >= 0 && at(i) != w) --i;
        return i;
    }

    bool full() const { return used == entries.count; }

    // Before the index grows: calls drop(position), which removes the entry,
    // for each dead one and for those of a watcher that is about to be started.
    // A large index is only sampled, and may keep a few.
    template <class F>
    void purge(const Watcher* w, F drop)
    {
        auto valid = [this](int i) { return !at(i) || at(i)->active == i + 1; };
        if (sample(0, used, valid)) return;
        for (int i = used; i--;)
            if (!valid(i) && (at(i) == w || dead(i))) drop(i);
    }

    // Makes room for one more; at least so many entries.
    [[gnu::noinline]] void reserve(int least)
    {
        if (live < used) squeeze();
        linked = -1;
        if (live < entries.count - entries.count / 4) return;
        int room = max(least, 2 * entries.count);
        entries.reserve(room);
        entries.count = room;  // the new buckets are made when they are linked
    }

    void push(Watcher* w, int key)
    {
        assert(used < entries.count);
        Entry& e = entries.data[used];
        e.w = w;
        e.key = key;
        w->active = ++used;
        ++live;
    }

    void remove(int i)
    {
        assert(at(i) && live > 0);
        if (i < linked) {
            unlink(i);
            if (i == used - 1) linked = i;
        }
        entries[i].w = nullptr;
        if (i == used - 1) used = i;
        if (!--live) linked = min(linked, used = 0);
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
        if (entries.count < 1024 || live > entries.count / 16) return;
        squeeze();
        linked = -1;
        entries.count = 2 * live;
        entries.trim();
    }

    void free()
    {
        entries.free();
        used = live = linked = 0;
    }

    void verify() const
    {
        entries.verify();
        int count = 0;
        for (int i = 0; i < used; ++i) {
            count += at(i) != nullptr;
            if (!at(i) || i >= linked) continue;
            const Entry& e = entries[i];
            int found = e.newer ? entries[e.newer - 1].older : bucket(e.key);
            verify_that(found == i + 1, "link of an index");
        }
        verify_that(count == live && used <= entries.count, "size of an index");
    }

private:
    const int& bucket(int key) const
    {
        uint32_t hash = static_cast<uint32_t>(key) * 0x9e3779b1u;
        auto buckets = static_cast<uint32_t>(entries.count);
        return entries.data[uint64_t(hash) * buckets >> 32].latest;
    }

    int& bucket(int key)
    {
        return const_cast<int&>(const_cast<const Index*>(this)->bucket(key));
    }

    int first(int key)  // of its bucket, after all are linked
    {
        if (linked < used) link_rest();
        return used ? bucket(key) : 0;
    }

    [[gnu::noinline]] void link_rest()
    {
        if (linked < 0)
            for (int i = 0; i < entries.count; ++i) entries[i].latest = 0;
        for (linked = max(linked, 0); linked < used; ++linked)
            if (at(linked)) link(linked);
    }

    void link(int i)
    {
        Entry& e = entries[i];
        int& latest = bucket(e.key);
        e.newer = 0;
        e.older = latest;
        if (latest) entries[latest - 1].newer = i + 1;
        latest = i + 1;
    }

    void unlink(int i)
    {
        const Entry& e = entries[i];
        assert(e.w);
        if (e.newer) entries[e.newer - 1].older = e.older;
        else bucket(e.key) = e.older;
        if (e.older) entries[e.older - 1].newer = e.newer;
    }

    void squeeze()  // removes the nulls
    {
        int end = used;
        used = 0;
        for (int i = 0; i < end; ++i) {
            Watcher* w = entries[i].w;
            if (!w) continue;
            if (w->active == i + 1) w->active = used + 1;
            entries[used].w = w;
            entries[used++].key = entries[i].key;
        }
        assert(used == live);
    }
};

}}  // evi

#endif
