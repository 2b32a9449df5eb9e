// stream::read_more: reads to the end of a string.

#ifndef RELEVPP_NET_READ_MORE_HPP
#define RELEVPP_NET_READ_MORE_HPP

#include "stream_ops.hpp"

namespace relev::detail {

class read_more_op final : public transfer_of<read_more_op> {
public:
    read_more_op(side& s, std::string& into, std::size_t at_most,
                 place where) noexcept
        : transfer_of(s, "stream::read_more", where),
          into_(into),
          at_most_(at_most)
    {
    }

    [[gnu::always_inline]] std::size_t await_resume() const
    {
        throw_if_failed();
        return got_;
    }

private:
    friend transfer_of;

    bool must_wait() const noexcept { return side_.is_drained(); }

    // Not inlined: the bytes are on the stack during the call, and neither
    // there nor in the task's frame while it waits.
    [[gnu::noinline]] bool try_now() noexcept
    {
        char chunk[16384];
        std::size_t room = at_most_ < sizeof chunk ? at_most_ : sizeof chunk;
        ssize_t got = read_from(side_, chunk, room);
        if (got < 0) return failed();
        got_ = static_cast<std::size_t>(got);
        guarded([&] { into_.append(chunk, got_); },
                [&] { end_with(std::errc::not_enough_memory); });
        return true;
    }

    std::string& into_;
    std::size_t at_most_, got_ = 0;
};

}  // namespace relev::detail

#endif
