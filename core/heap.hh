// A 4-ary min-heap of time watchers, ordered by expiry.
//
// Four children make the tree half as deep as a binary heap, and the 16-byte
// entries of a group of siblings fill one 64-byte line of an aligned array.
//
// A watcher's expiry may be put off without a word to the heap: its entry stays
// where it is, and is moved only when it has come to the top and is due
// (settle). So a timeout that is put off at every event costs next to nothing.
//
// Invariants, checked by verify():
//   (1) entries[first .. count) are in use; first is 3, so that a group of
//       siblings starts at a multiple of 4 and an index is never 0.
//   (2) No entry is earlier than its parent.
//   (3) entry.at is w->at, or earlier: sifting reads no watcher.
//   (4) entry.w->active is the entry's index: remove() needs no search.

#ifndef EVI_HEAP_HH
#define EVI_HEAP_HH

#include "array.hh"

namespace evi { namespace {

template <class W>
class Heap {
public:
    bool empty() const { return entries.count <= first; }
    int begin() const { return first; }  // with end() and at(): every watcher
    int end() const { return max<int>(first, entries.count); }
    W* at(int k) const { return entries[k].w; }
    W* top() const { return entries[first].w; }
    ev_tstamp top_at() const { return entries[first].at; }

    bool contains(const W* w) const
    {
        return w->active >= first && w->active < entries.count
            && entries[w->active].w == w;
    }

    // False: it was initialised anew while active, a mistake; drop_top() then.
    bool top_kept() const { return top()->active == first; }

    void drop_top() { fill(first); }

    // Moves what seems due by `now` but was put off. True: some was.
    bool settle(ev_tstamp now)
    {
        bool moved = false;
        for (; !empty() && top_at() <= now && top_stale(); moved = true)
            adjust_top();
        return moved;
    }

    // Moves the top down, until it is one that was not put off.
    void settle_all() { settle(forever); }

    bool full() const { return entries.count == entries.capacity; }

    void reserve()  // room for one more
    {
        entries.extend(first);
        entries.reserve(entries.count + 1);
    }

    void push(W* w)
    {
        assert(!full());
        sift_up(entries.count++, {w->at, w});
        assert(contains(w));
    }

    void remove(W* w)
    {
        assert(contains(w));
        fill(w->active);
    }

    void adjust(W* w)  // after a change of w->at
    {
        assert(contains(w));
        sift(w->active, {w->at, w});
    }

    void adjust_top()  // the same, to a later time
    {
        assert(top_kept() && top_at() <= top()->at);
        sift_down(first, {top()->at, top()});
    }

    void shift(ev_tstamp by)  // all of them: their order stays
    {
        for (int k = begin(); k < end(); ++k)
            entries[k].at += by, entries[k].w->at += by;
    }

    void rebuild()  // after any changes of any w->at
    {
        for (int k = begin(); k < end(); ++k) {
            W* w = entries[k].w;
            sift_up(k, {w->at, w});
        }
    }

    void trim() { entries.trim(); }
    void free() { entries.free(); }

    void verify() const
    {
        entries.verify();
        for (int k = begin(); k < end(); ++k) {
            const Entry& e = entries[k];
            verify_that(e.w->active == k, "heap index in the watcher");
            verify_that(e.at <= e.w->at, "expiry overwritten while active");
            verify_that(k == first || entries.data[parent(Index(k))].at <= e.at,
                        "heap order");
        }
    }

private:
    struct Entry {
        ev_tstamp at;
        W* w;
    };

    using Index = unsigned;

    static constexpr int first = 3;
    static Index parent(Index k) { return (k >> 2) + 2; }
    static Index child(Index k) { return 4 * k - 8; }  // the first of four

    bool top_stale() const { return top_kept() && top_at() < top()->at; }

    void fill(int k)  // the hole at k, with the last
    {
        Entry last = entries.pop();
        assert(entries.count >= first);
        if (k < entries.count) sift(k, last);
    }

    // Puts an entry where it belongs, from the hole at `hole` on.

    void sift(int hole, Entry e)
    {
        auto k = static_cast<Index>(hole);
        if (k > first && e.at < entries.data[parent(k)].at) sift_up(hole, e);
        else sift_down(hole, e);
    }

    static void place(Entry* entry, Index k, Entry e)
    {
        *entry = e;
        e.w->active = static_cast<int>(k);
    }

    void sift_up(int hole, Entry e)
    {
        Entry* heap = entries.data;
        auto k = static_cast<Index>(hole);
        for (; k > first; k = parent(k)) {
            Entry* above = heap + parent(k);
            if (!(e.at < above->at)) break;
            place(heap + k, k, *above);
        }
        place(heap + k, k, e);
    }

    void sift_down(int hole, Entry e)
    {
        Entry* heap = entries.data;
        auto k = static_cast<Index>(hole);
        auto end = static_cast<Index>(entries.count);
        for (Index c = child(k); c < end; c = child(k)) {
            Entry* least = c + 4 <= end ? least_of_four(heap + c)
                                        : least_of(heap + c, heap + end);
            if (e.at <= least->at) break;
            place(heap + k, k, *least);
            k = static_cast<Index>(least - heap);
        }
        place(heap + k, k, e);
    }

    // Of equals the first.

    static Entry* least_of_four(Entry* e)
    {
        Entry* a = e + (e[1].at < e[0].at);
        Entry* b = e + 2 + (e[3].at < e[2].at);
        return b->at < a->at ? b : a;
    }

    static Entry* least_of(Entry* e, const Entry* end)
    {
        Entry* least = e;
        while (++e < end)
            if (e->at < least->at) least = e;
        return least;
    }

    Array<Entry> entries;
};

}}  // evi

#endif
