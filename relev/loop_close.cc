// relev_loop_close: stops all watchers of a loop, passes each to the program
// and destroys the loop.
//
// The callback may free what it receives, stop other watchers, and leave by
// longjmp: a watcher is stopped before it is passed, and nothing is kept but
// their number. Nothing is allocated.

#include "../core/lifetime.hh"
#include "../core/pending.hh"
#include "../watchers/steps.hh"
#include "walk.hh"

#include "state.hh"

#if EV_RELEV_ENABLE

namespace evi { namespace {

struct Closing {
    Loop& loop;
    WalkCallback callback;  // or null
    int count;

    void pass(int type, void* w)
    {
        ++count;
        auto* watcher = static_cast<Watcher*>(w);
        if (callback) call(loop, callback, type, watcher);
    }
};

// One that is still active after the stop is active in another loop, an error.
// One that was initialized while active is not found by its stop: it is left.
[[gnu::cold]] bool actives_close(Closing& closing)
{
    int before = closing.count;
    walk(closing.loop, [&closing](const Owner& owner, const Watcher*, int) {
        auto* stop = kind_of(owner.type).stop;
        if (!owner.w || !owner.w->active || !stop) return;
        stop(closing.loop, owner.w);
        if (!owner.w->active) closing.pass(owner.type, owner.w);
    });
    return closing.count > before;
}

[[gnu::cold]] void pending_close(Closing& closing, Pending::Event event)
{
    Watcher* w = event.w;
    if (!w) return;
    Owner owner = owner_of(closing.loop, w, type_of_event(event.events));
    if (pending_drop(closing.loop, w) && owner.w == w)
        closing.pass(owner.type, w);
}

// The callback may queue more events.
[[gnu::cold]] bool pendings_close(Closing& closing)
{
    int before = closing.count;
    for (auto& queue : closing.loop.pending.queues)
        for (int i = 0; i < queue.count; ++i) pending_close(closing, queue[i]);
    return closing.count > before;
}

[[gnu::cold]] bool onces_close(Closing& closing)
{
    int before = closing.count;
    for (void* arg; once_cancel(closing.loop, arg);) closing.pass(0, arg);
    return closing.count > before;
}

// Again, for the watchers that the callback started.
[[gnu::cold]] int loop_close(Loop& loop, WalkCallback callback)
{
    Closing closing = {loop, callback, 0};
    bool more = true;
    cleanups_invoke_each(loop, loop.watchers.cleanups);
    while (more) {
        more = actives_close(closing);
        more |= pendings_close(closing);
        more |= onces_close(closing);
    }
    return closing.count;
}

}}  // evi

// The C API.

[[gnu::cold]] int relev_loop_close(struct ev_loop* loop,
                                   void (*cb)(struct ev_loop* loop, int type,
                                              void* watcher))
{
    if (!loop) return evi::failed(EINVAL);
    evi::Loop& ours = evi::entry(loop);
    int count = evi::loop_close(ours, cb);
    evi::loop_destroy(evi::entry(loop, (void*)nullptr, "ev_loop_destroy"));
    return count;
}

#endif
