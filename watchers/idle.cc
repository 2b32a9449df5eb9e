// ev_idle: called when no event of its priority or a higher one is pending.
//
// Only the highest priority with idle watchers is called. While one is active
// the loop does not block. w->active is the index in its queue plus one.

#include "../core/pending.hh"
#include "../core/phases.hh"
#include "../core/report.hh"
#include "../core/watcher.hh"

#if EV_IDLE_ENABLE

namespace evi { namespace {

[[gnu::cold]] Hooklist& idle_queue(Loop& loop, const Watcher* w)
{
    int priority = max(pri_min, min(priority_get(w), pri_max));
    return loop.watchers.idles.queues[priority - pri_min];
}

// If it was initialised while active, a mistake, it may be in any queue.
[[gnu::cold]] bool idle_regain(Loop& loop, Watcher* w)
{
    const Set& known = loop.watchers.hooked;
    if (!known.has(w)) return false;
    for (auto& queue : loop.watchers.idles.queues)
        if (hook_regain(loop, queue, known, w)) return true;
    return false;
}

// Its priority may have been changed while it was active, a mistake.
Hooklist& idle_queue_now(Loop& loop, Watcher* w)
{
    Hooklist& queue = idle_queue(loop, w);
    if (hook_listed(queue, w)) return queue;
    for (auto& other : loop.watchers.idles.queues) {
        if (!hook_listed(other, w)) continue;
        fault_note(loop, Error::changed, EV_IDLE, w,
                   "(libev) ev_idle: the priority was changed while active");
        return other;
    }
    return queue;
}

[[gnu::cold]] void idle_stop(Loop& loop, ev_idle* idle)
{
    Watcher* w = base(idle);
    if (!w->active && loop_gone(loop)) return;
    mistakes_hold(loop);
    if (!w->active) idle_regain(loop, w);
    if (hook_stop(loop, idle_queue_now(loop, w), w))
        --loop.watchers.idles.count;
    mistakes_release(loop);
}

[[gnu::cold]] void idle_start(Loop& loop, ev_idle* idle)
{
    Watcher* w = base(idle);
    mistakes_hold(loop);
    if (!w->active && idle_regain(loop, w)) idle_stop(loop, idle);
    if (hook_start(loop, idle_queue(loop, w), w)) ++loop.watchers.idles.count;
    mistakes_release(loop);
}

[[gnu::noinline]] void idles_queue(Loop& loop)
{
    for (int k = pri_count; k--;) {
        if (loop.pending.mask >> k & 1) return;
        auto& queue = loop.watchers.idles.queues[k];
        if (queue.count) return hooks_queue(loop, queue, EV_IDLE);
    }
}

void idles_reify(Loop& loop)
{
    if (loop.watchers.idles.count) idles_queue(loop);
}

[[gnu::cold]] void idles_verify(Loop& loop)
{
    int count = 0;
    for (auto& queue : loop.watchers.idles.queues) count += queue.count;
    verify_that(count == loop.watchers.idles.count, "idle count");
}

constexpr Kind idle_kind = {
    .type = EV_IDLE,
    .name = "ev_idle",
    .lists = offsetof(Kinds, idles.queues),
    .list_count = pri_count,
    .verify = verified ? idles_verify : nullptr,
};

}}  // evi

// The C API.

void ev_idle_start(EV_P_ ev_idle* w) EV_NOEXCEPT
{
    evi::idle_start(evi::entry(EV_A_ w), w);
}

void ev_idle_stop(EV_P_ ev_idle* w) EV_NOEXCEPT
{
    evi::idle_stop(evi::entry(EV_A_ w), w);
}

#else

namespace evi { namespace {

void idles_reify(Loop&) {}
constexpr const Kind& idle_kind = no_kind;

}}  // evi

#endif
