// class datagram: a socket that sends and receives single messages: UDP, or
// SOCK_DGRAM of a Unix socket.

#ifndef RELEVPP_NET_DATAGRAM_HPP
#define RELEVPP_NET_DATAGRAM_HPP

#include "address.hpp"
#include "buffer.hpp"
#include "transfer.hpp"

namespace relev {

// A message that was received: its size, and who has sent it.
struct received {
    std::size_t size = 0;    // of what is in the buffer
    address from;            // of family AF_UNSPEC if the sender has none
    bool truncated = false;  // it was longer than the buffer: the rest is lost
};

namespace detail {

class send_op final : public transfer_of<send_op> {
public:
    // Without an address: to the one the socket is connected to.
    send_op(side& s, const_buffer from, const address& to, place where) noexcept
        : transfer_of(s, "datagram::send", where), from_(from), to_(to)
    {
    }

    [[gnu::always_inline]] void await_resume() const { throw_if_failed(); }

    void abandon() noexcept override
    {
        ev_timer_stop(owner_->raw(), &retry_);
        transfer::abandon();
    }

private:
    friend transfer_of;

    bool try_now() noexcept
    {
        const sockaddr* to = to_.size() ? to_.get() : nullptr;
        ssize_t put = restarted([&] {
            return ::sendto(fd(), from_.data(), from_.size(), no_sigpipe, to,
                            to_.size());
        });
        return put >= 0 || failed();
    }

    // A Unix socket is writable while the queue of the receiver is full, if it
    // is not connected to that: so a timer waits.
    void wait_for_event() noexcept
    {
        if (to_.family() != AF_UNIX) return transfer_of::wait_for_event();
        side_.wait_stopped(*this, owner_->of_loop());
        retry_.data = this;
        retry_.cb = on_time;
        start_timer(owner_->raw(), retry_, 0.01);
    }

    static void on_time(struct ev_loop*, ev_timer* w, int)
    {
        send_op& self = *static_cast<send_op*>(w->data);
        self.side_.leave();
        self.complete(0);
    }

    const_buffer from_;
    address to_;
    ev_timer retry_{};
};

class receive_op final : public transfer_of<receive_op> {
public:
    receive_op(side& s, buffer into, place where) noexcept
        : transfer_of(s, "datagram::receive", where), into_(into)
    {
    }

    [[gnu::always_inline]] received await_resume() const
    {
        throw_if_failed();
        return got_;
    }

private:
    friend transfer_of;

    bool try_now() noexcept
    {
        iovec into = {into_.data(), into_.size()};
        msghdr message = {};
        socklen_t room;
        message.msg_name = got_.from.to_fill(room);
        message.msg_namelen = room;
        message.msg_iov = &into;
        message.msg_iovlen = 1;
        ssize_t size = restarted([&] { return ::recvmsg(fd(), &message, 0); });
        if (size < 0) return failed();
        got_.size = static_cast<std::size_t>(size);
        got_.truncated = message.msg_flags & MSG_TRUNC;
        got_.from.filled(message.msg_namelen);
        return true;
    }

    buffer into_;
    received got_;
};

}  // namespace detail

// Owns a datagram socket. One task at a time may send, and one may receive. It
// moves while nobody waits. Who waits gets EBADF if it is closed.
class datagram {
public:
    // Not bound: the system chooses an address when it sends.
    explicit datagram(int family) : datagram(open(family), owning) {}

    // Receives what is sent to that address.
    static datagram bound(const address& at)
    {
        datagram made(at.family());
        if (::bind(made.fd(), at.get(), at.size()))
            detail::throw_error(errno, "datagram::bound");
        return made;
    }

    // Sends to that address, and receives only what comes from there.
    static datagram connected(const address& to)
    {
        datagram made(to.family());
        made.connect(to);
        return made;
    }

    // Of a socket that is open already.
    static datagram from_fd(int fd) noexcept
    {
        detail::make_nonblocking(fd);
        return {fd, owning};
    }

    datagram(datagram&& other) noexcept : datagram(other.release(), owning) {}
    datagram& operator=(datagram&& other) noexcept
    {
        if (this == &other) return *this;
        std::destroy_at(this);
        return *std::construct_at(this, std::move(other));
    }
    ~datagram() { close(); }

    int fd() const noexcept { return read_.fd(); }
    int release() noexcept
    {
        write_.release();
        return read_.release();
    }
    void close() noexcept
    {
        int fd = release();
        if (fd >= 0) ::close(fd);
    }

    // From now on, also of one that is bound.
    void connect(const address& to)
    {
        if (::connect(fd(), to.get(), to.size()))
            detail::throw_error(errno, "datagram::connect");
    }

    address local() const { return detail::local_address(fd()); }

    // Sends one message, to the address that it is connected to, or this one.
    [[nodiscard]] detail::send_op send(const_buffer from,
                                       const address& to = address(),
                                       place where = place::here())
    {
        return {write_, from, to, where};
    }

    // Receives one message; it may be empty.
    [[nodiscard]] detail::receive_op receive(buffer into,
                                             place where = place::here())
    {
        return {read_, into, where};
    }

private:
    enum owning_t { owning };
    datagram(int fd, owning_t) noexcept
        : read_(fd, EV_READ), write_(fd, EV_WRITE)
    {
    }

    static int open(int family)
    {
        int fd = detail::socket_open(family, SOCK_DGRAM);
        if (fd < 0) detail::throw_error(errno, "datagram");
        return fd;
    }

    detail::side read_, write_;
};

}  // namespace relev

#endif
