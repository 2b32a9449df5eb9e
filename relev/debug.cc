// The hooks of the debug library: what the core calls (core/relev.hh).

#include "debug.hh"

#include "../core/fork.hh"
#include "../core/lifetime.hh"
#include "../core/wakeup.hh"
#include "../core/watcher.hh"
#include "state.hh"

#if RELEV_DEBUG

#include <sched.h>

namespace evi { namespace {

__thread unsigned long runs_so_far;  // calls of ev_run

Record* records;
std::atomic<const void*> lock_holder;  // its thread; null: free
unsigned lock_process;  // a child may inherit a lock that was held

bool debug_lock()
{
    const void *free = nullptr, *self = thread_self();
    if (lock_process != process_current()) {
        lock_process = process_current();
        lock_holder.store(nullptr);
    }
    while (!lock_holder.compare_exchange_weak(free, self)) {
        if (free == self) return false;  // a signal handler
        free = nullptr;
        sched_yield();
    }
    return true;
}

bool debug_lock_soon()
{
    const void* free = nullptr;
    for (int i = 0; i < 100; ++i, free = nullptr)
        if (lock_holder.compare_exchange_strong(free, thread_self()))
            return true;
    return false;
}

void debug_unlock() { lock_holder.store(nullptr); }

Record* record_of(const void* loop)
{
    Record* record = __atomic_load_n(&records, __ATOMIC_ACQUIRE);
    while (record && record->loop != loop) record = record->next;
    return record;
}

Record* record_new(const void* loop)
{
    static char* room;
    static size_t left;
    if (left < sizeof(Record)) left = 65536, room = nullptr;
    if (!room) room = static_cast<char*>(pages_new(left));
    auto* record = new (room) Record();
    room += sizeof(Record);
    left -= sizeof(Record);
    assert(!record_of(loop));
    record->loop = loop;
    record->next = records;
    __atomic_store_n(&records, record, __ATOMIC_RELEASE);
    return record;
}

void debug_made(Loop& loop)
{
    if (!debug_lock()) return;
    Record* record = record_of(&loop);
    if (!record) record = record_new(&loop);
    record->table.free();
    record->ending = record->damaged = false;
    record->process = process_current();
    record->process_id = process_id();
    record->complete = false;
    record->runner.store(nullptr);
    record->state.store(State::outside);
    record->calling = {};
    record->done = nullptr;
    record->alive = true;
    debug_unlock();
}

void debug_destroyed(Loop& loop)
{
    if (!debug_lock()) return;
    Record* record = record_of(&loop);
    assert(record);
    record->alive = false;
    record->destroyer = entered.caller;
    const Calling& calling = record->calling;
    record->ran = calling.w ? loop.depth > 0 : calling.frame != nullptr;
    const Watched* caller = record->table.find(calling.w);
    record->caller = caller ? *caller : Watched();
    record->runner.store(nullptr);
    record->table.free();
    debug_unlock();
}

int type_of(const char* function)  // EV_IO for ev_io_start; also after rel
{
    if (!strncmp(function, "rel", 3)) function += 3;
    for (int i = 0; const Kind* kind = kind_at(i); ++i) {
        size_t n = strlen(kind->name);
        if (n && !strncmp(function, kind->name, n) && function[n] == '_')
            return kind->type;
    }
    return 0;
}

void watched_fill(Watched& one, Watcher* w)
{
    one.type = type_of(entered.function);
    one.active = true;
    one.priority = priority_get(w);
    one.number = number_of(one.type, w);
    one.events = one.type == EV_IO
                   ? reinterpret_cast<ev_io*>(w)->events & ~EV__IOFDSET
                   : 0;
    Image image = {};
    memcpy(image.bytes, w, image_size(one.type));
    one.fixed = image_fixed(image, one.type);
    one.common = common_of(*w);
    one.callback = callback_of(w);
    one.function = entered.function;
    one.caller = entered.caller;
    one.thread = thread_id();
    file_note(one);
}

void watched_drop(Record& record, const void* w)
{
    if (!debug_lock()) return;
    if (Watched* one = record.table.find(w)) one->active = false;
    debug_unlock();
}

// Watchers of the library itself, as those of ev_once, are not remembered.
void debug_started(Loop& loop, Watcher* w)
{
    Record* record = record_of(&loop);
    if (w != entered.w || !record || !debug_lock()) return;
    watched_fill(*record->table.put(w), w);
    debug_unlock();
}

void debug_stopped(Loop& loop, Watcher* w)
{
    if (Record* record = record_of(&loop)) watched_drop(*record, w);
}

// All zero if it was never started, or long ago.
Watched watched_known(const Record& record, const void* w)
{
    Watched one = {};
    if (!debug_lock()) return one;
    if (const Watched* known = record.table.find(w)) one = *known;
    debug_unlock();
    return one;
}

void debug_run(Loop& loop, bool begins)
{
    Record* record = record_of(&loop);
    assert(record);
    bool outermost = !begins && !loop.depth;
    runs_so_far += begins;
    if (outermost) record->runner.store(nullptr);
    else record->runner.store(thread_self());
    record->runner_id.store(thread_id());
    record->state.store(outermost ? State::outside
                        : begins  ? State::core
                                  : State::calling);
}

// As if it were in a callback, which may do anything.
void runs_left()
{
    Record* record = __atomic_load_n(&records, __ATOMIC_ACQUIRE);
    for (; record; record = record->next)
        if (record->runner.load() == thread_self())
            record->state.store(State::calling);
}

// The invariants hold if no watcher is damaged, or the program would be ended
// for what is only reported. The more watchers, the less often.
void invariants_check(Record& record, Loop& loop)
{
    record.unverified += 4;
    bool due = record.unverified > static_cast<size_t>(max(loop.active, 0));
    if (record.damaged || !(due || record.complete)) return;
    if (!record.complete) watchers_check(record, loop, nullptr, true);
    record.unverified = 0;
    if (!record.damaged) verify(loop);
}

void debug_iteration(Loop& loop)
{
    Record* record = record_of(&loop);
    process_check(*record, loop);
    watchers_check(*record, loop, nullptr);
    files_check(*record, loop);
    invariants_check(*record, loop);
}

void debug_wait(Loop& loop, bool begins)
{
    record_of(&loop)->state.store(begins ? State::waiting : State::core);
}

ev_tstamp seconds_now()
{
    timespec now = {};
    syscall(clock_gettime_number, CLOCK_MONOTONIC, &now);  // not a fake one
    return static_cast<ev_tstamp>(now.tv_sec)
         + static_cast<ev_tstamp>(now.tv_nsec) * 1e-9;
}

Calling debug_call(Loop& loop, Watcher* w, int events, const void* frame,
                   const void* caller)
{
    Record* record = record_of(&loop);
    Calling before = record->calling;
    bool runs = record->runner.load() == thread_self();
    before.state = runs ? record->state.load() : State::outside;
    if (runs) record->state.store(State::calling);
    before.within = calling_of;
    before.entered = entered;
    calling_of = &loop;
    record->calling = {w,
                       w ? callback_of(w) : nullptr,
                       events,
                       thread_self(),
                       frame,
                       caller,
                       &loop,
                       runs_so_far,
                       {},
                       seconds_now(),
                       State::calling};
    return before;
}

void debug_names(Loop& loop, const void* callback)
{
    record_of(&loop)->calling.callback = callback;
}

// Its tasks are checked one by one.
#if EV_ASYNC_ENABLE
bool runs_tasks(const Loop& loop, const Watcher* w)
{
    return loop.relev && w == base(&loop.relev->posts.wake);
}
#else
bool runs_tasks(const Loop&, const Watcher*) { return false; }
#endif

void slow_check(Record& record, Loop& loop, const Calling& calling)
{
    ev_tstamp took = seconds_now() - calling.since;
    bool nested = runs_so_far != calling.runs;
    if (nested || !(options.slow > 0) || took < options.slow) return;
    if (runs_tasks(loop, calling.w)) return;
    Finding finding(Error::slow, "the callback took ");
    finding.text.put(static_cast<long long>(took * 1000));
    finding.text.put(" ms: ");
    put_function(finding.text, calling.callback, true);
    Watched one = watched_known(record, calling.w);
    if (one.w) finding.about(one), finding.started(one);
    finding.deliver(&record, loop);
}

void debug_called(Loop& loop, const Calling& before)
{
    Record* record = record_of(&loop);
    calling_of = before.within;
    entered = before.entered;
    if (record && !record->alive) destroyed_check(*record);
    if (!record || !record->alive) return;
    Calling calling = record->calling;
    record->calling = before;
    if (before.state != State::outside) record->state.store(before.state);
    if (!calling.callback) return;
    record->done = calling.callback;
    slow_check(*record, loop, calling);
    if (record->ending) return;
    watchers_check(*record, loop, calling.callback);
}

}}  // evi

#endif
