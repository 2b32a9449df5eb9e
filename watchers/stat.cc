// ev_stat: called when the attributes of a path change.
//
// A timer polls the path. On Linux inotify watches it (watchers/inotify.cc),
// and the timer is off unless inotify may miss changes. The timer holds no
// reference.

#include "../core/wakeup.hh"
#include "../relev/dump_watcher.hh"
#include "indexed.hh"
#include "inotify.hh"
#include "steps.hh"

#if EV_STAT_ENABLE

namespace evi { namespace {

[[gnu::cold]] void stat_read(ev_stat* w)
{
    if (!w->path || lstat(w->path, &w->attr) < 0) w->attr.st_nlink = 0;
    else if (!w->attr.st_nlink) w->attr.st_nlink = 1;  // 0: no such file
}

// Compares times by whole seconds only.
[[gnu::cold, gnu::noinline]] bool stat_same(const ev_statdata& a,
                                            const ev_statdata& b)
{
    // Of a missing file the other members are not valid.
    if (!a.st_nlink || !b.st_nlink) return a.st_nlink == b.st_nlink;
    return a.st_dev == b.st_dev && a.st_ino == b.st_ino
        && a.st_mode == b.st_mode && a.st_nlink == b.st_nlink
        && a.st_uid == b.st_uid && a.st_gid == b.st_gid
        && a.st_rdev == b.st_rdev && a.st_size == b.st_size
        && a.st_atime == b.st_atime && a.st_mtime == b.st_mtime
        && a.st_ctime == b.st_ctime;
}

[[gnu::cold]] void stat_poll(Loop& loop, ev_stat* w, ev_tstamp interval)
{
    assert(interval >= 0);
    bool was = w->timer.active;
    if (interval > 0 && w->interval > 0) interval = w->interval;
    w->timer.repeat = interval;
    if (!was && !(interval > 0)) return;
    timer_again(loop, &w->timer);         // a repeat of 0 stops it
    loop.active -= (interval > 0) - was;  // it holds no reference
}

// lstat may fail temporarily, and inotify does not report when it works again.
// So the path is polled until then.
[[gnu::cold]] void stat_doubt(Loop& loop, ev_stat* w)
{
    if (!w->attr.st_nlink && !w->timer.active)
        stat_poll(loop, w, stat_interval);
}

// Does the path still name the file that inotify watches? If the file was
// replaced by one with the same inode number, inotify will report that later.
[[gnu::cold]] bool stat_watched(const ev_stat* w, const ev_statdata& before)
{
    return w->attr.st_nlink && before.st_nlink && !w->timer.active
        && w->attr.st_ino == before.st_ino && w->attr.st_dev == before.st_dev;
}

[[gnu::cold]] void stat_examine(Loop& loop, ev_stat* w)
{
    pending_reserve(loop, base(w), 1);  // before the change is read
    ev_statdata before = w->attr;
    stat_read(w);
    if (stat_same(before, w->attr)) return stat_doubt(loop, w);

    w->prev = before;  // so prev and attr differ in every callback
    pending_feed(loop, base(w), EV_STAT);
    if (loop.watchers.stats.own.open && !stat_watched(w, before)) {
        stat_watch(loop, w);
        stat_read(w);  // it may have changed before the watch began
        stat_doubt(loop, w);
    }
}

[[gnu::cold]] void stat_timeout(Loop& loop, ev_timer* timer, int revents)
{
    inner_note(loop, revents, false);
    char* w = reinterpret_cast<char*>(timer) - offsetof(ev_stat, timer);
    reports_hold(loop);
    stat_examine(loop, reinterpret_cast<ev_stat*>(w));
    reports_release(loop);
}

Watcher* stat_of_inner(Watcher* w, int type)
{
    auto* timer = reinterpret_cast<ev_timer*>(w);
    if (type != EV_TIMER || !calls<ev_timer, stat_timeout>(timer))
        return nullptr;
    return reinterpret_cast<Watcher*>(reinterpret_cast<char*>(w)
                                      - offsetof(ev_stat, timer));
}

[[gnu::cold]] void stat_stop(Loop& loop, ev_stat* w)
{
    reports_hold(loop);
    if (index_stop_slow(loop, stat_kind, base(w))) stat_poll(loop, w, 0);
    reports_release(loop);
}

[[gnu::cold]] void stat_begin(Loop& loop, ev_stat* w)
{
    stat_read(w);
    if (w->interval < 0 || w->interval > 0)  // 0 and NaN: the default
        w->interval = max(w->interval, stat_least);
    ev_timer_init(&w->timer, (Callback<ev_timer, stat_timeout>()), 0., 0.);
    priority_set(base(&w->timer), priority_get(base(w)));

    // The allocator may leave these by longjmp; nothing is active then.
    if (loop.watchers.stats.all.full())
        index_make_room(loop, stat_kind, base(w));
    timers_reserve(loop);
    inotify_open(loop);

    index_enter(loop, stat_kind, base(w), -1);
    stat_watch(loop, w);
    stat_doubt(loop, w);
}

[[gnu::cold]] void stat_start(Loop& loop, ev_stat* w)
{
    if (w->active) return;
    if (!w->path)
        return error_report(loop, Error::path, EV_STAT, base(w),
                            "(libev) ev_stat_start: no path");
    reports_hold(loop);
    stat_begin(loop, w);
    reports_release(loop);
}

// Calls f(watcher) for all.
template <class F>
void stats_each(Loop& loop, F f)
{
    Index& all = loop.watchers.stats.all;
    for (int i = 0; i < all.entries.count; ++i)
        if (all.at(i) && !all.dead(i))
            f(loop, reinterpret_cast<ev_stat*>(all.at(i)));
}

[[gnu::cold]] void stats_examine(Loop& loop)
{
    stats_each(loop, stat_watch);
    stats_each(loop, stat_examine);
}

[[gnu::cold]] void stats_fork(Loop& loop)
{
    Stats& stats = loop.watchers.stats;
    Index& all = stats.all;
    if (!stats.own.open) return;

    own_close(stats.own);
    inotify_open(loop);
    for (int i = 0; i < all.entries.count; ++i)
        if (all.at(i)) all.move(i, -1);
    stats_examine(loop);    // a change before that is not reported
    if (loop.pending.mask)  // the wait comes next
        wakeup_notify(loop, loop.wakeup.asyncs);
}

[[gnu::cold]] void stats_free(Loop& loop)
{
    own_close(loop.watchers.stats.own);
    loop.watchers.stats.buffer.free();
}

constexpr Kind stat_kind = {
    .type = EV_STAT,
    .size = sizeof(ev_stat),
    .name = "ev_stat",
    .counted_as = 5,
    .index = offsetof(Kinds, stats.all),
    .room = inotify_buckets,
    .left = watch_left,
    .fork = stats_fork,
    .destroy = stats_free,
    .stop = metered ? stop_by<ev_stat, ev_stat_stop> : nullptr,
    .owner = inspected ? stat_of_inner : nullptr,
    .describe = inspected ? stat_describe : nullptr,
};

}}  // evi

// The C API.

[[gnu::cold]] void ev_stat_start(EV_P_ ev_stat* w) EV_NOEXCEPT
{
    evi::stat_start(evi::entry(EV_A_ w), w);
}

[[gnu::cold]] void ev_stat_stop(EV_P_ ev_stat* w) EV_NOEXCEPT
{
    if (evi::at_rest(w)) return;
    evi::stat_stop(evi::entry(EV_A_ w), w);
}

[[gnu::cold]] void ev_stat_stat(EV_P_ ev_stat* w) EV_NOEXCEPT
{
    static_cast<void>(evi::entry(EV_A_ w));  // the loop is not used
    evi::stat_read(w);
}

#else

namespace evi { namespace {

Watcher* stat_of_inner(Watcher*, int) { return nullptr; }
constexpr const Kind& stat_kind = no_kind;

}}  // evi

#endif
