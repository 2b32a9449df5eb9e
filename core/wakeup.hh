// The way into a blocked loop, for signal handlers and other threads.

#ifndef EVI_WAKEUP_HH
#define EVI_WAKEUP_HH

#include "boundary.hh"

namespace evi { namespace {

// The order of these atomics between threads; a single processor, or a
// process without threads, needs none but the compiler's.
constexpr auto in_order =
    smp ? std::memory_order_seq_cst : std::memory_order_relaxed;

void wakeup_init(Loop&);
void wakeup_open(Loop&);  // unless it is; by the first watcher that needs it

// Raises `what` (one of the loop's) and sees that the loop looks at it. May be
// called in any thread or signal handler; keeps errno.
void wakeup_notify(Loop&, std::atomic<bool>& what);

// Around the wait: in between, a notifier must write.
void wakeup_arm(Loop&);
inline void wakeup_disarm(Loop&);

// Somebody wanted us, and has not been looked at.
inline bool wakeup_due(const Loop& loop)
{
    const Wakeup& wakeup = loop.wakeup;
    return wakeup.signals.load(in_order) || wakeup.asyncs.load(in_order);
}

void wakeup_fork(Loop&);
void wakeup_close(Loop&);

void wakeup_feed(Loop&);  // has it looked at

void wakeup_disarm(Loop& loop)
{
    // Who sees it armed for longer writes without need.
    auto& armed = loop.wakeup.armed;
    if (armed.load(std::memory_order_relaxed)) armed.store(false, in_order);
    if (unlikely(wakeup_due(loop))) wakeup_feed(loop);
}

}}  // evi

#endif
