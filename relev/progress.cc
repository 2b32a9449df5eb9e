// relev_progress_read and relev_set_slow_cb.

#include "progress.hh"

#include "state.hh"
#include "walk.hh"

#if EV_RELEV_ENABLE

namespace evi { namespace {

constexpr auto released = std::memory_order_release;
constexpr auto acquired = std::memory_order_acquire;

constexpr int reads_most = 1000;

void progress_write(Loop& loop, int state, const Running& made, ev_tstamp since)
{
    Progress& p = loop.relev->progress;
    unsigned version = p.version.load(std::memory_order_relaxed) + 1;
    Progress::Slot& slot = p.slots[version % 2];
    auto sec = static_cast<long>(since);
    ev_tstamp part = since - static_cast<ev_tstamp>(sec);
    slot.iteration.store(loop.iterations, released);
    slot.state.store(state, released);
    slot.type.store(made.type, released);
    slot.callback.store(made.callback, released);
    slot.since_sec.store(sec, released);
    slot.since_nsec.store(static_cast<long>(part * ev_tstamp(1e9)), released);
    p.version.store(version, released);
}

// After a wait or a callback. If a callback runs the loop, it is that callback
// that goes on, whatever ends the inner ev_run.
void progress_resume(Loop& loop, ev_tstamp now)
{
    const Running& running = loop.relev->progress.running;
    assert(running.call || !running.callback);
    if (running.call)
        progress_write(loop, RELEV_CALLING, running, running.began);
    else progress_write(loop, RELEV_BETWEEN, {}, now);
}

// In the outermost ev_run no callback runs: one was left by longjmp.
void progress_wait_begin(Loop& loop, ev_tstamp)
{
    Progress& p = loop.relev->progress;
    if (loop.depth <= 1) p.running = {};
    progress_write(loop, RELEV_WAITING, {}, max(p.ended, loop.clock.mono));
}

[[gnu::cold]] void progress_wait_outside(Loop& loop)
{
    if (!loop.relev || !loop.relev->progress.enabled.load(acquired)) return;
    Progress& p = loop.relev->progress;
    if (!loop.depth) p.running = {};
    progress_write(loop, RELEV_WAITING, {}, max(p.ended, loop.clock.mono));
}

void progress_woke(Loop& loop) { progress_resume(loop, loop.clock.mono); }

void progress_call_begin(Loop& loop, const Call& made)
{
    Progress& p = loop.relev->progress;
    auto call = reinterpret_cast<uintptr_t>(&made);
    p.running = {made.type, made.callback, made.began, call};
    progress_write(loop, RELEV_CALLING, p.running, made.began);
}

// Is a watcher of that kind at the address, active or with a pending event? If
// its kind is not known (EV_CUSTOM), of any kind. Only what the loop refers to
// is read: the watcher may be freed.
[[gnu::cold]] bool watcher_lives(Loop& loop, const Watcher* w, int type)
{
    bool found = false;
    for (auto& queue : loop.pending.queues)
        for (int i = 0; i < queue.count; ++i)
            found |= queue[i].w == w && type_of_event(queue[i].events) == type;
    walk(loop, [&](const Owner& owner, Watcher*, int) {
        found |= owner.w == w && (type == EV_CUSTOM || owner.type == type);
    });
    return found;
}

[[gnu::cold]] void slow_report(Loop& loop, const Call& made, ev_tstamp took)
{
    const Progress& p = loop.relev->progress;
    bool there = made.w && watcher_lives(loop, made.w, made.type);
    struct relev_slow slow = {};
    slow.type = made.type;
    slow.number = made.number;
    slow.watcher = there ? made.w : nullptr;
    slow.callback = made.callback;
    slow.took = took;
    Calling before = debug_call(loop, nullptr, 0);
    p.slow(c_loop(loop), &slow, p.slow_data);
    debug_called(loop, before);
}

// The stack grows down. An outer callback that is not above this one was left
// by longjmp.
void progress_call_end(Loop& loop, const Call& made)
{
    Progress& p = loop.relev->progress;
    bool nested = made.before.call > reinterpret_cast<uintptr_t>(&made);
    p.running = nested ? made.before : Running();
    p.ended = made.ended;
    progress_resume(loop, made.ended);
    ev_tstamp took = made.ended - made.began;
    if (!p.slow || !made.type || !(took > p.threshold)) return;
    slow_report(loop, made, took);
}

constexpr Observer progress_observer = {
    true,          progress_wait_begin, nullptr,
    progress_woke, progress_call_begin, progress_call_end,
    nullptr,
};

void progress_update(Loop& loop)
{
    Relev& relev = *loop.relev;
    bool wanted = relev.metrics.level == 2 || relev.progress.slow;
    bool enabled = relev.progress.enabled.load(acquired);
    if (wanted == enabled) return;
    if (wanted) {
        relev.progress.running = {};
        progress_write(loop, RELEV_BETWEEN, {}, loop.clock.mono);
        observer_add(loop, progress_observer);
    } else {
        observer_remove(loop, progress_observer);
    }
    relev.progress.enabled.store(wanted, released);
}

void slow_set(Loop& loop, ev_tstamp threshold, relev_slow_cb* callback,
              void* data)
{
    if (!callback && !loop.relev) return;
    Progress& p = relev_of(loop).progress;
    p.threshold = threshold;
    p.slow = callback;
    p.slow_data = data;
    progress_update(loop);
}

void progress_copy(const Progress::Slot& p, struct relev_progress& to)
{
    to.iteration = p.iteration.load(acquired);
    to.state = p.state.load(acquired);
    to.type = p.type.load(acquired);
    to.callback = p.callback.load(acquired);
    to.since =
        static_cast<ev_tstamp>(p.since_sec.load(acquired))
        + static_cast<ev_tstamp>(p.since_nsec.load(acquired)) * ev_tstamp(1e-9);
}

int progress_read(const Loop& loop, struct relev_progress& to)
{
    if (!loop.relev || !loop.relev->progress.enabled.load(acquired))
        return failed(ENODATA);
    const Progress& p = loop.relev->progress;
    for (int tries = reads_most; tries--;) {
        unsigned version = p.version.load(acquired);
        progress_copy(p.slots[version % 2], to);
        if (p.version.load(acquired) == version) return 0;
    }
    return failed(EAGAIN);  // the loop was faster each time
}

}}  // evi

// The C API.

int relev_set_slow_cb(struct ev_loop* loop, ev_tstamp threshold,
                      relev_slow_cb* cb, void* data) EV_NOEXCEPT
{
    if (!loop) return evi::failed(EINVAL);
    evi::slow_set(evi::entry(loop), threshold, cb, data);
    return 0;
}

int relev_progress_read(struct ev_loop* loop, struct relev_progress* progress,
                        size_t size) EV_NOEXCEPT
{
    if (!loop || !progress) return evi::failed(EINVAL);
    struct relev_progress now = {};
    if (evi::progress_read(evi::entry(loop), now) < 0) return -1;
    evi::copy_known(progress, size, now);
    return 0;
}

#endif
