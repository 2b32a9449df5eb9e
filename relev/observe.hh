// Observers: parts of relev/ that see each wait and each callback of a loop.
//
// While a loop has observers, it dispatches events by another function, which
// calls them. Its backend is a copy with functions that call them, and the real
// ones. A loop without observers executes no instruction of this.

#ifndef EVI_OBSERVE_HH
#define EVI_OBSERVE_HH

#include "../core/c_api.hh"

#if EV_RELEV_ENABLE

namespace evi { namespace {

// One invocation of a callback. The watcher may be freed by it: at the end only
// its address may be used.
struct Call {
    int type;     // the kind, as EV_TIMER; 0: of the library, not the program
    Watcher* w;   // of the program; null if `once`
    bool once;    // of ev_once
    bool inner;   // of a part of w, such as the timer of an ev_stat
    int number;   // its descriptor, signal or process; -1: none
    int revents;  // the events that it receives
    const void* callback;  // of the program; null if `inner`
    ev_tstamp began;       // monotonic; 0 unless an observer is `timed`
    ev_tstamp ended;       // valid at the end
    Running before;        // for progress.cc
};

// What a loop calls if it has one observer only: shorter ways.
struct Alone {
    void (*dispatch)(Loop&);
    void (*poll)(Loop&, ev_tstamp timeout);
};

// The functions may be null, and must not throw, nor start or stop watchers,
// except call_end. A callback that is left by longjmp has no end. A callback
// may run the loop, so that calls nest.
struct Observer {
    bool timed;  // it uses the times of a Call
    void (*wait_begin)(Loop&, ev_tstamp timeout);  // at most so long
    void (*wait_end)(Loop&);                       // events are queued
    void (*woke)(Loop&);                           // the loop's time is updated
    void (*call_begin)(Loop&, const Call&);
    void (*call_end)(Loop&, const Call&);
    const Alone* alone;  // or null
};

constexpr int observers_most = 4;

// Invariant: `real` is the loop's own backend; valid while count is not 0.
struct Observers {
    const Observer* all[observers_most];
    int count;
    ev_tstamp (*time)(const Loop&);  // if one of them is timed, or null
    bool short_way;                  // there is one, with an Alone
    Backend backend;
    const Backend* real;
    void (*real_poll)(Loop&, ev_tstamp timeout);
};

// The lowest bit of an event mask; 31 for none.
inline unsigned long lowest_bit(int events)
{
    unsigned long bits = static_cast<unsigned>(events) | 1u << 31;
    return static_cast<unsigned long>(__builtin_ctzl(bits));
}

// The kind of a watcher by an event that it receives: the lowest bit. Without
// any, it is an event that the program made.
int type_of_event(int revents);

// Runs a task of relev_post, which observers see as a callback of the program.
void observed_task(Loop&, relev_task*, const void* callback);

// An observer is a constant, which a loop has once at most.
void observer_add(Loop&, const Observer&);
void observer_remove(Loop&, const Observer&);

}}  // evi

#endif

#endif
