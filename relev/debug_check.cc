// When watchers are checked, and what is reported.
//
// Watchers are checked where the program may have changed them: after each
// callback, and when it enters the library. Their memory is read by
// memory_copy, since it may be gone.

#include "debug.hh"

#include "../core/pending.hh"
#include "../core/watcher.hh"

#if RELEV_DEBUG

namespace evi { namespace {

struct Damage {
    Watched watcher;
    Error error;
    const char* what;
};

// One check: of the next few watchers, or of all.
struct Round {
    bool all;
    size_t slots;
    int watchers;
    Memory memory;

    Round(const WatchedTable& table, bool all_of_them)
        : all(all_of_them),
          slots(all ? table.size : min<size_t>(table.size, 1024)),
          watchers(check_watchers),
          memory()
    {
    }

    bool continues() const
    {
        bool cheap = watchers > 0 && memory.asked < check_calls;
        return slots && (all || cheap);
    }
};

// The next damaged one, which is not checked again.
bool damaged_next(Record& record, const Loop& loop, Round& round,
                  Damage& damage)
{
    if (!debug_lock()) return false;
    bool damaged = false;
    const WatchedTable& table = record.table;
    while (!damaged && round.continues()) {
        Watched& one = table.slots[record.checked++ & (table.size - 1)];
        --round.slots;
        if (!one.active) continue;
        --round.watchers;
        damage.what = judge(loop, one, round.memory, damage.error);
        damaged = damage.what;
        assert(one.w && (!damaged || damage.error >= Error::reinit));
        one.active = !damaged;
        damage.watcher = one;
    }
    debug_unlock();
    return damaged;
}

void damage_report(Record& record, Loop& loop, const Damage& damage,
                   const void* during, bool sure)
{
    record.damaged = true;
    Finding finding(damage.error, damage.what);
    finding.about(damage.watcher), finding.started(damage.watcher);
    finding.during(during, sure);
    finding.deliver(&record, loop);
}

// If there are many watchers, each call checks some of them. A callback is
// blamed only if all were checked before it.
void watchers_check(Record& record, Loop& loop, const void* during, bool all)
{
    Round round(record.table, all);
    Damage damage;
    size_t size = record.table.size;
    bool whole = round.slots == size, sure = record.complete;
    while (damaged_next(record, loop, round, damage))
        damage_report(record, loop, damage, during, sure);
    record.complete = whole && !round.slots && record.table.size == size;
    events_check(record, loop, during);
}

// The active watcher of which this one is a copy; zero if there is none.
Watched original_of(const Record& record, const Image& image)
{
    Watched found = {};
    if (!debug_lock()) return found;
    for (size_t i = 0; i < record.table.size; ++i) {
        const Watched& one = record.table.slots[i];
        if (one.active && one.callback == callback_of(&image.head)
            && one.common == common_of(image.head)
            && one.priority == priority_get(&image.head)
            && one.number == number_of(one.type, &image.head)
            && one.events == image_events(image, one.type))
            found = one;
    }
    debug_unlock();
    return found;
}

// A watcher that the program passes: is it damaged, or a copy of an active one?
void entry_check(Record& record, Loop& loop, const Entered& call)
{
    Image image = {};
    Memory memory = {};
    Damage damage = {};
    if (!call.w) return;
    damage.watcher = watched_known(record, call.w);
    if (damage.watcher.active) {
        damage.what = judge(loop, damage.watcher, memory, damage.error);
        if (!damage.what) return;
        watched_drop(record, call.w);
        damage_report(record, loop, damage, nullptr, false);
        entered.reported = true;
        return;
    }
    if (damage.watcher.w) return;  // not a copy
    if (memory.copy(image.bytes, call.w, sizeof(Watcher)) != Copy::done) return;
    if (!image.head.active) return;
    memory.copy(image.bytes, call.w, sizeof(ev_child));
    Watched original = original_of(record, image);
    if (!original.w || reported_before(Error::moved, call.caller)) return;
    Finding finding(Error::moved, "moved while active, to ");
    finding.text.put(call.w);
    finding.about(original), finding.started(original);
    finding.by(call.function, call.caller);
    finding.deliver(&record, loop);
    entered.reported = true;
}

}}  // evi

#endif
