// The hooks of the debug library: what the core calls (core/relev.hh).

#include "debug.hh"

#include "../core/lifetime.hh"
#include "../core/wakeup.hh"
#include "../core/watcher.hh"

#if RELEV_DEBUG

#include <sched.h>

namespace evi { namespace {

constexpr size_t check_most = 1024;  // slots, at each iteration
constexpr size_t check_some = 256;   // after each callback

Record* records;
std::atomic<int> lock_holder;  // its thread; 0: free
int lock_process;              // a child may inherit a lock that was held

bool debug_lock()
{
    int free = 0, self = thread_id();
    if (lock_process != process_id()) {
        lock_process = process_id();
        lock_holder.store(0);
    }
    while (!lock_holder.compare_exchange_weak(free, self)) {
        if (free == self) return false;  // a signal handler
        free = 0;
        sched_yield();
    }
    return true;
}

void debug_unlock() { lock_holder.store(0); }

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
    record->process = process_id();
    record->runner.store(0);
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
    record->runner.store(0);
    record->table.free();
    debug_unlock();
}

// A watcher that is not active, as far as can be said, may be stopped and
// cleared in a loop that is destroyed: C++ destructors do it.
bool harmless(const char* function, const void* watcher)
{
    size_t n = strlen(function);
    char head[sizeof(Watcher)];
    if (!strcmp(function, "ev_loop_destroy")) return true;
    bool removes = !strcmp(function + n - 5, "_stop")
                || !strcmp(function, "ev_clear_pending");
    if (!watcher || !removes) return false;
    if (!memory_copy(head, watcher, sizeof head)) return false;
    auto* w = reinterpret_cast<const Watcher*>(head);
    return !w->active && !w->pending;
}

Loop& entry_dead(Record* record, Loop* loop, const void* w,
                 const char* function, const void* caller)
{
    static Loop empty;
    bool stop = harmless(function, w);
    if (stop) return loop == &default_loop ? *loop : empty;
    Finding finding(Error::destroyed, !loop    ? "there is no loop: null"
                                      : record ? "the loop is destroyed"
                                               : "there is no such loop");
    finding.by(function, caller);
    if (record) {
        finding.text.put("; ev_loop_destroy called at ");
        put_function(finding.text, record->destroyer);
    }
    finding.deliver(nullptr, empty);
    if (!strstr(function, "_stop")) abort();  // nothing sensible can follow
    return empty;
}

Loop& debug_entry(Loop* loop, const void* w, const char* function,
                  const void* caller)
{
    Record* record = record_of(loop);
    if (!record || !record->alive)
        return entry_dead(record, loop, w, function, caller);
    entered.function = function;
    entered.caller = caller;
    entered.w = w;
    if (!strcmp(function, "ev_async_send")) return *loop;  // from anywhere
    if (!strcmp(function, "ev_loop_fork")) return *loop;
    thread_check(*record, *loop, function, caller);
    entry_check(*record, *loop, entered);
    if (!strcmp(function, "ev_loop_destroy")) record->ending = true;
    if (!strcmp(function, "ev_run")) {
        nested_check(*record, *loop, caller);
        if (loop->pending.mask)
            watchers_check(*record, *loop, nullptr, check_some);
    }
    return *loop;
}

int type_of(const char* function)  // EV_IO for ev_io_start
{
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
    entered.runs += begins;
    if (outermost) record->runner.store(0);
    else record->runner.store(thread_id());
    record->state.store(outermost ? State::outside
                        : begins  ? State::core
                                  : State::calling);
}

void invariants_check(Record& record, Loop& loop)
{
    if (!record.damaged && loop.active < 1000) verify(loop);
}

void debug_iteration(Loop& loop)
{
    Record* record = record_of(&loop);
    process_check(*record, loop);
    watchers_check(*record, loop, nullptr, check_most);
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

Calling debug_call(Loop& loop, Watcher* w, int events)
{
    Record* record = record_of(&loop);
    Calling before = record->calling;
    bool runs = record->runner.load() == thread_id();
    before.state = runs ? record->state.load() : State::outside;
    if (runs) record->state.store(State::calling);
    const void* frame = __builtin_frame_address(0);
    record->calling = {w,
                       0,
                       w ? callback_of(w) : nullptr,
                       events,
                       thread_id(),
                       frame,
                       entered.runs,
                       seconds_now(),
                       State::calling};
    return before;
}

void slow_check(Record& record, Loop& loop, const Calling& calling)
{
    ev_tstamp took = seconds_now() - calling.since;
    bool nested = entered.runs != calling.runs;
    if (nested || !(options().slow > 0) || took < options().slow) return;
    if (!calling.w || reported_before(Error::slow, calling.callback)) return;
    Finding finding(Error::slow, "the callback took ");
    finding.text.put(static_cast<long long>(took * 1000));
    finding.text.put(" ms: ");
    put_function(finding.text, calling.callback);
    Watched one = watched_known(record, calling.w);
    if (one.w) finding.about(one), finding.started(one);
    finding.deliver(&record, loop);
}

void debug_called(Loop& loop, const Calling& before)
{
    Record* record = record_of(&loop);
    if (!record || !record->alive) return;
    Calling calling = record->calling;
    record->calling = before;
    if (before.state != State::outside) record->state.store(before.state);
    if (!calling.w) return;
    record->done = calling.callback;
    slow_check(*record, loop, calling);
    if (record->ending) return;
    watchers_check(*record, loop, calling.callback, check_some);
}

}}  // evi

#endif
