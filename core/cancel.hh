// Canceling a thread, where it would lose an event.

#ifndef EVI_CANCEL_HH
#define EVI_CANCEL_HH

#include "config.hh"

#include <pthread.h>

namespace evi { namespace {

// Between these two calls a system call is no cancellation point: what it takes
// from the kernel must be handled. Nothing in between may leave by longjmp.

#ifdef PTHREAD_CANCEL_DISABLE

inline int cancel_disable()
{
    int state;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
    return state;
}

inline void cancel_restore(int state)  // preserves errno
{
    int error = errno;
    pthread_setcancelstate(state, nullptr);
    errno = error;
}

inline void cancel_point() { pthread_testcancel(); }

#else  // Android: no thread can be canceled

inline int cancel_disable() { return 0; }
inline void cancel_restore(int) {}
inline void cancel_point() {}

#endif

inline void descriptor_close(int fd)
{
    int state = cancel_disable();
    close(fd);
    cancel_restore(state);
}

}}  // evi

#endif
