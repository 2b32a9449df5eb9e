// What ev_signal and its signalfd share: who watches which signal.

#ifndef EVI_SIGNAL_HH
#define EVI_SIGNAL_HH

#include "../core/pending.hh"
#include "../core/watcher.hh"

#if EV_SIGNAL_ENABLE

namespace evi { namespace {

// Of the process, by signal number - 1. A loop claims a signal before it sets
// anything, and gives the claim back when all is reset: only the owner touches
// `head` and the disposition.
struct Signal {
    std::atomic<Loop*> owner;
    std::atomic<Loop*> loop;  // the same while it is to be told; for notifiers
    std::atomic<int> users;   // notifiers that may have `loop` in hand
    int process;              // whose threads they are, unless it forked
    bool stale;               // the mark is from before `loop` took the signal
    ev_signal* head;
};

Signal signals[signal_count] = {};

// Which were caught but not fed yet; a bit each, of all loops.
constexpr int mark_bits = 8 * int(sizeof(unsigned long));
std::atomic<unsigned long> signal_marks[(signal_count - 1) / mark_bits + 1] =
    {};

inline std::atomic<unsigned long>& signal_marks_of(int signum)
{
    return signal_marks[(signum - 1) / mark_bits];
}

inline unsigned long signal_bit(int signum)
{
    return 1ul << (signum - 1) % mark_bits;
}

bool signal_legal(int signum) { return signum > 0 && signum <= signal_count; }

// By handler.
void handler_install(int signum, unsigned flags);
void handler_remove(int signum);

void signal_hide(Signal&);  // from notifiers: afterwards none has the loop

// By signalfd: from the first signal on, if the loop's flags ask for it and
// one can be had (then `open`).
void signalfd_begin(Loop&);
void signalfd_add(Loop&, int signum);
void signalfd_remove(Loop&, int signum);
void signalfd_close(Loop&);

}}  // evi

#endif

#endif
