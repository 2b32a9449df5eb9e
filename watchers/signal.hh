// What ev_signal and its signalfd share: who watches which signal.

#ifndef EVI_SIGNAL_HH
#define EVI_SIGNAL_HH

#include "../core/pending.hh"
#include "../core/watcher.hh"

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

void handler_install(int signum, unsigned flags);

// By signalfd: from the first signal on, if the loop's flags ask for it and
// one can be had (then `open`).
void signalfd_begin(Loop&);
void signalfd_add(Loop&, int signum);
void signalfd_remove(Loop&, int signum);
void signalfd_close(Loop&);

}}  // evi

#endif

#endif
