// What is checked when the program calls a function of the C API: may this
// thread use this loop now, and does the loop exist?

#include "debug.hh"

#include "../core/lifetime.hh"

#if RELEV_DEBUG

namespace evi { namespace {

// What each function may do that others may not.
enum : unsigned {
    any_thread = 1,  // may be called while another thread runs the loop
    reads = 2,       // after a finding its result does no harm
    removes = 4,     // reads only a watcher, if that is not active
};

// ev_break may be called by a signal handler, in any thread. What two others
// read does not change while a loop runs.
constexpr struct {
    const char* name;
    unsigned may;
} functions[] = {
    {"ev_async_send", any_thread},
    {"relev_post", any_thread},
    {"relev_call", any_thread},
    {"ev_break", any_thread | reads},
    {"relev_progress_read", any_thread | reads},
    {"relev_metrics_read", any_thread | reads},
    {"relev_metrics_text", any_thread | reads},
    {"relev_metrics_part", any_thread | reads},
    {"relev_callbacks_read", any_thread | reads},
    {"relev_signal_info", any_thread},
    {"ev_clear_pending", removes},
    {"ev_now", reads},
    {"ev_backend", any_thread | reads},
    {"ev_iteration", reads},
    {"ev_depth", reads},
    {"ev_pending_count", reads},
    {"ev_userdata", any_thread | reads},
    {"relev_refs", any_thread | reads},
};

unsigned function_may(const char* name)
{
    size_t n = strlen(name);
    if (n > 5 && !strcmp(name + n - 5, "_stop")) return removes;
    for (const auto& one : functions)
        if (!strcmp(one.name, name)) return one.may;
    return 0;
}

// A watcher that is not active, as far as can be said, may be stopped and
// cleared in a loop that is destroyed: C++ destructors do it. The default loop
// may be destroyed again.
bool harmless(const Loop* loop, const char* function, const void* watcher)
{
    char head[sizeof(Watcher)];
    if (!strcmp(function, "ev_loop_destroy")) return loop == &default_loop;
    if (!watcher || !(function_may(function) & removes)) return false;
    switch (memory_copy(head, watcher, sizeof head)) {
        case Copy::done:
            break;
        case Copy::unmapped:
            return false;
        default:
            return true;
    }
    auto* w = reinterpret_cast<const Watcher*>(head);
    return !w->active && !w->pending;
}

Loop& entry_dead(Record* record, Loop* loop, const void* w,
                 const char* function, const void* caller)
{
    static Loop empty;
    Loop& rest = loop == &default_loop ? *loop : empty;
    if (harmless(loop, function, w)) return rest;
    Finding finding(Error::destroyed, !loop    ? "there is no loop: null"
                                      : record ? "the loop is destroyed"
                                               : "there is no such loop");
    finding.by(function, caller);
    if (record) finding.destroyed_by(*record);
    finding.deliver(nullptr, empty);
    bool goes_on = loop && function_may(function) & (reads | removes);
    if (!goes_on) abort();  // nothing sensible can follow
    return rest;
}

Loop& debug_entry(Loop* loop, const void* w, const char* function,
                  const void* caller)
{
    Record* record = record_of(loop);
    if (!record || !record->alive)
        return entry_dead(record, loop, w, function, caller);
    assert(loop && record->loop == loop);
    unsigned may = function_may(function);
    if (!(may & any_thread)) thread_check(*record, *loop, function, caller);
    if (may & (any_thread | reads)) return *loop;
    entered = {function, caller, w, false};
    entry_check(*record, *loop, entered);
    if (!strcmp(function, "ev_loop_destroy")) record->ending = true;
    if (!strcmp(function, "ev_run")) {
        nested_check(*record, *loop, caller);
        if (loop->pending.mask) watchers_check(*record, *loop, nullptr);
    }
    return *loop;
}

// Any thread may dump, and addresses without a loop may be tried, as debuggers
// do. Nothing is allocated, so the names of C++ are not made readable, and no
// callback is called.
void debug_dump(const void* loop, const char* function, const void* caller)
{
    const Record* record = record_of(loop);
    if (!record || record->alive) return;
    Finding finding(Error::destroyed, "the loop is destroyed");
    finding.by(function, caller, false);
    finding.destroyed_by(*record, false);
    finding.print();
}

}}  // evi

#endif
