// kqueue: the default on the BSDs. Eight facts about kqueue explain these
// files.
//   1. A registration belongs to the number of an fd in this process, and ends
//      with close or dup2. So a copy of the fd, or a child, causes no event. We
//      delete nothing on stop: an entry that is no longer wanted is deleted
//      when it reports its first event.
//   2. kevent makes any number of changes, and then waits. A change that fails
//      is returned as an event if there is room; then the call does not wait,
//      and returns no other event.
//   3. If the wait is interrupted, the changes were made. They are kept, and
//      made again: to add what is there, or to delete what is not, is harmless.
//   4. Reading and writing are two filters, with an entry and an event each.
//      The end of a file is an event of the filter that it concerns.
//   5. A child does not inherit the kqueue: there its number is unused, or
//      another file's. So a child never closes it.
//   6. A regular file is reported until its offset is at its end. select()
//      reports it as ready; so do we.
//   7. A pipe without readers is refused by the filter for writing: with EPIPE,
//      or on NetBSD with EBADF. A write fails at once, so it is ready. As a
//      FIFO may get a reader again, it is registered again each time.
//   8. Too long a time limit is refused with EINVAL.
//
// kqueue_set.cc changes the kernel's set, kqueue.cc handles the events.
//
// The tag of an fd is 0 (not registered), or that of its registration: the
// generation, with its event mask in the two lowest bits. The generation is the
// `udata` of its entries, so that an error of an older change is detected. No
// generation is 0: that is the `udata` of a change whose error is ignored. For
// a regular file the tag is kqueue_file plus its index in `files`.

#ifndef EVI_KQUEUE_HH
#define EVI_KQUEUE_HH

#include "../core/fds.hh"

#include <sys/event.h>

namespace evi { namespace {

constexpr unsigned kqueue_failed_flag = EV_ERROR;

}}  // evi

#undef EV_ERROR  // a macro of sys/event.h: from here on it is that of ev.h

namespace evi { namespace {

using KqueueEvent = struct kevent;

// The type in which kevent counts: an int, or on NetBSD a size_t.
template <class Count>
Count kqueue_count(int (*)(int, const KqueueEvent*, Count, KqueueEvent*, Count,
                           const timespec*));
using KqueueCount = decltype(kqueue_count(kevent));

struct Kqueue {
    int fd;
    unsigned process;            // whose fd it is (fact 5)
    uint32_t generation;         // the last one used
    Array<KqueueEvent> changes;  // to be made by the next wait
    int making;  // so many of these may be in use by a wait in another thread
    Array<KqueueEvent> events;
    Array<int> files;   // fact 6: always ready
    Array<int> places;  // scratch space, by fd: see kqueue_merge

    void free() { changes.free(), events.free(), files.free(), places.free(); }
};

constexpr uint32_t kqueue_step = fd_events + 1;  // between generations
constexpr uint32_t kqueue_file = 1u << 31;
static_assert(int(EV_READ) == 1 && int(EV_WRITE) == 2, "the two lowest bits");

inline bool kqueue_is_file(const Fd& entry) { return entry.tag & kqueue_file; }

inline uint32_t kqueue_generation(const KqueueEvent& event)
{
    return static_cast<uint32_t>(uintptr_t(event.udata));
}

// In `filter`: an event of both. No system has such a filter; NetBSD has one 0.
constexpr int kqueue_merged = -99;

inline int kqueue_ready(const KqueueEvent& event)
{
    return event.filter == EVFILT_READ  ? EV_READ
         : event.filter == EVFILT_WRITE ? EV_WRITE
                                        : fd_events;
}

// Of a change that failed; its error is in `data`.
inline bool kqueue_is_error(const KqueueEvent& event)
{
    return event.flags & kqueue_failed_flag;
}

// If the error is 0, it is an event, too: see kqueue_excuse.
inline bool kqueue_is_event(const KqueueEvent& event)
{
    return !kqueue_is_error(event) || !event.data;
}

// Of the set.

// One call: makes that many changes, and stores events from `first` on.
int kqueue_call(Kqueue&, int changes, int first, const timespec* limit);

int kqueue_open();
void kqueue_close(Kqueue&);
void kqueue_fork(Loop&);
void kqueue_lose(Loop&);
void kqueue_modify(Loop&, int fd, int was, int want);
void kqueue_forget(Loop&, int fd);
void kqueue_feed_files(Loop&);
void kqueue_flush(Loop&);  // makes the changes now, without a wait

// Is it an event of the registration that the fd has now?
bool kqueue_current(const Loop&, const KqueueEvent&);
void kqueue_delete(Loop&, int fd, int events);   // entries that are not wanted
void kqueue_excuse(const Loop&, KqueueEvent&);   // one that is an event, too
void kqueue_refused(Loop&, const KqueueEvent&);  // a change that failed

// Room for the errors of all changes, and for events. The allocator may leave
// it by longjmp.
void kqueue_room(Kqueue&);

// Moves the errors that matter to the front of the events; returns how many.
int kqueue_errors(Kqueue&, int ready);

}}  // evi

#endif
