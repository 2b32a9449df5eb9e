// The functions of relev.h, and those of them that the core calls.

#include "debug.cc"
#include "debug_check.cc"
#include "debug_events.cc"
#include "debug_fd.cc"
#include "debug_judge.cc"
#include "debug_memory.cc"
#include "debug_report.cc"
#include "debug_table.cc"
#include "debug_thread.cc"
#include "details.cc"
#include "dump.cc"
#include "error.cc"
#include "extra.cc"
#include "metrics.cc"
#include "metrics_read.cc"
#include "metrics_text.cc"
#include "observe.cc"
#include "progress.cc"
#include "text.cc"
#include "trace.cc"
#include "version.cc"
#include "walk.cc"
#include "who.cc"

namespace evi { namespace {

const Extension extension = {
    error_heard,   error_queue,    error_tell_of_none, errors_tell,
    errors_later,  errors_pending, observers_woke,     observers_polled,
    metrics_inner, metrics_expire, metrics_trim,       extra_free,
};

}}  // evi
