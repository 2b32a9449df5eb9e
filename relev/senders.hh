// Who sent a signal (senders.cc).

#ifndef EVI_SENDERS_HH
#define EVI_SENDERS_HH

#include "../core/loop.hh"

namespace evi { namespace {

#if EV_RELEV_ENABLE && EV_SIGNAL_ENABLE

// Does the program ask? From then on the handlers receive who sent a signal.
extern std::atomic<bool> senders_wanted;

struct Sender {
    int code, pid;
    unsigned uid;
    int value;
    void* pointer;
};

void sender_note(int signum, const Sender&);  // in any thread or handler

#else

struct SendersUnwanted {
    constexpr bool load(std::memory_order) const { return false; }
};
constexpr SendersUnwanted senders_wanted;
struct Sender {
    int code, pid;
    unsigned uid;
    int value;
    void* pointer;
};
inline void sender_note(int, const Sender&) {}

#endif

}}  // evi

#endif
