// File descriptors: who watches what, what the backend was told, what it says.

#ifndef EVI_FDS_HH
#define EVI_FDS_HH

#include "boundary.hh"

namespace evi { namespace {

// For kinds.

// To be looked at before the next wait; `reset`: perhaps it was closed and
// opened again, so the kernel must be told even if nothing seems changed.
void fd_changed(Loop&, int fd, bool reset);

// Makes the watchers of an fd pending: each with the events it wants of these.
void fd_feed(Loop&, int fd, int events);

// Before and after the wait.

void fds_reify(Loop&);       // tells the backend of all changes
void fds_feed_ready(Loop&);  // queues what the kernel cannot watch

// For backends.

void fd_event(Loop&, int fd, int events);
void fd_kill(Loop&, int fd);  // it is dead: stop its watchers, tell them
void fd_always_ready(Loop&, int fd, bool always);  // not pollable, like a file
void fds_rearm(Loop&);                     // the kernel forgot everything
void fds_failed(Loop&, const char* what);  // the poll itself failed in errno

void fds_free(Loop&);
void fds_verify(Loop&);

// Runs the poll's system call between the user's two hooks; keeps errno.
template <class SystemCall>
int unlocked(Loop& loop, SystemCall system_call)
{
    if (loop.release) call(loop, loop.release);
    int result = system_call();
    if (loop.acquire) {
        int error = errno;
        call(loop, loop.acquire);
        errno = error;
    }
    return result;
}

// Whole milliseconds, rounded up: waking early would only mean waiting again.
// But a nanosecond above is noise of the arithmetic.
inline int to_msec(ev_tstamp seconds)
{
    ev_tstamp msec = min(seconds * 1000, ev_tstamp(1e9)) - ev_tstamp(1e-6);
    int whole = static_cast<int>(msec);
    return whole + (static_cast<ev_tstamp>(whole) < msec);
}

template <class State>
bool state_new(Loop& loop)
{
    loop.backend_state = memory_new<State>();
    return true;
}

template <class State>
void state_free(Loop& loop)
{
    state<State>(loop).free();
    memory_free(loop.backend_state);
    loop.backend_state = nullptr;
}

}}  // evi

#endif
