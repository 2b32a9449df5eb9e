// poll(2): portable, works with every kind of fd, O(fds) per call.
//
// It fails with EINVAL for more fds than RLIMIT_NOFILE, which happens if the
// limit was lowered while more fds were open. select has no such limit.
//
// Invariant: an fd is in `polls` if and only if its event mask is not empty.
// Its tag is its index there plus one, or zero.

#include "../core/fds.hh"
#include "fd_sets.hh"

#include <poll.h>

namespace evi { namespace {

// A set of fds for select, of any length.
struct PollSet {
    static constexpr int bits = fd_word_bits;
    Array<FdWord> words;

    FdWord& word(int fd) { return words[fd / bits]; }
    static FdWord bit(int fd) { return FdWord(1) << fd % bits; }
    bool has(int fd) { return word(fd) & bit(fd); }
    void add(int fd) { word(fd) |= bit(fd); }
    void clear(int end)  // room for the fds below `end`
    {
        words.count = 0;
        words.extend(end / bits + 1);
    }
    fd_set* data() { return reinterpret_cast<fd_set*>(words.data); }
};

struct Poll {
    Array<pollfd> polls;
    PollSet in, out;  // scratch space: see poll_many

    void free() { polls.free(), in.words.free(), out.words.free(); }
};

short poll_events(int want)
{
    return static_cast<short>((want & EV_READ ? POLLIN : 0)
                              | (want & EV_WRITE ? POLLOUT : 0));
}

int poll_revents(int got)  // an error is both: read or write returns it
{
    return (got & (POLLIN | POLLERR | POLLHUP) ? EV_READ : 0)
         | (got & (POLLOUT | POLLERR | POLLHUP) ? EV_WRITE : 0);
}

[[gnu::cold]] void poll_modify(Loop& loop, int fd, int was, int want)
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
        pollfd last = polls.pop();  // moves to the freed index, unless it is it
        if (last.fd != fd) {
            polls[static_cast<int>(place) - 1] = last;
            loop.fds.table[last.fd].tag = place;
        }
        place = 0;
    }
}

int poll_coarse(Poll& p, ev_tstamp timeout)
{
    int msec = timeout < forever ? to_msec(timeout) : -1;
    return poll(p.polls.data, static_cast<nfds_t>(p.polls.count), msec);
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

[[gnu::cold]] int poll_select(Poll& p, ev_tstamp timeout)
{
    int end = 0;
    for (int i = 0; i < p.polls.count; ++i) end = max(end, p.polls[i].fd + 1);
    p.in.clear(end), p.out.clear(end);
    for (int i = 0; i < p.polls.count; ++i) {
        const pollfd& e = p.polls[i];
        if (e.events & POLLIN) p.in.add(e.fd);
        if (e.events & POLLOUT) p.out.add(e.fd);
    }
    timeval tv, *limit = to_timeval(timeout, tv);
    return select(end, p.in.data(), p.out.data(), nullptr, limit);
}

// Slow path: poll by means of select, for more fds than poll accepts.
[[gnu::cold, gnu::noinline]] int poll_many(Poll& p, ev_tstamp timeout)
{
    int ready = poll_select(p, timeout);
    int count = 0;
    for (int i = 0; i < p.polls.count && ready > 0; ++i) {
        pollfd& e = p.polls[i];
        e.revents = static_cast<short>((p.in.has(e.fd) ? POLLIN : 0)
                                       | (p.out.has(e.fd) ? POLLOUT : 0));
        count += e.revents != 0;
    }
    return ready < 0 ? ready : count;
}

[[gnu::cold]] int poll_block(Loop& loop, ev_tstamp timeout)
{
    auto& p = state<Poll>(loop);
    bool precise = timeout > 0 && timeout < precise_below;
    int ready = precise ? poll_precise(p, timeout) : poll_coarse(p, timeout);
    bool refused = ready < 0 && errno == EINVAL;
    return unlikely(refused) ? poll_many(p, timeout) : ready;
}

[[gnu::cold]] void poll_poll(Loop& loop, ev_tstamp timeout)
{
    auto& p = state<Poll>(loop);
    int ready = unlocked(loop, timeout, poll_block);
    if (ready < 0) return fds_failed(loop, "(libev) poll");

    // Events are only queued here: no callback can change `polls` meanwhile.
    for (int i = 0; ready > 0 && i < p.polls.count; ++i) {
        const pollfd& e = p.polls[i];
        if (!e.revents) continue;
        --ready;
        if (e.revents & POLLNVAL) fd_kill(loop, e.fd);
        else fd_event(loop, e.fd, poll_revents(e.revents));
    }
}

[[gnu::cold]] void poll_trim(Loop& loop)
{
    auto& p = state<Poll>(loop);
    p.in.words.count = p.out.words.count = 0;
    p.polls.trim(), p.in.words.trim(), p.out.words.trim();
}

[[gnu::cold]] void poll_fork(Loop&) {}  // no kernel state to replace

constexpr Backend poll_backend = {
    .flag = EVBACKEND_POLL,
    .min_wait = 1e-3,
    .edge = false,
    .init = state_new<Poll>,
    .destroy = state_free<Poll>,
    .fork = poll_fork,
    .modify = poll_modify,
    .put_off = nullptr,
    .forget = nullptr,
    .outer_limit = nullptr,
    .trim = fast_code ? poll_trim : nullptr,
    .poll = poll_poll,
};

}}  // evi
