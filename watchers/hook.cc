// Watchers for steps of the loop itself: ev_prepare, ev_check and ev_fork. Each
// kind has an array, in starting order. Those of ev_cleanup, ev_idle and
// ev_async are used in the same way.
//
// An entry is valid only if its watcher points back at it: w->active is its
// index plus one. Stopping a watcher moves the last one to its index. They are
// queued in this order, so the one started last is called first.
//
// A watcher that was initialized while active, an error, has w->active == 0,
// and its entry stays: it is still called, as in libev 4.33. If it is started
// again it has two entries, and the old one is dead. It is dropped when the
// array is queued, or before it grows.

#include "hook.hh"
#include "../core/pending.hh"
#include "../core/report.hh"
#include "steps.hh"

namespace evi { namespace {

// Reads nothing if the watcher is not active: the loop may be gone.
bool hook_listed(const Hooklist& list, const Watcher* w)
{
    auto i = static_cast<unsigned>(w->active) - 1;
    return w->active && i < static_cast<unsigned>(list.count)
        && list.data[i] == w;
}

[[gnu::cold, gnu::noinline]] bool hook_elsewhere(Loop& loop,
                                                 const Hooklist& list,
                                                 const Watcher* w)
{
    const Hooklist& now = idle_queue(loop, w);
    return &now != &list && hook_listed(now, w);
}

[[gnu::cold, gnu::noinline]] bool hook_dead(Loop& loop, const Hooklist& list,
                                            int i, int type)
{
    Watcher* w = list[i];
    const Hooklist& now = type == EV_IDLE ? idle_queue(loop, w) : list;
    bool valid = &now == &list && w->active == i + 1;
    return !valid && hook_listed(now, w);
}

// Several entries of an ev_embed are dropped: that of its prepare watcher is
// reported, and holds its reference. The timer of an ev_stat holds none.
[[gnu::cold, gnu::noinline]] void watcher_dropped(Loop& loop, Watcher* w,
                                                  int type, const char* text)
{
    bool embed = embed_of_inner(w, type);
    bool timer = stat_of_inner(w, type);
    if (!w->active) debug_stopped(loop, w);
    if (!timer) --loop.active;
    if (embed && type == EV_PREPARE) --loop.active;
    if (timer || (embed && type != EV_PREPARE)) return;
    error_note(loop, Error::reinit, type, w, text);
}

[[gnu::cold]] bool watcher_unknown(Loop& loop, Watcher* w, int type)
{
    error_report(loop, Error::other_loop, type, w,
                 "(libev) stop: the watcher is not active in this loop");
    return false;
}

inline bool hook_valid(Loop& loop, const Hooklist& list, int i, int type)
{
    Watcher* w = list[i];
    return w->active == i + 1
        && (type != EV_IDLE || &idle_queue(loop, w) == &list);
}

int idle_number(const Loop& loop, const Hooklist& list, int type)
{
    if (type != EV_IDLE) return not_idle;
    return static_cast<int>(&list - loop.watchers.idles.queues);
}

// Idle watchers are counted, and cleanup watchers hold no reference.
[[gnu::cold, gnu::noinline]] void hook_drop(Loop& loop, Hooklist& list, int i,
                                            int type)
{
    Watcher* w = list[i];
    assert(!hook_valid(loop, list, i, type));
    hook_take(loop, list, i, idle_number(loop, list, type));
    loop.watchers.idles.count -= type == EV_IDLE;
    loop.active += type == EV_CLEANUP;
    watcher_dropped(loop, w, type);
}

// Drops an entry if it is dead.
[[gnu::cold, gnu::noinline]] bool hook_dropped(Loop& loop, Hooklist& list,
                                               int i, int type)
{
    bool dead = hook_dead(loop, list, i, type);
    if (dead) hook_drop(loop, list, i, type);
    return dead;
}

// Drops the dead entries, and those of a watcher that is about to be started.
[[gnu::cold, gnu::noinline]] void hooks_purge(Loop& loop, Hooklist& list,
                                              const Watcher* w, int type)
{
    for (int i = list.count; i--;)
        if (!hook_valid(loop, list, i, type)
            && (list[i] == w || hook_dead(loop, list, i, type)))
            hook_drop(loop, list, i, type);
}

[[gnu::cold, gnu::noinline]] void hook_reserve(Loop& loop, Hooklist& list,
                                               const Watcher* w, int type)
{
    if (!hook_full(list)) return;
    auto valid = [&](int i) { return hook_valid(loop, list, i, type); };
    if (!sample(0, list.count, valid)) hooks_purge(loop, list, w, type);
    if (list.count >= list.capacity - list.capacity / 4)
        list.reserve(list.capacity + 1);
}

[[gnu::noinline]] void hook_start(Loop& loop, Hooklist& list, Watcher* w,
                                  int type)
{
    if (w->active) return;
    if (hook_full(list)) hook_reserve(loop, list, w, type);
    hook_push(loop, list, w);
    reports_make(loop);
}

[[gnu::cold, gnu::noinline]] bool hook_stop_slow(Loop& loop, Hooklist& usual,
                                                 Watcher* w, int type)
{
    pending_drop(loop, w);
    if (!w->active) return false;
    Hooklist* list = &usual;
    if (type == EV_IDLE && !hook_listed(*list, w))
        list = &idle_queue_of(loop, w);
    if (!hook_listed(*list, w)) return watcher_unknown(loop, w, type);
    hook_take(loop, *list, w->active - 1, idle_number(loop, *list, type));
    watcher_stop(loop, w);
    reports_make(loop);
    return true;
}

[[gnu::noinline]] bool hook_stop(Loop& loop, Hooklist& list, Watcher* w,
                                 int type)
{
    assert(type != EV_IDLE);
    return hook_leave(loop, list, w, not_idle)
        || hook_stop_slow(loop, list, w, type);
}

[[gnu::noinline]] void hooks_queue(Loop& loop, Hooklist& list, int type)
{
    for (int i = 0; i < list.count; ++i) {
        if (unlikely(!hook_valid(loop, list, i, type))
            && hook_dropped(loop, list, i, type))
            --i;  // another one is there now
        else pending_feed(loop, list.data[i], type);
    }
}

void hooks_invoke(Loop& loop, Hooklist& list, int type)
{
    if (!hooks_used || !list.count) return;
    hooks_queue(loop, list, type);
    events_dispatch(loop);
}

// All are queued, or none is if the allocator leaves it by longjmp.
[[gnu::cold, gnu::noinline]] void forks_invoke(Loop& loop)
{
    Hooklist& forks = loop.watchers.forks;
    if (!hooks_used) return;
    for (Watcher* w : forks) pending_reserve(loop, w, forks.count);
    hooks_invoke(loop, forks, EV_FORK);
}

[[gnu::cold]] void container_verify(Loop& loop, const Hooklist& list, int type)
{
    list.verify();
    for (int i = 0; i < list.count; ++i)  // active 0: initialized while active
        verify_that(!list[i]->active || list[i]->active == i + 1
                        || hook_dead(loop, list, i, type),
                    "index of a watcher in its array");
}

template <Hooklist Kinds::*list, int type>
[[gnu::cold]] void hook_stop_by(Loop& loop, Watcher* w)
{
    hook_stop(loop, loop.watchers.*list, w, type);
}

constexpr Kind prepare_kind = {
    .type = EV_PREPARE,
    .name = "ev_prepare",
    .counted_as = 7,
    .lists = offsetof(Kinds, prepares),
    .stop = metered ? hook_stop_by<&Kinds::prepares, EV_PREPARE> : nullptr,
};

constexpr Kind check_kind = {
    .type = EV_CHECK,
    .name = "ev_check",
    .counted_as = 8,
    .lists = offsetof(Kinds, checks),
    .stop = metered ? hook_stop_by<&Kinds::checks, EV_CHECK> : nullptr,
};

constexpr Kind fork_kind = {
    .type = EV_FORK,
    .name = "ev_fork",
    .counted_as = 10,
    .lists = offsetof(Kinds, forks),
    .stop = metered ? hook_stop_by<&Kinds::forks, EV_FORK> : nullptr,
};

}}  // evi

// The C API.

#if EV_PREPARE_ENABLE

void ev_prepare_start(EV_P_ ev_prepare* w) EV_NOEXCEPT
{
    evi::Loop& ours = evi::entry(EV_A_ w);
    evi::hook_start(ours, ours.watchers.prepares, evi::base(w), EV_PREPARE);
}

void ev_prepare_stop(EV_P_ ev_prepare* w) EV_NOEXCEPT
{
    if (evi::at_rest(w)) return;
    evi::Loop& ours = evi::entry(EV_A_ w);
    evi::hook_stop(ours, ours.watchers.prepares, evi::base(w), EV_PREPARE);
}

#endif

#if EV_CHECK_ENABLE

void ev_check_start(EV_P_ ev_check* w) EV_NOEXCEPT
{
    evi::Loop& ours = evi::entry(EV_A_ w);
    evi::hook_start(ours, ours.watchers.checks, evi::base(w), EV_CHECK);
}

void ev_check_stop(EV_P_ ev_check* w) EV_NOEXCEPT
{
    if (evi::at_rest(w)) return;
    evi::Loop& ours = evi::entry(EV_A_ w);
    evi::hook_stop(ours, ours.watchers.checks, evi::base(w), EV_CHECK);
}

#endif

#if EV_FORK_ENABLE

void ev_fork_start(EV_P_ ev_fork* w) EV_NOEXCEPT
{
    evi::Loop& ours = evi::entry(EV_A_ w);
    evi::hook_start(ours, ours.watchers.forks, evi::base(w), EV_FORK);
}

void ev_fork_stop(EV_P_ ev_fork* w) EV_NOEXCEPT
{
    if (evi::at_rest(w)) return;
    evi::Loop& ours = evi::entry(EV_A_ w);
    evi::hook_stop(ours, ours.watchers.forks, evi::base(w), EV_FORK);
}

#endif
