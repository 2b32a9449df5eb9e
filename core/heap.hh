// A 4-ary min-heap of time watchers, ordered by expiry.
//
// Four children make the tree half as deep as a binary heap, and the 16-byte
// entries of a group of siblings fill one 64-byte line of an aligned array.
//
// Lazy updates: putting an expiry off only marks the entry. It is moved when it
// is at the top and its old expiry is due (requeue_top).
//
// Invariants, checked by verify():
//   (1) entries[first .. count) are in use; first is 3, so that a group of
//       siblings starts at a multiple of 4 and an index is never 0. The entry
//       before `first` is a sentinel, earlier than all: sifting up stops there.
//   (2) No entry is earlier than its parent.
//   (3) entry.at is w->at, or earlier if the watcher was put off. Sifting reads
//       entries only, so a program that writes to w->at cannot break the order.
//   (4) entry.w()->active is the entry's index: removal needs no search.

#ifndef EVI_HEAP_HH
#define EVI_HEAP_HH

#include "heap_entry.hh"

namespace evi { namespace {

template <class W>
class Heap {
public:
    bool empty() const { return entries.count <= first; }
    int begin() const { return first; }  // with end() and at(): every watcher
    int end() const { return max<int>(first, entries.count); }
    W* at(int k) const { return entries[k].w(); }
    W* top() const { return entries[first].w(); }
    ev_tstamp top_at() const { return entries[first].at; }

    // The time until the first expiry, or earlier if that was put off. Negative
    // if it is late, `forever` if there is none.
    [[gnu::noinline]] ev_tstamp due_in(ev_tstamp now) const
    {
        return empty() ? forever : top_at() - now;
    }

    static int child(int k) { return 4 * k - 8; }  // the first of four
    bool contains(const W* w) const { return has(w, uint32_t(w->active)); }
    // With watcher_key: contained, and not pending. (0 has no watcher.)
    bool has(const W* w, uint64_t key) const
    {
        return key < uint32_t(entries.count) && entries.data[key].w() == w;
    }

    // The first, if it is due. Those put off are moved, stale entries dropped.
    template <class F>
    [[gnu::always_inline]] W* due(ev_tstamp now, F drop)
    {
        while (!empty() && top_at() < now) {
            W* w = top();
            if (!kept(first)) drop_top(), drop(w);
            else if (entries[first].put_off()) requeue_top();
            else return w;
        }
        return nullptr;
    }

    void drop_top()
    {
        Entry last = entries.pop();
        if (!empty()) sink(last);
    }

    void requeue_top()  // moves it to where it was put off to
    {
        sink(entry_of(max(top_at(), top()->at), top()));
    }

    // Until the top is one that was not put off. If many were, all at once.
    void requeue_all()
    {
        int few = 16 + entries.count / 8;
        for (; !empty() && entries[first].put_off() && kept(first);
             requeue_top())
            if (fast_code && !few--) return requeue_each();
    }

    // Until none is put off.
    [[gnu::cold, gnu::noinline]] void requeue_each()
    {
        for (int k = begin(); k < end(); ++k) {
            Entry& e = entries[k];
            if (e.put_off() && kept(k))
                e = entry_of(max(e.at, at(k)->at), at(k));
            if (e.at < in(parent(place(k))).at) sift_up(place(k), e);
        }
    }

    const Array<HeapEntry<W>>& all() const { return entries; }
    bool full() const { return entries.count == entries.capacity; }
    // Makes room for one more. A watcher that was initialized while active and
    // started again has several entries. Before the heap grows, the stale ones
    // are dropped, and passed to `drop`. A large heap is only sampled, and may
    // keep a few: to read every watcher takes too long.
    template <class F>
    [[gnu::cold]] void reserve(F drop)
    {
        if (!full()) return;
        entries.extend(first);
        entries[first - 1].at = -__builtin_inf();
        bool clean = sample(begin(), end(), [&](int k) { return kept(k); });
        if (!clean) prune(drop);
        if (entries.count >= entries.capacity - entries.capacity / 4)
            entries.reserve(entries.capacity + 1);
    }

    void push(W* w)
    {
        assert(!full());
        ev_tstamp at = expiry(w);
        Place hole = rise(place(entries.count++), at);
        in(hole) = entry_of(at, w);
        index(w) = static_cast<int>(hole / size);
        assert(contains(w));
    }

    void drop(W* w, int k)  // removes its entry; it is inactive already
    {
        assert(k >= begin() && k < end() && at(k) == w);
        Entry last = entries.pop();  // fills the gap
        // Started twice, an error, it may have both entries. One stays, stale.
        if (k != entries.count && last.w() != w) settle(place(k), last);
    }

    void adjust(W* w)  // after a change of w->at
    {
        assert(contains(w));
        settle(place(w->active), entry_of(w->at, w));
    }

    // Hot path: puts off a watcher whose entry is marked already. False (take
    // the slow path): the entry is not marked, the new expiry is earlier, an
    // event is pending, or the watcher is not in this heap.
    bool put_off(W* w, ev_tstamp at)
    {
        // One comparison for two checks: a pending event makes k too large.
        uint64_t k = uint64_t(static_cast<uint32_t>(w->pending)) << 32
                   | static_cast<uint32_t>(w->active);
        if (k >= static_cast<uint32_t>(entries.count)) return false;
        const Entry& e = entries.data[k];
        if (!(e.at <= at) || e.mark != address(w)) return false;
        w->at = at;
        return true;
    }

    void put_off_first(W* w, ev_tstamp at)  // marks the entry, for put_off()
    {
        assert(contains(w));
        Entry& e = entries[w->active];
        w->at = at;
        if (e.at <= at) e.mark = address(w);
        else adjust(w);
    }

    void adjust_top()  // after its expiry became later
    {
        sift_down(place(first), entry_of(top()->at, top()));
    }

    void shift(ev_tstamp by)  // moves all; their order stays the same
    {
        for (int k = begin(); k < end(); ++k)
            entries[k].at += by, at(k)->at += by;
    }

    void trim() { entries.trim(); }
    void free() { entries.free(); }
    void verify() const
    {
        entries.verify();
        for (int k = begin(); k < end(); ++k) {
            verify_that(kept(k), "heap index in the watcher");
            verify_that(entries[k].kept(), "expiry overwritten while active");
            verify_that(k == first || in(parent(place(k))).at <= entries[k].at,
                        "heap order");
        }
    }

private:
    // A reference to an int or a time aliases less than a type that may alias.
    static int& index(W* w) { return w->active; }
    static const ev_tstamp& expiry(const W* w) { return w->at; }
    static uintptr_t address(const W* w) { return uintptr_t(w); }
    using Entry = HeapEntry<W>;
    static Entry entry_of(ev_tstamp at, W* w) { return {at, address(w) + 1}; }

    static constexpr int first = 3;
    using Place = size_t;  // in bytes: sifting needs no multiplication
    static constexpr Place size = sizeof(Entry);
    static_assert((size & (size - 1)) == 0, "for parent()");
    static Place place(int k) { return static_cast<Place>(k) * size; }
    static Place children(Place p) { return 4 * p - 8 * size; }  // of four
    static Place parent(Place p) { return (p / 4 & -size) + 2 * size; }
    Entry& in(Place p) const
    {
        return *reinterpret_cast<Entry*>(reinterpret_cast<char*>(entries.data)
                                         + p);
    }

    bool kept(int k) const { return at(k)->active == k; }

    template <class F>
    void prune(F drop)
    {
        int dropped = 0;
        for (int k = begin(); k < end(); ++k)
            if (kept(k)) sift_up(place(k - dropped), entries[k]);
            else drop(at(k)), ++dropped;
        entries.count -= dropped;
    }

    // These put an entry in its position, starting from the free one at `hole`.
    void settle(Place hole, Entry e)
    {
        if (e.at < in(parent(hole)).at) sift_up(hole, e);
        else sift_down(hole, e);
    }

    [[gnu::noinline]] void sift_up(Place hole, Entry e)
    {
        put(rise(hole, e.at), e);
    }

    [[gnu::noinline]] void sift_down(Place hole, Entry e)
    {
        descend(hole, e, false);
    }

    [[gnu::noinline]] void sink(Entry e)  // from the top
    {
        fast_code ? descend(place(first), e, true) : sift_down(place(first), e);
    }

    void put(Place hole, Entry e)
    {
        in(hole) = e;
        index(e.w()) = static_cast<int>(hole / size);
    }

    Place rise(Place hole, ev_tstamp at)  // moves the hole up, for that expiry
    {
        for (Place above; above = parent(hole), at < in(above).at; hole = above)
            put(hole, in(above));
        return hole;
    }

    // An entry from the top mostly goes to the end. In a large heap most of the
    // way is not in the processor's cache: so it is fetched two levels ahead.
    [[gnu::always_inline]] void descend(Place hole, Entry e, bool from_top)
    {
        Place end = place(entries.count);
        Place full = end / 4 + size;  // a hole up to here has four children
        Place fetched = from_top && entries.count > 16384 ? full + size : 0;
        while (hole <= full) {
            Place four = children(hole);
            if (four < fetched) fetch(&in(children(four)));
            Place least = least_of_four(four);
            if (e.at <= in(least).at) return put(hole, e);
            put(hole, in(least));
            hole = least;
        }
        Place group = children(hole);
        if (group < end) {  // fewer than four, and they have no children
            Place least = least_of_some(group, end);
            if (in(least).at < e.at) {
                put(hole, in(least));
                hole = least;
            }
        }
        put(hole, e);
    }

    // Of equal entries these return the first.
    Place least_of_four(Place p) const
    {
        Place a = p + size * (in(p + size).at < in(p).at);
        Place b = p + 2 * size;
        b += size * (in(b + size).at < in(b).at);
        return in(b).at < in(a).at ? b : a;
    }

    Place least_of_some(Place p, Place end) const
    {
        Place least = p;
        while ((p += size) < end)
            if (in(p).at < in(least).at) least = p;
        return least;
    }

    Array<Entry> entries;
};

}}  // evi

#endif
