// What the core calls in the debug library (relev/debug.hh), which examines
// what the program does.

#ifndef EVI_DEBUG_CALLS_HH
#define EVI_DEBUG_CALLS_HH

#include "../core/loop.hh"

namespace evi { namespace {

struct Report;  // core/relev.hh

#if RELEV_DEBUG

// What a thread does in a loop.
enum class State { outside, core, waiting, calling };

// The function of the C API that a thread is in.
struct Entered {
    const char* function;
    const void* caller;
    const void* w;
    bool reported;  // w is damaged, and that is said
};

// A callback that is being called.
struct Calling {
    const Watcher* w;  // null: a callback of the loop
    const void* callback;
    int events;
    const void* thread;
    const void* frame;   // of the function that calls it
    const void* caller;  // of that function, to which it returns
    const void* within;  // the thread is in a callback of this loop, too
    unsigned long runs;  // calls of ev_run, of this thread so far
    Entered entered;     // before the callback
    ev_tstamp since;
    State state;  // before the callback
};

// A function of the C API is called. Returns the loop to use.
Loop& debug_entry(Loop*, const void* w, const char* function,
                  const void* caller);

// A dump is asked for, at any instruction. There may be no loop.
void debug_dump(const void* loop, const char* function, const void* caller);

void debug_made(Loop&);
void debug_leaks(Loop&);  // before the end of a loop
void debug_destroyed(Loop&);

void debug_describe(Text&, Loop&, const Watcher*);  // where it was started

void debug_started(Loop&, Watcher*);  // counted as active
void debug_stopped(Loop&, Watcher*);

void debug_run(Loop&, bool begins);
int debug_guard(Loop&, int flags, int (*run)(Loop&, int flags));  // calls it
void debug_iteration(Loop&);  // an iteration begins
void debug_wait(Loop&, bool begins);

// Returns what was called before. The defaults are evaluated where it is
// called.
Calling debug_call(Loop&, Watcher*, int events,
                   const void* frame = __builtin_dwarf_cfa(),
                   const void* caller = __builtin_return_address(0));
void debug_called(Loop&, const Calling& before);
void debug_names(Loop&, const void* callback);  // the one that is called now

void debug_posts(Loop&, const relev_task*);  // a list as it was posted
void debug_task(Loop&, const relev_task*, const relev_task* last);  // is next

void debug_error(Loop&, const Report&);  // with no error callback

#else

struct Calling {};

inline Loop& debug_entry(Loop* loop, const void*, const char*, const void*)
{
    return *loop;
}

inline void debug_dump(const void*, const char*, const void*) {}
inline void debug_made(Loop&) {}
inline void debug_leaks(Loop&) {}
inline void debug_destroyed(Loop&) {}
inline void debug_describe(Text&, Loop&, const Watcher*) {}
inline void debug_started(Loop&, Watcher*) {}
inline void debug_stopped(Loop&, Watcher*) {}
inline void debug_run(Loop&, bool) {}
inline int debug_guard(Loop& loop, int flags, int (*run)(Loop&, int))
{
    return run(loop, flags);
}
inline void debug_iteration(Loop&) {}
inline void debug_wait(Loop&, bool) {}
inline Calling debug_call(Loop&, Watcher*, int) { return {}; }
inline void debug_called(Loop&, const Calling&) {}
inline void debug_names(Loop&, const void*) {}
inline void debug_posts(Loop&, const relev_task*) {}
inline void debug_task(Loop&, const relev_task*, const relev_task*) {}
inline void debug_error(Loop&, const Report&) {}

#endif

}}  // evi

#endif
