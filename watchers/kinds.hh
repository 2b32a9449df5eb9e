// The kinds of watchers: the state that each has in a loop, and its functions
// for the kinds that use it (child uses signal, stat timer, embed io).

#ifndef EVI_KINDS_HH
#define EVI_KINDS_HH

#include "../core/heap.hh"
#include "../core/index.hh"

#include <stddef.h>
#include <stdint.h>

struct ev_async;  // ev.h may leave it out

namespace evi { namespace {

struct Loop;
struct Text;

// Calls a function for a watcher, which may start and stop any watcher.
struct Visit {
    void (*call)(Visit&, Watcher*);
    bool (*readable)(const void*, size_t);  // null: all that the loop refers to
    int unreadable;                         // so many things are not

    void operator()(Watcher* w) { call(*this, w); }

    bool reads(const void* memory, size_t size)
    {
        bool yes = !readable || readable(memory, size);
        unreadable += !yes;
        return yes;
    }

    template <class T>
    bool reads(const Array<T>& all)
    {
        return reads(all.data, static_cast<size_t>(all.count) * sizeof(T));
    }
};

constexpr int nowhere = -1;

// A kind of watcher: all that the core and relev/ know of it. Null: nothing to
// do, or nothing to say.
struct Kind {
    int type = 0;        // its event bit, as EV_TIMER; 0: of no type of ev.h
    int references = 1;  // that an active watcher holds
    size_t size = sizeof(Watcher);  // of a watcher
    const char* name = "";
    int counted_as = nowhere;  // its RELEV_KIND_ in relev.h

    // Offsets in Kinds: where its active watchers are, in arrays, in a heap or
    // in an index. Otherwise it has a function `walk`.
    int lists = nowhere;
    int list_count = 1;
    int heap = nowhere;
    int index = nowhere;
    int room = 16;                           // of the index, at first
    void (*left)(Loop&, int key) = nullptr;  // an entry was removed

    int number = 0;  // offset of its fd, signal or pid; 0: it has none
    const char* number_name = nullptr;

    void (*fork)(Loop&) = nullptr;     // in a child: replaces the kernel state
    void (*destroy)(Loop&) = nullptr;  // frees it; does not access watchers
    void (*verify)(Loop&) = nullptr;   // aborts if an invariant is broken

    // For relev/.

    void (*stop)(Loop&, Watcher*) = nullptr;  // cancels its event, too

    void (*walk)(Loop&, Visit&) = nullptr;  // visits the active watchers

    // Does the loop find an active watcher by w->active? Null: that is 1.
    bool (*holds)(const Loop&, const Watcher*) = nullptr;

    // The watcher of this kind to which an inner watcher belongs, of the kind
    // that an event bit gives; null: to none.
    Watcher* (*owner)(Watcher*, int type) = nullptr;

    // What relev_dump says of a watcher (relev/dump_watcher.cc).
    void (*describe)(Text&, const Loop&, const Watcher*) = nullptr;
};

constexpr Kind no_kind = {};  // for kinds that are compiled out

inline int number_at(const Watcher* w, int offset)
{
    auto* bytes = reinterpret_cast<const char*>(w);
    return *reinterpret_cast<const int*>(bytes + offset);
}

const Kind* kind_at(int i);  // in order; null: end of the list

// io

void io_start(Loop&, ev_io*);
void io_stop(Loop&, ev_io*);

// Internal watchers, like the one of the wake-up channel, hold no reference,
// and have the highest priority.
void io_start_internal(Loop&, ev_io*, int fd, int events = EV_READ);
void io_stop_internal(Loop&, ev_io*);

// The program starts a watcher of an fd that has this one. Is that internal?
// Then the program closed our fd, and the number is another file's now: the
// internal watcher stops, and the next iteration replaces all kernel state.
bool io_lost_internal(Loop&, ev_io*);

// Stops an internal watcher whose fd the program closed; neither that number
// nor another one of it is closed by us.
void io_lose_internal(Loop&, ev_io*);

// After an internal watcher was killed: watches its fd again if that is still
// open (the kernel had no memory for it). If the program closed it, the next
// iteration replaces all kernel state, as after a fork.
void io_restart_internal(Loop&, ev_io*);

// In a child, before any of their fds is replaced. Sets fds that the program
// closed to -1: the number may soon be another file's, which must stay open.
void ios_stop_internal(Loop&);

// A descriptor of a kind of watcher: signalfd, timerfd, inotify.
struct Own {
    bool open;   // it is in use
    bool tried;  // opening it was tried (and failed, unless `open`)
    ev_io io;    // watches it; its fd is -1 if the program closed it
};

// Opens it, and starts its watcher. False: it cannot be opened. If the
// allocator leaves this by longjmp, the next call goes on with what is open.
bool own_begin(Loop&, Own&, int (*open)(Loop&));
void own_close(Own&);

// timer

// Makes room for one more: the next start does not allocate.
void timers_reserve(Loop&);
void timer_start(Loop&, ev_timer*);
void timer_stop(Loop&, ev_timer*);
void timer_again(Loop&, ev_timer*);

// Is it in this heap? Cancels its event. Reports one that is active elsewhere.
bool timed_found(Loop&, const Heap<TimeWatcher>&, TimeWatcher*, int type,
                 const char* text);

// signal

void signal_start(Loop&, ev_signal*);
void signal_stop(Loop&, ev_signal*);

struct Receiver;

struct Signals {
    Receiver* receiver;  // null until the first watcher; see watchers/signal.hh
    Own own;             // signalfd
    sigset_t set;  // the signals it delivers; all bytes zero is an empty set
    Index all;     // by signal number
};

// child: the default loop watches SIGCHLD by a signal watcher, others each
// child by a pidfd (relev/children.cc)

struct Member;
struct Children {
    Index all;        // by pid
    Own own;          // the epoll set of the pidfds
    Member* members;  // those that wait by pidfd
};

void child_watch_begin(Loop&);
bool child_internal(const ev_signal*);  // is it that watcher?

// hooks: prepare, check, fork, cleanup, idle, async. See hook.cc; `type` is the
// event bit.

using Hooklist = Array<Watcher*>;

void hook_start(Loop&, Hooklist&, Watcher*, int type);
bool hook_stop(Loop&, Hooklist&, Watcher*, int type);  // false: it was not
bool hook_listed(const Hooklist&, const Watcher*);
void container_verify(Loop&, const Hooklist&, int type);
inline void container_verify(Loop&, const Heap<TimeWatcher>& heap, int)
{
    heap.verify();
}
inline void container_verify(Loop&, const Index& index, int) { index.verify(); }

// Drops an entry if it is dead; the last one fills the gap.
bool hook_dropped(Loop&, Hooklist&, int i, int type);

// async: those of the library itself hold no reference, as of io

void async_start_internal(Loop&, ev_async*);
void async_stop_internal(Loop&, ev_async*);
void async_send(Loop&, ev_async*);

// idle: only the highest priority is called

struct Idles {
    int count;  // of all priorities
    Hooklist queues[pri_count];
};

Hooklist& idle_queue(Loop&, const Watcher*);  // the one of its priority
Hooklist& idle_queue_of(Loop&, Watcher*);     // the one that has it

// periodic

struct Periodics {
    Heap<TimeWatcher> heap;
    bool jumped;  // the clock jumped, rescheduling is incomplete
    Own own;      // timerfd: reports clock changes
};

// stat

// The watcher to which an inner watcher belongs, of the kind that an event bit
// gives; null: it is none of ev_stat.
Watcher* stat_of_inner(Watcher*, int type);

struct Stats {
    Index all;           // by inotify's watch descriptor; -1: none
    Array<char> buffer;  // for inotify.cc
    Own own;             // inotify
};

// embed

// The same for ev_embed.
Watcher* embed_of_inner(Watcher*, int type);

constexpr int sweep_levels = 8;  // sweeps within each other, at most

struct Embeds {
    const void*
        sweepers[sweep_levels];  // loops whose sweeps its run is part of
    int level;                   // how many
    unsigned since;              // `iterations` when that was written
};

// once: records allocated by ev_once, freed with the loop

struct Once;

// The function that is called for a watcher of ev_once; null: it is none.
const void* once_callback(Watcher*, int type);

bool once_first(const Watcher*, int type);  // of its active watchers

// Its io was stopped: frees the record, unless its timer will expire.
void once_forget(Loop&, ev_io*);

// Cancels the latest ev_once, with its argument. False: there is none.
bool once_cancel(Loop&, void*& arg);

struct Kinds {
    Heap<TimeWatcher> timers;
    Periodics periodics;
    Signals signals;
    Stats stats;
    Idles idles;
    Hooklist prepares;
    Hooklist checks;
    Hooklist forks;
    Hooklist cleanups;
    Hooklist asyncs;
    Children children;
    Embeds embeds;
    Once* onces;
};

// Calls f for the arrays of a kind, its heap or its index.
template <class F>
void containers(const Kind& kind, Kinds& all, F f)
{
    char* begin = reinterpret_cast<char*>(&all);
    if (kind.heap != nowhere)
        f(*reinterpret_cast<Heap<TimeWatcher>*>(begin + kind.heap));
    if (kind.index != nowhere) f(*reinterpret_cast<Index*>(begin + kind.index));
    if (kind.lists == nowhere) return;
    auto* lists = reinterpret_cast<Hooklist*>(begin + kind.lists);
    for (int i = 0; i < kind.list_count; ++i) f(lists[i]);
}

}}  // evi

#endif
