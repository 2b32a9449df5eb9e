// The list of backends, best first. The guards leave out a backend that is
// compiled out or that this system lacks.

#include "backend.hh"

#if EV_USE_EPOLL
#include "epoll.cc"
#include "epoll_set.cc"
#include "epoll_try.cc"
#endif
#if EV_USE_KQUEUE
#include "kqueue.cc"
#include "kqueue_set.cc"
#endif
#if EV_USE_POLL
#include "poll.cc"
#endif
#if EV_USE_SELECT
#include "select.cc"
#endif

namespace evi { namespace {

constexpr const Backend* backends[] = {
#if EV_USE_EPOLL
    &epoll_backend,
#endif
#if EV_USE_KQUEUE
    &kqueue_backend,
#endif
#if EV_USE_POLL
    &poll_backend,
#endif
#if EV_USE_SELECT
    &select_backend,
#endif
    nullptr,
};

const Backend* backend_at(int i) { return backends[i]; }

}}  // evi
