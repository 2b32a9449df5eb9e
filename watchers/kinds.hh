// The kinds of watchers: the state that each keeps in a loop, and its services
// for the kinds that stand on it (child on signal, stat on timer, embed on io).

#ifndef EVI_KINDS_HH
#define EVI_KINDS_HH

#include "../core/heap.hh"
#include "../core/set.hh"

namespace evi { namespace {

struct Loop;

// What life.cc asks of each kind. Null: nothing to do.
struct Kind {
    const char* name;
    void (*fork)(Loop&);     // in a child: renew the kernel state
    void (*destroy)(Loop&);  // give everything back; watchers are not touched
    void (*verify)(Loop&);   // abort if an invariant is broken
};

const Kind* kind_at(int i);  // in order; null: no more

// io

void io_start(Loop&, ev_io*);
void io_stop(Loop&, ev_io*);

// Internal watchers, like the one of the wake-up channel, do not keep the
// loop alive, and come before the user's.
void io_start_internal(Loop&, ev_io*, int fd, int events = EV_READ);
void io_stop_internal(Loop&, ev_io*);

// One was killed. True: its fd is still there, the kernel only had no room for
// it, so it is watched again; false: somebody closed the fd.
bool io_restart_internal(Loop&, ev_io*);

// In a child: before any of their fds is replaced. Those that somebody closed
// are -1 then: the number may soon be another file's, which is not to be
// closed.
void ios_stop_internal(Loop&);

// timer

void timer_start(Loop&, ev_timer*);
void timer_stop(Loop&, ev_timer*);
void timer_again(Loop&, ev_timer*);

// signal

void signal_start(Loop&, ev_signal*);
void signal_stop(Loop&, ev_signal*);

struct Signals {
    int fd;                 // signalfd, or -1: none; valid if `open`
    int process;            // that opened it, or took the first signal
    bool open;              // the signalfd is in use
    bool tried;             // it was asked for once (and refused, if not open)
    sigset_t set;           // the signals it delivers
    ev_io io;               // watches it
    Set<ev_signal> listed;  // every active one
};

// child: the default loop learns of its children by a signal watcher

void child_watch_begin(Loop&);

// hooks: prepare, check, fork, cleanup; w->active is the index plus one

using Hooklist = Array<Watcher*>;

bool hook_start(Loop&, Hooklist&, Watcher*);  // false: it was active
bool hook_stop(Loop&, Hooklist&, Watcher*);   // false: it was not active
bool hook_listed(const Hooklist&, const Watcher*);
void hooklist_verify(const Hooklist&);

// A watcher that says it is inactive: true if it is in the list all the same.
// It was initialised anew while active, a mistake, and says so no more.
bool hook_regain(Hooklist&, const Set<Watcher>& known, Watcher*);

// Start and stop, of those that another set knows.
void hook_push(Loop&, Hooklist&, Watcher*);
bool hook_pull(Loop&, Hooklist&, Watcher*);

// idle: of several priorities, only the highest is called

struct Idles {
    int count;  // of all priorities
    Hooklist queues[pri_count];
};

// periodic

struct Periodics {
    struct Time {
        ev_periodic* w;
        ev_tstamp at;
    };

    Heap<ev_periodic> heap;
    Array<Time> times;  // scratch: of all, when the clock has jumped
    bool jumped;        // it has, and not all are computed anew
    int fd;             // timerfd that tells of a set clock; valid if `open`
    bool open;
    bool tried;
    ev_io io;
};

// stat

struct Stats {
    Hooklist all;                     // every active one
    Set<Watcher> known;               // the same
    Array<Watcher*> told;             // scratch: what an event is for
    Array<ev_watcher_list*> buckets;  // by inotify's watch descriptor
    int watched;                      // how many are in the buckets
    int fd;                           // inotify; valid if `open`
    int process;                      // that opened it
    bool open;
    bool tried;
    ev_io io;
};

// embed

struct Embeds {
    ev_tstamp sweeping;   // it sweeps another loop, until then at most; 0: none
    unsigned level;       // number of nested sweeps that its run is part of
    unsigned since;       // `iterations` when `level` was written
    unsigned stops;       // number of embed watchers stopped so far
    const void* stopped;  // the last of these, unless started again
};

// once: records allocated by ev_once, freed with the loop

struct Once;

struct Kinds {
    Heap<ev_timer> timers;
    Periodics periodics;
    Signals signals;
    Stats stats;
    Idles idles;
    Hooklist prepares;
    Hooklist checks;
    Hooklist forks;
    Hooklist cleanups;
    Hooklist asyncs;
    Set<Watcher> hooked;     // what is in these, and in the queues of `idles`
    Set<ev_child> children;  // the default loop's
    Embeds embeds;
    Once* onces;
};

}}  // evi

#endif
