// ev_child: runs a callback when a child process ends, or stops and continues.
//
// The default loop watches SIGCHLD from its creation on, and reaps every child,
// also those without a watcher. The watchers of one child are called before the
// next is reaped, so that rpid and rstatus are right for all of them. Other
// loops watch each child by a pidfd: relev/children.cc.

#include "../core/cancel.hh"
#include "../core/pending.hh"
#include "../relev/children.hh"
#include "../relev/dump_watcher.hh"
#include "indexed.hh"
#include "steps.hh"

#include <sys/wait.h>

#if EV_CHILD_ENABLE

namespace evi { namespace {

extern const Kind child_kind;

ev_signal child_signal;  // the SIGCHLD watcher

void child_feed(Loop& loop, ev_child* w, int pid, int status)
{
    // An event pending at another priority moves to the highest one.
    bool moves = priority_get(base(w)) != pri_max;
    int events = moves ? pending_drop(loop, base(w)) : 0;
    priority_set(base(w), pri_max);
    w->rpid = pid;
    w->rstatus = status;
    pending_feed(loop, base(w), events | EV_CHILD);
}

// For the watchers of `key`: the pid, or 0 for any child.
void children_feed(Loop& loop, int key, int pid, int status)
{
    assert(pid > 0 && (!key || key == pid));
    bool lives = WIFSTOPPED(status) || WIFCONTINUED(status);
    Index& all = loop.watchers.children.all;
    all.each(key, [&](int place) {
        auto* w = reinterpret_cast<ev_child*>(all.at(place));
        if (unlikely(all.dead(place))) index_drop(loop, child_kind, place);
        else if (!lives || w->flags & 1) child_feed(loop, w, pid, status);
    });
}

// waitpid; also works where WCONTINUED is not supported.
int child_wait(int* status)
{
    int pid = waitpid(-1, status, WNOHANG | WUNTRACED | WCONTINUED);
    if (pid < 0 && errno == EINVAL)
        pid = waitpid(-1, status, WNOHANG | WUNTRACED);
    return pid;
}

// More than so many watchers of one child are queued without room for all of
// them: the room for more would be freed, and allocated again.
constexpr int children_few = 1000;

[[gnu::cold, gnu::noinline]] void child_make_room(Loop& loop, int room)
{
    Watcher* w = base(&child_signal);
    pending_feed(loop, w, EV_SIGNAL);  // so that it is called again
    pending_make_room(loop, w, room);
    pending_drop(loop, w);
}

void child_reap(Loop& loop, ev_signal* w, int)
{
    // The allocator may leave by longjmp, but not after the child is reaped.
    int room = 1 + min(loop.watchers.children.all.live, children_few);
    const auto& queue = loop.pending.queues[pri_count - 1];
    bool short_of_room = queue.capacity - queue.count < room;
    if (unlikely(short_of_room)) child_make_room(loop, room);

    int status;
    int state = cancel_disable();
    int pid = statuses_shared.load(std::memory_order_relaxed)
                ? status_next(&status)
                : child_wait(&status);
    cancel_restore(state);
    if (pid <= 0) return;

    // Queued first, so called after the child's watchers: pending is a stack.
    pending_feed(loop, base(w), EV_SIGNAL);
    children_feed(loop, pid, pid, status);
    children_feed(loop, 0, pid, status);
}

[[gnu::cold]] void child_watch_begin(Loop& loop)
{
    if (!reaps(loop.flags)) return;
    if (statuses_shared.load()) statuses_begin();
    ev_signal_init(&child_signal, (Callback<ev_signal, child_reap>()), SIGCHLD);
    priority_set(base(&child_signal), pri_max);
    signal_start(loop, &child_signal);
    if (child_signal.active) --loop.active;
}

bool child_internal(const ev_signal* w) { return w == &child_signal; }

[[gnu::cold]] void child_watch_end(Loop& loop)
{
    children_end(loop);
    if (!reaps_all(loop) || !child_signal.active) return;
    ++loop.active;
    signal_stop(loop, &child_signal);
}

void child_start(Loop& loop, ev_child* w)
{
    if (w->active) return;
    if (unlikely(!reaps_all(loop))) return child_join(loop, w);
    index_enter(loop, child_kind, base(w), w->pid);
}

// Without a frame for the usual loop.
void child_stop(Loop& loop, ev_child* w)
{
    if (unlikely(loop.watchers.children.members)) return child_leave(loop, w);
    index_stop(loop, child_kind, base(w));
}

constexpr Kind child_kind = {
    .type = EV_CHILD,
    .size = sizeof(ev_child),
    .name = "ev_child",
    .counted_as = 4,
    .index = offsetof(Kinds, children.all),
    .room = pid_buckets,
    .number = offsetof(ev_child, pid),
    .number_name = "pid",
    .fork = children_fork,
    .destroy = child_watch_end,
    .stop = metered ? stop_by<ev_child, ev_child_stop> : nullptr,
    .describe = inspected ? child_describe : nullptr,
};

}}  // evi

// The C API.

void ev_child_start(EV_P_ ev_child* w) EV_NOEXCEPT
{
    evi::child_start(evi::entry(EV_A_ w), w);
}

void ev_child_stop(EV_P_ ev_child* w) EV_NOEXCEPT
{
    if (evi::at_rest(w)) return;
    evi::child_stop(evi::entry(EV_A_ w), w);
}

#else

namespace evi { namespace {

[[gnu::cold]] void child_watch_begin(Loop&) {}
bool child_internal(const ev_signal*) { return false; }
constexpr const Kind& child_kind = no_kind;

}}  // evi

#endif
