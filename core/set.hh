// A set of watchers, by address: says whether one is in a list without a look
// at the list, or at the watcher, whose members may be anything by then.
//
// ev_init of an active watcher, a mistake, makes it inactive without a word to
// the loop; and what one that was never initialised says must not be read.
//
// Open addressing: a watcher is at its home, a place that its address gives, or
// behind it with no gap in between. Invariants, checked by verify(): the number
// of places is 0 or a power of 2, and at least twice `count`.

#ifndef EVI_SET_HH
#define EVI_SET_HH

#include "array.hh"

#include <stdint.h>

namespace evi { namespace {

template <class W>
struct Set {
    Array<W*> places;  // null: free
    int count;
    int shift;  // so that the highest bits of a product are left

    bool has(const W* w) const { return count && in(find(w)); }

    bool full() const { return 2 * count >= places.count; }

    bool put(W* w)  // false: it was there
    {
        assert(!full());
        Place p = home(w);
        while (unlikely(in(p) != nullptr)) {
            if (in(p) == w) return false;
            p = next(p);
        }
        places.data[p] = w;
        ++count;
        return true;
    }

    bool add(W* w)  // the same; there may be no room
    {
        if (unlikely(full())) resize(max<int>(least, 2 * places.count));
        return put(w);
    }

    bool remove(const W* w)  // false: it was not there
    {
        if (!count) return false;
        Place p = find(w);
        if (!in(p)) return false;
        places.data[p] = nullptr;
        --count;
        if (unlikely(in(next(p)) != nullptr)) fill(p);
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
            found += in(p) != nullptr;
            verify_that(!in(p) || find(in(p)) == p, "place in a set");
        }
        verify_that(found == count && 2 * count <= places.count,
                    "number of a set");
    }

private:
    static constexpr int least = 8;
    static constexpr int keep = 1024;  // of places, however empty

    using Place = size_t;

    Place last() const { return static_cast<Place>(places.count) - 1; }
    Place next(Place p) const { return (p + 1) & last(); }
    Place distance(Place from, Place to) const { return (to - from) & last(); }
    W* in(Place p) const { return places.data[p]; }

    Place home(const W* w) const
    {
        assert(w && places.count);
        auto address = static_cast<uint64_t>(reinterpret_cast<uintptr_t>(w));
        return static_cast<Place>(address * 0x9e3779b97f4a7c15 >> shift);
    }

    Place find(const W* w) const  // where it is, or null
    {
        Place p = home(w);
        while (unlikely(in(p) != w) && in(p)) p = next(p);
        return p;
    }

    // Moves forward what is behind a hole, if its home is not behind it.
    [[gnu::noinline]] void fill(Place hole)
    {
        for (Place p = next(hole); in(p); p = next(p)) {
            if (distance(home(in(p)), p) < distance(hole, p)) continue;
            places.data[hole] = in(p);
            places.data[p] = nullptr;
            hole = p;
        }
    }

    [[gnu::noinline]] void trim()
    {
        if (count < places.count / 8) resize(keep);
    }

    [[gnu::noinline]] void resize(int n)  // or more, if that is too few
    {
        while (n < 4 * count) n *= 2;
        Array<W*> old = places;
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
