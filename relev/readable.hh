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

// The loop that a caller passes to a dump. Null, with EINVAL: it is no loop.
// The defaults are evaluated where it is called.
Loop* loop_accepted(struct ev_loop*,
                    const char* function = __builtin_FUNCTION(),
                    const void* caller = __builtin_return_address(0));

}}  // evi

#endif
