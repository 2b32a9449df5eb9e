// Child watchers of loops that do not reap all children (children.cc).

#ifndef EVI_CHILDREN_HH
#define EVI_CHILDREN_HH

#include "../core/report.hh"

namespace evi { namespace {

// What the default loop reaps next; 0 or less: nothing.
int status_next(int* status);

// Does the program have another loop? From then on statuses are stored.
extern std::atomic<bool> statuses_shared;

constexpr const char* child_not_here =
    "(libev) ev_child_start: not the default loop";

#if EV_RELEV_ENABLE && EV_CHILD_ENABLE && EV_USE_EPOLL

// Does the default loop with these flags reap all children? Other loops have
// the flag, so that this is all that is asked.
constexpr unsigned children_flags = RELEV_NOREAP;
constexpr bool reaps(unsigned flags) { return !(flags & RELEV_NOREAP); }
inline bool reaps_all(const Loop& loop) { return reaps(loop.flags); }

// There is another loop than the default one.
inline void children_share() { statuses_shared.store(true); }

void statuses_begin();  // what was reaped before is not for the default loop

void child_join(Loop&, ev_child*);   // starts it by a pidfd
void child_leave(Loop&, ev_child*);  // stops it, where some wait by pidfd
void children_fork(Loop&);
void children_end(Loop&);
bool pidfd_works();

#else

inline void children_share() {}
inline void statuses_begin() {}
constexpr unsigned children_flags = 0;
constexpr bool reaps(unsigned) { return true; }
inline bool reaps_all(const Loop& loop) { return loop.is_default; }
inline void child_join(Loop& loop, ev_child* w)
{
    error_report(loop, Error::pid, EV_CHILD, base(w), child_not_here);
}
inline void child_leave(Loop&, ev_child*) {}
inline void children_fork(Loop&) {}
inline void children_end(Loop&) {}
inline bool pidfd_works() { return false; }

#endif

}}  // evi

#endif
