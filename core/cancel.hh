// Cancelling a thread, where it would lose an event.

#ifndef EVI_CANCEL_HH
#define EVI_CANCEL_HH

#include "config.hh"

#include <pthread.h>

namespace evi { namespace {

// Calls f, which makes a system call that is a cancellation point, with
// cancellation disabled: what it takes from the kernel must be handled.
template <class F>
auto uncancelled(F f)
{
    int state;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
    auto result = f();
    int error = errno;
    pthread_setcancelstate(state, &state);
    errno = error;
    return result;
}

}}  // evi

#endif
