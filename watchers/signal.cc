// ev_signal: called by the loop after a signal, outside of the signal handler.
//
// Several loops may watch one signal. The handler only marks the signal and
// wakes these loops (handler.cc). With EVFLAG_SIGNALFD there is no handler
// (signalfd.cc), unless several loops watch the signal.

#include "signal.hh"

#include "indexed.hh"
#include "steps.hh"

#if EV_SIGNAL_ENABLE

namespace evi { namespace {

extern const Kind signal_kind;

// A signal of several loops has a handler. If the others use a signalfd, it is
// blocked in their threads, and perhaps here.
[[gnu::cold]] void signal_take(Loop& loop, int signum)
{
    int state = signals_lock();
    bool shared = signal_shared(loop, signum);
    bool blocked = shared && !handler_installed(signum);
    if (!shared && loop.watchers.signals.own.open) signalfd_add(loop, signum);
    else handler_install(signum, loop.flags | (blocked * EVFLAG_NOSIGMASK));
    signals_unlock(state);
}

// The last loop removes the handler. It may have used a signalfd at first. If
// there are others, each of them has its own mark.
[[gnu::cold]] void signal_give_back(Loop& loop, int signum)
{
    Signals& s = loop.watchers.signals;
    int state = signals_lock();
    bool shared = signal_shared(loop, signum);
    bool handled = !s.own.open || !sigismember(&s.set, signum);
    if (!shared && marked(s.receiver->marks, signum))
        mark_set(marks_left, signum);
    mark_clear(s.receiver->marks, signum);
    if (!handled) signalfd_remove(loop, signum);
    if (!shared && (handled || handler_installed(signum)))
        handler_remove(signum);
    signals_unlock(state);
}

int signal_count_add(Receiver& receiver, int signum, int change)
{
    auto& watchers = receiver.watchers[signum - 1];
    int count = watchers.load(std::memory_order_relaxed) + change;
    assert(count >= 0);
    watchers.store(count, std::memory_order_relaxed);
    return count;
}

void signal_left(Loop& loop, int signum)
{
    Receiver& own = *loop.watchers.signals.receiver;
    if (!signal_count_add(own, signum, -1)) signal_give_back(loop, signum);
}

// The allocator may leave it by longjmp. Then all watchers are called later.
[[gnu::cold]] void signal_queue(Loop& loop, Watcher* w, int events)
{
    pending_make_room(loop, w, loop.watchers.signals.all.live);
    pending_add(loop, w, events);
}

// The marks are cleared after the events are queued. If one is set again in
// between, the callbacks run later than that.
[[gnu::cold]] void signal_feed(Loop& loop, int signum)
{
    assert(signal_legal(signum));
    Receiver* own = loop.watchers.signals.receiver;
    if (!own || !watchers_of(*own, signum)) return;
    Index& all = loop.watchers.signals.all;
    all.each(signum, [&](int place) {
        if (unlikely(all.dead(place))) index_drop(loop, signal_kind, place);
        else pending_feed(loop, all.at(place), EV_SIGNAL, signal_queue);
    });
    mark_clear(own->marks, signum);
    if (unlikely(marked(marks_left, signum))) mark_clear(marks_left, signum);
}

[[gnu::cold]] void signals_feed(Loop& loop)
{
    const Receiver* own = loop.watchers.signals.receiver;
    assert(own);
    for (int i = mark_words - 1; i >= 0; --i) {
        unsigned long marks =
            own->marks[i].load(in_order) | marks_left[i].load(in_order);
        while (marks) {
            int bit = int(mark_bits) - 1 - __builtin_clzl(marks);
            marks &= ~(1ul << bit);
            signal_feed(loop, i * int(mark_bits) + bit + 1);
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

[[gnu::cold, gnu::noinline]] void signals_begin(Loop& loop)
{
    wakeup_open(loop);  // ev_feed_signal needs it in any case
    signalfd_begin(loop);
}

bool signal_watched(const Loop& loop, int signum)
{
    const Receiver* own = loop.watchers.signals.receiver;
    return own && watchers_of(*own, signum);
}

// For the first watcher of a signal. False: the watcher is not started. The
// syserr callback may leave it by longjmp; then the loop only has a receiver,
// which it needs before it reads a signalfd. The callback may also start
// signals, perhaps this one.
[[gnu::cold, gnu::noinline]] bool signal_first(Loop& loop, ev_signal* w)
{
    if (!receiver_take(loop)) {
        error_report(loop, Error::signal_taken, EV_SIGNAL, base(w),
                     "(libev) ev_signal_start: no memory for another loop");
        return false;
    }
    signals_begin(loop);
    return !w->active;
}

void signal_start(Loop& loop, ev_signal* w)
{
    if (w->active) return;
    int signum = w->signum;
    if (!signal_legal(signum))
        return error_report(loop, Error::signum, EV_SIGNAL, base(w),
                            "(libev) ev_signal_start: illegal signal number");
    if (unlikely(!signal_watched(loop, signum)) && !signal_first(loop, w))
        return;
    Index& all = loop.watchers.signals.all;
    if (unlikely(all.full())) index_make_room(loop, signal_kind, base(w));
    watcher_count(loop, base(w));
    all.push(base(w), signum);
    if (signal_count_add(*loop.watchers.signals.receiver, signum, 1) == 1)
        signal_take(loop, signum);
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
    const Receiver* own = loop.watchers.signals.receiver;
    for (int i = 0; own && i < mark_words; ++i)
        if (own->marks[i].load(in_order))
            loop.wakeup.signals.store(true, in_order);
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
    receiver_release(loop);
    own_close(loop.watchers.signals.own);
}

[[gnu::cold]] void signals_verify(Loop& loop)
{
    Index& all = loop.watchers.signals.all;
    const Receiver* own = loop.watchers.signals.receiver;
    int count = 0;
    for (int signum = 1; own && signum <= signal_count; ++signum)
        count += watchers_of(*own, signum);
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
