// Watchers for steps of the loop itself: ev_prepare, ev_check, ev_fork and
// ev_cleanup. Each kind has an array, in starting order.
//
// Invariant: list[w->active - 1] == w. Stopping a watcher moves the last one to
// its index. They are queued in this order, so the one started last is called
// first.
//
// ev_init of an active watcher, a mistake, makes it look inactive. It is still
// called, as in libev 4.33. When it is started again or stopped, the set of all
// watchers in such arrays shows that it is active.

#include "../core/pending.hh"
#include "../core/phases.hh"
#include "../core/report.hh"
#include "../core/watcher.hh"

namespace evi { namespace {

bool hook_listed(const Hooklist& list, const Watcher* w)
{
    return w->active > 0 && w->active <= list.count && list[w->active - 1] == w;
}

// The event bit of the kind whose watchers are in this list.
int hook_type(const Loop& loop, const Hooklist& list)
{
    const Kinds& kinds = loop.watchers;
    if (&list == &kinds.prepares) return EV_PREPARE;
    if (&list == &kinds.checks) return EV_CHECK;
    if (&list == &kinds.forks) return EV_FORK;
    if (&list == &kinds.cleanups) return EV_CLEANUP;
    if (&list == &kinds.asyncs) return EV_ASYNC;
    return &list == &kinds.stats.all ? EV_STAT : EV_IDLE;
}

[[gnu::cold, gnu::noinline]] bool hook_regain(Loop& loop, Hooklist& list,
                                              const Set& known, Watcher* w)
{
    if (w->active || !known.has(w)) return false;
    int i = list.count - 1;
    while (i >= 0 && list[i] != w) --i;
    if (i < 0) return false;
    mistake_note(loop, Error::reinit, hook_type(loop, list), w,
                 "(libev) watcher: initialized while active");
    w->active = i + 1;
    return true;
}

[[gnu::cold]] void hook_push(Loop& loop, Hooklist& list, Watcher* w)
{
    watcher_start(loop, w, list.count + 1);
    list.push(w);
}

[[gnu::cold]] bool hook_pull(Loop& loop, Hooklist& list, Watcher* w)
{
    if (!hook_listed(list, w)) {
        mistake(loop, Error::other_loop, hook_type(loop, list), w,
                "(libev) stop: the watcher is not active in this loop");
        return false;
    }
    assert(list.count);
    Watcher* last = list.pop();
    if (last != w) {
        list[w->active - 1] = last;
        if (last->active) last->active = w->active;
    }
    watcher_stop(loop, w);
    return true;
}

[[gnu::cold, gnu::noinline]] bool hook_start(Loop& loop, Hooklist& list,
                                             Watcher* w)
{
    if (w->active) return false;

    Set& known = loop.watchers.hooked;
    if (unlikely(!known.add(w)) && hook_regain(loop, list, known, w)) {
        mistakes_tell(loop);
        return false;
    }
    hook_push(loop, list, w);
    return true;
}

[[gnu::noinline]] bool hook_stop_anew(Loop& loop, Hooklist& list, Watcher* w)
{
    if (loop_gone(loop)) return false;
    Set& known = loop.watchers.hooked;
    if (!hook_regain(loop, list, known, w)) return false;
    bool stopped = hook_pull(loop, list, w);
    assert(stopped);
    known.remove(w);
    mistakes_tell(loop);
    return stopped;
}

[[gnu::cold, gnu::noinline]] bool hook_stop(Loop& loop, Hooklist& list,
                                            Watcher* w)
{
    pending_drop(loop, w);
    if (unlikely(!w->active)) return hook_stop_anew(loop, list, w);
    if (!hook_pull(loop, list, w)) return false;
    loop.watchers.hooked.remove(w);
    return true;
}

[[gnu::noinline]] void hooks_queue(Loop& loop, const Hooklist& list, int event)
{
    for (int i = 0; i < list.count; ++i) pending_feed(loop, list[i], event);
}

void hooks_invoke(Loop& loop, const Hooklist& list, int event)
{
    if (!list.count) return;
    hooks_queue(loop, list, event);
    pass_invoke(loop);
}

[[gnu::cold]] void container_verify(const Hooklist& list)
{
    list.verify();
    for (int i = 0; i < list.count; ++i)  // active 0: initialised while active
        verify_that(!list[i]->active || list[i]->active == i + 1,
                    "index of a watcher in its array");
}

[[gnu::cold]] void hooks_free(Loop& loop) { loop.watchers.hooked.free(); }

[[gnu::cold]] void hooks_verify(Loop& loop) { loop.watchers.hooked.verify(); }

constexpr Kind prepare_kind = {
    .type = EV_PREPARE,
    .name = "ev_prepare",
    .lists = offsetof(Kinds, prepares),
};

constexpr Kind check_kind = {
    .type = EV_CHECK,
    .name = "ev_check",
    .lists = offsetof(Kinds, checks),
};

constexpr Kind fork_kind = {
    .type = EV_FORK,
    .name = "ev_fork",
    .lists = offsetof(Kinds, forks),
    .destroy = hooks_free,
    .verify = verified ? hooks_verify : nullptr,
};

constexpr Kind cleanup_kind = {
    .type = EV_CLEANUP,
    .references = 0,
    .name = "ev_cleanup",
    .lists = offsetof(Kinds, cleanups),
};

}}  // evi

// The C API.

#if EV_PREPARE_ENABLE

[[gnu::cold]] void ev_prepare_start(EV_P_ ev_prepare* w) EV_NOEXCEPT
{
    evi::Loop& ours = evi::entry(EV_A_ w);
    evi::hook_start(ours, ours.watchers.prepares, evi::base(w));
}

[[gnu::cold]] void ev_prepare_stop(EV_P_ ev_prepare* w) EV_NOEXCEPT
{
    evi::Loop& ours = evi::entry(EV_A_ w);
    evi::hook_stop(ours, ours.watchers.prepares, evi::base(w));
}

#endif

#if EV_CHECK_ENABLE

[[gnu::cold]] void ev_check_start(EV_P_ ev_check* w) EV_NOEXCEPT
{
    evi::Loop& ours = evi::entry(EV_A_ w);
    evi::hook_start(ours, ours.watchers.checks, evi::base(w));
}

[[gnu::cold]] void ev_check_stop(EV_P_ ev_check* w) EV_NOEXCEPT
{
    evi::Loop& ours = evi::entry(EV_A_ w);
    evi::hook_stop(ours, ours.watchers.checks, evi::base(w));
}

#endif

#if EV_FORK_ENABLE

[[gnu::cold]] void ev_fork_start(EV_P_ ev_fork* w) EV_NOEXCEPT
{
    evi::Loop& ours = evi::entry(EV_A_ w);
    evi::hook_start(ours, ours.watchers.forks, evi::base(w));
}

[[gnu::cold]] void ev_fork_stop(EV_P_ ev_fork* w) EV_NOEXCEPT
{
    evi::Loop& ours = evi::entry(EV_A_ w);
    evi::hook_stop(ours, ours.watchers.forks, evi::base(w));
}

#endif

#if EV_CLEANUP_ENABLE

// A cleanup watcher does not keep the loop alive.
[[gnu::cold]] void ev_cleanup_start(EV_P_ ev_cleanup* w) EV_NOEXCEPT
{
    evi::Loop& ours = evi::entry(EV_A_ w);
    if (evi::hook_start(ours, ours.watchers.cleanups, evi::base(w)))
        --ours.active;
}

[[gnu::cold]] void ev_cleanup_stop(EV_P_ ev_cleanup* w) EV_NOEXCEPT
{
    evi::Loop& ours = evi::entry(EV_A_ w);
    if (evi::hook_stop(ours, ours.watchers.cleanups, evi::base(w)))
        ++ours.active;
}

#endif
