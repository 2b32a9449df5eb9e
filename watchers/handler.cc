// The part of ev_signal that runs in any thread: the handler and ev_feed_signal
// mark the signal and wake the loop that owns it. Before a loop gives a signal
// up, it waits until no handler uses it any more.
//
// The handler is installed with SA_RESTART, so that system calls do not fail
// with EINTR, and with all signals masked, so that no other handler interrupts
// it.

#include "../core/cancel.hh"
#include "../core/clock.hh"
#include "../core/fork.hh"
#include "../core/report.hh"
#include "../core/wakeup.hh"
#include "signal.hh"

#if EV_SIGNAL_ENABLE

namespace evi { namespace {

void signal_mark(int signum)  // in any thread or handler
{
    assert(signal_legal(signum));
    Signal& signal = signals[signum - 1];
    if (!signal.loop.load(in_order)) return;
    signal.users.fetch_add(1, in_order);
    if (Loop* loop = signal.loop.load(in_order)) {  // signal_hide waits for us
        signal_marks_of(signum).fetch_or(signal_bit(signum), in_order);
        wakeup_notify(*loop, loop->wakeup.signals);
    }
    signal.users.fetch_sub(1, in_order);
}

void signal_handler(int signum) { signal_mark(signum); }

[[gnu::cold]] void handler_install(int signum, unsigned flags)
{
    struct sigaction action = {};
    action.sa_handler = signal_handler;
    sigfillset(&action.sa_mask);
    action.sa_flags = SA_RESTART;
    sigaction(signum, &action, nullptr);

    // The flag's name suggests the opposite; libev 4.33 does the same.
    if (!(flags & EVFLAG_NOSIGMASK)) return;
    sigset_t one;
    sigemptyset(&one);
    sigaddset(&one, signum);
    pthread_sigmask(SIG_UNBLOCK, &one, nullptr);
}

[[gnu::cold]] void handler_remove(int signum)
{
    struct sigaction action = {};
    action.sa_handler = SIG_DFL;
    sigaction(signum, &action, nullptr);
}

// Waits for the notifiers, which takes microseconds. It never ends for threads
// that do not exist after a fork, or if a handler that interrupted a notifier
// left it by longjmp. So there is a time limit, after which they no longer
// count.
[[gnu::cold, gnu::noinline]] void signal_wait(Signal& signal)
{
    int state = cancel_disable(), users;
    int left = signal.process == process_current() ? 1000 : 10;
    while ((users = signal.users.load(in_order)) > 0 && left--)
        time_sleep(1e-3);
    cancel_restore(state);
    if (users > 0) signal.users.fetch_sub(users, in_order);
}

// Afterwards no notifier uses the loop: one that counts itself as a user later
// finds a null pointer. We never wait for our own thread, since a handler that
// interrupts us returns first.
[[gnu::cold]] void signal_hide(Signal& signal)
{
    signal.loop.store(nullptr, in_order);
    if (unlikely(signal.users.load(in_order) > 0)) signal_wait(signal);
}

}}  // evi

void ev_feed_signal(int signum) EV_NOEXCEPT
{
    if (evi::signal_legal(signum)) return evi::signal_mark(signum);
    evi::signum_error(signum, "(libev) ev_feed_signal: illegal signal");
}

#endif
