// A set of watchers' addresses: tells whether a watcher is in a list, without
// a search in the list and without reading the watcher's members, which may be
// invalid.
//
// It detects ev_init of an active watcher, a mistake: the watcher then looks
// inactive, and the loop was not informed.
//
// A hash table with open addressing and linear probing: a watcher is at its
// home position, a hash of its address, or after it with no gap in between.
// Invariants, checked by verify(): the number of places is 0 or a power of 2,
// and at least twice `count`.

#ifndef EVI_SET_HH
#define EVI_SET_HH

#include "array.hh"

#include <stdint.h>

namespace evi { namespace {

struct Set {
    using Address = uintptr_t;

    Array<Address> places;  // 0: free
    int count;
    int shift;  // of the hash: keeps the highest bits of the product

    bool has(const void* w) const { return count && in(find(address(w))); }

    bool full() const { return 2 * count >= places.count; }

    bool put(const void* w)  // false: it was in the set
    {
        assert(!full());
        Address a = address(w);
        Place p = home(a);
        while (unlikely(in(p) != 0)) {
            if (in(p) == a) return false;
            p = next(p);
        }
        places.data[p] = a;
        ++count;
        return true;
    }

    bool add(const void* w)  // the same; grows the set if it is full
    {
        if (unlikely(full())) resize(max<int>(least, 2 * places.count));
        return put(w);
    }

    bool remove(const void* w)  // false: it was not in the set
    {
        if (!count) return false;
        Place p = find(address(w));
        if (!in(p)) return false;
        places.data[p] = 0;
        --count;
        if (unlikely(in(next(p)) != 0)) fill(p);
        if (unlikely(places.count > keep)) trim();
        return true;
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
        for (Place p = 0; p < static_cast<Place>(places.count); ++p) {
            found += in(p) != 0;
            verify_that(!in(p) || find(in(p)) == p, "position in a set");
        }
        verify_that(found == count && 2 * count <= places.count,
                    "size of a set");
    }

private:
    static constexpr int least = 8;
    static constexpr int keep = 1024;  // a set of this size does not shrink

    using Place = size_t;

    static Address address(const void* w)
    {
        return reinterpret_cast<Address>(w);
    }

    Place last() const { return static_cast<Place>(places.count) - 1; }
    Place next(Place p) const { return (p + 1) & last(); }
    Place distance(Place from, Place to) const { return (to - from) & last(); }
    Address in(Place p) const { return places.data[p]; }

    Place home(Address a) const
    {
        assert(a && places.count);
        return static_cast<Place>(uint64_t(a) * 0x9e3779b97f4a7c15 >> shift);
    }

    Place find(Address a) const  // its place, or a free one
    {
        Place p = home(a);
        while (unlikely(in(p) != a) && in(p)) p = next(p);
        return p;
    }

    // Closes a gap: moves an entry after it into it, unless the entry's home is
    // after the gap, too.
    [[gnu::noinline]] void fill(Place hole)
    {
        for (Place p = next(hole); in(p); p = next(p)) {
            if (distance(home(in(p)), p) < distance(hole, p)) continue;
            places.data[hole] = in(p);
            places.data[p] = 0;
            hole = p;
        }
    }

    [[gnu::noinline]] void trim()
    {
        if (count < places.count / 8) resize(keep);
    }

    [[gnu::noinline]] void resize(int n)  // to n or more places
    {
        while (n < 4 * count) n *= 2;
        Array<Address> old = places;
        places = {};
        places.extend(n);
        shift = 33 + __builtin_clz(static_cast<unsigned>(places.count));
        for (int i = 0; i < old.count; ++i)
            if (old[i]) places.data[find(old[i])] = old[i];
        old.free();
    }
};

}}  // evi

#endif
