// The fd table: its memory, and the check of its invariants (core/fd_table.hh).

#include "fds.hh"

namespace evi { namespace {

// The allocator may leave it by longjmp. So it grows last what is checked
// first.
[[gnu::cold]] void fd_extend(Loop& loop, int fd)
{
    assert(fd >= 0 && fd < refused_first);
    auto& table = loop.fds.table;
    table.reserve(fd + 1);
    loop.fds.changes.reserve(table.capacity);
    table.extend(min(table.capacity, fd + 64));  // the next ones will follow
}

[[gnu::cold]] void fd_list_free(Loop& loop, Fd& entry)
{
    if (!entry.shared) return;
    entry.list->free();
    memory_free(entry.list);
    entry.list = nullptr;
    entry.shared = false;
    --loop.fds.lists;
}

bool fd_unused(const Fd& entry) { return !entry.watched() && !entry.changed(); }

// Frees lists without watchers, if they are many, and most of all.
[[gnu::cold]] void lists_trim(Loop& loop)
{
    int empty = 0;
    for (int fd = 0; fd < loop.fds.table.count; ++fd)
        empty += loop.fds.table[fd].shared && fd_unused(loop.fds.table[fd]);
    if (empty < loop.fds.lists - loop.fds.lists / 8) return;
    for (int fd = 0; fd < loop.fds.table.count; ++fd)
        if (fd_unused(loop.fds.table[fd]))
            fd_list_free(loop, loop.fds.table[fd]);
}

// Shrinks the table if most of it, at its end, is unused.
[[gnu::cold]] void fds_trim(Loop& loop)
{
    auto& table = loop.fds.table;
    int used = table.count;
    if (loop.fds.lists > 64) lists_trim(loop);
    while (used && fd_unused(table[used - 1])) --used;
    if (used <= table.count / 8) {
        for (int fd = used; fd < table.count; ++fd)
            fd_list_free(loop, table[fd]);
        table.count = used;
    }
    table.trim();
    if (loop.fds.changes.capacity > 2 * table.capacity + 4096)
        loop.fds.changes.shrink(table.capacity);
    loop.fds.refused.trim();
}

[[gnu::cold]] void fds_free(Loop& loop)
{
    for (int fd = 0; loop.fds.lists; ++fd)
        fd_list_free(loop, loop.fds.table[fd]);
    memory_free(loop.fds.spare);
    loop.fds.table.free();
    loop.fds.changes.free();
    loop.fds.refused.free();
}

[[gnu::cold]] void fd_verify(const Loop& loop, int fd)
{
    const Fd& entry = loop.fds.table[fd];
    int want = 0;
    bool odd = false;  // initialized or set while active: an error
    if (entry.shared) entry.list->verify();
    for (int i = 0; i < entry.places(); ++i) {
        const ev_io* w = entry.watcher(i);
        if (!w) continue;
        odd |= w->active != i + 1 || w->fd != fd || w->events & EV__IOFDSET;
        want |= w->events & (fd_events | ev_edge);
    }
    if (entry.changed() || odd) return;
    verify_that((entry.registered() & ~ev_exclusive) == want,
                "events changed while active");
    verify_that(!entry.reset && !entry.put_off, "a change that is not noted");
}

[[gnu::cold]] void fds_verify(Loop& loop)
{
    Fds& fds = loop.fds;
    int changed = 0, watched = 0, lists = 0;
    for (int fd = 0; fd < fds.table.count; ++fd) {
        fd_verify(loop, fd);
        watched += fds.table[fd].watched();
        changed += fds.table[fd].changed();
        lists += fds.table[fd].shared;
    }
    verify_that(changed <= fds.changes.count, "list of changed fds");
    verify_that(fds.changes.capacity >= fds.table.count, "room for changes");
    verify_that(watched == fds.watched, "number of watched fds");
    verify_that(lists == fds.lists, "number of lists");
}

}}  // evi
