// Reports of errors of the program, and of descriptors that cannot be
// watched.
//
// They go to the error callback of relev.h. If none is set, errors go to the
// syserr callback. Both may call any function of the library, and may longjmp,
// so they are called only where the loop is consistent: at the end of an
// operation of the program; what the loop detects in an iteration is reported
// when it dispatches events, before them. A loop has one text at a time for the
// syserr callback: an operation that finds several errors reports the first.

#ifndef EVI_REPORT_HH
#define EVI_REPORT_HH

#include "c_api.hh"

#include <limits.h>

namespace evi { namespace {

// Within an operation or an iteration.
void error_note(Loop&, Error, int type, Watcher*, const char* text,
                int errnum = 0);

constexpr int number_of_watcher = INT_MIN;

// The same for what the syserr callback does not receive.
void error_note_quiet(Loop&, Error, int type, Watcher*, const char* text,
                      int number = number_of_watcher, int errnum = 0);

// At the end of an operation: makes the reports, unless they are held.
void reports_make_all(Loop&);

inline void reports_make(Loop& loop)
{
    if (unlikely(loop.pending.mask >= reports_due)) reports_make_all(loop);
}

// Both.
void error_report(Loop&, Error, int type, Watcher*, const char* text,
                  int errnum = 0);

// An operation that consists of others holds the reports back until its end.
inline void reports_hold(Loop& loop) { ++loop.reports_held; }

inline void reports_release(Loop& loop)
{
    assert(loop.reports_held);
    --loop.reports_held;
    reports_make(loop);
}

// An fd that cannot be watched: `error` is the errno of the attempt.
void fd_error(Loop&, Watcher*, int fd, int error);

// The program closed an fd of the library.
constexpr const char* own_closed =
    "(libev) the program closed a descriptor of the library";
void own_error(Loop&, int fd);

// A number that is no signal, given to a function without a loop: in any
// thread, and in signal handlers.
void signum_error(int signum, const char* text);

}}  // evi

#endif
