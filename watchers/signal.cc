// ev_signal: called by the loop after a signal, outside of the signal handler.
//
// One loop at a time owns a signal. The handler only marks the signal and wakes
// that loop (handler.cc); with EVFLAG_SIGNALFD there is no handler
// (signalfd.cc).

#include "signal.hh"

#include "../core/wakeup.hh"
#include "indexed.hh"
#include "steps.hh"

#if EV_SIGNAL_ENABLE

namespace evi { namespace {

extern const Kind signal_kind;

[[gnu::cold]] void signal_take(Loop& loop, int signum)
{
    Signal& signal = signals[signum - 1];
    assert(signal.owner.load(in_order) == &loop);
    Signals& s = loop.watchers.signals;
    signal.process = loop.process;
    signal.stale = signal_marks_of(signum).load(in_order) & signal_bit(signum);
    signal.loop.store(&loop, in_order);
    if (s.own.open) signalfd_add(loop, signum);
    else handler_install(signum, loop.flags);
}

[[gnu::cold]] void signal_give_back(Loop& loop, int signum)
{
    Signals& s = loop.watchers.signals;
    Signal& signal = signals[signum - 1];
    assert(signal.owner.load(in_order) == &loop);
    signal_hide(signal);
    if (s.own.open && sigismember(&s.set, signum))
        signalfd_remove(loop, signum);
    else handler_remove(signum);
    signal.owner.store(nullptr, in_order);
}

void signal_left(Loop& loop, int signum)
{
    Signal& signal = signals[signum - 1];
    assert(signal.owner.load(in_order) == &loop && signal.watchers > 0);
    if (!--signal.watchers) signal_give_back(loop, signum);
}

// The allocator may leave it by longjmp. Then all watchers are called later.
[[gnu::cold]] void signal_queue(Loop& loop, Watcher* w, int events)
{
    pending_make_room(loop, w, loop.watchers.signals.all.live);
    pending_add(loop, w, events);
}

// The mark is cleared after the events are queued. If it is set again in
// between, the callbacks run later than that.
[[gnu::cold]] void signal_feed(Loop& loop, int signum)
{
    assert(signal_legal(signum));
    Signal& signal = signals[signum - 1];
    if (signal.owner.load(in_order) != &loop) return;
    Index& all = loop.watchers.signals.all;
    all.each(signum, [&](int place) {
        if (unlikely(all.dead(place))) index_drop(loop, signal_kind, place);
        else pending_feed(loop, all.at(place), EV_SIGNAL, signal_queue);
    });
    signal_marks_of(signum).fetch_and(~signal_bit(signum), in_order);
    signal.stale = false;
}

[[gnu::cold]] void signals_feed(Loop& loop)
{
    for (int i = (signal_count - 1) / mark_bits; i >= 0; --i) {
        unsigned long marks = signal_marks[i].load(in_order);
        while (marks) {
            int bit = mark_bits - 1 - __builtin_clzl(marks);
            marks &= ~(1ul << bit);
            signal_feed(loop, i * mark_bits + bit + 1);
        }
    }
}

[[gnu::cold]] void signal_feed_checked(Loop& loop, int signum)
{
    if (!signal_legal(signum))
        error_note_quiet(loop, Error::signum, EV_SIGNAL, nullptr,
                         "(libev) ev_feed_signal_event: illegal signal",
                         signum);
    else signal_feed(loop, signum);
    reports_make(loop);
}

// False: the signal belongs to another loop.
bool signal_claim(Loop& loop, int signum)
{
    auto& owner = signals[signum - 1].owner;
    Loop* none = nullptr;
    return owner.load(in_order) == &loop
        || owner.compare_exchange_strong(none, &loop, in_order);
}

[[gnu::cold, gnu::noinline]] void signals_begin(Loop& loop)
{
    wakeup_open(loop);  // ev_feed_signal needs it in any case
    signalfd_begin(loop);
}

void signal_start(Loop& loop, ev_signal* w)
{
    if (w->active) return;
    if (!signal_legal(w->signum))
        return error_report(loop, Error::signum, EV_SIGNAL, base(w),
                            "(libev) ev_signal_start: illegal signal number");
    // The syserr callback and the allocator may leave by longjmp; then nothing
    // is taken yet. The callback may also start signals, perhaps this one.
    if (signals[w->signum - 1].owner.load(in_order) != &loop) {
        signals_begin(loop);
        if (w->active) return;
    }
    Index& all = loop.watchers.signals.all;
    if (unlikely(all.full())) index_make_room(loop, signal_kind, base(w));
    if (!signal_claim(loop, w->signum))
        return error_report(
            loop, Error::signal_taken, EV_SIGNAL, base(w),
            "(libev) ev_signal_start: signal belongs to another loop");
    watcher_count(loop, base(w));
    all.push(base(w), w->signum);
    if (!signals[w->signum - 1].watchers++) signal_take(loop, w->signum);
    reports_make(loop);
}

void signal_stop(Loop& loop, ev_signal* w)
{
    index_stop(loop, signal_kind, base(w));
}

// The thread that marked a signal may not exist in the child: a fork copies
// only the calling thread.
[[gnu::cold]] void signals_recall(Loop& loop)
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
    Own& own = loop.watchers.signals.own;
    if (!own.open) return;

    own_close(own);
    signalfd_begin(loop);
}

// The handlers stay installed, but no watcher is called any more.
[[gnu::cold]] void signals_destroy(Loop& loop)
{
    for (Signal& signal : signals) {
        if (signal.owner.load(in_order) != &loop) continue;
        signal_hide(signal);
        signal.watchers = 0;
        signal.owner.store(nullptr, in_order);
    }
    own_close(loop.watchers.signals.own);
}

[[gnu::cold]] void signals_verify(Loop& loop)
{
    Index& all = loop.watchers.signals.all;
    int count = 0;
    for (int i = 0; i < signal_count; ++i)
        if (signals[i].owner.load(in_order) == &loop)
            count += signals[i].watchers;
    verify_that(count == all.live, "number of signal watchers");
}

constexpr Kind signal_kind = {
    .type = EV_SIGNAL,
    .size = sizeof(ev_signal),
    .name = "ev_signal",
    .counted_as = 3,
    .index = offsetof(Kinds, signals.all),
    .left = signal_left,
    .number = offsetof(ev_signal, signum),
    .number_name = "signal",
    .fork = signals_fork,
    .destroy = signals_destroy,
    .verify = verified ? signals_verify : nullptr,
    .stop = metered ? stop_by<ev_signal, ev_signal_stop> : nullptr,
};

}}  // evi

// The C API.

void ev_signal_start(EV_P_ ev_signal* w) EV_NOEXCEPT
{
    evi::signal_start(evi::entry(EV_A_ w), w);
}

void ev_signal_stop(EV_P_ ev_signal* w) EV_NOEXCEPT
{
    if (evi::at_rest(w)) return;
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
