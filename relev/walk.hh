// Visits the active watchers of a loop.
//
// The visitor may start and stop any watcher: nothing is read of a watcher
// after it was visited, unless it is still active. Then some watchers may be
// missed, and others visited again.

#ifndef EVI_WALK_HH
#define EVI_WALK_HH

#include "../core/fds.hh"
#include "../core/watcher.hh"
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
    ev_io* w = table[fd].head;
    while (w) {
        walk_one(loop, base(w), EV_IO, visit);
        if (!fd_known(loop, fd) || !table[fd].crowded) return;
        w = loop.fds.crowd.has(w) ? list_next(w) : table[fd].head;
    }
}

template <class F>
void walk_ios(Loop& loop, F& visit)
{
    auto& refused = loop.fds.refused;
    for (int fd = 0; fd < loop.fds.table.count; ++fd) walk_fd(loop, fd, visit);
    for (int i = 0; i < refused.count; ++i)
        walk_one(loop, base(refused[i]), EV_IO, visit);
}

template <class Heap, class F>
void walk_heap(Loop& loop, const Heap& heap, int type, F& visit)
{
    for (int k = heap.end(); k-- > heap.begin();)
        if (k < heap.end()) walk_one(loop, base(heap.at(k)), type, visit);
}

template <class F>
void walk_index(Loop& loop, const Index& all, int type, F& visit)
{
    for (int i = 0; i < all.used; ++i)
        if (all.at(i)) walk_one(loop, all.at(i), type, visit);
}

template <class F>
void walk(Loop& loop, F visit)
{
    Kinds& all = loop.watchers;
    walk_ios(loop, visit);
    walk_heap(loop, all.timers, EV_TIMER, visit);
    walk_heap(loop, all.periodics.heap, EV_PERIODIC, visit);
    walk_index(loop, all.signals.all, EV_SIGNAL, visit);
    walk_index(loop, all.children, EV_CHILD, visit);
    walk_index(loop, all.stats.all, EV_STAT, visit);
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
