// What a loop has for relev.h: made when it is first used.

#ifndef EVI_STATE_HH
#define EVI_STATE_HH

#include "callbacks.hh"
#include "metrics.hh"
#include "observe.hh"
#include "post.hh"
#include "progress.hh"
#include "text.hh"
#include "virtual.hh"

namespace evi { namespace {

#if EV_RELEV_ENABLE

// Invariant: reports[0 .. made) were made.
struct Relev {
    Metrics metrics;
    relev_error_cb* error;  // null: that of all loops
    void* error_data;
    Array<Report> reports;
    int made;
    Posts posts;
    Observers observers;
    Callbacks callbacks;
    Progress progress;
    Virtual time;
};

Relev& relev_of(Loop&);

inline int failed(int error)  // the result of a function of relev.h
{
    errno = error;
    return -1;
}

// Copies what is known here of a structure that may grow.
template <class T>
void copy_known(void* to, size_t size, const T& from)
{
    if (size > sizeof from) memset(to, 0, size);
    memcpy(to, &from, size < sizeof from ? size : sizeof from);
}

void progress_update(Loop&);  // on, or off, if it is used or not
int progress_read(const Loop&, struct relev_progress&);  // -1: it is off

constexpr int prefix = sizeof "(libev) " - 1;  // for the syserr callback only

// For the debug library:
void report_complete(const Loop&, Report&);
void error_call(Loop&, const Report&);
relev_error error_of(const Report&);
int error_format(const relev_error&, Text);

#endif

}}  // evi

#endif
