// The functions of relev/ that the core calls. Those that are compiled out are
// empty, and cost nothing.

#ifndef EVI_RELEV_HH
#define EVI_RELEV_HH

#include "loop.hh"

namespace evi { namespace {

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
    leak,
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

// A callback that runs. Only the address of its Call is kept.
struct Running {
    int type;
    const void* callback;
    ev_tstamp began;
    uintptr_t call;  // on the stack; 0: none runs
};

// The lateness of timers that expire together, latest first. Those that a
// histogram counts in one bucket are counted at once.
struct Lateness {
    ev_tstamp least = __builtin_inf();  // of the bucket; of the last one, none
    ev_tstamp sum = 0;
    int bucket = 31;
    uint64_t count = 0;
};

// Reports and observers. Without a comment: only if loop.relev is not null.

#if EV_RELEV_ENABLE

bool has_error_callback(const Loop&);    // any loop: has it an error callback?
bool error_queue(Loop&, const Report&);  // any loop; false: there is none
void error_report_of_none(const Report&);  // at once: it is of no loop
bool error_report_next(Loop&);  // any loop: makes a report; false: none left
void observers_woke(Loop&);     // after the wait, if observed_by_relev
void observers_polled(Loop&);   // instead of a poll that is not needed

// An event of an internal watcher whose priority is the program's: the callback
// of ev_once, or none that the program knows.
void metrics_inner(Loop&, int revents, bool once);
bool lateness_wanted(const Loop&);  // any loop
void lateness_add(Loop&, Lateness&, ev_tstamp by);
void lateness_note(Loop&, const Lateness&);
void metrics_trim(Loop&);  // about twice a second
void relev_free(Loop&);    // any loop

// Virtual time. The other functions: only if this is true.
bool clock_virtual(const Loop&);  // any loop: has it a clock of its own?
void virtual_read(Loop&);         // updates the loop's time
void virtual_sleep(const Loop&, ev_tstamp delay);

#else

inline bool has_error_callback(const Loop&) { return false; }
inline bool error_queue(Loop&, const Report&) { return false; }
inline void error_report_of_none(const Report&) {}
inline bool error_report_next(Loop&) { return false; }
inline void observers_woke(Loop&) {}
inline void observers_polled(Loop&) {}
inline void metrics_inner(Loop&, int, bool) {}
inline bool lateness_wanted(const Loop&) { return false; }
inline void lateness_add(Loop&, Lateness&, ev_tstamp) {}
inline void lateness_note(Loop&, const Lateness&) {}
inline void metrics_trim(Loop&) {}
inline void relev_free(Loop&) {}
inline bool clock_virtual(const Loop&) { return false; }
inline void virtual_read(Loop&) {}
inline void virtual_sleep(const Loop&, ev_tstamp) {}

#endif

#if EV_RELEV_ENABLE && EV_ASYNC_ENABLE
void posts_fork(Loop&);  // any loop, in a child
void posts_free(Loop&);  // any loop
#else
inline void posts_fork(Loop&) {}
inline void posts_free(Loop&) {}
#endif

// Tracepoints for bpftrace, perf and SystemTap (USDT). Without a tracer, each
// costs a load and a branch. See relev_trace(7).

#if EV_USE_USDT

// The tracers count themselves here. sys/sdt.h expects these names.
#define EVI_COUNTED gnu::used, gnu::section(".probes")
[[EVI_COUNTED]] volatile unsigned short relev_poll__begin_semaphore __asm__(
    "relev_poll__begin_semaphore");
[[EVI_COUNTED]] volatile unsigned short relev_poll__end_semaphore __asm__(
    "relev_poll__end_semaphore");
[[EVI_COUNTED]] volatile unsigned short relev_callback__begin_semaphore __asm__(
    "relev_callback__begin_semaphore");
[[EVI_COUNTED]] volatile unsigned short relev_callback__end_semaphore __asm__(
    "relev_callback__end_semaphore");

// relev/trace.cc
void poll_begin_trace(Loop&, ev_tstamp timeout);
void poll_end_trace(Loop&);
void callback_begin_trace(Loop&, Watcher*, int revents);
void callback_end_trace(Loop&, const Watcher*);

inline void trace_poll_begin(Loop& loop, ev_tstamp timeout)
{
    if (unlikely(relev_poll__begin_semaphore)) poll_begin_trace(loop, timeout);
}

inline void trace_poll_end(Loop& loop)
{
    if (unlikely(relev_poll__end_semaphore)) poll_end_trace(loop);
}

inline void trace_callback_begin(Loop& loop, Watcher* w, int revents)
{
    if (unlikely(relev_callback__begin_semaphore))
        callback_begin_trace(loop, w, revents);
}

// The watcher may be freed by now.
inline void trace_callback_end(Loop& loop, const Watcher* w)
{
    if (unlikely(relev_callback__end_semaphore)) callback_end_trace(loop, w);
}

#else

inline void trace_poll_begin(Loop&, ev_tstamp) {}
inline void trace_poll_end(Loop&) {}
inline void trace_callback_begin(Loop&, Watcher*, int) {}
inline void trace_callback_end(Loop&, const Watcher*) {}

#endif

// The debug library (relev/debug.hh), which examines what the program does.

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
