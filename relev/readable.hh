// Is memory there? For relev_dump, which may be called at any instruction of
// the program, and with watchers that the program has freed.

#ifndef EVI_READABLE_HH
#define EVI_READABLE_HH

#include "../core/c_api.hh"

namespace evi { namespace {

// False: reading it would crash. Needs no descriptor, changes errno.
bool readable(const void*, size_t size);

// Does the address have a loop that is not destroyed?
bool loop_readable(const Loop*);

// The loop of a caller. Null: that is none, with EINVAL.
Loop* loop_accepted(struct ev_loop*);

}}  // evi

#endif
