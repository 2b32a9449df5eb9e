// ev_idle: called when no event of its priority or a higher one is pending.
//
// Only the highest priority with idle watchers is called. While one is active
// the loop does not block. w->active is the index in its queue plus one.

#include "../core/pending.hh"
#include "../core/report.hh"
#include "hook.hh"
#include "steps.hh"

#if EV_IDLE_ENABLE

namespace evi { namespace {

Hooklist& idle_queue(Loop& loop, const Watcher* w)
{
    int priority = max(pri_min, min(priority_get(w), pri_max));
    return loop.watchers.idles.queues[priority - pri_min];
}

// Its priority may have been changed while it was active, an error.
[[gnu::cold, gnu::noinline]] Hooklist& idle_queue_of(Loop& loop, Watcher* w)
{
    for (auto& other : loop.watchers.idles.queues) {
        if (!hook_listed(other, w)) continue;
        error_note_quiet(
            loop, Error::changed, EV_IDLE, w,
            "(libev) ev_idle: the priority was changed while active");
        return other;
    }
    return idle_queue(loop, w);
}

void idle_start(Loop&, Watcher*);

[[gnu::cold, gnu::noinline]] void idle_start_slow(Loop& loop, Watcher* w)
{
    hook_reserve(loop, idle_queue(loop, w), w, EV_IDLE);
    idle_start(loop, w);
    reports_make(loop);
}

void idle_start(Loop& loop, Watcher* w)
{
    if (w->active) return;
    Hooklist& queue = idle_queue(loop, w);
    if (hook_full(queue)) return idle_start_slow(loop, w);
    ++loop.watchers.idles.count;
    hook_push(loop, queue, w);
}

void idle_stop(Loop&, Watcher*);

[[gnu::noinline]] void idle_stop_slow(Loop& loop, Watcher* w)
{
    if (pending_drop(loop, w)) return idle_stop(loop, w);
    reports_hold(loop);
    if (hook_stop_slow(loop, idle_queue(loop, w), w, EV_IDLE))
        --loop.watchers.idles.count;
    reports_release(loop);
}

void idle_stop(Loop& loop, Watcher* w)
{
    Idles& idles = loop.watchers.idles;
    unsigned k = priority_index(w);
    bool left = k < pri_count && hook_leave(loop, idles.queues[k], w, int(k));
    if (left) --idles.count;
    else idle_stop_slow(loop, w);
}

[[gnu::cold, gnu::noinline]] void idles_queue(Loop& loop)
{
    for (int k = pri_count; k--;) {
        if (loop.pending.mask >> k & 1) return;
        auto& queue = loop.watchers.idles.queues[k];
        if (queue.count) hooks_queue(loop, queue, EV_IDLE);
        if (queue.count) return;  // it may have had dead entries only
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
    .counted_as = 6,
    .lists = offsetof(Kinds, idles.queues),
    .list_count = pri_count,
    .verify = verified ? idles_verify : nullptr,
    .stop = metered ? stop_by<ev_idle, ev_idle_stop> : nullptr,
};

}}  // evi

// The C API.

void ev_idle_start(EV_P_ ev_idle* w) EV_NOEXCEPT
{
    evi::idle_start(evi::entry(EV_A_ w), evi::base(w));
}

void ev_idle_stop(EV_P_ ev_idle* w) EV_NOEXCEPT
{
    if (evi::at_rest(w)) return;
    evi::idle_stop(evi::entry(EV_A_ w), evi::base(w));
}

#else

namespace evi { namespace {

Hooklist& idle_queue(Loop& loop, const Watcher*)
{
    return loop.watchers.idles.queues[0];
}

Hooklist& idle_queue_of(Loop& loop, Watcher* w) { return idle_queue(loop, w); }

void idles_reify(Loop&) {}
constexpr const Kind& idle_kind = no_kind;

}}  // evi

#endif
