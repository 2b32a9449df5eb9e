// Where a dump or a report is written: a program must survive it, whatever it
// is.

#ifndef EVI_DUMP_OUTPUT_HH
#define EVI_DUMP_OUTPUT_HH

#include "../core/c_api.hh"

#include <signal.h>

namespace evi { namespace {

struct Text;

// Meanwhile the thread does not receive SIGPIPE.
struct Output {
    int fd;
    int error;      // the errno of the first failure, or 0
    sigset_t mask;  // of the thread before
    bool pending;   // SIGPIPE, before
};

void output_begin(Output&, int fd);
void output_end(Output&);

// Nothing is written after a failure. A line of text that is too long is cut
// off.
void output_bytes(Output&, const char* bytes, int length);
void output_line(Output&, Text&);

// A new file of the user, /tmp/relev-PID-LOOP.dump; or one that is appended to.
// -1: neither, with errno.
int output_open(const char* path, const void* loop);

}}  // evi

#endif
