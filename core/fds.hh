// File descriptors: their watchers, what is registered with the backend, and
// the events that it reports.

#ifndef EVI_FDS_HH
#define EVI_FDS_HH

#include "fork.hh"
#include "timeouts.hh"

namespace evi { namespace {

// For kinds.

// fd_changed with a full list. It is full if the allocator left a commit by
// longjmp: then there are fds that are not changed any more.
void fd_changed_full(Loop&, int fd);

// Marks an fd as changed: it is handled before the next wait.
[[gnu::always_inline]] inline void fd_changed(Loop& loop, Fd& entry, int fd)
{
    assert(&entry == &loop.fds.table[fd]);
    if (entry.changed()) return;

    auto& changes = loop.fds.changes;
    if (unlikely(changes.count == changes.capacity))
        return fd_changed_full(loop, fd);
    entry.state |= Fd::change;
    changes.data[changes.count++] = fd;
}

// The same for an fd that may have been closed and opened again: it is
// registered again even if its event mask is the same.
inline void fd_reset(Loop& loop, int fd)
{
    loop.fds.table[fd].reset = true;
    fd_changed(loop, loop.fds.table[fd], fd);
}

inline bool fd_known(const Loop& loop, int fd)
{
    return static_cast<unsigned>(fd)
         < static_cast<unsigned>(loop.fds.table.count);
}

void fd_extend(Loop&, int fd);  // makes the table large enough
bool fd_closed(int fd);         // preserves errno

// Makes room for a watcher at an fd, which is known. The allocator may leave it
// by longjmp.
void fd_prepare(Loop&, Fd&, ev_io*);

// Enters a watcher for its fd, which is known.
void io_enter(Loop&, ev_io*);

// Is an active watcher entered where its own members say?
bool io_entered(const Loop&, const ev_io*);

// Is an entry of an fd dead (core/list.hh)? Then the watcher is entered
// elsewhere.
bool io_dead(const Loop&, const ev_io*, int fd, int place);
void io_dead_note(Loop&, ev_io*);        // drops its reference
void io_drop(Loop&, int fd, int place);  // drops a dead entry

// Queues events for the watchers of an fd, each according to its event mask.
void fd_feed(Loop&, int fd, int events);

// Before and after the wait.

constexpr int fd_events = EV_READ | EV_WRITE;

// Removes an entry of an fd; its watcher is not changed.
void fd_leave(Loop&, Fd&, int place);
void refused_commit(Loop&);  // watchers that are refused, or can be entered

void fds_commit(Loop&);  // passes all changes to the backend

inline void fds_reify(Loop& loop)
{
    const Fds& fds = loop.fds;
    if (fds.changes.count | fds.refused.count | fds.errors_pending)
        fds_commit(loop);
}

// For backends.

void fd_event(Loop&, int fd, int events);
void fd_feed(Loop&, Fd&, int fd, int events);  // the same for a watched fd
void fd_kill(Loop&, int fd);    // dead: stops its watchers with EV_ERROR
int fd_wanted(Loop&, int fd);   // the events that its watchers want
void fd_commit(Loop&, int fd);  // passes a change to the backend
void fds_rearm(Loop&);          // registers all fds again
void fds_failed(Loop&, const char* what);  // the wait failed, with errno set

void fds_trim(Loop&);  // frees unused memory
void fds_free(Loop&);
void fds_verify(Loop&);

// The system call of a wait. The result and errno are those of the call.
using SystemCall = int (*)(Loop&, ev_tstamp timeout);

// Makes it between the user's release and acquire callbacks; preserves errno.
// It does not block after an ev_break by a signal handler, nor wait for the
// events of a parent.
int between_hooks(Loop&, ev_tstamp timeout, SystemCall);

[[gnu::always_inline]] inline int unlocked(Loop& loop, ev_tstamp timeout,
                                           SystemCall system_call)
{
    return unlikely(observable && loop.observed & observed_by_user)
             ? between_hooks(loop, timeout, system_call)
             : system_call(loop, timeout);
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
