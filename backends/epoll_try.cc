// epoll: fds that newly want EV_WRITE. See epoll.hh, fact 5.
//
// While an fd is tried, its entry's `want` is what is registered. If it can be
// written to, that remains so during the wait, and then the fd counts as
// changed: the next iteration registers it if EV_WRITE is still wanted.

#include "epoll.hh"

namespace evi { namespace {

static_assert(POLLIN == int(EPOLLIN) && POLLOUT == int(EPOLLOUT)
                  && POLLERR == int(EPOLLERR) && POLLHUP == int(EPOLLHUP),
              "epoll_revents is for both");

constexpr int try_good = POLLOUT | POLLERR | POLLHUP;

void try_mask(Fd& entry, int want)
{
    entry.want = static_cast<uint8_t>(want);
    entry.slow = static_cast<uint8_t>(~want & 0x7f);
}

[[gnu::noinline]] bool epoll_try(Loop& loop, int fd, int was, int want)
{
    Fd& entry = loop.fds.table[fd];
    bool now = (want & ~was) != EV_WRITE  // must be registered anyway
            || entry.asked & EV_WRITE     // probably is
            || (was && !entry.asked)      // is perhaps another file
            || entry.tried || entry.always_ready || want & ev_edge
            || loop.fds.apart || loop.observed & observed_by_user;
    if (now) return false;

    int in = want & EV_READ ? POLLIN : 0;
    state<Epoll>(loop).tries.push({fd, static_cast<short>(POLLOUT | in), 0});
    try_mask(entry, was);
    return true;
}

// The tries of the last iteration.
void tries_forget(Loop& loop)
{
    auto& e = state<Epoll>(loop);
    int count = e.tries.count - e.tried;
    for (int i = 0; i < e.tried; ++i)
        if (fd_known(loop, e.tries[i].fd))
            loop.fds.table[e.tries[i].fd].tried = false;
    for (int i = 0; i < count; ++i) e.tries[i] = e.tries[i + e.tried];
    e.tries.count = count;
    e.tried = 0;
}

void try_feed(Loop& loop, const pollfd& p)
{
    auto& e = state<Epoll>(loop);
    Fd& entry = loop.fds.table[p.fd];
    entry.tried = true;
    fd_feed(loop, entry, epoll_revents(static_cast<uint32_t>(p.revents)));
    e.tries[e.tried++] = p;
}

void try_register(Loop& loop, const pollfd& p)
{
    Fd& entry = loop.fds.table[p.fd];
    int was = entry.want;
    int want = EV_WRITE | (p.events & POLLIN ? EV_READ : 0);
    try_mask(entry, want);
    epoll_register(loop, p.fd, was, want);
}

ev_tstamp epoll_try_all(Loop& loop, ev_tstamp timeout)
{
    auto& e = state<Epoll>(loop);
    tries_forget(loop);
    int count = e.tries.count;
    if (!count) return timeout;

    int ready = poll(e.tries.data, static_cast<nfds_t>(count), 0);
    bool interrupted = ready < 0 && errno == EINTR;
    for (int i = 0; i < count; ++i) {
        pollfd p = e.tries[i];
        if (ready > 0 && p.revents & try_good) try_feed(loop, p);
        else try_register(loop, p);
    }
    e.tries.count = e.tried;
    e.attempt.learn(2 * e.tried >= count, count);
    if (e.tried || interrupted) return 0;
    return loop.fds.killed ? min(timeout, errors_wait) : timeout;
}

void epoll_tried(Loop& loop)
{
    auto& e = state<Epoll>(loop);
    for (int i = 0; i < e.tried; ++i) fd_changed(loop, e.tries[i].fd);
}

}}  // evi
