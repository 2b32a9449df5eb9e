// A set of watchers, by address: says whether one is in a list without a look
// at the list, or at the watcher, whose members may be anything by then.
//
// Invariants, checked by verify(): places.count is 0 or a power of 2, and at
// least twice `count`; from place(hash) on to that of a watcher none is free.

#ifndef EVI_SET_HH
#define EVI_SET_HH

#include "array.hh"

#include <stdint.h>

namespace evi { namespace {

template <class W>
struct Set {
    Array<W*> places;  // null: free
    int count;

    bool has(const W* w) const { return count && places[find(w)]; }

    void add(W* w)
    {
        assert(w && !has(w));
        if (2 * (count + 1) > places.count) move(max(8, 2 * places.count));
        places[find(w)] = w;
        ++count;
    }

    void remove(const W* w)
    {
        assert(has(w));
        int k = find(w);
        places[k] = nullptr;
        --count;
        // Those behind may be there because this place was taken.
        for (k = next(k); places[k]; k = next(k)) {
            W* other = places[k];
            places[k] = nullptr;
            places[find(other)] = other;
        }
        if (places.count > keep && places.count / 16 > count)
            move(places.count / 4);
    }

    void free()
    {
        places.free();
        count = 0;
    }

    void verify() const
    {
        places.verify();
        int found = 0;
        for (int i = 0; i < places.count; ++i) {
            if (!places[i]) continue;
            ++found;
            verify_that(find(places[i]) == i, "place in a set");
        }
        verify_that(found == count && 2 * count <= places.count,
                    "number of a set");
    }

private:
    static constexpr int keep = 1024;  // of places, however empty

    int next(int k) const { return (k + 1) & (places.count - 1); }

    // Where it is, or would be.
    int find(const W* w) const
    {
        uint64_t hash =
            uint64_t(reinterpret_cast<uintptr_t>(w)) * 0x9e3779b97f4a7c15;
        int k = static_cast<int>(hash >> 34) & (places.count - 1);
        while (places[k] && places[k] != w) k = next(k);
        return k;
    }

    void move(int room)
    {
        assert(room > 2 * count && !(room & (room - 1)));
        Array<W*> old = places;
        places = {};
        places.extend(room);
        for (int i = 0; i < old.count; ++i)
            if (old[i]) places[find(old[i])] = old[i];
        old.free();
    }
};

}}  // evi

#endif
