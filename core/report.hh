// Reports of mistakes of the program, and of descriptors that cannot be
// watched.
//
// They go to the error callback of relev.h. If none is set, mistakes go to the
// syserr callback, at once. The error callback may call any function of the
// library, so it is called only where the loop is consistent: reports are
// queued, and made at the end of the operation. What the loop detects in an
// iteration is reported when it dispatches events.

#ifndef EVI_REPORT_HH
#define EVI_REPORT_HH

#include "boundary.hh"

namespace evi { namespace {

// At the end of an operation: a mistake, and all that is queued.
void mistake(Loop&, Error, int type, Watcher*, const char* text);

// Within an operation. Its end calls mistakes_tell.
void mistake_note(Loop&, Error, int type, Watcher*, const char* text);

// The same for what the syserr callback does not hear.
void fault_note(Loop&, Error, int type, Watcher*, const char* text);

// The same for a number that is no signal, without a watcher.
void signum_note(Loop&, int signum, const char* text);

// Several mistakes of one sort, noted by fault_note, and their end: the syserr
// callback hears of them once.
void mistakes_end(Loop&, const char* text);
void mistakes_end_later(Loop&, const char* text);

inline void mistakes_tell(Loop& loop)
{
    if (unlikely(loop.extra != nullptr)) errors_tell(loop);
}

inline void mistakes_later(Loop& loop)
{
    if (unlikely(loop.extra != nullptr)) errors_later(loop);
}

// An operation that consists of others holds the reports back until its end.
inline void mistakes_hold(Loop& loop) { ++loop.reports_held; }

inline void mistakes_release(Loop& loop)
{
    assert(loop.reports_held);
    --loop.reports_held;
    mistakes_tell(loop);
}

// An fd that cannot be watched: `error` is the errno of the attempt.
void fd_fault(Loop&, Watcher*, int fd, int error);

// The program closed an fd of the library.
constexpr const char* own_closed =
    "(libev) the program closed a descriptor of the library";
void own_fault(Loop&, int fd);

// A number that is no signal, given to a function without a loop: in any
// thread, and in signal handlers.
void signum_fault(int signum, const char* text);

}}  // evi

#endif
