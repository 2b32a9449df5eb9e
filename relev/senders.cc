// relev_signal_info: who sent the latest signal of a number.
//
// The records are the process's, a few for each signal. They are written from
// the first call on, when the handlers that are installed are replaced by one
// that receives a siginfo_t. Each delivery takes the next record of its signal,
// so nobody waits, and a thread that a fork leaves behind has nothing that
// others need.

#include "senders.hh"

#include "../watchers/signal.hh"
#include "state.hh"

#if EV_RELEV_ENABLE && EV_SIGNAL_ENABLE

namespace evi { namespace {

std::atomic<bool> senders_wanted;

constexpr unsigned sender_records = 4;  // so many threads may write at once

struct SenderRecord {
    std::atomic<unsigned> number;  // of the delivery; 0: it is being written
    std::atomic<int> code, pid, value;
    std::atomic<unsigned> uid;
    std::atomic<void*> pointer;
};

struct Senders {
    std::atomic<unsigned> taken, latest;  // numbers of deliveries
    SenderRecord records[sender_records];
};

Senders senders[signal_count] = {};

// Codes that not every system has.
#ifdef SI_TKILL
constexpr int sent_to_thread = SI_TKILL;
#else
constexpr int sent_to_thread = SI_USER;
#endif
#ifdef SI_MESGQ
constexpr int message_arrived = SI_MESGQ;
#else
constexpr int message_arrived = SI_QUEUE;
#endif

// What the kernel says depends on the way by which the signal was sent; other
// members of a siginfo_t have other meanings then.
[[gnu::cold]] Sender sender_known(int signum, const Sender& raw)
{
    Sender known = {raw.code, 0, 0, 0, nullptr};
    bool queued = raw.code == SI_QUEUE || raw.code == message_arrived;
    bool child = signum == SIGCHLD && raw.code > 0;
    bool sent = raw.code == SI_USER || raw.code == sent_to_thread;
    if (queued || child || sent) known.pid = raw.pid, known.uid = raw.uid;
    if (queued || child || raw.code == SI_TIMER) known.value = raw.value;
    if (queued || raw.code == SI_TIMER) known.pointer = raw.pointer;
    return known;
}

[[gnu::cold]] void sender_note(int signum, const Sender& raw)
{
    assert(signal_legal(signum));
    Sender sender = sender_known(signum, raw);
    Senders& all = senders[signum - 1];
    unsigned number = all.taken.fetch_add(1, in_order) + 1;
    SenderRecord& record = all.records[number % sender_records];
    record.number.store(0, in_order);
    record.code.store(sender.code, in_order);
    record.pid.store(sender.pid, in_order);
    record.uid.store(sender.uid, in_order);
    record.value.store(sender.value, in_order);
    record.pointer.store(sender.pointer, in_order);
    record.number.store(number, in_order);
    all.latest.store(number, in_order);
}

// False: there is none, or it is written again and again.
[[gnu::cold]] bool sender_read(int signum, relev_sender& to)
{
    Senders& all = senders[signum - 1];
    for (int tries = 100; tries--;) {
        unsigned number = all.latest.load(in_order);
        if (!number) return false;
        SenderRecord& record = all.records[number % sender_records];
        if (record.number.load(in_order) != number) continue;
        to.signum = signum;
        to.code = record.code.load(in_order);
        to.pid = record.pid.load(in_order);
        to.uid = record.uid.load(in_order);
        to.value = record.value.load(in_order);
        to.pointer = record.pointer.load(in_order);
        if (record.number.load(in_order) == number) return true;
    }
    return false;
}

[[gnu::cold]] void senders_begin()
{
    if (senders_wanted.load(in_order)) return;
    int state = signals_lock();
    senders_wanted.store(true, in_order);
    for (int signum = 1; signum <= signal_count; ++signum)
        if (handler_installed(signum)) handler_install(signum, 0);
    signals_unlock(state);
}

}}  // evi

// The C API.

[[gnu::cold]] int relev_signal_info(struct ev_loop* loop, const ev_signal* w,
                                    struct relev_sender* sender,
                                    size_t size) EV_NOEXCEPT
{
    if (!loop || !w || !sender || !evi::signal_legal(w->signum))
        return evi::failed(EINVAL);
    evi::entry(loop);
    evi::senders_begin();
    struct relev_sender now = {};
    if (!evi::sender_read(w->signum, now)) return evi::failed(ENODATA);
    evi::copy_known(sender, size, now);
    return 0;
}

#endif
