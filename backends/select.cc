// select(2): available everywhere, O(highest fd) per call.
//
// Four facts about select explain this file.
//   1. The kernel accepts bit sets of any length, made of words; FD_SETSIZE
//      only limits the type fd_set. So our sets are arrays of words that grow.
//      With EV_SELECT_USE_FD_SET they stay within fd_set, for a select that
//      requires it; a larger fd is refused like a dead one.
//   2. It overwrites its arguments. So each wait works on copies.
//   3. One dead fd makes the whole call fail with EBADF. So the dead fds are
//      removed, and the others polled again.
//   4. But Linux ignores fds beyond the table of open fds. The size of that
//      table is a multiple of a word's bits, one word at least. So the first fd
//      of a further word is checked when it is first watched.

#include "../core/fds.hh"
#include "fd_sets.hh"

namespace evi { namespace {

using Word = FdWord;
constexpr int word_bits = fd_word_bits;

struct Select {
    Array<Word> wanted[2], ready[2];  // read, write; all of the same length
    int checked;  // the kernel checks the fds of this one's word, and below
    bool dead;    // an fd is not open, and the kernel will not report it

    void free()
    {
        for (auto& set : wanted) set.free();
        for (auto& set : ready) set.free();
    }
};

// The allocator may leave it by longjmp: the set that grows last is checked.
[[gnu::cold, gnu::noinline]] void select_extend(Select& s, int words)
{
    for (auto& set : s.wanted) set.extend(words);
    for (auto& set : s.ready) set.extend(words);
}

inline void select_mark(Word& word, Word bit, bool on)
{
    word = on ? word | bit : word & ~bit;
}

[[gnu::cold]] void select_check(Select& s, int fd)  // fact 4
{
    if (fd_closed(fd)) s.dead = true;
    else s.checked = fd;
}

[[gnu::cold]] void select_modify(Loop& loop, int fd, int, int want)
{
    assert(fd >= 0 && !(want & ~(fd_events | ev_edge | ev_exclusive)));
    if (use_fd_set && fd >= FD_SETSIZE) {
        if (want) fd_kill(loop, fd);
        return;
    }
    auto& s = state<Select>(loop);
    if (want && fd > (s.checked | (word_bits - 1))) select_check(s, fd);
    int i = static_cast<int>(static_cast<unsigned>(fd) / word_bits);
    if (i >= s.ready[1].count) select_extend(s, i + 1);
    Word bit = Word(1) << (fd & (word_bits - 1));
    select_mark(s.wanted[0][i], bit, want & EV_READ);
    select_mark(s.wanted[1][i], bit, want & EV_WRITE);
}

[[gnu::cold]] int select_wait(Loop& loop, ev_tstamp timeout)
{
    auto& s = state<Select>(loop);
    if (unlikely(s.dead)) {
        errno = EBADF;
        return -1;
    }
    assert(s.ready[0].count == s.wanted[1].count);
    size_t bytes = static_cast<size_t>(s.wanted[0].count) * sizeof(Word);
    for (int i = 0; i < 2 && bytes; ++i)
        memcpy(s.ready[i].data, s.wanted[i].data, bytes);

    timeval tv, *limit = to_timeval(timeout, tv);
    return select(s.ready[0].count * word_bits,
                  reinterpret_cast<fd_set*>(s.ready[0].data),
                  reinterpret_cast<fd_set*>(s.ready[1].data), nullptr, limit);
}

[[gnu::cold]] void select_feed(Loop& loop, int word, Word read, Word write)
{
    for (Word both = read | write; both; both &= both - 1) {
        int bit = __builtin_ctzl(both);
        int events =
            (read >> bit & 1 ? EV_READ : 0) | (write >> bit & 1 ? EV_WRITE : 0);
        fd_event(loop, word * word_bits + bit, events);
    }
}

[[gnu::cold]] void select_poll(Loop& loop, ev_tstamp timeout)
{
    auto& s = state<Select>(loop);
    int ready = unlocked(loop, timeout, select_wait);
    if (ready < 0 && errno == EBADF) {
        fds_failed(loop, "(libev) select");
        s.dead = false;
        fds_reify(loop);
        ready = select_wait(loop, 0);  // fact 3
    }
    if (ready < 0) return fds_failed(loop, "(libev) select");
    for (int i = 0; i < s.wanted[0].count && ready; ++i)
        select_feed(loop, i, s.ready[0][i], s.ready[1][i]);
}

// A child may have a smaller fd table in the kernel.
[[gnu::cold]] void select_fork(Loop& loop) { state<Select>(loop).checked = 0; }

constexpr Backend select_backend = {
    .flag = EVBACKEND_SELECT,
    .min_wait = 1e-6,
    .edge = false,
    .init = state_new<Select>,
    .destroy = state_free<Select>,
    .fork = select_fork,
    .modify = select_modify,
    .put_off = nullptr,
    .forget = nullptr,
    .outer_limit = nullptr,
    .trim = nullptr,
    .poll = select_poll,
};

}}  // evi
