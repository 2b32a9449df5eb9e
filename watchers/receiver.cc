// The receivers of signals: one for each loop with signal watchers.
//
// The list only grows. The first receiver is a static object, which is enough
// for a process with one such loop. Others are on pages that stay mapped, since
// a notifier may read a receiver at any time.

#include "../core/cancel.hh"
#include "../core/clock.hh"
#include "../core/fork.hh"
#include "signal.hh"

#include <sys/mman.h>

#if EV_SIGNAL_ENABLE

namespace evi { namespace {

// The number of the process that has the lock; 0: none. The thread that has it
// may not exist in a child, so that of another process counts as none.
std::atomic<unsigned> signals_locked;

// A thread has it for a few system calls.
[[gnu::cold]] int signals_lock()
{
    int state = cancel_disable();
    unsigned own = process_current(), other = 0;
    while (!signals_locked.compare_exchange_strong(other, own, in_order)) {
        if (other != own) continue;  // it was a parent's: the next try takes it
        other = 0;
        time_sleep(1e-4);
    }
    return state;
}

[[gnu::cold]] void signals_unlock(int state)
{
    assert(signals_locked.load(in_order));
    signals_locked.store(0, in_order);
    cancel_restore(state);
}

constexpr size_t receivers_size = 4096;

// More receivers; null: no memory. It allocates a page, not a block of the
// program's allocator, which would never be freed.
[[gnu::cold]] Receiver* receivers_more()
{
    void* page = mmap(nullptr, receivers_size, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED) return nullptr;
    constexpr int count = receivers_size / sizeof(Receiver);
    auto* more = static_cast<Receiver*>(page);
    for (int i = 0; i < count; ++i) new (more + i) Receiver();
    for (int i = 1; i < count; ++i) more[i - 1].next.store(more + i, in_order);
    return more;
}

[[gnu::cold]] Receiver* receiver_free()
{
    Receiver* r = &receivers;
    while (r->taken) {
        Receiver* next = r->next.load(in_order);
        if (!next) r->next.store(next = receivers_more(), in_order);
        if (!next) return nullptr;
        r = next;
    }
    return r;
}

[[gnu::cold]] bool receiver_take(Loop& loop)
{
    Receiver*& own = loop.watchers.signals.receiver;
    if (own) return true;
    int state = signals_lock();
    Receiver* free = receiver_free();
    if (free) free->taken = true;
    signals_unlock(state);
    if (!free) return false;
    assert(!free->loop.load(in_order));
    own = free;
    own->process = process_current();
    own->loop.store(&loop, in_order);
    return true;
}

// Waits for the notifiers, which takes microseconds. It never ends for threads
// that do not exist after a fork, or if a handler that interrupted a notifier
// left it by longjmp. So there is a time limit, after which they no longer
// count.
[[gnu::cold, gnu::noinline]] void receiver_wait(Receiver& receiver)
{
    int state = cancel_disable(), users;
    int left = receiver.process == process_current() ? 1000 : 10;
    while ((users = receiver.users.load(in_order)) > 0 && left--)
        time_sleep(1e-3);
    cancel_restore(state);
    if (users > 0) receiver.users.fetch_sub(users, in_order);
}

// Afterwards no notifier uses the loop: one that counts itself as a user later
// finds a null pointer. We never wait for our own thread, since a handler that
// interrupts us returns first.
[[gnu::cold]] void receiver_release(Loop& loop)
{
    Receiver* r = loop.watchers.signals.receiver;
    if (!r) return;
    assert(r->loop.load(in_order) == &loop);
    r->loop.store(nullptr, in_order);
    for (auto& watchers : r->watchers) watchers.store(0, in_order);
    if (unlikely(r->users.load(in_order) > 0)) receiver_wait(*r);
    for (auto& marks : r->marks) marks.store(0, in_order);
    loop.watchers.signals.receiver = nullptr;
    int state = signals_lock();
    r->taken = false;
    signals_unlock(state);
}

[[gnu::cold]] bool signal_shared(const Loop& loop, int signum)
{
    const Receiver* r = &receivers;
    for (; r; r = r->next.load(in_order))
        if (r != loop.watchers.signals.receiver && watchers_of(*r, signum))
            return true;
    return false;
}

}}  // evi

#endif
