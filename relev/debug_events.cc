// Is each pending event still that of its watcher?

#include "debug.hh"

#if RELEV_DEBUG

namespace evi { namespace {

// Does the watcher of this event refer back to it? If it does not, the event is
// canceled, unless the watcher was only initialized again.
bool event_kept(Array<Pending::Event>& queue, int i, bool& reinit)
{
    Image image = {};
    const Watcher* w = queue[i].w;
    bool read = memory_copy(image.bytes, w, sizeof(Watcher));
    if (read && image.head.pending == i + 1) return true;
    reinit = read && !image.head.pending && !image.head.active;
    if (!reinit) queue[i].w = nullptr;
    return false;
}

// The events that are dispatched next, by one system call. False: some watcher
// does not refer back to its event, or cannot be read.
bool events_kept(const Array<Pending::Event>& queue, int begin)
{
    Watcher heads[32];
    iovec from[32];
    int places[32];
    size_t count = 0;
    assert(begin >= 0 && queue.count - begin <= 32);
    for (int i = begin; i < queue.count; ++i) {
        if (!queue[i].w) continue;
        from[count] = {queue[i].w, sizeof(Watcher)};
        places[count++] = i;
    }
    if (!count) return true;
    if (!memories_copy(heads, from, count)) return false;
    for (size_t k = 0; k < count; ++k)
        if (heads[k].pending != places[k] + 1) return false;
    return true;
}

const Watcher* lost_event(Record& record, Loop& loop, bool& reinit)
{
    for (auto& queue : loop.pending.queues) {
        int begin = max(0, queue.count - 32);
        if (!queue.count || events_kept(queue, begin)) continue;
        for (int i = queue.count; i-- > begin;) {
            const Watcher* w = queue[i].w;
            if (!w || w == record.pending || event_kept(queue, i, reinit))
                continue;
            record.pending = w;
            return w;
        }
    }
    return nullptr;
}

void events_check(Record& record, Loop& loop, const void* during)
{
    bool reinit = false;
    const Watcher* w = lost_event(record, loop, reinit);
    if (!w) return;
    Finding finding(reinit ? Error::reinit : Error::freed,
                    reinit ? "initialized again while an event was pending"
                           : "freed or overwritten while an event was pending");
    finding.report.w = const_cast<Watcher*>(w);
    Watched one = watched_known(record, w);
    if (one.w) finding.about(one), finding.started(one);
    finding.during(during);
    record.damaged = true;
    finding.deliver(&record, loop);
}

}}  // evi

#endif
