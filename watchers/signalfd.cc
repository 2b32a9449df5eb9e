// The signalfd of a loop with EVFLAG_SIGNALFD: signals are blocked, and read
// from the signalfd.
//
// Two facts explain this file:
//   1. A signalfd returns the signals of the process that reads it. But the
//      epoll set of a child would watch its parent's signalfd. So a child opens
//      its own, and changes nothing before that.
//   2. read(2) returns the lowest signal first, and the pending stack calls the
//      last queued first. So signals are marked first, and then queued from the
//      highest to the lowest.

#include "../core/cancel.hh"
#include "../core/fork.hh"
#include "../relev/senders.hh"
#include "signal.hh"
#include "steps.hh"

#if EV_USE_SIGNALFD
#include <sys/signalfd.h>
#endif

#if EV_SIGNAL_ENABLE

namespace evi { namespace {

#if EV_USE_SIGNALFD

[[gnu::cold]] int signalfd_open(int fd, const sigset_t& set)
{
    return signalfd(fd, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

[[gnu::cold]] Sender sender_of(const signalfd_siginfo& info)
{
    auto pointer = reinterpret_cast<void*>(uintptr_t(info.ssi_ptr));
    bool child = info.ssi_signo == SIGCHLD;
    return {info.ssi_code, static_cast<int>(info.ssi_pid), info.ssi_uid,
            child ? info.ssi_status : info.ssi_int, pointer};
}

[[gnu::cold]] void signalfd_read(Loop& loop, int fd)
{
    Receiver& own = *loop.watchers.signals.receiver;
    signalfd_siginfo infos[4];
    ssize_t got;
    int state = cancel_disable();
    while ((got = read(fd, infos, sizeof infos)) > 0)
        for (ssize_t i = 0; i < got / ssize_t(sizeof *infos); ++i) {
            int signum = static_cast<int>(infos[i].ssi_signo);
            if (!signal_legal(signum)) continue;
            if (unlikely(senders_wanted.load(in_order)))
                sender_note(signum, sender_of(infos[i]));
            mark_set(own.marks, signum);
            signal_mark_others(own, signum);
        }
    cancel_restore(state);
    queue_all(loop, [&] { signals_feed(loop); });  // fact 2
}

#else

int signalfd_open(int, const sigset_t&) { return -1; }
void signalfd_read(Loop&, int) {}

#endif

// There is no signalfd, or it was lost and cannot be reopened. Its signals are
// unblocked and use a handler.
[[gnu::cold]] void signalfd_give_up(Loop& loop)
{
    Signals& s = loop.watchers.signals;
    for (int signum = signal_count; signum; --signum)
        if (sigismember(&s.set, signum) == 1)
            handler_install(signum, EVFLAG_NOSIGMASK);
    sigemptyset(&s.set);
}

[[gnu::cold]] void signalfd_ready(Loop& loop, ev_io* w, int revents)
{
    if (revents & EV_ERROR) io_restart_internal(loop, w);
    else if (!fork_flagged(loop)) signalfd_read(loop, w->fd);
}

[[gnu::cold]] void signalfd_begin(Loop& loop)
{
    Signals& s = loop.watchers.signals;
    if (s.own.tried || !(loop.flags & EVFLAG_SIGNALFD)) return;

    ev_init(&s.own.io, (Callback<ev_io, signalfd_ready>()));
    bool open = own_begin(loop, s.own, [](Loop& of) {
        return signalfd_open(-1, of.watchers.signals.set);
    });
    if (!open) signalfd_give_up(loop);
}

// A child does not change its parent's signalfd: it will open its own. So does
// a loop whose signalfd was closed (-1).
[[gnu::cold]] void signalfd_change(Loop& loop)
{
    Signals& s = loop.watchers.signals;
    int fd = s.own.io.fd;
    if (fd >= 0 && !fork_flagged(loop)) signalfd_open(fd, s.set);
}

[[gnu::cold]] void signalfd_add(Loop& loop, int signum)
{
    Signals& s = loop.watchers.signals;
    sigaddset(&s.set, signum);
    pthread_sigmask(SIG_BLOCK, &s.set, nullptr);
    signalfd_change(loop);
}

[[gnu::cold]] void signalfd_remove(Loop& loop, int signum)
{
    sigset_t one;
    sigemptyset(&one);
    sigaddset(&one, signum);
    sigdelset(&loop.watchers.signals.set, signum);
    signalfd_change(loop);
    pthread_sigmask(SIG_UNBLOCK, &one, nullptr);
}

}}  // evi

#endif
