// A backend: how the loop asks the kernel about file descriptors.
//
// A backend is a value of nine fields; its state is private to its own file.
// It sees the fd services of core/fds.hh and nothing of watchers. It queues
// what it learns through fd_event and fd_kill and never calls back.

#ifndef EVI_BACKEND_HH
#define EVI_BACKEND_HH

#include "../core/array.hh"

namespace evi { namespace {

struct Loop;

struct Backend {
    unsigned flag;       // its EVBACKEND_ bit
    ev_tstamp min_wait;  // a nap before the wait ends so much earlier
    bool edge;           // it understands ev_edge; else that is ignored

    bool (*init)(Loop&);     // false: cannot be used here
    void (*destroy)(Loop&);  // must not touch what a forked parent shares
    void (*fork)(Loop&);     // in a child: kernel state of its own, empty

    // The events wanted on an fd (EV_READ, EV_WRITE, perhaps ev_edge) changed
    // from `was` to `want`. With `was` equal to `want` the fd may have been
    // closed and opened again meanwhile.
    void (*modify)(Loop&, int fd, int was, int want);

    void (*trim)(Loop&);  // gives memory back; null: has none

    // Waits at most so long (seconds) and queues what is ready, once.
    void (*poll)(Loop&, ev_tstamp timeout);
};

const Backend* backend_at(int i);  // best first; null: no more

}}  // evi

#endif
