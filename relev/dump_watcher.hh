// What relev_dump says of a watcher of each kind, and how it finds those that
// are in no container of their kind.

#ifndef EVI_DUMP_WATCHER_HH
#define EVI_DUMP_WATCHER_HH

#include "../core/c_api.hh"

namespace evi { namespace {

struct Text;

void put_events(Text&, int events);  // EV_READ|EV_WRITE
void put_seconds(Text&, ev_tstamp);

// What is said of a watcher, by its kind or in general.
void describe(Text&, const Loop&, const Watcher*, const Kind&);
void io_describe(Text&, const Loop&, const Watcher*);
void timer_describe(Text&, const Loop&, const Watcher*);
void periodic_describe(Text&, const Loop&, const Watcher*);
void child_describe(Text&, const Loop&, const Watcher*);
void stat_describe(Text&, const Loop&, const Watcher*);
void embed_describe(Text&, const Loop&, const Watcher*);

void ios_walk(Loop&, Visit&);
bool ios_hold(const Loop&, const Watcher*);

}}  // evi

#endif
