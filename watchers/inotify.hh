// Inotify for ev_stat: reports that a path may have changed.

#ifndef EVI_INOTIFY_HH
#define EVI_INOTIFY_HH

#include "../core/pending.hh"
#include "../core/watcher.hh"

#if EV_STAT_ENABLE

#include <stddef.h>
#include <sys/stat.h>

namespace evi { namespace {

void inotify_open(Loop&);  // once, unless EVFLAG_NOINOTIFY is set

// Watches the file at the path, or the directory where it would be created.
// Disables polling if inotify reports every change, else enables it.
void stat_watch(Loop&, ev_stat*);

// A watcher has left this watch descriptor; -1: it had none.
void watch_left(Loop&, int wd);

extern const Kind stat_kind;

// The functions of stat.cc that the above call.
void stat_examine(Loop&, ev_stat*);
void stats_examine(Loop&);  // all, as any may have changed

// Sets the polling timer: to w->interval if that is set, else to `interval`; 0
// stops it. The constants are not round, so that they rarely coincide with
// other timers.
constexpr ev_tstamp stat_interval = 5.0074891;
constexpr ev_tstamp stat_least = 0.1074891;
void stat_poll(Loop&, ev_stat*, ev_tstamp interval);

}}  // evi

#endif

#endif
