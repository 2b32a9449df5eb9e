// ev_cleanup: called when the loop is destroyed. It holds no reference.
//
// w->active is the index plus one, as in watchers/hook.cc.

#include "../core/pending.hh"
#include "../core/report.hh"
#include "hook.hh"
#include "steps.hh"

namespace evi { namespace {

// Without memory: the watchers are stopped and called one by one, whatever
// their priority. So each is called once, whichever the callbacks stop.
[[gnu::cold]] void cleanups_invoke_each(Loop& loop, Hooklist& list)
{
    hooks_purge(loop, list, nullptr, EV_CLEANUP);
    for (int i = list.count; i--; i = min(i, list.count)) {
        Watcher* w = list[i];
        bool valid = w->active == i + 1;
        hook_take(loop, list, i, not_idle);
        if (valid) watcher_stop(loop, w), ++loop.active;
        call(loop, w, EV_CLEANUP);
    }
}

// Destroying a loop needs no memory.
[[gnu::cold]] void cleanups_invoke(Loop& loop)
{
    Hooklist& list = loop.watchers.cleanups;
    bool room = true;
    for (const Watcher* w : list) {
        auto& queue = loop.pending.queues[queue_index(w)];
        room = room && queue.reserve_try(queue.count + list.count);
    }
    if (room) return hooks_invoke(loop, list, EV_CLEANUP);
    cleanups_invoke_each(loop, list);
}

[[gnu::noinline]] void cleanup_start(Loop& loop, Watcher* w)
{
    Hooklist& list = loop.watchers.cleanups;
    if (w->active) return;
    if (hook_full(list)) hook_reserve(loop, list, w, EV_CLEANUP);
    --loop.active;  // it does not keep the loop alive
    hook_push(loop, list, w);
    reports_make(loop);
}

constexpr Kind cleanup_kind = {
    .type = EV_CLEANUP,
    .references = 0,
    .name = "ev_cleanup",
    .counted_as = 11,
    .lists = offsetof(Kinds, cleanups),
};

}}  // evi

// The C API.

#if EV_CLEANUP_ENABLE

void ev_cleanup_start(EV_P_ ev_cleanup* w) EV_NOEXCEPT
{
    evi::Loop& ours = evi::entry(EV_A_ w);
    evi::cleanup_start(ours, evi::base(w));
}

void ev_cleanup_stop(EV_P_ ev_cleanup* w) EV_NOEXCEPT
{
    if (evi::at_rest(w)) return;
    evi::Loop& ours = evi::entry(EV_A_ w);
    evi::Watcher* base = evi::base(w);
    evi::reports_hold(ours);
    if (evi::hook_stop(ours, ours.watchers.cleanups, base, EV_CLEANUP))
        ++ours.active;
    evi::reports_release(ours);
}

#endif
