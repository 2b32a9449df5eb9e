// Shared by the files of ev_signal: which loop watches which signal.

#ifndef EVI_SIGNAL_HH
#define EVI_SIGNAL_HH

#include "../core/pending.hh"
#include "../core/watcher.hh"

#if EV_SIGNAL_ENABLE

namespace evi { namespace {

// One for each signal of the process; index: signal number - 1. A loop becomes
// the owner before it changes anything, and stops being the owner when all is
// reset. Only the owner may access `watchers` and change the disposition.
struct Signal {
    std::atomic<Loop*> owner;
    std::atomic<Loop*> loop;  // for notifiers: the owner, while it wants them
    std::atomic<int> users;   // number of notifiers that may use `loop`
    unsigned process;         // the process that these belong to
    bool stale;               // the mark was set before `loop` took the signal
    int watchers;             // number of them
};

Signal signals[signal_count] = {};

// A bit for each signal that was caught but not fed yet, of all loops.
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

// With a signal handler.
void handler_install(int signum, unsigned flags);
void handler_remove(int signum);

void signal_hide(Signal&);  // afterwards no notifier uses the loop

// With a signalfd: if the loop's flags ask for it and it can be opened (then
// `open`), which is tried for the first signal.
void signalfd_begin(Loop&);
void signalfd_add(Loop&, int signum);
void signalfd_remove(Loop&, int signum);

}}  // evi

#endif

#endif
