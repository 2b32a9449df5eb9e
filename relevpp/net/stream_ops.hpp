// The operations of class stream.

#ifndef RELEVPP_NET_STREAM_OPS_HPP
#define RELEVPP_NET_STREAM_OPS_HPP

#include <span>
#include <string>
#include <string_view>

#include "buffer.hpp"
#include "transfer.hpp"

namespace relev::detail {

// Reads, and notes whether that took all there was.
inline ssize_t read_from(side& s, void* to, std::size_t size) noexcept
{
    ssize_t got = read_once(s.fd(), to, size);
    s.set_drained(got && got != static_cast<ssize_t>(size));
    return got;
}

class read_some_op final : public transfer_of<read_some_op> {
public:
    read_some_op(side& s, buffer into, place where) noexcept
        : transfer_of(s, "stream::read_some", where), into_(into)
    {
    }

    [[gnu::always_inline]] std::size_t await_resume() const
    {
        throw_if_failed();
        return got_;
    }

private:
    friend transfer_of;

    bool must_wait() const noexcept { return is_drained(into_.size()); }
    bool try_now() noexcept
    {
        ssize_t got = read_from(side_, into_.data(), into_.size());
        if (got < 0) return failed();
        got_ = static_cast<std::size_t>(got);
        return true;
    }

    buffer into_;
    std::size_t got_ = 0;
};

// Waits for the event alone.
class readable_op final : public transfer_of<readable_op> {
public:
    readable_op(side& s, place where) noexcept
        : transfer_of(s, "stream::readable", where)
    {
    }

    [[gnu::always_inline]] void await_resume() const { throw_if_failed(); }

private:
    friend transfer_of;

    bool must_wait() const noexcept { return true; }
    bool try_now() noexcept { return true; }
};

class write_some_op final : public transfer_of<write_some_op> {
public:
    write_some_op(side& s, const_buffer from, place where) noexcept
        : transfer_of(s, "stream::write_some", where), from_(from)
    {
    }

    [[gnu::always_inline]] std::size_t await_resume() const
    {
        throw_if_failed();
        return put_;
    }

private:
    friend transfer_of;

    bool try_now() noexcept
    {
        ssize_t put = write_once(fd(), from_.data(), from_.size());
        if (put < 0) return failed();
        put_ = static_cast<std::size_t>(put);
        return true;
    }

    const_buffer from_;
    std::size_t put_ = 0;
};

// An operation of several system calls: nothrow delivers how far it came.
template <class Self>
class long_transfer : public transfer_of<Self> {
public:
    relev::partial partial() const noexcept { return {this->failure(), done_}; }

protected:
    using transfer_of<Self>::transfer_of;
    long_transfer(long_transfer&&) = default;
    ~long_transfer() = default;

    std::size_t done_ = 0;
};

class read_exactly_op final : public long_transfer<read_exactly_op> {
public:
    read_exactly_op(side& s, buffer into, place where) noexcept
        : long_transfer(s, "stream::read_exactly", where), into_(into)
    {
    }

    [[gnu::always_inline]] void await_resume() const { throw_if_failed(); }

private:
    friend transfer_of;

    bool must_wait() const noexcept { return is_drained(into_.size()); }
    bool try_now() noexcept
    {
        buffer rest = into_.after(done_);
        if (!rest.size()) return true;
        ssize_t got = read_from(side_, rest.data(), rest.size());
        if (got < 0) return failed();
        if (got == 0) return end_with(stream_errc::end);
        done_ += static_cast<std::size_t>(got);
        return done_ == into_.size();
    }

    buffer into_;
};

class write_all_op final : public long_transfer<write_all_op> {
public:
    write_all_op(side& s, const_buffer from, place where) noexcept
        : long_transfer(s, "stream::write_all", where), from_(from)
    {
    }

    [[gnu::always_inline]] void await_resume() const { throw_if_failed(); }

private:
    friend transfer_of;

    bool try_now() noexcept
    {
        const_buffer rest = from_.after(done_);
        if (!rest.size()) return true;
        ssize_t put = write_once(fd(), rest.data(), rest.size());
        if (put < 0) return failed();
        done_ += static_cast<std::size_t>(put);
        return done_ == from_.size();
    }

    const_buffer from_;
};

// The parts are sent by as few system calls as possible.
class write_parts_op final : public long_transfer<write_parts_op> {
public:
    write_parts_op(side& s, std::span<const const_buffer> parts,
                   place where) noexcept
        : long_transfer(s, "stream::write_all", where), rest_(parts)
    {
    }

    [[gnu::always_inline]] void await_resume() const { throw_if_failed(); }

private:
    friend transfer_of;

    bool try_now() noexcept
    {
        while (skip_sent(), !rest_.empty()) {
            iovec parts[64];
            std::size_t count = 0, size = 0;
            for (; count < 64 && count < rest_.size(); ++count) {
                const_buffer part = rest_[count].after(count ? 0 : sent_);
                parts[count] = {const_cast<char*>(part.data()), part.size()};
                size += part.size();
            }
            ssize_t put = write_once(fd(), parts, count);
            if (put < 0) return failed();
            sent_ += static_cast<std::size_t>(put);
            done_ += static_cast<std::size_t>(put);
            if (static_cast<std::size_t>(put) < size) return false;
        }
        return true;
    }

    void skip_sent() noexcept
    {
        while (!rest_.empty() && sent_ >= rest_.front().size()) {
            sent_ -= rest_.front().size();
            rest_ = rest_.subspan(1);
        }
    }

    std::span<const const_buffer> rest_;
    std::size_t sent_ = 0;  // of the first of the rest
};

class send_file_op final : public long_transfer<send_file_op> {
public:
    send_file_op(side& s, int file, off_t offset, std::size_t count,
                 place where) noexcept
        : long_transfer(s, "stream::send_file", where),
          file_(file),
          offset_(offset),
          count_(count)
    {
    }

    [[gnu::always_inline]] std::size_t await_resume() const
    {
        throw_if_failed();
        return done_;
    }

private:
    friend transfer_of;

    bool try_now() noexcept
    {
        if (done_ == count_) return true;
        ssize_t put = send_file_once(fd(), file_, &offset_, count_ - done_);
        if (put < 0) return failed();
        done_ += static_cast<std::size_t>(put);
        return put == 0 || done_ == count_;
    }

    int file_;
    off_t offset_;
    std::size_t count_;
};

}  // namespace relev::detail

#endif
