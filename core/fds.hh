// File descriptors: their watchers, what is registered with the backend, and
// the events that it reports.

#ifndef EVI_FDS_HH
#define EVI_FDS_HH

#include "boundary.hh"

#include <stdint.h>
#include <sys/time.h>

namespace evi { namespace {

// For kinds.

// Marks an fd as changed: it is handled before the next wait.
[[gnu::always_inline]] inline void fd_changed(Loop& loop, Fd& entry, int fd)
{
    assert(&entry == &loop.fds.table[fd]);
    if (entry.changed()) return;

    loop.fds.due = true;
    entry.slow = 0xff;
    loop.fds.changes.push(fd);
}

[[gnu::always_inline]] inline void fd_changed(Loop& loop, int fd)
{
    fd_changed(loop, loop.fds.table[fd], fd);
}

// The same for an fd that may have been closed and opened again: it is
// registered again even if its event mask is the same.
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

// Is a watcher that is listed for this fd active on another fd? Then it was
// initialised while active, a mistake, and started again there.
bool io_elsewhere(const Loop&, const ev_io*, int fd);

constexpr int io_refused = 2;  // see Fds

// Queues events for the watchers of an fd, each according to its event mask.
void fd_feed(Loop&, int fd, int events);

// Before and after the wait.

void fds_commit(Loop&);  // passes all changes to the backend
void fds_ready(Loop&);   // queues events of fds that the kernel cannot watch

inline void fds_reify(Loop& loop)
{
    if (loop.fds.due) fds_commit(loop);
}

inline void fds_feed_ready(Loop& loop)
{
    if (unlikely(loop.fds.always_ready.count)) fds_ready(loop);
}

// For backends.

void fd_event(Loop&, int fd, int events);
void fd_feed(Loop&, const Fd&, int events);  // of a known fd, not changed
void fd_kill(Loop&, int fd);  // dead: stops its watchers with EV_ERROR
// The kernel cannot watch it, as a regular file: it counts as ready. While
// `always` is set, the entry's tag is a position in `always_ready` and not the
// backend's; afterwards it is 0.
void fd_always_ready(Loop&, int fd, bool always);
void fds_rearm(Loop&);                     // registers all fds again
void fds_failed(Loop&, const char* what);  // the wait failed, with errno set

void fds_trim(Loop&);  // frees unused memory
void fds_free(Loop&);
void fds_verify(Loop&);

[[gnu::cold, gnu::noinline]] inline void hook_release(Loop& loop)
{
    if (loop.release) call(loop, loop.release);
}

[[gnu::cold, gnu::noinline]] inline void hook_acquire(Loop& loop)
{
    int error = errno;
    if (loop.acquire) call(loop, loop.acquire);
    errno = error;
}

// Makes the system call of a wait between the user's release and acquire
// callbacks; preserves errno.
template <class SystemCall>
[[gnu::cold, gnu::noinline]] int between_hooks(Loop& loop,
                                               SystemCall system_call)
{
    hook_release(loop);
    int result = system_call();
    hook_acquire(loop);
    return result;
}

template <class SystemCall>
int unlocked(Loop& loop, SystemCall system_call)
{
    return unlikely(observable && loop.observed & observed_by_user)
             ? between_hooks(loop, system_call)
             : system_call();
}

// The program closed the backend's own fd.
void fds_lost(Loop&, int fd);

// The maximum wait with an EV_ERROR pending, which must not wait for other
// events. But a callback that starts a refused watcher again and again must not
// cause a busy loop.
constexpr ev_tstamp errors_wait = .01;

// Shorter waits are as precise as the kernel allows, longer ones are rounded to
// milliseconds, so that wake-ups coincide.
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

// The argument of select: null for no limit, otherwise `tv`.
inline timeval* to_timeval(ev_tstamp seconds, timeval& tv)
{
    if (seconds >= forever) return nullptr;
    tv = to_timeval(seconds);
    return &tv;
}

// Whole milliseconds, rounded up: waking early would only mean waiting again.
// An excess of up to a nanosecond is a rounding error, and ignored.
inline int to_msec(ev_tstamp seconds)
{
    ev_tstamp msec = min(seconds * 1000, ev_tstamp(1e9)) - ev_tstamp(1e-6);
    int whole = static_cast<int>(msec);
    return whole + (static_cast<ev_tstamp>(whole) < msec);
}

template <class State>
[[gnu::cold]] bool state_new(Loop& loop)
{
    loop.backend_state = memory_new<State>();
    return true;
}

template <class State>
[[gnu::cold]] void state_free(Loop& loop)
{
    state<State>(loop).free();
    memory_free(loop.backend_state);
    loop.backend_state = nullptr;
}

}}  // evi

#endif
