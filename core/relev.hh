// The functions of relev/ that the core calls. Those that are compiled out are
// empty, and cost nothing. Tracepoints are in relev/trace.hh, the calls of the
// debug library in relev/debug_calls.hh.

#ifndef EVI_RELEV_HH
#define EVI_RELEV_HH

#include "../relev/debug_calls.hh"
#include "../relev/trace.hh"
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

}}  // evi

#endif
