// stream::read_more and read_until: what they read is appended to a string.

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

class read_until_op final : public transfer_of<read_until_op> {
public:
    read_until_op(side& s, std::string& into, std::string_view delimiter,
                  std::size_t at_most, place where) noexcept
        : transfer_of(s, "stream::read_until", where),
          into_(into),
          delimiter_(delimiter),
          at_most_(at_most)
    {
    }

    [[gnu::always_inline]] std::size_t await_resume() const
    {
        throw_if_failed();
        return found_;
    }

private:
    friend transfer_of;

    bool must_wait() noexcept { return side_.is_drained() && !has_ended(); }
    bool try_now() noexcept
    {
        while (!has_ended()) {
            char chunk[4096];
            std::size_t size = room();
            if (!reserve(size)) return end_with(std::errc::not_enough_memory);
            ssize_t got = read_from(side_, chunk, size);
            if (got < 0) return failed();
            if (got == 0) return end_with(stream_errc::end);
            into_.append(chunk, static_cast<std::size_t>(got));
            if (static_cast<std::size_t>(got) < size) return has_ended();
            (void)reserve(size);  // there was more: the next read is larger
        }
        return true;
    }

    // How much to read: what the string has room for. A string that waits for a
    // short line needs little memory.
    std::size_t room() const noexcept
    {
        std::size_t size = into_.capacity() - into_.size();
        if (size < 512) size = 512;
        if (size > 4096) size = 4096;
        return size < at_most_ - into_.size() ? size : at_most_ - into_.size();
    }

    // Before the read, so that nothing that was read is lost.
    bool reserve(std::size_t more) noexcept
    {
        bool has = true;
        guarded([&] { into_.reserve(into_.size() + more); },
                [&] { has = false; });
        return has;
    }

    // The delimiter is there, or cannot come any more.
    bool has_ended() noexcept
    {
        if (found_ || error_) return true;
        if (delimiter_.empty()) return end_with(std::errc::invalid_argument);
        std::size_t begin = std::string_view(into_).find(delimiter_, from_);
        if (begin != into_.npos && begin + delimiter_.size() <= at_most_) {
            found_ = begin + delimiter_.size();
            return true;
        }
        if (into_.size() >= at_most_) return end_with(stream_errc::too_long);
        if (into_.size() >= delimiter_.size())
            from_ = into_.size() - delimiter_.size() + 1;
        return false;
    }

    std::string& into_;
    std::string_view delimiter_;
    std::size_t at_most_, found_ = 0;
    std::size_t from_ = 0;  // it does not begin before that
};

}  // namespace relev::detail

#endif
