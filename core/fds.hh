// File descriptors: who watches what, what the backend was told, what it says.

#ifndef EVI_FDS_HH
#define EVI_FDS_HH

#include "boundary.hh"

#include <stdint.h>
#include <sys/time.h>

namespace evi { namespace {

// For kinds.

// To be looked at before the next wait.
inline void fd_changed(Loop& loop, Fd& entry, int fd)
{
    assert(&entry == &loop.fds.table[fd]);
    if (entry.changed()) return;

    loop.fds.due = true;
    entry.odd = 0xff;
    loop.fds.changes.push(fd);
}

inline void fd_changed(Loop& loop, int fd)
{
    fd_changed(loop, loop.fds.table[fd], fd);
}

// The same; perhaps it was closed and opened again, so that the kernel must be
// told even if nothing seems changed.
inline void fd_reset(Loop& loop, int fd)
{
    loop.fds.table[fd].reset = true;
    fd_changed(loop, fd);
}

inline bool fd_known(const Loop& loop, int fd)
{
    return static_cast<unsigned>(fd)
         < static_cast<unsigned>(loop.fds.table.count);
}

// Of a watcher of this fd: is it active elsewhere? Then it was initialised
// while active, a mistake, and started on another fd.
bool io_elsewhere(const Loop&, const ev_io*, int fd);

constexpr int io_refused = 2;  // see Fds

// Makes the watchers of an fd pending: each with the events it wants of these.
void fd_feed(Loop&, int fd, int events);

// Before and after the wait.

void fds_tell(Loop&);   // the backend, of all changes
void fds_ready(Loop&);  // queues what the kernel cannot watch

inline void fds_reify(Loop& loop)
{
    if (loop.fds.due) fds_tell(loop);
}

inline void fds_feed_ready(Loop& loop)
{
    if (unlikely(loop.fds.always_ready.count)) fds_ready(loop);
}

// For backends.

void fd_event(Loop&, int fd, int events);
void fd_feed(Loop&, const Fd&, int events);  // of a known fd, not changed
void fd_kill(Loop&, int fd);  // it is dead: stop its watchers, tell them
// Not pollable, like a file. The tag is its place in a list as long as it is,
// not the backend's, and zero after that.
void fd_always_ready(Loop&, int fd, bool always);
void fds_rearm(Loop&);                     // the kernel forgot everything
void fds_failed(Loop&, const char* what);  // the poll itself failed in errno

void fds_trim(Loop&);  // gives memory back
void fds_free(Loop&);
void fds_verify(Loop&);

// Runs the poll's system call between the user's two hooks; keeps errno.
template <class SystemCall>
[[gnu::cold, gnu::noinline]] int between_hooks(Loop& loop,
                                               SystemCall system_call)
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

template <class SystemCall>
int unlocked(Loop& loop, SystemCall system_call)
{
    return unlikely(loop.observed) ? between_hooks(loop, system_call)
                                   : system_call();
}

// Shorter waits are as precise as the kernel can, longer ones to the
// millisecond: so that many wake-ups fall together.
constexpr ev_tstamp precise_below = .1;

inline timespec to_timespec(ev_tstamp seconds)  // rounded up
{
    assert(seconds >= 0);
    auto whole = static_cast<time_t>(seconds);
    ev_tstamp part = seconds - static_cast<ev_tstamp>(whole);
    auto nsec = static_cast<long>(part * ev_tstamp(1e9)) + 1;
    return nsec < 1000000000 ? timespec{whole, nsec} : timespec{whole + 1, 0};
}

// Whole microseconds, rounded up: never to wake early.
inline timeval to_timeval(ev_tstamp seconds)
{
    assert(seconds >= 0);
    auto usec = static_cast<int64_t>(seconds * 1000000);
    usec += static_cast<ev_tstamp>(usec) < seconds * 1000000;
    return {static_cast<time_t>(usec / 1000000),
            static_cast<suseconds_t>(usec % 1000000)};
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
