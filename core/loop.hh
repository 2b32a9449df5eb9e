// struct Loop: what `struct ev_loop` is from inside; a sum of small structs,
// each kept by one file. All bytes zero is a valid, empty loop.

#ifndef EVI_LOOP_HH
#define EVI_LOOP_HH

#include "../backends/backend.hh"
#include "../watchers/kinds.hh"
#include "set.hh"

#include <stdint.h>
#include <atomic>

namespace evi { namespace {

using LoopCallback = void (*)(EV_P);

// Loop time (clock.cc). Timers count by `mono`, users see `wall`.
struct Clock {
    ev_tstamp mono;     // monotonic, as of the last update
    ev_tstamp wall;     // since the epoch, as of the last update
    ev_tstamp offset;   // wall - mono, as of the last reading of both
    ev_tstamp read_at;  // `mono` of that reading
};

// What waits to be invoked (pending.cc). Each queue is a stack.
//
// Invariants: bit k of `mask` is set exactly if queues[k] is not empty; an
// entry's watcher points back (w->pending is its index plus one) or is null:
// the event was taken back, and the entry is dead.
struct Pending {
    struct Event {
        Watcher* w;
        int events;
    };

    uint64_t mask;
    Array<Event> queues[pri_count];  // index: priority - pri_min
    Array<Watcher*> expired;         // scratch of timers and periodics
};

// File descriptors (fds.cc).
//
// Invariants: `want` is what the backend was told; an fd is in `changes`
// exactly if changed(); in `always_ready` only if `want` is not zero once the
// changes are made. In `crowd` are all watchers but those that are alone on
// their fd; of refused[i] w->active is 2 + i, of others 1.
//
// ev_init of an active watcher, a mistake, makes it say that it is inactive,
// and w->fd may be another. It is served all the same, as in libev 4.33. Once
// it is started again or stopped the set tells that it is active, and nothing
// of the list was overwritten. One that was alone is found when its fd is
// looked at.
struct Fd {
    ev_io* head;   // its watchers, latest started first
    uint32_t tag;  // the backend's own; 0 in a new entry; see fd_always_ready
    uint8_t want;
    uint8_t odd;  // events to be looked at closely: not wanted, or all: changed
    bool reset : 1;  // perhaps closed and opened again: tell the kernel anew
    bool always_ready : 1;
    bool crowded : 1;  // more than one watcher, at least lately: a list
    uint8_t asked;     // the backend's own, too; of use unless reset

    bool changed() const { return odd & 0x80; }

    bool alone(const ev_io* w) const { return head == w && !crowded; }

    ev_io* after(const ev_io* w) const
    {
        return crowded ? reinterpret_cast<ev_io*>(w->next) : nullptr;
    }
};

static_assert(sizeof(Fd) <= 16, "a loop may have many");

struct Fds {
    Array<Fd> table;  // by fd
    Array<int> changes;
    Array<int> always_ready;
    Array<ev_io*> refused;  // of what cannot be an fd, to be killed as well
    Set<ev_io> crowd;       // watchers that are not alone on their fd
    bool due;               // any of this is to be looked at before the wait
    bool killed;       // some were killed on telling the backend: hardly wait
    bool interrupted;  // a signal handler ended the wait
};

// The way into a blocked loop, for signal handlers and other threads
// (wakeup.cc). The atomics may be touched from anywhere, the rest may not.
struct Wakeup {
    std::atomic<bool> armed;    // about to block: who wants us must write
    std::atomic<bool> signals;  // some signal is marked
    std::atomic<bool> asyncs;   // some ev_async is marked
    std::atomic<int> write_fd;  // eventfd or pipe; -1 unless `open`
    int read_fd;
    bool open;
    bool edge;  // it reports every write by itself, and is never drained
    ev_io io;
};

struct Loop {
    Clock clock;
    Pending pending;
    Fds fds;
    Wakeup wakeup;
    Kinds watchers;

    const Backend* backend;
    void* backend_state;
    int backend_fd;             // for embedding; -1: none
    unsigned backend_renewals;  // of its file: that may keep the number

    int active;  // references: active watchers, ev_ref, ev_unref
    int breaking;
    unsigned iterations;
    unsigned depth;
    unsigned flags;

    bool forked;  // kernel state is to be renewed, ev_fork to be called
    int pid;      // to notice a fork by, if EVFLAG_FORKCHECK; or 0
    bool is_default;

    bool observed;  // somebody can tell when the time is looked at
    ev_tstamp io_collect;
    ev_tstamp timeout_collect;

    void* userdata;
    LoopCallback invoke;  // null: pending_invoke
    LoopCallback release;
    LoopCallback acquire;
};

static_assert(sizeof(Loop) <= 2500 || pri_count > 5, "a process may have many");

template <class T>
T& state(Loop& loop)  // a backend's own
{
    assert(loop.backend_state);
    return *static_cast<T*>(loop.backend_state);
}

}}  // evi

#endif
