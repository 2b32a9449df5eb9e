// What the operations of streams share: one try of the system call, then the
// wait, and a try for each event until one succeeds.

#ifndef RELEVPP_NET_TRANSFER_HPP
#define RELEVPP_NET_TRANSFER_HPP

#include "../descriptor.hpp"
#include "errors.hpp"
#include "system.hpp"

namespace relev::detail {

class transfer;

// A watcher of a stream, as of a descriptor.
class side : public basic_direction<transfer> {
public:
    using basic_direction::basic_direction;

    // Gives the fd away.
    int release() noexcept
    {
        detach();
        return std::exchange(ev_io::fd, -1);
    }

    // The last read took all there was. The watcher has been active since: so
    // the kernel reports what comes, and a try now would find no data.
    bool is_drained() const noexcept { return drained_ && is_active(); }
    void set_drained(bool drained) noexcept { drained_ = drained; }

    // The operation waits for something else than the event.
    void wait_stopped(transfer& op, loop& l) noexcept
    {
        wait(op, l);
        ev_io_stop(l.raw(), this);
    }

private:
    bool drained_ = false;
};

class transfer : public operation {
public:
    bool await_ready() const noexcept { return false; }

    std::error_code failure() const noexcept
    {
        if (!canceled_ && error_) return code();
        return operation::failure();
    }

    // For the side: an event, or it was closed.
    virtual void complete(int revents) noexcept = 0;
    void closed() noexcept
    {
        abandon();
        error_ = EBADF;
        resume_soon();
    }

    void abandon() noexcept override { side_.leave(); }
    const char* name() const noexcept final { return name_; }

protected:
    transfer(side& s, const char* name, place where) noexcept
        : operation(where), side_(s), name_(name)
    {
    }
    transfer(transfer&&) = default;
    ~transfer() = default;

    int fd() const noexcept { return side_.fd(); }

    // A read of so many bytes would find none now.
    bool is_drained(std::size_t size) const noexcept
    {
        return size && side_.is_drained();
    }

    // Another task waits there.
    bool is_taken() noexcept
    {
        if (!side_.is_awaited()) [[likely]]
            return false;
        assert(!side_.is_awaited() && "two tasks read from the same stream, "
                                      "or write to it");
        error_ = EBUSY;
        return true;
    }

    // The system call has failed: true if that ends the operation.
    bool failed() noexcept
    {
        if (would_block()) return false;
        error_ = errno;
        return true;
    }
    bool end_with(stream_errc error) noexcept
    {
        error_ = -static_cast<int>(error);
        return true;
    }
    bool end_with(std::errc error) noexcept
    {
        error_ = static_cast<int>(error);
        return true;
    }

    [[gnu::always_inline]] void throw_if_failed() const
    {
        throw_if_canceled();
        if (error_) [[unlikely]]
            detail::raise(std::system_error(code(), name_));
    }

    int error_ = 0;  // an errno; below 0 a stream_errc
    side& side_;

private:
    std::error_code code() const noexcept
    {
        if (error_ < 0) return static_cast<stream_errc>(-error_);
        return {error_, std::generic_category()};
    }

    const char* name_;
};

// Self has bool try_now(): one try of the system call, true if the operation
// has ended.
template <class Self>
class transfer_of : public transfer {
public:
    template <class P>
    bool await_suspend(std::coroutine_handle<P> h) noexcept
    {
        if (!may_wait(h)) return refused();
        if (is_taken()) return false;
        if (!self().must_wait() && self().try_now()) return ready(h);
        wait(h);
        self().wait_for_event();
        return true;
    }

    void complete(int revents) noexcept final
    {
        if (revents & EV_ERROR) error_ = EBADF;
        if (error_ || self().try_now()) resume_now();
        else self().wait_for_event();
    }

protected:
    using transfer::transfer;
    transfer_of(transfer_of&&) = default;
    ~transfer_of() = default;

    // A first try could not succeed.
    bool must_wait() const noexcept { return false; }
    void wait_for_event() noexcept { side_.wait(*this, owner_->of_loop()); }

private:
    Self& self() noexcept { return static_cast<Self&>(*this); }
};

}  // namespace relev::detail

#endif
