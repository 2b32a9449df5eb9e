// epoll: fds that newly want EV_WRITE. See epoll.hh, fact 5.
//
// Such an fd stays in the list of changes. If it can be written to now, it is
// left there: the next iteration registers it if EV_WRITE is still wanted then.
// So wherever control leaves, nothing is forgotten.

#include "epoll.hh"

namespace evi { namespace {

static_assert(POLLIN == int(EPOLLIN) && POLLOUT == int(EPOLLOUT)
                  && POLLERR == int(EPOLLERR) && POLLHUP == int(EPOLLHUP),
              "epoll_revents is for both");

constexpr int try_good = POLLOUT | POLLERR | POLLHUP;
constexpr int try_both = POLLIN | POLLOUT;

// Must the fd be registered after all? It is not ready, or it may be a regular
// file, which always is both. A file is dispatched in another order.
inline bool try_failed(const Fd& entry, const pollfd& p)
{
    if (!(p.revents & try_good)) return true;
    return !entry.tag && (p.revents & try_both) == try_both;
}

bool epoll_put_off(Loop& loop, int fd, int was, int want)
{
    if (!(want & EV_WRITE) || !state<Epoll>(loop).attempt.worth()) return false;
    const Fd& entry = loop.fds.table[fd];
    int asked = entry.reset ? 0 : static_cast<int>(entry.tag);
    bool now = (want & ~was) != EV_WRITE  // must be registered anyway
            || asked & EV_WRITE           // probably is
            || (was && !asked)            // is perhaps another file
            || entry.put_off || want & ev_edge || epoll_is_file(entry)
            || loop.embedded || loop.observed & observed_by_user;
    return !now;
}

// False: no memory.
[[gnu::noinline]] bool tries_fill(Loop& loop)
{
    auto& tries = state<Epoll>(loop).tries;
    auto& changes = loop.fds.changes;
    tries.count = 0;
    if (!tries.reserve_try(changes.count)) return false;
    tries.count = changes.count;
    for (int i = 0; i < changes.count; ++i) {
        int fd = changes[i];
        tries[i] = {loop.fds.table[fd].put_off ? fd : -1, try_both, 0};
    }
    return true;
}

ev_tstamp epoll_try(Loop& loop, ev_tstamp timeout)
{
    auto& tries = state<Epoll>(loop).tries;
    auto& changes = loop.fds.changes;
    int count = changes.count, kept = 0;
    errno = 0;
    bool asked = tries_fill(loop)
              && poll(tries.data, static_cast<nfds_t>(count), 0) >= 0;
    bool interrupted = !asked && errno == EINTR;
    for (int i = 0; i < count; ++i) {
        int fd = changes[i];
        const Fd& entry = loop.fds.table[fd];
        bool later = !entry.put_off;  // changed since the commit
        bool good = asked && !try_failed(entry, tries[i]);
        if (!later && !good) {
            fd_commit(loop, fd);
            continue;
        }
        if (asked) tries[kept] = tries[i];
        changes[kept++] = fd;
    }
    changes.count = kept;
    tries.count = asked ? kept : 0;
    state<Epoll>(loop).attempt.learn(2 * kept >= count, count);
    bool at_once = kept || interrupted || state<Epoll>(loop).files.count;
    if (at_once) return 0;
    return loop.fds.errors_pending ? min(timeout, errors_wait) : timeout;
}

void epoll_feed_tried(Loop& loop)
{
    auto& tries = state<Epoll>(loop).tries;
    for (int i = 0; i < tries.count; ++i) {
        int events = epoll_revents(static_cast<uint32_t>(tries[i].revents));
        int fd = loop.fds.changes[i];
        if (events) fd_feed(loop, fd, events);
    }
}

}}  // evi
