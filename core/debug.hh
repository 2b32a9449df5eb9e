// Where the debug library (relev/debug.hh) examines what the program does. In
// all other builds these functions are empty, and cost nothing.

#ifndef EVI_DEBUG_HH
#define EVI_DEBUG_HH

#include "loop.hh"

namespace evi { namespace {

#if RELEV_DEBUG

// What a thread does in a loop.
enum class State { outside, core, waiting, calling };

// A callback that is being called.
struct Calling {
    const Watcher* w;  // null: a callback of the loop
    int type;
    const void* callback;
    int events;
    int thread;
    const void* frame;   // on the stack of that thread
    unsigned long runs;  // calls of ev_run, of this thread so far
    ev_tstamp since;
    State state;  // before the callback
};

// A function of the C API is called. Returns the loop to use.
Loop& debug_entry(Loop*, const void* w, const char* function,
                  const void* caller);

void debug_made(Loop&);
void debug_destroyed(Loop&);

void debug_started(Loop&, Watcher*);  // counted as active
void debug_stopped(Loop&, Watcher*);

void debug_run(Loop&, bool begins);
void debug_turn(Loop&);  // an iteration begins
void debug_wait(Loop&, bool begins);

Calling debug_call(Loop&, Watcher*, int events);  // what was called before
void debug_called(Loop&, const Calling& before);

void debug_mistake(Loop&, const Report&);  // with no error callback

#else

struct Calling {};

inline Loop& debug_entry(Loop* loop, const void*, const char*, const void*)
{
    return *loop;
}

inline void debug_made(Loop&) {}
inline void debug_destroyed(Loop&) {}
inline void debug_started(Loop&, Watcher*) {}
inline void debug_stopped(Loop&, Watcher*) {}
inline void debug_run(Loop&, bool) {}
inline void debug_turn(Loop&) {}
inline void debug_wait(Loop&, bool) {}
inline Calling debug_call(Loop&, Watcher*, int) { return {}; }
inline void debug_called(Loop&, const Calling&) {}
inline void debug_mistake(Loop&, const Report&) {}

#endif

}}  // evi

#endif
