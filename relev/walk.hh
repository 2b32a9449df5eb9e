// Visits the active watchers of a loop.
//
// The visitor may start and stop any watcher: nothing is read of a watcher
// after it was visited, unless it is still active. Then some watchers may be
// missed, and others visited again.

#ifndef EVI_WALK_HH
#define EVI_WALK_HH

#include "../core/fds.hh"
#include "../core/watcher.hh"
#include "../watchers/signal.hh"
#include "who.hh"

#if EVI_WALK

namespace evi { namespace {

// Visits a watcher of the program, or one of ev_once. An ev_embed is visited as
// its prepare watcher, and an ev_stat by itself.
template <class F>
void walk_one(Loop& loop, Watcher* w, int type, F& visit)
{
    Who who = who_of(loop, w, type);
    bool inner = who.type != type && type != EV_PREPARE;
    if (who.type && !inner) visit(who, w, type);
}

template <class F>
void walk_list(Loop& loop, const Hooklist& list, int type, F& visit)
{
    for (int i = 0; i < list.count; ++i) {
        Watcher* w = list[i];
        walk_one(loop, w, type, visit);
        if (i < list.count && list[i] != w) --i;  // the last one took its place
    }
}

template <class F>
void walk_fd(Loop& loop, int fd, F& visit)
{
    auto& table = loop.fds.table;
    if (!table[fd].shared) {
        ev_io* w = table[fd].only;
        if (w && !io_dead(loop, w, fd, 0)) walk_one(loop, base(w), EV_IO, visit);
        return;
    }
    for (int i = 0; fd_known(loop, fd) && table[fd].shared
                    && i < table[fd].list->entries.count;
         ++i) {
        ev_io* w = table[fd].list->entries[i];
        if (w && !io_dead(loop, w, fd, i)) walk_one(loop, base(w), EV_IO, visit);
    }
}

template <class F>
void walk_ios(Loop& loop, F& visit)
{
    auto& refused = loop.fds.refused;
    for (int fd = 0; fd < loop.fds.table.count; ++fd) walk_fd(loop, fd, visit);
    for (int i = 0; i < refused.count; ++i)
        if (refused[i]) walk_one(loop, base(refused[i]), EV_IO, visit);
}

template <class Heap, class F>
void walk_heap(Loop& loop, const Heap& heap, int type, F& visit)
{
    for (int k = heap.end(); k-- > heap.begin();)
        if (k < heap.end()) walk_one(loop, base(heap.at(k)), type, visit);
}

#if EV_SIGNAL_ENABLE

template <class F>
void walk_signals(Loop& loop, F& visit)
{
    for (Signal& signal : signals) {
        ev_signal* w = signal.head;
        while (w && signal.owner.load(std::memory_order_relaxed) == &loop) {
            walk_one(loop, base(w), EV_SIGNAL, visit);
            bool kept = loop.watchers.signals.listed.has(w);
            w = kept ? list_next(w) : signal.head;
        }
    }
}

#else

template <class F>
void walk_signals(Loop&, F&)
{
}

#endif

template <class F>
void walk_children(Loop& loop, F& visit)
{
    auto& places = loop.watchers.children.places;
    for (int i = 0; i < places.count; ++i)
        if (auto* w = reinterpret_cast<Watcher*>(places[i]))
            walk_one(loop, w, EV_CHILD, visit);
}

template <class F>
void walk(Loop& loop, F visit)
{
    Kinds& all = loop.watchers;
    walk_ios(loop, visit);
    walk_heap(loop, all.timers, EV_TIMER, visit);
    walk_heap(loop, all.periodics.heap, EV_PERIODIC, visit);
    walk_signals(loop, visit);
    walk_children(loop, visit);
    walk_list(loop, all.stats.all, EV_STAT, visit);
    for (auto& queue : all.idles.queues) walk_list(loop, queue, EV_IDLE, visit);
    walk_list(loop, all.prepares, EV_PREPARE, visit);
    walk_list(loop, all.checks, EV_CHECK, visit);
    walk_list(loop, all.forks, EV_FORK, visit);
    walk_list(loop, all.cleanups, EV_CLEANUP, visit);
    walk_list(loop, all.asyncs, EV_ASYNC, visit);
}

}}  // evi

#endif

#endif
