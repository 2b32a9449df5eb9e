// poll(2): portable, honest about every kind of fd, O(fds) per call.
//
// Invariant: an fd is in `polls` exactly if somebody wants an event on it.
// place[fd] is its index there plus one; zero, as in fresh memory, is absent.

#include "../core/fds.hh"

#include <poll.h>

namespace evi { namespace {

struct Poll {
    Array<pollfd> polls;
    Array<int> place;

    void free() { polls.free(), place.free(); }
};

short poll_events(int want)
{
    return static_cast<short>((want & EV_READ ? POLLIN : 0)
                              | (want & EV_WRITE ? POLLOUT : 0));
}

int poll_revents(int got)  // an error is both: the next read or write sees it
{
    return (got & (POLLIN | POLLERR | POLLHUP) ? EV_READ : 0)
         | (got & (POLLOUT | POLLERR | POLLHUP) ? EV_WRITE : 0);
}

void poll_modify(Loop& loop, int fd, int was, int want)
{
    auto& p = state<Poll>(loop);
    p.place.extend(fd + 1);
    assert(!was == !p.place[fd]);

    if (!was) {
        p.polls.push({fd, poll_events(want), 0});
        p.place[fd] = p.polls.count;
    } else if (want) {
        p.polls[p.place[fd] - 1].events = poll_events(want);
    } else {
        pollfd last = p.polls.pop();  // fills the hole, unless it is the hole
        if (last.fd != fd) {
            p.polls[p.place[fd] - 1] = last;
            p.place[last.fd] = p.place[fd];
        }
        p.place[fd] = 0;
    }
}

void poll_poll(Loop& loop, ev_tstamp timeout)
{
    auto& p = state<Poll>(loop);
    int ready = unlocked(loop, [&] {
        return poll(p.polls.data, static_cast<nfds_t>(p.polls.count),
                    to_msec(timeout));
    });
    if (ready < 0) return fds_failed(loop, "(libev) poll");

    // Events are only queued here, so no callback can change `polls` under us.
    for (int i = 0; ready > 0 && i < p.polls.count; ++i) {
        const pollfd& e = p.polls[i];
        if (!e.revents) continue;
        --ready;
        if (e.revents & POLLNVAL) fd_kill(loop, e.fd);
        else fd_event(loop, e.fd, poll_revents(e.revents));
    }
}

void poll_fork(Loop&) {}  // no kernel state to renew

constexpr Backend poll_backend = {
    .flag = EVBACKEND_POLL,
    .min_wait = 1e-3,
    .init = state_new<Poll>,
    .destroy = state_free<Poll>,
    .fork = poll_fork,
    .modify = poll_modify,
    .poll = poll_poll,
};

}}  // evi
