// Inotify, as far as ev_stat needs it: telling that a path should be looked at.

#ifndef EVI_INOTIFY_HH
#define EVI_INOTIFY_HH

#include "../core/pending.hh"
#include "../core/watcher.hh"

#if EV_STAT_ENABLE

#include <stddef.h>
#include <sys/stat.h>

namespace evi { namespace {

void inotify_open(Loop&);    // unless tried before, or not wanted
void inotify_reopen(Loop&);  // in a child: an instance of its own
void inotify_close(Loop&);

// Watches what the path names now, or the directory where it would appear;
// turns polling off if that sees every change, and on if not.
void stat_watch(Loop&, ev_stat*);
void stat_unwatch(Loop&, ev_stat*);

// ev_stat's own: what they call.
void stat_examine(Loop&, ev_stat*);
void stats_rewatch(Loop&);  // with a new inotify instance

// Has the timer poll at w->interval or, if that is 0, at the other interval
// given; with that one 0, it rests.
constexpr ev_tstamp stat_interval = 5.0074891;  // odd, so that the timers of
constexpr ev_tstamp stat_least = 0.1074891;     // many do not fall together
void stat_poll(Loop&, ev_stat*, ev_tstamp interval);

}}  // evi

#endif

#endif
