// A backend: one kernel interface for waiting on file descriptors.
//
// A backend is a constant with twelve fields; its state is private to its own
// file. It uses the functions of core/fds.hh and knows nothing of watchers. It
// queues events by fd_event and fd_kill, and never invokes a callback.

#ifndef EVI_BACKEND_HH
#define EVI_BACKEND_HH

#include "../core/array.hh"

namespace evi { namespace {

struct Loop;

struct Backend {
    unsigned flag;       // its EVBACKEND_ bit
    ev_tstamp min_wait;  // the shortest wait: a sleep before it leaves that
    bool edge;           // it supports ev_edge; otherwise ev_edge is ignored

    bool (*init)(Loop&);     // false: not available on this system
    void (*destroy)(Loop&);  // must not change what is shared with a parent
    void (*fork)(Loop&);     // in a child: makes new, empty kernel state

    // The event mask of an fd (EV_READ, EV_WRITE, perhaps ev_edge or
    // ev_exclusive, which may be ignored) changed from `was` to `want`. If both
    // are equal, the fd may have been closed and opened again.
    void (*modify)(Loop&, int fd, int was, int want);

    // Before that: shall it stay in the list of changes, once, because `poll`
    // asks for it in another way? Null: never.
    bool (*put_off)(Loop&, int fd, int was, int want);

    // After the event mask became 0, at once: leaves nothing of an fd that the
    // program will close. Null: `modify` does.
    void (*forget)(Loop&, int fd);

    // The longest wait of another loop, which sees backend_fd only. Null:
    // without a limit.
    ev_tstamp (*outer_limit)(Loop&);

    void (*trim)(Loop&);  // frees unused memory; null: nothing to free

    // Waits for at most `timeout` seconds, and queues the events, once.
    // `forever`: without a limit.
    void (*poll)(Loop&, ev_tstamp timeout);
};

const Backend* backend_at(int i);  // best first; null: end of the list

}}  // evi

#endif
