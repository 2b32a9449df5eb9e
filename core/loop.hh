// struct Loop: the definition behind `struct ev_loop`. It is made of small
// structs, each maintained by one file. All bytes zero is a valid, empty loop.

#ifndef EVI_LOOP_HH
#define EVI_LOOP_HH

#include "../backends/backend.hh"
#include "../watchers/kinds.hh"
#include "fd_table.hh"

#include <stdint.h>
#include <atomic>

struct relev_task;

namespace evi { namespace {

using LoopCallback = void (*)(EV_P);
using WalkCallback = void (*)(EV_P_ int type, void* w);

struct Relev;  // the state of relev/ in a loop; null until it is used

// Loop time (clock.cc). Timers use `mono`, ev_now returns `wall`.
struct Clock {
    ev_tstamp mono;     // monotonic, as of the last update
    ev_tstamp wall;     // since the epoch, as of the last update
    ev_tstamp offset;   // wall - mono, as of the last reading of both
    ev_tstamp read_at;  // `mono` of that reading
};

constexpr uint64_t reports_due = uint64_t(1) << 63;

// Pending events (pending.cc). Each queue is a stack.
//
// Invariants: bit k of `mask` is set if and only if queues[k] is not empty. Its
// highest bit is set if there are reports to make (report.hh). An
// entry's watcher refers back to it (w->pending is its index plus one), or is
// null: then the event was canceled, and the entry is dead.
struct Pending {
    struct Event {
        Watcher* w;
        int events;
    };

    uint64_t mask;
    Array<Event> queues[pri_count];  // index: priority - pri_min
};

// Wakes a blocked loop, from signal handlers and other threads (wakeup.cc).
// They may access the atomics, and nothing else.
struct Wakeup {
    std::atomic<bool> armed;    // about to block: notifiers must write
    std::atomic<bool> signals;  // some signal is marked
    std::atomic<bool> asyncs;   // some ev_async is marked
    std::atomic<bool> written;  // the channel may have an event
    std::atomic<int> write_fd;  // eventfd or pipe; -1: none
    int read_fd;
    bool open;  // it is needed, since the first watcher that did
    bool edge;  // edge-triggered: every write is an event; never drained
    ev_io io;
};

// Owner can observe the clock reads and waits of a loop.
constexpr uint8_t observed_by_user = 1;   // hooks, collect intervals
constexpr uint8_t observed_by_relev = 2;  // relev/observe.hh

constexpr unsigned fork_seen = 1;  // call ev_fork, and replace kernel state
constexpr unsigned fork_half = 2;  // fork_rebuild has to replace the rest

struct Loop {
    Clock clock;
    Pending pending;
    Fds fds;
    Wakeup wakeup;
    Kinds watchers;

    const Backend* backend;
    void* backend_state;
    int backend_fd;             // for embedding; -1: none
    unsigned backend_renewals;  // a new file may get the same number

    int active;  // references: active watchers, ev_ref, ev_unref
    int breaking;
    unsigned iterations;
    unsigned depth;
    unsigned flags;

    unsigned process;       // that owns the kernel state: see fork.hh
    unsigned fork_checked;  // with EVFLAG_FORKCHECK: the process that did; or 0
    uint8_t forked;         // by fork_bits and fork_set only
    bool embedded;          // another loop waits for it: register all at once
    bool is_default;

    uint8_t observed;  // by whom: slow path
    ev_tstamp io_collect;
    ev_tstamp timeout_collect;

    void* userdata;
    LoopCallback invoke;      // null: dispatch
    void (*dispatch)(Loop&);  // by the usual Pass, or that of an observer
    LoopCallback release;
    LoopCallback acquire;

    Relev* relev;
    const char* error_text;  // for the syserr callback; null: none
    unsigned reports_held;   // by operations; while it is not 0, none is made
    uintptr_t reporting;     // the frame that makes one; 0: none, or left

    std::atomic<relev_task*> posted;  // by any thread: see relev/post.cc
};

static_assert(sizeof(Loop) <= 2500 || pri_count > 5, "a process may have many");

// Is a break set? A signal handler may have called ev_break.
inline bool broken(const Loop& loop)
{
    return __atomic_load_n(&loop.breaking, __ATOMIC_RELAXED);
}

// fork_seen, fork_half. Other threads read them when they wake the loop.
inline unsigned fork_bits(const Loop& loop)
{
    return __atomic_load_n(&loop.forked, __ATOMIC_RELAXED);
}

inline void fork_set(Loop& loop, unsigned bits)
{
    assert(bits <= (fork_seen | fork_half));
    __atomic_store_n(&loop.forked, static_cast<uint8_t>(bits),
                     __ATOMIC_RELAXED);
}

template <class T>
T& state(Loop& loop)  // of the backend
{
    assert(loop.backend_state);
    return *static_cast<T*>(loop.backend_state);
}

}}  // evi

#endif
