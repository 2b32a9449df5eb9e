// Where watchers were started: for relev_dump, and for those that are active
// when their loop is destroyed.

#include "debug.hh"

#if RELEV_DEBUG

namespace evi { namespace {

// A signal handler or a debugger may have interrupted a thread that has the
// lock: then it is not said.
void debug_describe(Text& text, Loop& loop, const Watcher* w)
{
    const Record* record = record_of(&loop);
    assert(w);
    if (!record || !debug_lock_soon()) return;
    const Watched* known = record->table.find(w);
    Watched one = known ? *known : Watched{};
    debug_unlock();
    if (one.active) put_started(text, one, false);
}

// The next watcher from that place on that is active, and should not be.
bool leak_next(const Record& record, size_t& at, Watched& found)
{
    if (!debug_lock()) return false;
    for (; at < record.table.size; ++at) {
        found = record.table.slots[at];
        if (found.active && found.type != EV_CLEANUP) break;
    }
    debug_unlock();
    return at++ < record.table.size;
}

// It is legal, so this is an option. The watchers may be freed: nothing of them
// is read.
void debug_leaks(Loop& loop)
{
    Record* record = record_of(&loop);
    assert(record);
    Watched one;
    if (!options.leaks) return;
    for (size_t at = 0; leak_next(*record, at, one);) {
        Finding finding(Error::leak, "active when the loop is destroyed");
        finding.about(one), finding.started(one);
        assert(one.active && one.caller);
        finding.deliver(record, loop);
    }
}

}}  // evi

#endif
