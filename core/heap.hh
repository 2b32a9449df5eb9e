// A 4-ary min-heap of time watchers, ordered by expiry.
//
// Four children make the tree half as deep as a binary heap, and the 16-byte
// entries of a group of siblings fill one 64-byte line of an aligned array.
//
// Invariants, checked by verify():
//   (1) entries[first .. count) are in use; first is 3, so that a group of
//       siblings starts at a multiple of 4 and an index is never 0.
//   (2) No entry is earlier than its parent.
//   (3) entry.at is a copy of entry.w->at: sifting reads no watcher.
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

    void drop_top()
    {
        Entry last = entries.pop();
        if (empty()) return;
        entries[first] = last;
        sift(first);
    }

    void push(W* w)
    {
        entries.extend(first);
        entries.push({w->at, w});
        sift_up(entries.count - 1);
        assert(contains(w));
    }

    void remove(W* w)
    {
        int k = w->active;
        assert(contains(w));

        Entry last = entries.pop();
        assert(entries.count >= first);
        if (k == entries.count) return;  // w was the last
        entries[k] = last;
        sift(k);
    }

    void adjust(W* w)  // after a change of w->at
    {
        int k = w->active;
        assert(contains(w));
        entries[k].at = w->at;
        sift(k);
    }

    void shift(ev_tstamp by)  // all of them: their order stays
    {
        for (int k = begin(); k < end(); ++k)
            entries[k].at = entries[k].w->at += by;
    }

    void rebuild()  // after any changes of any w->at
    {
        for (int k = begin(); k < end(); ++k) {
            entries[k].at = entries[k].w->at;
            sift_up(k);
        }
    }

    void free() { entries.free(); }

    void verify() const
    {
        entries.verify();
        for (int k = begin(); k < end(); ++k) {
            const Entry& e = entries[k];
            verify_that(e.w->active == k, "heap index in the watcher");
            verify_that(e.at == e.w->at, "expiry overwritten while active");
            verify_that(k == first || entries[parent(k)].at <= e.at,
                        "heap order");
        }
    }

private:
    struct Entry {
        ev_tstamp at;
        W* w;
    };

    static constexpr int first = 3;
    static int parent(int k) { return (k - first - 1) / 4 + first; }
    static int child(int k) { return (k - first) * 4 + first + 1; }

    void place(int k, Entry e) { entries[k] = e, e.w->active = k; }

    void sift(int k)
    {
        W* w = entries[k].w;
        sift_up(k);
        sift_down(w->active);
    }

    void sift_up(int k)
    {
        Entry e = entries[k];
        for (; k > first && e.at < entries[parent(k)].at; k = parent(k))
            place(k, entries[parent(k)]);
        place(k, e);
    }

    void sift_down(int k)
    {
        Entry e = entries[k];
        for (int c = child(k); c < entries.count; c = child(k)) {
            int end = min(c + 4, entries.count);
            int least = c;
            for (int i = c + 1; i < end; ++i)
                if (entries[i].at < entries[least].at) least = i;

            if (e.at <= entries[least].at) break;
            place(k, entries[least]);
            k = least;
        }
        place(k, e);
    }

    Array<Entry> entries;
};

}}  // evi

#endif
