// ev_async: lets another thread or a signal handler wake the loop.
//
// All sends before the loop handles them cause one call. `sent` and the members
// that wakeup_notify uses are atomic; only the loop's thread may access the
// rest. w->active is the index plus one, as in watchers/hook.cc.

#include "../core/pending.hh"
#include "../core/report.hh"
#include "../core/wakeup.hh"
#include "../core/watcher.hh"
#include "hook.hh"
#include "steps.hh"

#if EV_ASYNC_ENABLE

namespace evi { namespace {

ev_async* async(Watcher* w) { return reinterpret_cast<ev_async*>(w); }

void async_start(Loop& loop, ev_async* w)
{
    if (w->active) return;

    __atomic_store_n(&w->sent, 0, __ATOMIC_SEQ_CST);
    if (unlikely(!loop.wakeup.open)) wakeup_open(loop);
    hook_start(loop, loop.watchers.asyncs, base(w), EV_ASYNC);
}

[[gnu::cold]] void async_start_internal(Loop& loop, ev_async* w)
{
    Hooklist& asyncs = loop.watchers.asyncs;
    assert(!w->active);
    __atomic_store_n(&w->sent, 0, __ATOMIC_SEQ_CST);
    wakeup_open(loop);
    if (hook_full(asyncs)) hook_reserve(loop, asyncs, base(w), EV_ASYNC);
    priority_set(base(w), pri_max);
    hook_push(loop, asyncs, base(w));
    --loop.active;
    reports_make(loop);  // last: a report may leave by longjmp
}

[[gnu::cold]] void async_stop_internal(Loop& loop, ev_async* w)
{
    if (!w->active) return;
    ++loop.active;
    hook_stop(loop, loop.watchers.asyncs, base(w), EV_ASYNC);
}

void async_send(Loop& loop, ev_async* w)
{
    // If it is set, the sender that set it wakes the loop. The exchange is
    // needed even then: a loop that clears the flag now must see what the
    // caller wrote before.
    if (__atomic_exchange_n(&w->sent, 1, __ATOMIC_SEQ_CST)) return;
    wakeup_notify(loop, loop.wakeup.asyncs);
}

// `sent` is cleared after the event is queued. If it is set again in between,
// the callback runs later than that, and sees what the sender wrote.
void asyncs_feed(Loop& loop)
{
    auto& asyncs = loop.watchers.asyncs;
    for (int i = asyncs.count; i--;) {  // the first started is called first
        Watcher* w = asyncs[i];
        if (unlikely(w->active != i + 1)
            && hook_dropped(loop, asyncs, i, EV_ASYNC))
            continue;
        if (!__atomic_load_n(&async(w)->sent, __ATOMIC_SEQ_CST)) continue;
        pending_feed(loop, w, EV_ASYNC);
        __atomic_exchange_n(&async(w)->sent, 0, __ATOMIC_SEQ_CST);
    }
}

// A sender may have set `sent`, and not exist in the child: a fork copies only
// the calling thread.
[[gnu::cold]] void asyncs_fork(Loop& loop)
{
    auto& asyncs = loop.watchers.asyncs;
    for (int i = 0; i < asyncs.count; ++i)
        if (__atomic_load_n(&async(asyncs[i])->sent, __ATOMIC_SEQ_CST))
            loop.wakeup.asyncs.store(true, in_order);
}

constexpr Kind async_kind = {
    .type = EV_ASYNC,
    .size = sizeof(ev_async),
    .name = "ev_async",
    .counted_as = 12,
    .lists = offsetof(Kinds, asyncs),
    .fork = asyncs_fork,
    .stop = metered ? stop_by<ev_async, ev_async_stop> : nullptr,
};

}}  // evi

// The C API.

void ev_async_start(EV_P_ ev_async* w) EV_NOEXCEPT
{
    evi::async_start(evi::entry(EV_A_ w), w);
}

void ev_async_stop(EV_P_ ev_async* w) EV_NOEXCEPT
{
    if (evi::at_rest(w)) return;
    evi::Loop& ours = evi::entry(EV_A_ w);
    evi::hook_stop(ours, ours.watchers.asyncs, evi::base(w), EV_ASYNC);
}

void ev_async_send(EV_P_ ev_async* w) EV_NOEXCEPT
{
    evi::async_send(evi::entry(EV_A_ w), w);
}

#else

namespace evi { namespace {

void asyncs_feed(Loop&) {}
constexpr const Kind& async_kind = no_kind;

}}  // evi

#endif
