// Shared by the files of ev_signal: which loops watch which signal.

#ifndef EVI_SIGNAL_HH
#define EVI_SIGNAL_HH

#include "../core/pending.hh"
#include "../core/wakeup.hh"
#include "../core/watcher.hh"

#if EV_SIGNAL_ENABLE

namespace evi { namespace {

constexpr unsigned mark_bits = 8 * unsigned(sizeof(unsigned long));
constexpr int mark_words = (signal_count - 1) / int(mark_bits) + 1;

using Marks = std::atomic<unsigned long>[mark_words];  // a bit for each signal

// What a loop with signal watchers has outside of the loop: notifiers (handlers
// and ev_feed_signal, in any thread) read the list of all receivers. So a
// receiver is never freed. A loop has the same one until it is destroyed.
struct Receiver {
    std::atomic<Loop*> loop;  // for notifiers; null while it is not in use
    std::atomic<int> users;   // number of notifiers that may use `loop`
    unsigned process;         // the process that these belong to
    bool taken;               // by a loop; changed with the lock
    Marks marks;              // signals that were caught but not fed yet
    std::atomic<Receiver*> next;
    std::atomic<int> watchers[signal_count];  // number; only the loop writes
};

Receiver receivers = {};  // the list; others are allocated (receiver.cc)

// Marks of signals whose last watcher of all loops stopped before they were
// fed. As in 4.33, a loop that watches such a signal later feeds it together
// with the next one.
Marks marks_left = {};

[[gnu::always_inline]] inline std::atomic<unsigned long>& mark_word(
    Marks& marks, int signum)
{
    return marks[static_cast<unsigned>(signum - 1) / mark_bits];
}

[[gnu::always_inline]] inline unsigned long signal_bit(int signum)
{
    return 1ul << static_cast<unsigned>(signum - 1) % mark_bits;
}

[[gnu::always_inline]] inline void mark_set(Marks& marks, int signum)
{
    mark_word(marks, signum).fetch_or(signal_bit(signum), in_order);
}

[[gnu::always_inline]] inline bool marked(Marks& marks, int signum)
{
    return mark_word(marks, signum).load(in_order) & signal_bit(signum);
}

[[gnu::always_inline]] inline void mark_clear(Marks& marks, int signum)
{
    mark_word(marks, signum).fetch_and(~signal_bit(signum), in_order);
}

bool signal_legal(int signum) { return signum > 0 && signum <= signal_count; }

inline int watchers_of(const Receiver& receiver, int signum)
{
    return receiver.watchers[signum - 1].load(in_order);
}

bool receiver_take(Loop&);  // unless the loop has one; false: no memory
void receiver_release(Loop&);

// In between, other threads neither take a receiver nor change the disposition
// of a signal. Nothing there may leave by longjmp.
int signals_lock();
void signals_unlock(int state);

// Does another loop watch the signal? With the lock.
bool signal_shared(const Loop&, int signum);

// With a signal handler.
void handler_install(int signum, unsigned flags);
void handler_remove(int signum);
bool handler_installed(int signum);

// Marks the signal for all loops that watch it, but not for this one.
void signal_mark_others(const Receiver&, int signum);

// With a signalfd: if the loop's flags ask for it and it can be opened (then
// `open`), which is tried for the first signal.
void signalfd_begin(Loop&);
void signalfd_add(Loop&, int signum);
void signalfd_remove(Loop&, int signum);

}}  // evi

#endif

#endif
