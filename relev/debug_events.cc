// Is each pending event still that of its watcher?

#include "debug.hh"

#if RELEV_DEBUG

namespace evi { namespace {

constexpr int events_checked = 8;  // that are dispatched next, of each priority

// Does the watcher of this event refer back to it, as far as can be said?
bool event_kept(const Array<Pending::Event>& queue, int i, Memory& memory,
                bool& reinit)
{
    Image image = {};
    Copy copied = memory.copy(image.bytes, queue[i].w, sizeof(Watcher));
    bool read = copied == Copy::done;
    reinit = read && !image.head.pending && !image.head.active;
    return copied == Copy::unknown || (read && image.head.pending == i + 1);
}

// Of the events that are dispatched next, one whose watcher does not.
const Watcher* lost_event(Record& record, Loop& loop, bool& reinit, bool& all)
{
    Memory memory = {};
    uint64_t mask = loop.pending.mask & ~reports_due;
    for (; mask; mask &= mask - 1) {
        auto& queue = loop.pending.queues[__builtin_ctzll(mask)];
        int begin = max(0, queue.count - events_checked);
        all &= !begin;
        assert(begin >= 0 && queue.count - begin <= events_checked);
        for (int i = queue.count; i-- > begin;) {
            const Watcher* w = queue[i].w;
            if (!w || w == record.pending
                || event_kept(queue, i, memory, reinit))
                continue;
            record.pending = w;
            return w;
        }
    }
    return nullptr;
}

void events_check(Record& record, Loop& loop, const void* during)
{
    bool reinit = false, all = true;
    const Watcher* w = lost_event(record, loop, reinit, all);
    if (!w) return;
    Finding finding(reinit ? Error::reinit : Error::freed,
                    reinit ? "initialized again while an event was pending"
                           : "freed or overwritten while an event was pending");
    finding.report.w = const_cast<Watcher*>(w);
    Watched one = watched_known(record, w);
    if (one.w) finding.about(one), finding.started(one);
    finding.during(during, all);
    record.damaged = true;
    finding.deliver(&record, loop);
}

}}  // evi

#endif
