// Detecting a fork, and replacing in the child what it shares with its parent.
//
// A page that the kernel clears in a child (MADV_WIPEONFORK, Linux 4.14) holds
// a number that no ancestor of this process had. So each use of a kernel object
// can check whether it is still this process's own, without a system call.
// Where there is no such page, the number is the process id, which is only
// asked for with EVFLAG_FORKCHECK and on slow paths.

#ifndef EVI_FORK_HH
#define EVI_FORK_HH

#include "c_api.hh"

namespace evi { namespace {

using Mark = std::atomic<unsigned>;
extern std::atomic<Mark*> process_mark;

// Was there a fork since the loop's kernel objects were made?
[[gnu::always_inline]] inline bool process_changed(const Loop& loop)
{
    constexpr auto relaxed = std::memory_order_relaxed;
    return process_mark.load(relaxed)->load(relaxed) != loop.process;
}

unsigned process_current();              // the number of this process
void process_init(Loop&, bool checked);  // at the creation of a loop
void process_check(Loop&);  // with EVFLAG_FORKCHECK: was there a fork?
void fork_rebuild(Loop&);   // replaces all kernel objects

// The number of no process. Not 0, which the page of a new child holds.
constexpr unsigned no_process = ~0u;

// The program closed one of the kernel objects: the next iteration replaces
// all, as after a fork.
inline void process_lost(Loop& loop) { loop.process = no_process; }

// May the loop's kernel objects (its epoll set, eventfd, inotify, signalfd,
// timerfd) belong to a parent? Then they must not be used. It asks for the
// process id if there is no page.
bool fork_flagged(const Loop&);

// Queues what was taken from the kernel or a notifier. If the allocator leaves
// it by longjmp, the next iteration replaces all, and looks for everything.
template <class F>
inline void queue_all(Loop& loop, F f)
{
    unsigned before = fork_bits(loop);
    fork_set(loop, before | fork_half);
    f();
    fork_set(loop, before);
}

inline void fork_check(Loop& loop)
{
    if (unlikely(loop.fork_checked)) process_check(loop);
}

inline void fork_renew(Loop& loop)
{
    bool changed = fork_bits(loop) || process_changed(loop);
    if (unlikely(changed || (loop.fork_checked && fork_flagged(loop))))
        fork_rebuild(loop);
}

}}  // evi

#endif
