// ev_child: calls back when a child process ends, or stops and continues.
//
// Only the default loop has child watchers. It watches SIGCHLD from its
// creation on, and reaps every child, also those without a watcher. The
// watchers of one child are called before the next is reaped, so that rpid and
// rstatus are right for all of them.

#include "../core/pending.hh"
#include "../core/report.hh"
#include "../core/watcher.hh"
#include "../relev/details.hh"

#include <sys/wait.h>

#if EV_CHILD_ENABLE

namespace evi { namespace {

static_assert(!(pid_buckets & (pid_buckets - 1)),
              "EV_PID_HASHSIZE: power of 2");

constexpr int lists_kept = 1024;  // a table of this size does not shrink

// The default loop's watchers, in lists by pid. `children` serves a few; more
// have more lists, in memory of their own.
ev_child* children[pid_buckets];
ev_child** child_lists = children;
int child_mask = pid_buckets - 1;  // the number of lists, less one

ev_signal child_signal;  // the SIGCHLD watcher

ev_child*& children_of(int pid) { return child_lists[pid & child_mask]; }

void child_lists_free()
{
    if (child_lists != children) memory_free(child_lists);
    child_lists = children;
    child_mask = pid_buckets - 1;
    for (auto& head : children) head = nullptr;
}

// Makes so many lists, a power of 2. Watchers of the same pid stay in order.
[[gnu::cold, gnu::noinline]] void children_spread(int lists)
{
    Array<ev_child*> all = {};
    for (int i = 0; i <= child_mask; ++i)
        for (ev_child* w = child_lists[i]; w; w = list_next(w)) all.push(w);
    child_lists_free();
    if (lists > pid_buckets) {
        Array<ev_child*> heads = {};
        heads.extend(lists);
        child_lists = heads.data;
        child_mask = lists - 1;
    }
    while (all.count) {
        ev_child* w = all.pop();  // the last first: lists begin with the latest
        list_push(children_of(w->pid), w);
    }
    all.free();
}

// Before a watcher of this pid is added to many. More lists are of no use if
// they are of the same pid.
[[gnu::noinline]] void children_grow(int pid)
{
    const ev_child* latest = children_of(pid);
    if (latest && latest->pid != pid) children_spread(4 * (child_mask + 1));
}

[[gnu::cold, gnu::noinline]] void children_trim(Loop& loop)
{
    bool many = child_lists != children;
    if (many && loop.watchers.children.count < child_mask / 8)
        children_spread((child_mask + 1) / 4);
}

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

// For the watchers listed under `key`: the pid, or 0 for any child.
inline void children_feed(Loop& loop, int key, int pid, int status, bool lives)
{
    assert(pid > 0 && (!key || key == pid));
    for (ev_child* w = children_of(key); w; w = list_next(w))
        if (w->pid == key && (!lives || w->flags & 1))
            child_feed(loop, w, pid, status);
}

// waitpid; also works where WCONTINUED is not supported.
int child_wait(int* status)
{
    int pid = waitpid(-1, status, WNOHANG | WUNTRACED | WCONTINUED);
    if (pid < 0 && errno == EINVAL)
        pid = waitpid(-1, status, WNOHANG | WUNTRACED);
    return pid;
}

void child_reap(Loop& loop, ev_signal* w, int)
{
    int status;
    int pid = child_wait(&status);
    if (pid <= 0) return;

    // Queued first, so called after the child's watchers: pending is a stack.
    pending_feed(loop, base(w), EV_SIGNAL);
    bool lives = WIFSTOPPED(status) || WIFCONTINUED(status);
    children_feed(loop, pid, pid, status, lives);
    children_feed(loop, 0, pid, status, lives);
}

[[gnu::cold]] void child_watch_begin(Loop& loop)
{
    assert(loop.is_default);
    ev_signal_init(&child_signal, (Callback<ev_signal, child_reap>()), SIGCHLD);
    priority_set(base(&child_signal), pri_max);
    signal_start(loop, &child_signal);
    if (child_signal.active) --loop.active;
}

bool child_internal(const ev_signal* w) { return w == &child_signal; }

[[gnu::cold]] void child_watch_end(Loop& loop)
{
    if (!loop.is_default) return;
    child_lists_free();  // the watchers are orphaned
    loop.watchers.children.free();
    if (!child_signal.active) return;
    ++loop.active;
    signal_stop(loop, &child_signal);
}

[[gnu::cold, gnu::noinline]] bool child_unlist_any(Loop& loop, ev_child* w)
{
    for (int i = 0; i <= child_mask; ++i) {
        if (!list_remove(child_lists[i], w)) continue;
        fault_note(loop, Error::changed, EV_CHILD, base(w),
                   "(libev) ev_child: the pid was changed while active");
        return true;
    }
    return false;
}

// Removes it from its list, also if w->pid was changed, a mistake.
inline bool child_unlist(Loop& loop, ev_child* w)
{
    return list_remove(children_of(w->pid), w) || child_unlist_any(loop, w);
}

// If it was initialised while active, a mistake, makes it active again.
[[gnu::cold, gnu::noinline]] bool child_regain(Loop& loop, ev_child* w)
{
    if (!loop.watchers.children.has(w)) return false;
    mistake_note(loop, Error::reinit, EV_CHILD, base(w),
                 "(libev) ev_child: initialized while active");
    w->active = 1;
    return true;
}

void child_remove(Loop& loop, ev_child* w)
{
    if (unlikely(!loop.is_default || !child_unlist(loop, w)))
        return mistake(loop, Error::other_loop, EV_CHILD, base(w),
                       "(libev) ev_child_stop: not active in this loop");

    watcher_stop(loop, base(w));
    loop.watchers.children.remove(w);
}

[[gnu::noinline]] void child_stop_anew(Loop& loop, ev_child* w)
{
    if (loop_gone(loop) || !child_regain(loop, w)) return;
    child_remove(loop, w);
    mistakes_tell(loop);
}

void child_stop(Loop& loop, ev_child* w)
{
    pending_drop(loop, base(w));
    if (unlikely(!w->active)) return child_stop_anew(loop, w);
    if (unlikely(child_mask >= lists_kept)) children_trim(loop);
    child_remove(loop, w);
}

inline void child_add(Loop& loop, ev_child* w)
{
    if (unlikely(loop.watchers.children.count > 2 * child_mask + 1))
        children_grow(w->pid);
    loop.watchers.children.add(w);
    watcher_start(loop, base(w), 1);
    list_push(children_of(w->pid), w);
}

[[gnu::noinline]] void child_start_anew(Loop& loop, ev_child* w)
{
    mistakes_hold(loop);
    child_stop(loop, w);
    child_add(loop, w);
    mistakes_release(loop);
}

void child_start(Loop& loop, ev_child* w)
{
    if (w->active) return;
    if (!loop.is_default)
        return mistake(loop, Error::pid, EV_CHILD, base(w),
                       "(libev) ev_child_start: not the default loop");

    if (unlikely(child_regain(loop, w))) return child_start_anew(loop, w);
    child_add(loop, w);
}

[[gnu::cold]] void children_verify(Loop& loop)
{
    loop.watchers.children.verify();
}

[[gnu::cold]] void children_walk(Loop& loop, Visit& visit)
{
    auto& places = loop.watchers.children.places;
    for (int i = 0; i < places.count; ++i)
        if (places[i]) visit(reinterpret_cast<Watcher*>(places[i]));
}

constexpr Kind child_kind = {
    .type = EV_CHILD,
    .name = "ev_child",
    .number = offsetof(ev_child, pid),
    .number_name = "pid",
    .destroy = child_watch_end,
    .verify = verified ? children_verify : nullptr,
    .walk = inspected ? children_walk : nullptr,
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
    evi::child_stop(evi::entry(EV_A_ w), w);
}

#else

namespace evi { namespace {

[[gnu::cold]] void child_watch_begin(Loop&) {}
bool child_internal(const ev_signal*) { return false; }
constexpr const Kind& child_kind = no_kind;

}}  // evi

#endif
