// How many watchers of each kind are active, for metrics.
//
// The loop counts them up to twice a second, so this must cost little. In most
// loops all timers, periodics and descriptors are watched for the program. Then
// they are counted without reading the watchers, whose memory may be cold.

#include "state.hh"
#include "walk.hh"

#if EV_RELEV_ENABLE

namespace evi { namespace {

struct Counts {
    int active[RELEV_KINDS];
    int fds;
    int all;
    int last;  // the watchers of an fd follow each other
};

// May some of them belong to an ev_once, an ev_stat or an ev_embed? The last
// has a prepare watcher.
[[gnu::cold]] bool inner_possible(const Loop& loop)
{
    const Kinds& all = loop.watchers;
    bool embeds = false;
    for (int i = 0; !embeds && i < all.prepares.count; ++i)
        embeds = embed_of_inner(all.prepares[i], EV_PREPARE);
    return embeds || all.onces || all.stats.all.live;
}

[[gnu::cold]] void watchers_walk(Loop& loop, Counts& counts, int types)
{
    auto count = [&](const Owner& owner, Watcher* w, int type) {
        ++counts.all;
        if (!owner.once) ++counts.active[kind_index(owner.type)];
        else if (once_first(w, type)) ++counts.active[RELEV_KIND_ONCE];
        if (owner.type != EV_IO || number_of(EV_IO, w) == counts.last) return;
        counts.last = number_of(EV_IO, w);
        ++counts.fds;
    };
    walk(loop, count, nullptr, false, types);
}

[[gnu::cold]] void fds_count(const Loop& loop, Counts& counts)
{
    auto* begin = reinterpret_cast<const char*>(&loop);
    int live = loop.fds.refused.count, fds = live;
    for (int fd = 0; fd < loop.fds.table.count; ++fd) {
        const Fd& all = loop.fds.table[fd];
        if (!all.watched()) continue;
        auto* only = all.shared ? nullptr : all.only;
        auto* at = reinterpret_cast<const char*>(only);
        if (at >= begin && at < begin + sizeof loop) continue;  // internal
        live += all.shared ? all.list->live : 1;
        ++fds;
    }
    counts.active[RELEV_KIND_IO] = live;
    counts.fds = fds;
    counts.all += live;
}

[[gnu::cold]] void heap_count(const Heap<TimeWatcher>& heap, int kind,
                              Counts& counts)
{
    counts.active[kind] = heap.end() - heap.begin();
    counts.all += counts.active[kind];
}

[[gnu::cold]] void watchers_count(Loop& loop)
{
    assert(loop.relev);
    Metrics& m = loop.relev->metrics;
    Counts counts = {};
    counts.last = -1;
    if (inner_possible(loop)) {
        watchers_walk(loop, counts, ~0);
    } else {
        fds_count(loop, counts);
        heap_count(loop.watchers.timers, RELEV_KIND_TIMER, counts);
        heap_count(loop.watchers.periodics.heap, RELEV_KIND_PERIODIC, counts);
        watchers_walk(loop, counts, ~(EV_IO | EV_TIMER | EV_PERIODIC));
    }
    assert(counts.fds <= counts.all);
    for (int i = 0; i < RELEV_KINDS; ++i)
        m.active[i] = static_cast<uint64_t>(counts.active[i]);
    m.fds = static_cast<uint64_t>(counts.fds);
    m.references = loop.active;
    m.recount = 8 * counts.all;
}

}}  // evi

#endif
