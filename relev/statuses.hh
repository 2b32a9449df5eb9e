// The statuses of children that several loops may want (statuses.cc).

#ifndef EVI_STATUSES_HH
#define EVI_STATUSES_HH

#include "../core/loop.hh"

namespace evi { namespace {

// A watcher that waits for its child by a pidfd. It is listed in its loop, and
// in the registry. The loop's thread owns it; `known` and `status` are written
// under the lock, by the loop that reaps the child.
struct Member {
    Loop* loop;
    Watcher* w;  // its memory may be the program's again: see children.cc
    int pid;
    int fd;
    unsigned process;  // that started it
    int status;
    bool known;
    Member** link;   // that leads to it in its loop
    Member* next;    // in its loop
    Member* hashed;  // in its bucket of the registry
};

#if EV_RELEV_ENABLE && EV_CHILD_ENABLE && EV_USE_EPOLL

// The lock of the registry. Within it system calls are no cancellation points,
// and nothing may leave by longjmp, allocate or run the program's code.
int registry_lock();  // returns the state of cancellation
void registry_unlock(int state);

template <class F>
auto locked(F f)
{
    int state = registry_lock();
    auto result = f();
    registry_unlock(state);
    return result;
}

// With the lock.
void member_enter(Member&);
void member_remove(Member&);
Member* member_find(const Loop&, int pid, int fd);
Member* member_find(const Loop&, int pid, const Watcher*);

// A child was reaped. The members that wait for it know; others may ask for it
// later, or be of the default loop, which asks for it when it receives the
// SIGCHLD of that child.
void status_store(int pid, int status, bool by_default);

bool status_kept(int pid, int& status);  // of a child that was reaped before

#endif

}}  // evi

#endif
