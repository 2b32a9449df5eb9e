// The part of ev_signal that runs in any thread: the handler and ev_feed_signal
// mark the signal for each loop that watches it, and wake that loop.
//
// The handler is installed with SA_RESTART, so that system calls do not fail
// with EINTR, and with all signals masked, so that no other handler interrupts
// it.

#include "../core/report.hh"
#include "../relev/senders.hh"
#include "signal.hh"

#if EV_SIGNAL_ENABLE

namespace evi { namespace {

// In any thread or handler; receiver_release waits for it.
inline void receiver_mark(Receiver& receiver, int signum)
{
    if (!watchers_of(receiver, signum)) return;
    receiver.users.fetch_add(1, in_order);
    if (Loop* loop = receiver.loop.load(in_order)) {
        mark_set(receiver.marks, signum);
        wakeup_notify(*loop, loop->wakeup.signals);
    }
    receiver.users.fetch_sub(1, in_order);
}

[[gnu::cold, gnu::noinline]] void signal_mark_others(const Receiver& own,
                                                     int signum)
{
    for (Receiver* r = &receivers; r; r = r->next.load(in_order))
        if (r != &own) receiver_mark(*r, signum);
}

void signal_mark(int signum)
{
    assert(signal_legal(signum));
    receiver_mark(receivers, signum);
    if (unlikely(receivers.next.load(in_order) != nullptr))
        signal_mark_others(receivers, signum);
}

void signal_handler(int signum) { signal_mark(signum); }

// The handler if the program asks who sent a signal.
[[gnu::cold]] void signal_handler_info(int signum, siginfo_t* info, void*)
{
    bool child = signum == SIGCHLD;
    int value = child ? info->si_status : info->si_value.sival_int;
    sender_note(signum, {info->si_code, info->si_pid, info->si_uid, value,
                         info->si_value.sival_ptr});
    signal_mark(signum);
}

[[gnu::cold]] void handler_install(int signum, unsigned flags)
{
    struct sigaction action = {};
    bool info = senders_wanted.load(in_order);
    if (info) action.sa_sigaction = signal_handler_info;
    else action.sa_handler = signal_handler;
    sigfillset(&action.sa_mask);
    action.sa_flags = info ? SA_RESTART | SA_SIGINFO : SA_RESTART;
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

// The program may have replaced it.
[[gnu::cold]] bool handler_installed(int signum)
{
    struct sigaction now = {};
    sigaction(signum, nullptr, &now);
    return now.sa_handler == signal_handler
        || now.sa_sigaction == signal_handler_info;
}

}}  // evi

void ev_feed_signal(int signum) EV_NOEXCEPT
{
    if (evi::signal_legal(signum)) return evi::signal_mark(signum);
    evi::signum_error(signum, "(libev) ev_feed_signal: illegal signal");
}

#endif
