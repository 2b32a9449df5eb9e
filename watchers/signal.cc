// ev_signal: called by the loop after a signal, outside of the signal handler.
//
// One loop at a time owns a signal. The handler only marks the signal and wakes
// that loop (handler.cc); with EVFLAG_SIGNALFD there is no handler
// (signalfd.cc).

#include "signal.hh"

#include "../core/phases.hh"
#include "../core/report.hh"
#include "../core/wakeup.hh"

#if EV_SIGNAL_ENABLE

namespace evi { namespace {

void signal_feed(Loop& loop, int signum)
{
    assert(signal_legal(signum));
    Signal& signal = signals[signum - 1];
    if (signal.owner.load(in_order) != &loop) return;
    signal_marks_of(signum).fetch_and(~signal_bit(signum), in_order);
    signal.stale = false;
    for (ev_signal* w = signal.head; w; w = list_next(w))
        pending_feed(loop, base(w), EV_SIGNAL);
}

void signals_feed(Loop& loop)
{
    for (int i = (signal_count - 1) / mark_bits; i >= 0; --i) {
        unsigned long marks = signal_marks[i].load(in_order);
        while (marks) {
            int bit = mark_bits - 1 - __builtin_clzl(marks);
            marks &= ~(1ul << bit);
            signal_feed(loop, i * mark_bits + bit + 1);  // if the loop owns it
        }
    }
}

void signal_feed_checked(Loop& loop, int signum)
{
    if (signal_legal(signum)) return signal_feed(loop, signum);
    signum_note(loop, signum, "(libev) ev_feed_signal_event: illegal signal");
    mistakes_tell(loop);
}

// The kind.

void signal_take(Loop& loop, int signum)
{
    Signal& signal = signals[signum - 1];
    assert(signal.owner.load(in_order) == &loop);
    wakeup_open(loop);  // ev_feed_signal needs it in any case
    Signals& s = loop.watchers.signals;
    if (!s.process) s.process = getpid();
    signal.process = s.process;
    signal.stale = signal_marks_of(signum).load(in_order) & signal_bit(signum);
    signal.loop.store(&loop, in_order);
    if (!s.tried) sigemptyset(&s.set);
    signalfd_begin(loop);
    if (s.open) signalfd_add(loop, signum);
    else handler_install(signum, loop.flags);
}

void signal_give_back(Loop& loop, int signum)
{
    Signals& s = loop.watchers.signals;
    Signal& signal = signals[signum - 1];
    assert(signal.owner.load(in_order) == &loop);
    signal_hide(signal);
    if (s.open && sigismember(&s.set, signum)) signalfd_remove(loop, signum);
    else handler_remove(signum);
    signal.owner.store(nullptr, in_order);
}

void signal_changed(Loop& loop, ev_signal* w)
{
    fault_note(loop, Error::changed, EV_SIGNAL, base(w),
               "(libev) ev_signal: the signal was changed while active");
}

// Removes a listed watcher from its list, usually that of w->signum; w->signum
// may have been changed meanwhile, a mistake. Returns the signal of the list;
// 0: the watcher is in no list, because a list was overwritten.
int signal_unlist(Loop& loop, ev_signal* w)
{
    Signals& s = loop.watchers.signals;
    s.listed.remove(w);
    int signum = signal_legal(w->signum) ? w->signum : signal_count;
    for (int i = 0; i < signal_count; ++i) {
        Signal& signal = signals[signum - 1];
        bool found =
            signal.owner.load(in_order) == &loop && list_remove(signal.head, w);
        if (found && signum != w->signum) signal_changed(loop, w);
        if (found) return signum;
        signum = signum > 1 ? signum - 1 : signal_count;
    }
    return 0;
}

[[gnu::cold]] void signal_remove(Loop& loop, ev_signal* w)
{
    int signum = signal_unlist(loop, w);
    watcher_stop(loop, base(w));
    if (signum && !signals[signum - 1].head) signal_give_back(loop, signum);
}

// Makes a watcher active again that was initialised while active, a mistake. It
// still holds its reference.
void signal_revive(Loop& loop, ev_signal* w)
{
    mistake_note(loop, Error::reinit, EV_SIGNAL, base(w),
                 "(libev) ev_signal: initialized while active");
    watcher_start(loop, base(w), 1);
    --loop.active;
}

bool signal_lists(Loop& loop, int signum, const ev_signal* w)
{
    Signal& signal = signals[signum - 1];
    if (signal.owner.load(in_order) != &loop) return false;
    const ev_signal* other = signal.head;
    while (other && other != w) other = list_next(other);
    return other;
}

void signal_list(Loop& loop, ev_signal* w)
{
    Signal& signal = signals[w->signum - 1];
    watcher_start(loop, base(w), 1);
    loop.watchers.signals.listed.add(w);
    bool first = !signal.head;
    list_push(signal.head, w);
    if (first) signal_take(loop, w->signum);
}

void signal_claim(Loop& loop, ev_signal* w)
{
    Signal& signal = signals[w->signum - 1];
    Loop* owner = nullptr;
    if (!signal.owner.compare_exchange_strong(owner, &loop, in_order)
        && owner != &loop)
        return mistake(
            loop, Error::signal_taken, EV_SIGNAL, base(w),
            "(libev) ev_signal_start: signal belongs to another loop");
    signal_list(loop, w);
}

[[gnu::noinline]] void signal_start_anew(Loop& loop, ev_signal* w)
{
    mistakes_hold(loop);
    signal_revive(loop, w);
    if (!signal_lists(loop, w->signum, w)) {
        signal_remove(loop, w);
        signal_claim(loop, w);
    }
    mistakes_release(loop);
}

[[gnu::cold]] void signal_start(Loop& loop, ev_signal* w)
{
    if (w->active) return;
    if (!signal_legal(w->signum))
        return mistake(loop, Error::signum, EV_SIGNAL, base(w),
                       "(libev) ev_signal_start: illegal signal number");
    if (unlikely(loop.watchers.signals.listed.has(w)))
        signal_start_anew(loop, w);
    else signal_claim(loop, w);
}

[[gnu::cold]] void signal_stop(Loop& loop, ev_signal* w)
{
    pending_drop(loop, base(w));
    if (!w->active && loop_gone(loop)) return;
    bool listed = loop.watchers.signals.listed.has(w);
    if (!listed && !w->active) return;
    if (!listed)
        return mistake(loop, Error::other_loop, EV_SIGNAL, base(w),
                       "(libev) ev_signal_stop: active in another loop");
    if (!w->active) signal_revive(loop, w);
    signal_remove(loop, w);
    mistakes_tell(loop);
}

// The thread that marked a signal may not exist in the child: a fork copies
// only the calling thread.
void signals_recall(Loop& loop)
{
    for (int signum = signal_count; signum; --signum) {
        Signal& signal = signals[signum - 1];
        if (signal_marks_of(signum).load(in_order) & signal_bit(signum)
            && signal.owner.load(in_order) == &loop && !signal.stale)
            loop.wakeup.signals.store(true, in_order);
    }
}

[[gnu::cold]] void signals_fork(Loop& loop)
{
    signals_recall(loop);
    Signals& s = loop.watchers.signals;
    if (s.process) s.process = getpid();
    if (!s.open) return;

    io_stop_internal(loop, &s.io);
    signalfd_close(loop);
    signalfd_begin(loop);
}

// The handlers stay installed, but no watcher is called any more.
void signals_destroy(Loop& loop)
{
    for (Signal& signal : signals) {
        if (signal.owner.load(in_order) != &loop) continue;
        signal_hide(signal);
        signal.head = nullptr;
        signal.owner.store(nullptr, in_order);
    }
    loop.watchers.signals.listed.free();
    signalfd_close(loop);
}

void signals_verify(Loop& loop)
{
    auto& listed = loop.watchers.signals.listed;
    listed.verify();
    int count = 0;
    for (int i = 0; i < signal_count; ++i) {
        if (signals[i].owner.load(in_order) != &loop) continue;
        for (ev_signal* w = signals[i].head; w; w = list_next(w), ++count)
            verify_that(listed.has(w), "listed signal watcher");
    }
    verify_that(count == listed.count, "number of signal watchers");
}

[[gnu::cold]] void signals_walk(Loop& loop, Visit& visit)
{
    for (Signal& signal : signals) {
        ev_signal* w = signal.head;
        while (w && signal.owner.load(std::memory_order_relaxed) == &loop) {
            visit(base(w));
            bool kept = loop.watchers.signals.listed.has(w);
            w = kept ? list_next(w) : signal.head;
        }
    }
}

constexpr Kind signal_kind = {
    .type = EV_SIGNAL,
    .name = "ev_signal",
    .number = offsetof(ev_signal, signum),
    .number_name = "signal",
    .fork = signals_fork,
    .destroy = signals_destroy,
    .verify = verified ? signals_verify : nullptr,
    .walk = inspected ? signals_walk : nullptr,
};

}}  // evi

// The C API.

[[gnu::cold]] void ev_signal_start(EV_P_ ev_signal* w) EV_NOEXCEPT
{
    evi::signal_start(evi::entry(EV_A_ w), w);
}

[[gnu::cold]] void ev_signal_stop(EV_P_ ev_signal* w) EV_NOEXCEPT
{
    evi::signal_stop(evi::entry(EV_A_ w), w);
}

void ev_feed_signal_event(EV_P_ int signum) EV_NOEXCEPT
{
    evi::signal_feed_checked(evi::entry(EV_A), signum);
}

#else

namespace evi { namespace {

void signals_feed(Loop&) {}
constexpr const Kind& signal_kind = no_kind;

}}  // evi

#endif
