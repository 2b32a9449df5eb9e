// The pending queue: events are queued first and invoked in one place.

#ifndef EVI_PENDING_HH
#define EVI_PENDING_HH

#include "boundary.hh"

namespace evi { namespace {

// Queues an event, or adds it to the one that the watcher has pending.
void pending_feed(Loop&, Watcher*, int events);

// Takes a watcher's event back; returns it, or 0.
int pending_drop(Loop&, Watcher*);

// One pass: invokes everything pending, and what comes in meanwhile.
void pending_invoke(Loop&);

// The same by the user's callback, if he set one.
void pass_invoke(Loop&);

unsigned pending_count(const Loop&);  // entries, also dead ones

// Timers and periodics collect what expired, earliest first, then queue it.
void expired_push(Loop&, Watcher*);
void expired_feed(Loop&, int event);

void pending_free(Loop&);
void pending_verify(Loop&);

}}  // evi

#endif
