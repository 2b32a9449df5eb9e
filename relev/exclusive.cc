// RELEV_EXCLUSIVE: what the kernel has of it. The rest is in core/fds.cc and in
// the epoll backend.

#include "exclusive.hh"

#include "../core/cancel.hh"

#if EV_RELEV_ENABLE && EV_USE_EPOLL

#include <fcntl.h>
#include <sys/epoll.h>
#include <unistd.h>

namespace evi { namespace {

static_assert(RELEV_EXCLUSIVE == io_exclusive, "the bit is that of ev_io");

// 0: not known yet.
std::atomic<int> exclusive_known;
constexpr int exclusive_yes = 1, exclusive_no = 2;

// A kernel older than Linux 4.5 ignores the bit, and a filter of system calls
// may refuse it. A newer kernel accepts it, but not in a change.
[[gnu::cold]] bool exclusive_works(int set, int file)
{
    epoll_event event = {};
    event.events = uint32_t(EPOLLIN) | EPOLLEXCLUSIVE;
    return !epoll_ctl(set, EPOLL_CTL_ADD, file, &event)
        && epoll_ctl(set, EPOLL_CTL_MOD, file, &event) && errno == EINVAL;
}

// If there are no descriptors left, the next call asks again.
[[gnu::cold]] bool exclusive_ask()
{
    int error = errno;
    int set = epoll_create1(EPOLL_CLOEXEC), ends[2] = {-1, -1};
    bool asked = set >= 0 && !pipe2(ends, O_CLOEXEC);
    bool works = asked && exclusive_works(set, ends[0]);
    const int opened[] = {set, ends[0], ends[1]};
    for (int fd : opened)
        if (fd >= 0) descriptor_close(fd);
    if (asked) exclusive_known.store(works ? exclusive_yes : exclusive_no);
    errno = error;
    return works;
}

[[gnu::cold]] bool exclusive_supported()
{
    int known = exclusive_known.load();
    return known ? known == exclusive_yes : exclusive_ask();
}

}}  // evi

#else

namespace evi { namespace {

bool exclusive_supported() { return false; }

}}  // evi

#endif
