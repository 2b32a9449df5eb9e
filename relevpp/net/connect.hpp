// connect: to one address, or to the first of several that accepts.

#ifndef RELEVPP_NET_CONNECT_HPP
#define RELEVPP_NET_CONNECT_HPP

#include <memory>
#include <span>

#include "address.hpp"
#include "stream.hpp"

namespace relev {
namespace detail {

class connect_op;

// The attempt to connect to one of the addresses. The fd is open, and the
// watcher active, while the kernel works on it.
struct attempt {
    ev_io w{};
    connect_op* of = nullptr;
};

// RFC 8305, 5: an attempt begins when the one before has failed, or after a
// while; the first that succeeds ends all others.
class connect_op : public operation {
public:
    bool await_ready() const noexcept { return false; }
    template <class P>
    bool await_suspend(std::coroutine_handle<P> h)
    {
        if (!may_wait(h)) return refused();
        begin();
        if (go_on()) return ready(h);
        wait(h);
        return true;
    }
    [[gnu::always_inline]] stream await_resume()
    {
        throw_if_canceled();
        if (error_) [[unlikely]]
            throw_error(error_, name());
        return made_stream::of(std::exchange(fd_, -1));
    }

    std::error_code failure() const noexcept
    {
        if (!canceled_ && error_) return {error_, std::generic_category()};
        return operation::failure();
    }
    void abandon() noexcept override { close_all(); }
    const char* name() const noexcept override { return "connect"; }

protected:
    connect_op(const address* to, std::size_t count, place where) noexcept
        : operation(where), to_(to), count_(count)
    {
    }
    connect_op(connect_op&&) = default;
    ~connect_op()
    {
        if (fd_ >= 0) ::close(fd_);  // destroyed before it was resumed
    }

    const address* to_;

private:
    static constexpr ev_tstamp attempt_delay = 0.25, queue_delay = 0.01;

    void begin()
    {
        if (count_ > 1) more_ = std::make_unique<attempt[]>(count_);
        error_ = count_ ? 0 : EINVAL;
        timer_.active = timer_.pending = timer_.priority = 0;
        timer_.data = this;
        timer_.cb = on_time;
        timer_.repeat = 0;
    }

    attempt& nth(std::size_t i) noexcept { return more_ ? more_[i] : single_; }

    // Begins attempts until one is under way. True if there is nothing to wait
    // for: one has succeeded, or all have failed.
    bool go_on() noexcept
    {
        ev_timer_stop(owner_->raw(), &timer_);
        while (next_ < count_) {
            std::size_t i = next_++;
            int fd = socket_open(to_[i].family(), SOCK_STREAM);
            if (fd < 0) {
                error_ = errno;
            } else if (!::connect(fd, to_[i].get(), to_[i].size())) {
                return succeed(fd);
            } else if (errno == EINPROGRESS || errno == EINTR) {
                watch(nth(i), fd);
                if (next_ < count_) arm(attempt_delay);
                return false;
            } else {
                error_ = errno;
                ::close(fd);
                // The queue of a Unix socket is full, and nothing reports when
                // there is room. The last address is tried again.
                if (error_ == EAGAIN && next_ == count_)
                    return --next_, arm(queue_delay), false;
            }
        }
        return pending_ == 0;
    }

    void watch(attempt& a, int fd) noexcept
    {
        a.of = this;
        a.w.data = &a;
        a.w.cb = on_event;
        a.w.fd = fd;
        a.w.events = EV_WRITE | EV__IOFDSET;
        ev_io_start(owner_->raw(), &a.w);
        ++pending_;
    }

    void arm(ev_tstamp after) noexcept
    {
        start_timer(owner_->raw(), timer_, after);
    }

    bool succeed(int fd) noexcept
    {
        close_all();
        error_ = 0;
        fd_ = fd;
        return true;
    }

    // The attempt has ended; returns its fd.
    int stop(attempt& a) noexcept
    {
        --pending_;
        a.of = nullptr;
        ev_io_stop(owner_->raw(), &a.w);
        return a.w.fd;
    }

    void close_all() noexcept
    {
        ev_timer_stop(owner_->raw(), &timer_);
        for (std::size_t i = 0; i < next_; ++i)
            if (nth(i).of) ::close(stop(nth(i)));
    }

    static void on_event(struct ev_loop*, ev_io* w, int revents)
    {
        attempt& a = *static_cast<attempt*>(w->data);
        connect_op& self = *a.of;
        int fd = self.stop(a), error = 0;
        socklen_t size = sizeof error;
        if (revents & EV_ERROR) error = EBADF;
        else getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
        if (!error) {
            self.succeed(fd);
        } else {
            ::close(fd);
            self.error_ = error;
            if (!self.go_on()) return;
        }
        self.resume_now();
    }

    static void on_time(struct ev_loop*, ev_timer* w, int)
    {
        connect_op& self = *static_cast<connect_op*>(w->data);
        if (self.go_on()) self.resume_now();
    }

    std::size_t count_, next_ = 0;
    std::size_t pending_ = 0;  // attempts under way
    attempt single_;
    std::unique_ptr<attempt[]> more_;
    ev_timer timer_{};
    int fd_ = -1, error_ = 0;
};

// It keeps the address, which may be a temporary.
class connect_one_op final : public connect_op {
public:
    connect_one_op(const address& to, place where) noexcept
        : connect_op(nullptr, 1, where), one_(to)
    {
    }

    template <class P>
    bool await_suspend(std::coroutine_handle<P> h)
    {
        to_ = &one_;
        return connect_op::await_suspend(h);
    }

private:
    address one_;
};

class connect_any_op final : public connect_op {
public:
    connect_any_op(std::span<const address> to, place where) noexcept
        : connect_op(to.data(), to.size(), where)
    {
    }
};

}  // namespace detail

// Connects to an address. TCP, or SOCK_STREAM of another family.
[[nodiscard]] inline detail::connect_one_op connect(const address& to,
                                                    place where = place::here())
{
    return {to, where};
}

// Tries one address after the other, as RFC 8305 says: the next attempt begins
// when one has failed, or 250 ms after the last one. The first that succeeds is
// delivered, the others are closed. If all fail: the error of the last one.
[[nodiscard]] inline detail::connect_any_op connect(std::span<const address> to,
                                                    place where = place::here())
{
    return {to, where};
}

}  // namespace relev

#endif
