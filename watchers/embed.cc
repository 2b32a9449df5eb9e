// ev_embed: puts the fds of one loop (`other`) under the watch of another.
//
// The kernel object that `other` waits on is itself an fd: readable when one of
// its fds is ready. A prepare watcher tells `other`'s kernel of its changes
// before the outer loop blocks; a fork watcher forks `other` along.
//
// These three inner watchers hold references as well: an active ev_embed
// counts as four.

#include "../core/fds.hh"
#include "../core/pending.hh"
#include "../core/watcher.hh"

#include <stddef.h>

#if EV_EMBED_ENABLE

namespace evi { namespace {

template <class Inner>
ev_embed* embed_of(Inner* w, size_t offset)
{
    return reinterpret_cast<ev_embed*>(reinterpret_cast<char*>(w) - offset);
}

void embed_sweep(ev_embed* w) { ev_run(w->other, EVRUN_NOWAIT); }

// The fd of `other` changes when its set is rebuilt.
void embed_watch(struct ev_loop* loop, ev_embed* w)
{
    int fd = self(w->other).backend_fd;
    if (w->io.active && w->io.fd == fd) return;
    io_stop(self(loop), &w->io);
    ev_io_set(&w->io, fd, EV_READ);
    io_start(self(loop), &w->io);
}

void embed_ready(struct ev_loop* loop, ev_io* io, int)
{
    ev_embed* w = embed_of(io, offsetof(ev_embed, io));
    if (ev_cb(w)) pending_feed(self(loop), base(w), EV_EMBED);
    else embed_sweep(w);
}

void embed_prepare(struct ev_loop* loop, ev_prepare* prepare, int)
{
    ev_embed* w = embed_of(prepare, offsetof(ev_embed, prepare));
    while (self(w->other).fds.changes.count) embed_sweep(w);
    embed_watch(loop, w);
}

void embed_forked(struct ev_loop* loop, ev_fork* fork, int)
{
    ev_embed* w = embed_of(fork, offsetof(ev_embed, fork));
    ev_loop_fork(w->other);
    embed_sweep(w);
    embed_watch(loop, w);
}

void embed_start(struct ev_loop* loop, ev_embed* w)
{
    if (w->active) return;
    if (!w->other || self(w->other).backend_fd < 0)
        return mistake("(libev) ev_embed_start: loop is not embeddable");

    ev_init(&w->io, embed_ready);
    ev_set_priority(&w->io, ev_priority(w));
    embed_watch(loop, w);

    ev_prepare_init(&w->prepare, embed_prepare);
    ev_set_priority(&w->prepare, EV_MINPRI);
    ev_prepare_start(loop, &w->prepare);

    ev_fork_init(&w->fork, embed_forked);
    ev_fork_start(loop, &w->fork);
    watcher_start(self(loop), base(w), 1);
}

void embed_stop(struct ev_loop* loop, ev_embed* w)
{
    pending_drop(self(loop), base(w));
    if (!w->active) return;

    ev_io_stop(loop, &w->io);
    ev_prepare_stop(loop, &w->prepare);
    ev_fork_stop(loop, &w->fork);
    watcher_stop(self(loop), base(w));
}

}}  // evi

// The C API.

void ev_embed_start(EV_P_ ev_embed* w) noexcept { evi::embed_start(EV_A_ w); }

void ev_embed_stop(EV_P_ ev_embed* w) noexcept { evi::embed_stop(EV_A_ w); }

void ev_embed_sweep(EV_P_ ev_embed* w) noexcept
{
    static_cast<void>(EV_A);  // of the outer loop nothing is needed
    evi::embed_sweep(w);
}

#endif

namespace evi { namespace {

constexpr Kind embed_kind = {"embed", nullptr, nullptr, nullptr};

}}  // evi
