// ev_signal: calls back in the loop after a signal, outside of its handler.
//
// A signal belongs to one loop at a time. The handler only marks it and wakes
// that loop; with EVFLAG_SIGNALFD there is no handler: the signal is blocked
// and read from a signalfd. Facts that shape this file:
//   1. sigaction's SA_RESTART spares programs EINTR; a full mask keeps other
//      handlers from running in ours.
//   2. A signalfd reads the signals of the process that reads it. But the epoll
//      set of a child would watch its parent's; so a child opens its own.
//   3. read(2) gives the lowest signal first, the pending stack the last queued
//      first; so signals are collected, then queued from the highest down.

#include "../core/fork.hh"
#include "../core/pending.hh"
#include "../core/phases.hh"
#include "../core/wakeup.hh"
#include "../core/watcher.hh"

#if EV_USE_SIGNALFD
#include <sys/signalfd.h>
#endif

#if EV_SIGNAL_ENABLE

namespace evi { namespace {

// Of the process, by signal number - 1. `loop` and `marked` may be read in a
// handler; `head` belongs to the loop.
struct Signal {
    std::atomic<bool> marked;
    std::atomic<Loop*> loop;
    ev_signal* head;
};

Signal signals[signal_count] = {};

bool signal_legal(int signum) { return signum > 0 && signum <= signal_count; }

void signal_feed(Loop& loop, int signum)
{
    assert(signal_legal(signum));
    Signal& signal = signals[signum - 1];
    if (signal.loop.load(in_order) != &loop) return;
    signal.marked.store(false, in_order);
    for (ev_signal* w = signal.head; w; w = list_next(w))
        pending_feed(loop, base(w), EV_SIGNAL);
}

void signals_feed(Loop& loop)
{
    for (int signum = signal_count; signum; --signum) {
        Signal& signal = signals[signum - 1];
        if (signal.marked.load(in_order) && signal.loop.load(in_order) == &loop)
            signal_feed(loop, signum);
    }
}

void signal_mark(int signum)  // in any thread or handler
{
    if (!signal_legal(signum)) return;
    Signal& signal = signals[signum - 1];
    Loop* loop = signal.loop.load(in_order);
    if (!loop) return;
    signal.marked.store(true, in_order);
    wakeup_notify(*loop, loop->wakeup.signals);
}

void signal_handler(int signum) { signal_mark(signum); }

// By handler.

void handler_install(int signum, unsigned flags)
{
    struct sigaction action = {};
    action.sa_handler = signal_handler;
    sigfillset(&action.sa_mask);
    action.sa_flags = SA_RESTART;
    sigaction(signum, &action, nullptr);

    // The flag's name says the reverse; libev 4.33 does it this way round.
    if (!(flags & EVFLAG_NOSIGMASK)) return;
    sigset_t one;
    sigemptyset(&one);
    sigaddset(&one, signum);
    pthread_sigmask(SIG_UNBLOCK, &one, nullptr);
}

void handler_remove(int signum)
{
    struct sigaction action = {};
    action.sa_handler = SIG_DFL;
    sigaction(signum, &action, nullptr);
}

// By signalfd.

#if EV_USE_SIGNALFD

int signalfd_open(int fd, const sigset_t& set)
{
    return signalfd(fd, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

void signalfd_read(Loop& loop, int fd)
{
    signalfd_siginfo infos[4];
    ssize_t got;
    while ((got = read(fd, infos, sizeof infos)) > 0)
        for (ssize_t i = 0; i < got / ssize_t(sizeof *infos); ++i) {
            int signum = static_cast<int>(infos[i].ssi_signo);
            if (signal_legal(signum))
                signals[signum - 1].marked.store(true, in_order);
        }
    signals_feed(loop);  // fact 3
}

#else

int signalfd_open(int, const sigset_t&) { return -1; }
void signalfd_read(Loop&, int) {}

#endif

void signalfd_begin(Loop&);

void signalfd_ready(Loop& loop, ev_io* w, int revents)
{
    if (!(revents & EV_ERROR)) return signalfd_read(loop, w->fd);

    ++loop.active;  // somebody closed our fd
    loop.watchers.signals.open = loop.watchers.signals.tried = false;
    signalfd_begin(loop);
}

void signalfd_begin(Loop& loop)
{
    Signals& s = loop.watchers.signals;
    if (s.tried || !(loop.flags & EVFLAG_SIGNALFD)) return;

    s.tried = true;
    s.fd = signalfd_open(-1, s.set);
    s.open = s.fd >= 0;
    if (!s.open) return;  // by handler, then
    ev_init(&s.io, (Callback<ev_io, signalfd_ready>()));
    io_start_internal(loop, &s.io, s.fd);
}

// A child leaves its parent's as it is, and will get one of its own.
void signalfd_change(Loop& loop)
{
    Signals& s = loop.watchers.signals;
    if (!fork_flagged(loop)) signalfd_open(s.fd, s.set);
}

void signalfd_add(Loop& loop, int signum)
{
    Signals& s = loop.watchers.signals;
    sigaddset(&s.set, signum);
    pthread_sigmask(SIG_BLOCK, &s.set, nullptr);
    signalfd_change(loop);
}

void signalfd_remove(Loop& loop, int signum)
{
    sigset_t one;
    sigemptyset(&one);
    sigaddset(&one, signum);
    sigdelset(&loop.watchers.signals.set, signum);
    signalfd_change(loop);
    pthread_sigmask(SIG_UNBLOCK, &one, nullptr);
}

// The kind.

void signal_take(Loop& loop, int signum)
{
    Signal& signal = signals[signum - 1];
    assert(signal.head && !signal.loop.load(in_order));
    signal.marked.store(false, in_order);
    signal.loop.store(&loop, in_order);

    wakeup_open(loop);  // ev_feed_signal needs it in any case
    Signals& s = loop.watchers.signals;
    if (!s.tried) sigemptyset(&s.set);
    signalfd_begin(loop);
    if (s.open) signalfd_add(loop, signum);
    else handler_install(signum, loop.flags);
}

void signal_give_back(Loop& loop, int signum)
{
    Signals& s = loop.watchers.signals;
    assert(signals[signum - 1].loop.load(in_order) == &loop);
    signals[signum - 1].loop.store(nullptr, in_order);
    if (s.open && sigismember(&s.set, signum)) signalfd_remove(loop, signum);
    else handler_remove(signum);
}

void signal_start(Loop& loop, ev_signal* w)
{
    if (w->active) return;
    if (!signal_legal(w->signum))
        return mistake("(libev) ev_signal_start: illegal signal number");
    Signal& signal = signals[w->signum - 1];
    Loop* owner = signal.loop.load(in_order);
    if (owner && owner != &loop)
        return mistake("(libev) ev_signal_start: signal is another loop's");

    watcher_start(loop, base(w), 1);
    bool first = !signal.head;
    list_push(signal.head, w);
    if (first) signal_take(loop, w->signum);
}

void signal_stop(Loop& loop, ev_signal* w)
{
    pending_drop(loop, base(w));
    if (!w->active) return;
    if (!signal_legal(w->signum)
        || !list_remove(signals[w->signum - 1].head, w))
        return mistake("(libev) ev_signal_stop: not active for this signal");

    watcher_stop(loop, base(w));
    if (!signals[w->signum - 1].head) signal_give_back(loop, w->signum);
}

void signals_fork(Loop& loop)
{
    Signals& s = loop.watchers.signals;
    if (!s.open) return;

    io_stop_internal(loop, &s.io);
    close(s.fd);
    s.open = s.tried = false;
    signalfd_begin(loop);  // fact 2
}

// The watchers are orphaned: their signals are handled, but call nobody.
void signals_destroy(Loop& loop)
{
    for (Signal& signal : signals) {
        if (signal.loop.load(in_order) != &loop) continue;
        signal.loop.store(nullptr, in_order);
        signal.head = nullptr;
    }
    Signals& s = loop.watchers.signals;
    if (s.open) close(s.fd);
    s.open = s.tried = false;
}

void signals_verify(Loop& loop)
{
    for (int i = 0; i < signal_count; ++i) {
        if (signals[i].loop.load(in_order) != &loop) continue;
        for (ev_signal* w = signals[i].head; w; w = list_next(w))
            verify_that(w->active && w->signum == i + 1, "signal watcher");
    }
}

constexpr Kind signal_kind = {
    .name = "signal",
    .fork = signals_fork,
    .destroy = signals_destroy,
    .verify = signals_verify,
};

}}  // evi

// The C API.

void ev_signal_start(EV_P_ ev_signal* w) noexcept
{
    evi::signal_start(evi::self(EV_A), w);
}

void ev_signal_stop(EV_P_ ev_signal* w) noexcept
{
    evi::signal_stop(evi::self(EV_A), w);
}

void ev_feed_signal(int signum) noexcept { evi::signal_mark(signum); }

void ev_feed_signal_event(EV_P_ int signum) noexcept
{
    if (evi::signal_legal(signum)) evi::signal_feed(evi::self(EV_A), signum);
}

#else

namespace evi { namespace {

void signals_feed(Loop&) {}
constexpr Kind signal_kind = {"signal", nullptr, nullptr, nullptr};

}}  // evi

#endif
