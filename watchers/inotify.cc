// Inotify for ev_stat. These facts explain this file:
//   1. A watch descriptor is for one inode, however many paths and watchers
//      refer to that. It must be kept until the last of them is stopped.
//   2. A path that does not exist cannot be watched. Its nearest parent that
//      exists can, and reports the creation. It does not report changes further
//      up, so the path is polled as well.
//   3. Network file systems do not report changes made by other hosts, and
//      stacked file systems may hide some. There the path is polled as well,
//      but less often.
//   4. A full event queue (IN_Q_OVERFLOW, descriptor -1) has lost events. Then
//      every path is checked.
//
// The key of a watcher in its index is its watch descriptor, or -1.

#include "inotify.hh"

#include "../core/cancel.hh"
#include "../core/fork.hh"
#include "indexed.hh"

#if EV_STAT_ENABLE && EV_USE_INOTIFY

#include <limits.h>
#include <sys/inotify.h>
#include <sys/statfs.h>

namespace evi { namespace {

constexpr uint32_t events_of_file =
    IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF | IN_MODIFY | IN_CREATE
    | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_DONT_FOLLOW | IN_MASK_ADD;
constexpr uint32_t events_of_parent = IN_DELETE_SELF | IN_MOVE_SELF | IN_CREATE
                                    | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO
                                    | IN_ATTRIB | IN_MASK_ADD;
constexpr uint32_t watch_gone = IN_IGNORED | IN_UNMOUNT | IN_DELETE_SELF;
constexpr ev_tstamp interval_slow = 30.1074891;

// The loop's buffer: the first half is for events, the second for a path. They
// would need too much of a small stack.
constexpr int half = PATH_MAX;

[[gnu::cold]] void watch_left(Loop& loop, int wd)
{
    Stats& stats = loop.watchers.stats;
    if (!stats.own.open || wd < 0 || stats.all.has(wd)) return;
    if (!fork_flagged(loop)) inotify_rm_watch(stats.own.io.fd, wd);  // fact 1
}

// Puts the watcher at this place on a watch descriptor; -1: none.
[[gnu::cold]] void watch_set(Loop& loop, int place, int wd)
{
    Index& all = loop.watchers.stats.all;
    int before = all.key(place);
    if (wd == before) return;
    all.move(place, wd);
    watch_left(loop, before);
}

// Watches the nearest parent directory of the path that exists.
[[gnu::cold]] int parent_watch(Stats& stats, const char* path)
{
    char* above = stats.buffer.data + half;
    size_t length = strlen(path);
    if (!length || length >= half) return -1;
    memcpy(above, path, length + 1);

    int wd = -1;
    for (char* slash = above; wd < 0 && slash;) {
        slash = strrchr(above, '/');
        const char* parent = !slash ? "." : slash == above ? "/" : above;
        if (slash) *slash = 0;
        wd = inotify_add_watch(stats.own.io.fd, parent, events_of_parent);
        if (wd < 0 && errno != ENOENT && errno != EACCES && errno != ENOTDIR)
            return -1;
        if (slash == above) return wd;
    }
    return wd;
}

[[gnu::cold]] bool local(const char* path)  // fact 3
{
    struct statfs fs;
    if (statfs(path, &fs) < 0) return false;
    constexpr unsigned types[] = {
        0xef53,     0x9123683e, 0x58465342, 0x01021994, 0x858458f6,
        0xf2f52010, 0x2fc12fc1, 0x3153464a, 0x52654973, 0x4d44,
        0x4006,     0x5346544e, 0x72b6,     0x1373,
    };  // ext btrfs xfs tmpfs ramfs f2fs zfs jfs reiser msdos fat ntfs jffs2
    for (unsigned type : types)
        if (static_cast<unsigned>(fs.f_type) == type) return true;
    return false;
}

[[gnu::cold]] void stat_watch(Loop& loop, ev_stat* w)
{
    Stats& stats = loop.watchers.stats;
    if (!stats.own.open || !w->path) return stat_poll(loop, w, stat_interval);
    if (fork_flagged(loop)) return;  // stats_fork will be called

    int place = stats.all.find(base(w));
    assert(place >= 0);
    int before = stats.all.key(place);
    int wd = inotify_add_watch(stats.own.io.fd, w->path, events_of_file);
    bool exists = wd >= 0;
    if (!exists) {
        watch_set(loop, place, parent_watch(stats, w->path));  // fact 2
        wd = inotify_add_watch(stats.own.io.fd, w->path, events_of_file);
        exists = wd >= 0;  // it was created in between
    }
    if (exists) watch_set(loop, place, wd);
    if (exists && wd == before) return;
    stat_poll(loop, w,
              !exists          ? stat_interval
              : local(w->path) ? 0
                               : interval_slow);
}

// Handles an event of a descriptor. `gone`: the kernel has removed the watch.
[[gnu::cold]] void watch_report(Loop& loop, int wd, bool gone)
{
    Index& all = loop.watchers.stats.all;
    all.each(wd, [&](int place) {
        if (unlikely(all.dead(place)))
            return index_drop(loop, stat_kind, place);
        auto* w = reinterpret_cast<ev_stat*>(all.at(place));
        if (gone) all.move(place, -1);
        if (gone || !w->attr.st_nlink) stat_watch(loop, w);
        stat_examine(loop, w);
    });
}

[[gnu::cold]] void inotify_read(Loop& loop, int fd)
{
    Stats& stats = loop.watchers.stats;
    // A child leaves the events to its parent.
    if (fork_flagged(loop)) return stats_examine(loop);
    char* bytes = stats.buffer.data;
    int state = cancel_disable();
    ssize_t got = read(fd, bytes, half);
    cancel_restore(state);
    reports_hold(loop);
    for (char* at = bytes; got > 0 && at < bytes + got;) {
        auto* event = reinterpret_cast<inotify_event*>(at);
        if (event->wd < 0) stats_examine(loop);  // fact 4
        else watch_report(loop, event->wd, event->mask & watch_gone);
        at += sizeof *event + event->len;
    }
    reports_release(loop);
}

[[gnu::cold]] void inotify_ready(Loop& loop, ev_io* w, int revents)
{
    if (revents & EV_ERROR) return io_restart_internal(loop, w);
    reports_hold(loop);  // until all that was read is handled
    queue_all(loop, [&] { inotify_read(loop, w->fd); });
    reports_release(loop);
}

[[gnu::cold]] void inotify_open(Loop& loop)
{
    Stats& stats = loop.watchers.stats;
    if (stats.own.tried || loop.flags & EVFLAG_NOINOTIFY) return;

    ev_init(&stats.own.io, (Callback<ev_io, inotify_ready>()));
    stats.buffer.extend(2 * half);
    own_begin(loop, stats.own,
              [](Loop&) { return inotify_init1(IN_CLOEXEC | IN_NONBLOCK); });
}

}}  // evi

#elif EV_STAT_ENABLE

namespace evi { namespace {

void inotify_open(Loop&) {}
void watch_left(Loop&, int) {}
[[gnu::cold]] void stat_watch(Loop& loop, ev_stat* w)
{
    stat_poll(loop, w, stat_interval);
}

}}  // evi

#endif
