// struct Loop: the definition behind `struct ev_loop`. It is made of small
// structs, each maintained by one file. All bytes zero is a valid, empty loop.

#ifndef EVI_LOOP_HH
#define EVI_LOOP_HH

#include "../backends/backend.hh"
#include "../watchers/kinds.hh"
#include "set.hh"

#include <stdint.h>
#include <atomic>

namespace evi { namespace {

using LoopCallback = void (*)(EV_P);
using WalkCallback = void (*)(EV_P_ int type, void* w);

// The codes of relev_error; 0 is none of them.
enum class Error {
    fd_range = 1,
    fd_closed,
    fd_refused,
    fd_own,
    mask,
    signum,
    signal_taken,
    pid,
    time,
    path,
    embed,
    reinit,
    other_loop,
    changed,
    priority,
    freed = 32,  // from here on: found by the debug library
    overwritten,
    moved,
    thread,
    destroyed,
    forked,
    nested,
    slow,
};

// What a relev_error says.
struct Report {
    Error error;
    int errnum;
    int type;  // an event bit, as EV_TIMER; 0: of no watcher
    Watcher* w;
    int number;            // INT_MIN: that of the watcher
    const char* text;      // with the prefix of all our texts
    const void* callback;  // of the watcher, which may be freed soon
};

struct Extra;  // the state of relev/ in a loop; null until it is used

// The functions of relev/ that the core calls (relev/all.cc).
struct Extension {
    bool (*heard)(const Loop&);           // there is an error callback
    bool (*queue)(Loop&, const Report&);  // false: there is none
    void (*tell_of_none)(const Report&);  // at once: it is of no loop
    void (*tell)(Loop&);                  // makes the reports, unless held
    void (*later)(Loop&);  // has them made when events are dispatched next
    int (*pending)(const Loop&);  // the number of its own pending events
    void (*woke)(Loop&);          // after the wait, if observed_by_relev
    void (*polled)(Loop&);        // instead of a poll that is not needed
    // An event of an internal watcher whose priority is the program's: the
    // callback of ev_once, or none that the program knows.
    void (*inner)(Loop&, int revents, bool once);
    void (*expire)(Loop&);  // timers are due, and about to be queued
    void (*trim)(Loop&);    // about twice a second
    void (*destroy)(Loop&);
};

extern const Extension extension;

// Loop time (clock.cc). Timers use `mono`, ev_now returns `wall`.
struct Clock {
    ev_tstamp mono;     // monotonic, as of the last update
    ev_tstamp wall;     // since the epoch, as of the last update
    ev_tstamp offset;   // wall - mono, as of the last reading of both
    ev_tstamp read_at;  // `mono` of that reading
};

// Pending events (pending.cc). Each queue is a stack.
//
// Invariants: bit k of `mask` is set if and only if queues[k] is not empty. An
// entry's watcher refers back to it (w->pending is its index plus one), or is
// null: then the event was cancelled, and the entry is dead.
struct Pending {
    struct Event {
        Watcher* w;
        int events;
    };

    uint64_t mask;
    Array<Event> queues[pri_count];  // index: priority - pri_min
};

// File descriptors (fds.cc).
//
// Invariants: `want` is the event mask passed to the backend. An fd is in
// `changes` if and only if changed(). It is in `always_ready` only if `want` is
// not zero once the changes are made. `crowd` has all watchers except those
// that are alone on their fd. w->active is 2 + i for refused[i], and 1 for all
// others.
//
// ev_init of an active watcher, a mistake, makes it look inactive, and may
// change w->fd. The watcher still receives events, as in libev 4.33. When it is
// started again or stopped, `crowd` shows that it is active; its list was not
// damaged. A watcher that was alone is detected when its fd is handled.
struct Fd {
    ev_io* head;   // its watchers, latest started first
    uint32_t tag;  // for the backend; 0 in a new entry; see fd_always_ready
    uint8_t want;
    uint8_t slow;    // events for the slow path: unwanted; all, if changed
    bool reset : 1;  // may be closed and opened again: register it again
    bool always_ready : 1;
    bool crowded : 1;  // has, or had, more than one watcher: a list
    bool tried : 1;    // for the backend
    uint8_t asked;     // for the backend, too; valid unless `reset`

    bool changed() const { return slow & 0x80; }

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
    Array<ev_io*> refused;  // with an fd or mask that is invalid: to be killed
    Set crowd;              // watchers that are not alone on their fd
    int watched;            // entries with a `head`
    bool due;               // there is work to do before the wait
    bool killed;       // watchers were killed before the wait: keep it short
    bool told;         // the kernel's set may have more than is watched
    bool interrupted;  // a signal handler ended the wait
    bool apart;  // embedded: what waits is not this loop, register all at once
};

// Wakes a blocked loop, from signal handlers and other threads (wakeup.cc).
// They may access the atomics, and nothing else.
struct Wakeup {
    std::atomic<bool> armed;    // about to block: notifiers must write
    std::atomic<bool> signals;  // some signal is marked
    std::atomic<bool> asyncs;   // some ev_async is marked
    std::atomic<bool> written;  // the channel may have an event
    std::atomic<int> write_fd;  // eventfd or pipe; -1 unless `open`
    int read_fd;
    bool open;
    bool edge;  // edge-triggered: every write is an event; never drained
    ev_io io;
};

// Who can observe the clock reads and waits of a loop.
constexpr uint8_t observed_by_user = 1;   // hooks, collect intervals
constexpr uint8_t observed_by_relev = 2;  // relev/observe.hh

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

    bool forked;  // kernel state must be replaced, ev_fork be called
    int pid;      // to detect a fork, with EVFLAG_FORKCHECK; otherwise 0
    bool is_default;

    uint8_t observed;  // by whom: slow path
    ev_tstamp io_collect;
    ev_tstamp timeout_collect;

    void* userdata;
    LoopCallback invoke;      // null: dispatch
    void (*dispatch)(Loop&);  // pending_invoke, or that of an observer
    LoopCallback release;
    LoopCallback acquire;

    Extra* extra;
    unsigned reports_held;  // by operations; while it is not 0, none is made
};

static_assert(sizeof(Loop) <= 2500 || pri_count > 5, "a process may have many");

template <class T>
T& state(Loop& loop)  // of the backend
{
    assert(loop.backend_state);
    return *static_cast<T*>(loop.backend_state);
}

}}  // evi

#endif
