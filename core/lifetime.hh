// Creating, verifying and destroying loops, for the C API.

#ifndef EVI_LIFETIME_HH
#define EVI_LIFETIME_HH

#include "c_api.hh"

namespace evi { namespace {

// Both return null if no backend that the flags allow works.
Loop* default_new(unsigned flags);
Loop* dynamic_new(unsigned flags);

void trim(Loop&);  // frees memory that is unused after a burst

void verify(Loop&);  // aborts if an invariant of the loop is broken

inline void verify_each_iteration(Loop& loop)
{
    debug_iteration(loop);
    if (verify_level >= 2) verify(loop);
}

inline void verify_each_call(Loop& loop)
{
    if (verify_level >= 3) verify(loop);
}

void default_destroy(Loop&);
void dynamic_destroy(Loop&);
void loop_destroy(Loop&);  // any

}}  // evi

#endif
