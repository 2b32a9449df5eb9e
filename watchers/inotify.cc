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
// Invariant: a watcher with wd >= 0 is in the list of bucket(wd), one with -1
// is in no list. One with -2 may be in any list: ev_stat_set was called while
// it was active, a mistake.

#include "inotify.hh"

#include "../core/fork.hh"
#include "../core/report.hh"

#if EV_STAT_ENABLE && EV_USE_INOTIFY

#include <limits.h>
#include <sys/inotify.h>
#include <sys/statfs.h>

namespace evi { namespace {

static_assert(!(inotify_buckets & (inotify_buckets - 1)),
              "EV_INOTIFY_HASHSIZE: power of 2");

constexpr uint32_t events_of_file =
    IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF | IN_MODIFY | IN_CREATE
    | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_DONT_FOLLOW | IN_MASK_ADD;
constexpr uint32_t events_of_parent = IN_DELETE_SELF | IN_MOVE_SELF | IN_CREATE
                                    | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO
                                    | IN_ATTRIB | IN_MASK_ADD;
constexpr uint32_t watch_gone = IN_IGNORED | IN_UNMOUNT | IN_DELETE_SELF;
constexpr ev_tstamp interval_slow = 30.1074891;

ev_watcher_list*& bucket(Stats& stats, int wd)
{
    assert(stats.open && stats.buckets.count);
    return stats.buckets[wd & (stats.buckets.count - 1)];
}

ev_stat* stat_of(ev_watcher_list* w) { return reinterpret_cast<ev_stat*>(w); }

void watch_list(Stats& stats, ev_stat* w)
{
    assert(w->wd >= 0);
    list_push(bucket(stats, w->wd), reinterpret_cast<ev_watcher_list*>(w));
    ++stats.watched;
}

// Reverses a list in place: the old head pointer is invalid afterwards.
ev_watcher_list* list_reversed(ev_watcher_list* w)
{
    ev_watcher_list* reversed = nullptr;
    while (w) {
        auto* next = w->next;
        list_push(reversed, w);
        w = next;
    }
    return reversed;
}

// Keeps the lists short: one or two watchers on average.
void watches_spread(Stats& stats)
{
    if (stats.watched < 2 * stats.buckets.count) return;

    auto old = stats.buckets;
    stats.buckets = {};
    stats.buckets.extend(2 * old.count);
    stats.watched = 0;
    for (int i = 0; i < old.count; ++i)
        for (auto* w = list_reversed(old[i]); w;) {  // their order stays
            auto* next = w->next;
            if (stat_of(w)->wd >= 0) watch_list(stats, stat_of(w));
            w = next;
        }
    old.free();
}

// Removes a watcher from its descriptor; true: the descriptor has others.
bool watch_leave(Stats& stats, ev_stat* w)
{
    int wd = w->wd;
    auto* entry = reinterpret_cast<ev_watcher_list*>(w);
    if (wd >= 0 && list_remove(bucket(stats, wd), entry)) --stats.watched;
    w->wd = -1;
    for (auto* other = bucket(stats, wd); other; other = other->next)
        if (stat_of(other)->wd == wd) return true;
    return false;
}

[[gnu::noinline]] void watch_leave_any(Stats& stats, ev_stat* w)
{
    auto* entry = reinterpret_cast<ev_watcher_list*>(w);
    for (int i = 0; i < stats.buckets.count; ++i)
        if (list_remove(stats.buckets[i], entry)) --stats.watched;
    w->wd = -1;
}

[[gnu::cold]] void stat_unwatch(Loop& loop, ev_stat* w)
{
    Stats& stats = loop.watchers.stats;
    int wd = w->wd;
    if (stats.open && wd < -1) watch_leave_any(stats, w);
    if (!stats.open || wd < 0 || watch_leave(stats, w)) return;
    if (fork_inherited(loop, stats.process)) return;
    inotify_rm_watch(stats.fd, wd);  // fact 1
}

// Watches the nearest parent directory of the path that exists.
int parent_watch(int fd, const char* path)
{
    char above[PATH_MAX];
    size_t length = strlen(path);
    if (!length || length >= sizeof above) return -1;
    memcpy(above, path, length + 1);

    int wd = -1;
    for (char* slash = above; wd < 0 && slash;) {
        slash = strrchr(above, '/');
        const char* parent = !slash ? "." : slash == above ? "/" : above;
        if (slash) *slash = 0;
        wd = inotify_add_watch(fd, parent, events_of_parent);
        if (wd < 0 && errno != ENOENT && errno != EACCES && errno != ENOTDIR)
            return -1;
        if (slash == above) return wd;
    }
    return wd;
}

bool local(const char* path)  // fact 3
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

// Puts a watcher on a descriptor, if that is another one than before.
void watch_set(Loop& loop, ev_stat* w, int wd)
{
    if (wd == w->wd) return;
    stat_unwatch(loop, w);
    w->wd = wd;
    if (wd < 0) return;
    watch_list(loop.watchers.stats, w);
    watches_spread(loop.watchers.stats);
}

[[gnu::cold]] void stat_watch(Loop& loop, ev_stat* w)
{
    Stats& stats = loop.watchers.stats;
    if (!stats.open) return stat_poll(loop, w, stat_interval);
    if (fork_flagged(loop)) return;  // stats_rewatch will be called

    int before = w->wd;
    int wd = inotify_add_watch(stats.fd, w->path, events_of_file);
    bool exists = wd >= 0;
    if (!exists) {
        watch_set(loop, w, parent_watch(stats.fd, w->path));  // fact 2
        wd = inotify_add_watch(stats.fd, w->path, events_of_file);
        exists = wd >= 0;  // it was created in between
    }
    if (exists) watch_set(loop, w, wd);
    if (exists && wd == before) return;
    stat_poll(loop, w,
              !exists          ? stat_interval
              : local(w->path) ? 0
                               : interval_slow);
}

// Handles an event of a descriptor; -1: of all. The watchers are collected
// first, since handling one may move others to other lists.
void watch_report(Loop& loop, int wd, bool gone)
{
    Stats& stats = loop.watchers.stats;
    auto& affected = stats.affected;
    bool lost = wd < 0;
    affected.count = 0;  // the report of a mistake may have left by longjmp
    if (lost)
        for (int i = 0; i < stats.all.count; ++i) affected.push(stats.all[i]);
    else
        for (auto* w = bucket(stats, wd); w; w = w->next)
            if (stat_of(w)->wd == wd) affected.push(base(w));

    for (int i = 0; i < affected.count; ++i) {
        auto* w = reinterpret_cast<ev_stat*>(affected[i]);
        if (gone) watch_leave(stats, w);
        if (gone || lost || !w->attr.st_nlink) stat_watch(loop, w);
        stat_examine(loop, w);
    }
    affected.count = 0;
}

void inotify_read(Loop& loop, int fd)
{
    alignas(inotify_event) char bytes[8192];
    ssize_t got = read(fd, bytes, sizeof bytes);
    for (char* at = bytes; got > 0 && at < bytes + got;) {
        auto* event = reinterpret_cast<inotify_event*>(at);
        watch_report(loop, event->wd, event->mask & watch_gone);
        at += sizeof *event + event->len;
    }
}

[[gnu::cold]] void inotify_ready(Loop& loop, ev_io* w, int revents)
{
    if (!(revents & EV_ERROR)) {
        mistakes_hold(loop);  // until all that was read is handled
        inotify_read(loop, w->fd);
        return mistakes_release(loop);
    }

    if (io_restart_internal(loop, w)) return;
    loop.watchers.stats.open = false;
    stats_rewatch(loop);
}

[[gnu::cold]] void inotify_open(Loop& loop)
{
    Stats& stats = loop.watchers.stats;
    if (stats.tried || loop.flags & EVFLAG_NOINOTIFY) return;

    stats.tried = true;
    stats.fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    stats.process = getpid();
    stats.open = stats.fd >= 0;
    if (!stats.open) return;  // poll instead
    stats.buckets.extend(inotify_buckets);
    ev_init(&stats.io, (Callback<ev_io, inotify_ready>()));
    io_start_internal(loop, &stats.io, stats.fd);
}

[[gnu::cold]] void inotify_close(Loop& loop)
{
    Stats& stats = loop.watchers.stats;
    if (stats.open && stats.io.fd >= 0) descriptor_close(stats.fd);
    stats.open = stats.tried = false;
    stats.buckets.free();
    stats.affected.free();
    stats.watched = 0;
}

[[gnu::cold]] void inotify_reopen(Loop& loop)
{
    io_stop_internal(loop, &loop.watchers.stats.io);
    inotify_close(loop);
    inotify_open(loop);
}

}}  // evi

#elif EV_STAT_ENABLE

namespace evi { namespace {

void inotify_open(Loop&) {}
void inotify_reopen(Loop&) {}
void inotify_close(Loop&) {}
void stat_unwatch(Loop&, ev_stat*) {}
[[gnu::cold]] void stat_watch(Loop& loop, ev_stat* w)
{
    stat_poll(loop, w, stat_interval);
}

}}  // evi

#endif
