// ev_embed: lets one loop (the outer loop) watch the fds of another (`other`).
//
// The kernel object that `other` waits on is itself an fd, and readable when
// one of its fds is ready. A prepare watcher registers the changes of `other`
// before the outer loop blocks. A fork watcher calls ev_loop_fork for `other`.
//
// The three inner watchers hold references too: an active ev_embed counts as 4.
//
// Loops may be embedded in each other, or in a ring. To prevent an endless
// recursion, a loop that is swept knows the loops whose sweeps led to it, and
// sweeps none of these. Only their addresses are compared: a callback may
// destroy a loop that sweeps and does not run, or leave the sweep by longjmp.

#include "../core/fds.hh"
#include "../core/fork.hh"
#include "../core/pending.hh"
#include "../core/report.hh"
#include "../core/watcher.hh"
#include "../relev/dump_watcher.hh"
#include "hook.hh"

#if EV_EMBED_ENABLE

namespace evi { namespace {

template <class Inner>
ev_embed* embed_of(Inner* w, size_t offset)
{
    return reinterpret_cast<ev_embed*>(reinterpret_cast<char*>(w) - offset);
}

// The loops whose sweeps the loop's current iteration is part of, and their
// number. A sweep is one iteration, so an older list is void.
int embed_level(const Loop& loop)
{
    const Embeds& embeds = loop.watchers.embeds;
    return loop.iterations - embeds.since <= 1 ? embeds.level : 0;
}

// Must `loop` not sweep `other`: because `other` led to this iteration, or
// because too many did?
bool embed_circular(const Loop& loop, const Loop& other)
{
    int level = embed_level(loop);
    if (&other == &loop || level == sweep_levels) return true;
    for (int i = 0; i < level; ++i)
        if (loop.watchers.embeds.sweepers[i] == &other) return true;
    return false;
}

// Which file of `other` is watched: how often it was replaced. It is in the
// inner check watcher, which is not used otherwise.
int& embed_file(ev_embed* w) { return w->check.active; }
constexpr int no_file = -1;

// Was `other` set to null while active, an error? It is reported once.
[[gnu::cold]] bool embed_lost(Loop& loop, ev_embed* w)
{
    if (w->other) return false;
    if (!w->active || embed_file(w) == no_file) return true;
    embed_file(w) = no_file;
    error_note_quiet(loop, Error::changed, EV_EMBED, base(w),
                     "(libev) ev_embed: the loop was set to null while active");
    return true;
}

// Afterwards, `loop` and `w` may be gone.
[[gnu::cold]] void embed_sweep(Loop& loop, ev_embed* w)
{
    if (embed_lost(loop, w)) return reports_make(loop);
    Loop& other = loop_of(w->other);
    if (embed_circular(loop, other)) return;

    Embeds& inner = other.watchers.embeds;
    Embeds before = inner;
    inner = loop.watchers.embeds;
    inner.level = embed_level(loop);
    inner.sweepers[inner.level++] = &loop;
    inner.since = other.iterations;
    ev_run(c_loop(other), EVRUN_NOWAIT);
    inner = before;
}

[[gnu::cold]] void embed_ready(Loop& loop, ev_io* io, int revents)
{
    inner_note(loop, revents, false);
    ev_embed* w = embed_of(io, offsetof(ev_embed, io));
    if (ev_cb(w)) pending_feed(loop, base(w), EV_EMBED);
    else embed_sweep(loop, w);
}

// From now on, another loop waits for the events of `other`. What its backend
// put off is registered now. It must not count as a change of the program, for
// which there is a sweep.
[[gnu::cold]] void embed_part(Loop& other)
{
    bool changed = false;
    for (int i = 0; i < other.fds.changes.count; ++i)
        changed |= !other.fds.table[other.fds.changes[i]].put_off;
    other.embedded = true;
    if (!changed && !fork_flagged(other)) fds_reify(other);
}

[[gnu::cold]] void embed_register(Loop& loop, ev_embed* w)
{
    Loop& other = loop_of(w->other);
    ev_io_set(&w->io, other.backend_fd, EV_READ);
    embed_file(w) = static_cast<int>(other.backend_renewals);
    io_start(loop, &w->io);
}

// When `other` rebuilds its epoll set, the fd changes, or is another file. An
// io that the kernel refused is not started again for the same file.
[[gnu::cold]] void embed_watch(Loop& loop, ev_embed* w)
{
    Loop& other = loop_of(w->other);
    if (!other.embedded) embed_part(other);
    bool moved = w->io.active && w->io.fd != other.backend_fd;
    if (!moved && embed_file(w) == static_cast<int>(other.backend_renewals))
        return;
    io_stop(loop, &w->io);
    embed_register(loop, w);
}

// Is w still active, after a sweep? Its callbacks may have freed it: unless its
// prepare watcher is found, only its address may be used.
[[gnu::cold]] bool embed_active(const Loop& loop, const ev_embed* w, int place)
{
    auto& prepares = loop.watchers.prepares;
    auto* prepare = reinterpret_cast<const Watcher*>(&w->prepare);
    bool here = place < prepares.count && prepares[place] == prepare;
    for (int i = prepares.count; !here && i--;)  // a moved one is near the end
        here = prepares[i] == prepare;
    return here && prepare->active;
}

// False: a callback of `other` has stopped w.
[[gnu::cold]] bool embed_sweep_kept(Loop& loop, ev_embed* w)
{
    int place = w->prepare.active - 1;
    embed_sweep(loop, w);
    return embed_active(loop, w, place);
}

// Registers the changes of `other` before the sweep: a callback may run `loop`,
// which must not sweep for them again. After a fork the sweep comes first: it
// calls fork watchers, and then replaces the kernel state. False: w is stopped.
[[gnu::cold]] bool embed_changed(Loop& loop, ev_embed* w)
{
    Loop& other = loop_of(w->other);
    if (!fork_flagged(other)) fds_reify(other);
    return embed_sweep_kept(loop, w);
}

[[gnu::cold]] void embed_prepare(Loop& loop, ev_prepare* prepare, int revents)
{
    inner_note(loop, revents, false);
    ev_embed* w = embed_of(prepare, offsetof(ev_embed, prepare));
    if (embed_lost(loop, w)) return;
    bool refused = !w->io.active;  // its events do not wake this loop
    if (refused && ev_cb(w)) pending_feed(loop, base(w), EV_EMBED);
    else if ((refused || loop_of(w->other).fds.changes.count)
             && !embed_changed(loop, w))
        return;

    // The callbacks may have made new changes. These are registered without
    // another sweep, because that might never end.
    fork_renew(loop_of(w->other));
    fds_reify(loop_of(w->other));
    embed_watch(loop, w);
}

[[gnu::cold]] void embed_forked(Loop& loop, ev_fork* fork, int revents)
{
    inner_note(loop, revents, false);
    ev_embed* w = embed_of(fork, offsetof(ev_embed, fork));
    if (embed_lost(loop, w)) return;
    ev_loop_fork(w->other);
    if (embed_sweep_kept(loop, w)) embed_watch(loop, w);
}

template <class Inner, void (*handler)(Loop&, Inner*, int)>
Watcher* embed_owner(Watcher* w, size_t offset)
{
    auto* inner = reinterpret_cast<Inner*>(w);
    bool ours = calls<Inner, handler>(inner);
    return ours ? base(embed_of(inner, offset)) : nullptr;
}

[[gnu::cold]] Watcher* embed_of_inner(Watcher* w, int type)
{
    if (type == EV_IO)
        return embed_owner<ev_io, embed_ready>(w, offsetof(ev_embed, io));
    if (type == EV_PREPARE)
        return embed_owner<ev_prepare, embed_prepare>(
            w, offsetof(ev_embed, prepare));
    if (type == EV_FORK)
        return embed_owner<ev_fork, embed_forked>(w, offsetof(ev_embed, fork));
    return nullptr;
}

// The allocator may leave by longjmp until the io is started. So that is first.
[[gnu::cold]] void embed_begin(Loop& loop, ev_embed* w)
{
    Kinds& kinds = loop.watchers;
    ev_init(&w->io, (Callback<ev_io, embed_ready>()));
    priority_set(base(&w->io), priority_get(base(w)));
    ev_init(&w->prepare, (Callback<ev_prepare, embed_prepare>()));
    priority_set(base(&w->prepare), pri_min);
    ev_init(&w->fork, (Callback<ev_fork, embed_forked>()));

    hook_reserve(loop, kinds.prepares, base(&w->prepare), EV_PREPARE);
    hook_reserve(loop, kinds.forks, base(&w->fork), EV_FORK);
    if (!loop_of(w->other).embedded) embed_part(loop_of(w->other));
    embed_register(loop, w);
    watcher_start(loop, base(w), 1);
    hook_start(loop, kinds.prepares, base(&w->prepare), EV_PREPARE);
    hook_start(loop, kinds.forks, base(&w->fork), EV_FORK);
}

[[gnu::cold]] void embed_start(Loop& loop, ev_embed* w)
{
    if (w->active) return;
    if (!w->other || &loop_of(w->other) == &loop
        || loop_of(w->other).backend_fd < 0)
        return error_report(loop, Error::embed, EV_EMBED, base(w),
                            "(libev) ev_embed_start: loop is not embeddable");
    reports_hold(loop);
    embed_begin(loop, w);
    reports_release(loop);
}

[[gnu::cold]] void embed_end(Loop& loop, ev_embed* w)
{
    Kinds& kinds = loop.watchers;
    hook_stop(loop, kinds.prepares, base(&w->prepare), EV_PREPARE);
    io_stop(loop, &w->io);
    hook_stop(loop, kinds.forks, base(&w->fork), EV_FORK);
    watcher_stop(loop, base(w));
}

[[gnu::cold]] void embed_stop(Loop& loop, ev_embed* w)
{
    pending_drop(loop, base(w));
    if (!w->active) return;
    if (!hook_listed(loop.watchers.prepares, base(&w->prepare)))
        return void(watcher_unknown(loop, base(w), EV_EMBED));
    reports_hold(loop);
    embed_end(loop, w);
    reports_release(loop);
}

constexpr Kind embed_kind = {
    .type = EV_EMBED,
    .references = 4,
    .size = sizeof(ev_embed),
    .name = "ev_embed",
    .counted_as = 9,
    .stop = metered ? stop_by<ev_embed, ev_embed_stop> : nullptr,
    .owner = inspected ? embed_of_inner : nullptr,
    .describe = inspected ? embed_describe : nullptr,
};

}}  // evi

// The C API.

[[gnu::cold]] void ev_embed_start(EV_P_ ev_embed* w) EV_NOEXCEPT
{
    evi::embed_start(evi::entry(EV_A_ w), w);
}

[[gnu::cold]] void ev_embed_stop(EV_P_ ev_embed* w) EV_NOEXCEPT
{
    if (evi::at_rest(w)) return;
    evi::embed_stop(evi::entry(EV_A_ w), w);
}

[[gnu::cold]] void ev_embed_sweep(EV_P_ ev_embed* w) EV_NOEXCEPT
{
    evi::embed_sweep(evi::entry(EV_A_ w), w);
}

#else

namespace evi { namespace {

Watcher* embed_of_inner(Watcher*, int) { return nullptr; }
constexpr const Kind& embed_kind = no_kind;

}}  // evi

#endif
