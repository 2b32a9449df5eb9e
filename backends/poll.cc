// poll(2): portable, honest about every kind of fd, O(fds) per call.
//
// Invariant: an fd is in `polls` exactly if somebody wants an event on it; its
// tag is its index there plus one, or zero.

#include "../core/fds.hh"

#include <poll.h>

namespace evi { namespace {

struct Poll {
    Array<pollfd> polls;

    void free() { polls.free(); }
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
    auto& polls = state<Poll>(loop).polls;
    uint32_t& place = loop.fds.table[fd].tag;
    assert(!was == !place);

    if (!was) {
        polls.push({fd, poll_events(want), 0});
        place = static_cast<uint32_t>(polls.count);
    } else if (want) {
        polls[static_cast<int>(place) - 1].events = poll_events(want);
    } else {
        pollfd last = polls.pop();  // fills the hole, unless it is the hole
        if (last.fd != fd) {
            polls[static_cast<int>(place) - 1] = last;
            loop.fds.table[last.fd].tag = place;
        }
        place = 0;
    }
}

int poll_coarse(Poll& p, ev_tstamp timeout)
{
    return poll(p.polls.data, static_cast<nfds_t>(p.polls.count),
                to_msec(timeout));
}

#if EV_USE_PPOLL

int poll_precise(Poll& p, ev_tstamp timeout)
{
    timespec t = to_timespec(timeout);
    return ppoll(p.polls.data, static_cast<nfds_t>(p.polls.count), &t, nullptr);
}

#else

int poll_precise(Poll& p, ev_tstamp timeout) { return poll_coarse(p, timeout); }

#endif

int poll_block(Poll& p, ev_tstamp timeout)
{
    bool precise = timeout > 0 && timeout < precise_below;
    return precise ? poll_precise(p, timeout) : poll_coarse(p, timeout);
}

void poll_poll(Loop& loop, ev_tstamp timeout)
{
    auto& p = state<Poll>(loop);
    int ready = unlocked(loop, [&] { return poll_block(p, timeout); });
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

void poll_trim(Loop& loop) { state<Poll>(loop).polls.trim(); }

void poll_fork(Loop&) {}  // no kernel state to renew

constexpr Backend poll_backend = {
    .flag = EVBACKEND_POLL,
    .min_wait = 1e-3,
    .edge = false,
    .init = state_new<Poll>,
    .destroy = state_free<Poll>,
    .fork = poll_fork,
    .modify = poll_modify,
    .trim = poll_trim,
    .poll = poll_poll,
};

}}  // evi
