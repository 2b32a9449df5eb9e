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

// Several watchers, read by one system call.
struct Batch {
    static constexpr size_t most = 32;
    Watched* watchers[most];
    size_t count;

    void fill(const WatchedTable& table, size_t& at, size_t& left)
    {
        for (count = 0; left && at < table.size && count < most; ++at, --left)
            if (table.slots[at].active) watchers[count++] = &table.slots[at];
    }

    // The first damaged one; null: none.
    Watched* damaged(const Loop& loop, Error& error, const char*& what)
    {
        alignas(Image) char bytes[most * sizeof(Image)];
        iovec from[most];
        for (size_t i = 0; i < count; ++i)
            from[i] = {watchers[i]->w, image_size(watchers[i]->type)};
        bool read = count && memories_copy(bytes, from, count);
        const char* next = bytes;
        for (size_t i = 0; i < count; next += from[i++].iov_len) {
            Image image = {};
            if (read) memcpy(image.bytes, next, from[i].iov_len);
            what = read ? judge(loop, *watchers[i], image, error)
                        : judge(loop, *watchers[i], error);
            if (what) return watchers[i];
        }
        return nullptr;
    }
};

// The next damaged one from slot `at` on, which is not checked again.
bool damaged_next(Record& record, const Loop& loop, size_t& at, size_t& left,
                  Watched& found, Error& error, const char*& what)
{
    if (!debug_lock()) return false;
    Watched* damaged = nullptr;
    while (!damaged && left && at < record.table.size) {
        Batch batch;
        batch.fill(record.table, at, left);
        damaged = batch.damaged(loop, error, what);
    }
    if (damaged) {
        size_t place = static_cast<size_t>(damaged - record.table.slots);
        assert(place < at && damaged->active);
        left += at - place;
        at = place;
        damaged->active = false;
        found = *damaged;
    }
    debug_unlock();
    return damaged;
}

void damage_report(Record& record, Loop& loop, const Watched& one, Error error,
                   const char* what, const void* during)
{
    record.damaged = true;
    Finding finding(error, what);
    finding.about(one), finding.started(one);
    finding.during(during);
    finding.deliver(&record, loop);
}

// If there are many watchers, each call checks some of them.
void watchers_check(Record& record, Loop& loop, const void* during, size_t most)
{
    Watched found;
    Error error;
    const char* what;
    size_t left = min(most, record.table.size);
    size_t at = record.checked >= record.table.size ? 0 : record.checked;
    while (left) {
        if (damaged_next(record, loop, at, left, found, error, what))
            damage_report(record, loop, found, error, what, during);
        if (at < record.table.size) break;
        at = 0;
    }
    record.checked = at;
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
    Error error;
    if (!call.w) return;
    Watched known = watched_known(record, call.w);
    if (known.active) {
        const char* what = judge(loop, known, error);
        if (what) watched_drop(record, known.w);
        if (what) damage_report(record, loop, known, error, what, nullptr);
        return;
    }
    if (known.w) return;  // not a copy
    if (!memory_copy(image.bytes, call.w, sizeof(Watcher))) return;
    if (!image.head.active) return;
    memory_copy(image.bytes, call.w, sizeof(ev_child));
    Watched original = original_of(record, image);
    if (!original.w || reported_before(Error::moved, call.caller)) return;
    Finding finding(Error::moved, "moved while active, to ");
    finding.text.put(call.w);
    finding.about(original), finding.started(original);
    finding.by(call.function, call.caller);
    finding.deliver(&record, loop);
}

}}  // evi

#endif
