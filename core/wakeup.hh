// Wakes a blocked loop, from signal handlers and other threads.

#ifndef EVI_WAKEUP_HH
#define EVI_WAKEUP_HH

#include "c_api.hh"

namespace evi { namespace {

// The memory order of these atomics. A single processor, or a process without
// threads, needs no order between threads.
constexpr auto in_order =
    smp ? std::memory_order_seq_cst : std::memory_order_relaxed;

void wakeup_init(Loop&);
void wakeup_open(Loop&);  // for the first watcher that needs it

// Sets `what` (a flag of this loop) and wakes the loop if it is blocked. Any
// thread or signal handler may call it; preserves errno.
void wakeup_notify(Loop&, std::atomic<bool>& what);

void wakeup_write(Loop&);  // wakes a blocked loop, as above

// The same after ev_break: the loop waits only if a signal handler called it.
inline void wakeup_break(Loop& loop)
{
    std::atomic_signal_fence(std::memory_order_seq_cst);
    if (wakeups_used
        && unlikely(loop.wakeup.armed.load(std::memory_order_relaxed)))
        wakeup_write(loop);
}

// Called before and after the wait: in between, a notifier must write.
void wakeup_arm(Loop&);
inline void wakeup_disarm(Loop&);

// Is a notification not handled yet?
inline bool wakeup_due(const Loop& loop)
{
    const Wakeup& wakeup = loop.wakeup;
    return wakeups_used
        && (wakeup.signals.load(in_order) || wakeup.asyncs.load(in_order));
}

void wakeup_fork(Loop&);
void wakeup_close(Loop&);

void wakeup_feed(Loop&);  // queues the handling of notifications

void wakeup_disarm(Loop& loop)
{
    if (!wakeups_used) return;
    // Until this store, notifiers write without need.
    auto& armed = loop.wakeup.armed;
    if (armed.load(std::memory_order_relaxed)) armed.store(false, in_order);
    if (unlikely(wakeup_due(loop))) wakeup_feed(loop);
}

}}  // evi

#endif
