// The table of file descriptors: their watchers, and what is registered with
// the backend.
//
// A change is noted in `changes`, and passed to the backend before the next
// wait. The list is complete at every moment: whatever leaves an iteration
// early, the next one passes the rest.
//
// Invariants, checked by fds_verify:
//   (1) An fd is in `changes` if it is changed().
//   (2) If it is not, registered() is the union of its watchers' event masks.
//   (3) A watcher that is alone on its fd has w->active == 1, one in a list its
//       position plus one, and one in refused[i] refused_first + i. Entries of
//       watchers that were initialized while active are as in core/list.hh.
//   (4) `changes` has room for every fd of the table, so that a stop needs no
//       memory.

#ifndef EVI_FD_TABLE_HH
#define EVI_FD_TABLE_HH

#include "list.hh"

namespace evi { namespace {

struct IoEntry {
    ev_io* w;

    bool here(int fd) const { return w->fd == fd; }
};

using IoList = List<IoEntry>;

struct Fd {
    union {
        ev_io* only;   // its watcher, or null
        IoList* list;  // if `shared`
    };
    uint32_t tag;  // the backend's own; 0 in a new entry
    uint8_t state;
    bool shared : 1;   // has, or had, several watchers
    bool reset : 1;    // may be another file: register it again
    bool put_off : 1;  // the backend put off registering it, once

    static constexpr uint8_t change = 0x80;  // in `state`

    bool changed() const { return state & change; }
    int registered() const { return state & ~change; }

    bool watched() const { return shared ? list->live > 0 : only != nullptr; }

    int places() const { return shared ? list->entries.count : 1; }

    ev_io* watcher(int place) const  // null: none
    {
        return shared ? list->at(place) : only;
    }

    bool holds(const ev_io* w) const
    {
        return shared ? list->holds(w) : only == w && w->active == 1;
    }
};

static_assert(sizeof(Fd) <= 16, "a loop may have many");

// RELEV_EXCLUSIVE, in the event mask of a watcher; and in that of an fd, if all
// its watchers ask for it. Such a watcher is always in a list (fd_prepare), so
// that nothing else has to test for it. 0: compiled out.
constexpr int io_exclusive = EV_RELEV_ENABLE ? 1 << 28 : 0;
constexpr int ev_exclusive = EV_RELEV_ENABLE ? 4 : 0;

constexpr int io_mask = EV_READ | EV_WRITE | EV__IOFDSET;
constexpr int io_legal = io_mask | io_exclusive;  // on a slow path
constexpr int refused_first = 1 << 30;

struct Fds {
    Array<Fd> table;  // by fd
    Array<int> changes;
    Array<ev_io*> refused;  // no entry of the table is possible: see io_refuse
    IoList* spare;          // an empty list, or null: see fd_share
    int watched;            // fds that have a watcher
    int lists;              // fds that are `shared`
    bool errors_pending;    // EV_ERROR was queued before the wait
};

}}  // evi

#endif
