// The functions of relev.h, and those of them that the core calls.

#include "error.cc"
#include "extra.cc"
#include "text.cc"
#include "version.cc"

namespace evi { namespace {

const Extension extension = {
    error_heard, error_queue, errors_tell, errors_later, extra_free,
};

}}  // evi
