// The active io watchers of a loop. They are in the fd table, for which there
// is no function that visits all entries of a kind.

#include "../core/fds.hh"
#include "../core/watcher.hh"
#include "dump_watcher.hh"

namespace evi { namespace {

[[gnu::cold]] bool fd_reads(const Fds& fds, int fd, Visit& visit)
{
    if (fd < 0 || fd >= fds.table.count || !fds.table[fd].shared) return true;
    const IoList* list = fds.table[fd].list;
    return visit.reads(list, sizeof *list) && visit.reads(list->entries);
}

[[gnu::cold]] void fd_walk(Loop& loop, int fd, Visit& visit)
{
    Fds& fds = loop.fds;
    if (!fd_reads(fds, fd, visit)) return;
    for (int i = 0; i < fds.table[fd].places(); ++i) {
        ev_io* w = fds.table[fd].watcher(i);
        if (!w || !visit.reads(w, sizeof *w)) continue;
        if (fd_reads(fds, w->fd, visit) && !io_dead(loop, w, fd, i))
            visit(base(w));
    }
}

[[gnu::cold]] void ios_walk(Loop& loop, Visit& visit)
{
    auto& refused = loop.fds.refused;
    if (!visit.reads(loop.fds.table) || !visit.reads(refused)) return;
    for (int fd = 0; fd < loop.fds.table.count; ++fd) fd_walk(loop, fd, visit);
    for (int i = 0; i < refused.count; ++i)
        if (refused[i] && visit.reads(refused[i], sizeof(ev_io)))
            visit(base(refused[i]));
}

// Also finds one whose fd was changed while it was active.
bool ios_hold(const Loop& loop, const Watcher* watcher)
{
    auto* w = reinterpret_cast<const ev_io*>(watcher);
    bool held = io_entered(loop, w);
    for (int fd = 0; !held && fd < loop.fds.table.count; ++fd)
        held = loop.fds.table[fd].holds(w);
    return held;
}

}}  // evi
