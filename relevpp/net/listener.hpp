// class listener: a socket that accepts connections.

#ifndef RELEVPP_NET_LISTENER_HPP
#define RELEVPP_NET_LISTENER_HPP

#include "address.hpp"
#include "stream.hpp"

namespace relev {

struct listen_options {
    int backlog = SOMAXCONN;
    bool reuse_port = false;  // SO_REUSEPORT: others may listen there, too
    bool v6_only = false;     // "::" takes no IPv4 connections
};

namespace detail {

// After a failed accept: there is a connection, and there is room for it when
// others have closed theirs.
inline bool accept_lacks_room() noexcept
{
    return errno == EMFILE || errno == ENFILE || errno == ENOBUFS
        || errno == ENOMEM;
}

#ifdef ENONET
inline constexpr int no_net = ENONET;
#else
inline constexpr int no_net = -1;
#endif

// Only that connection has failed: accept(2).
inline bool accept_may_go_on() noexcept
{
    switch (errno) {
        case ECONNABORTED:
        case EPROTO:
        case EPERM:  // a firewall
        case ENETDOWN:
        case ENOPROTOOPT:
        case EHOSTDOWN:
        case no_net:
        case EHOSTUNREACH:
        case ENETUNREACH:
            return true;
        default:
            return false;
    }
}

// One that has connected already; -1 if there is none, or it fails.
inline int accept_now(int listener) noexcept
{
    int fd;
    do {
        fd = socket_accept(listener);
    } while (fd < 0 && (errno == EINTR || accept_may_go_on()));
    return fd;
}

class accept_op final : public transfer_of<accept_op> {
public:
    accept_op(side& s, place where) noexcept
        : transfer_of(s, "listener::accept", where)
    {
        retry_.repeat = 0;
        retry_.cb = on_time;
    }
    accept_op(accept_op&&) = default;
    ~accept_op()
    {
        if (accepted_ >= 0) ::close(accepted_);  // before it was resumed
    }

    [[gnu::always_inline]] stream await_resume()
    {
        throw_if_failed();
        return made_stream::of(std::exchange(accepted_, -1));
    }

    void abandon() noexcept override
    {
        ev_timer_stop(owner_->raw(), &retry_);
        transfer::abandon();
    }

private:
    friend transfer_of;

    bool try_now() noexcept
    {
        accepted_ = accept_now(fd());
        if (accepted_ >= 0) return true;
        lacks_room_ = accept_lacks_room();
        return !lacks_room_ && failed();
    }

    // The socket is readable while there is no room: so a timer waits.
    void wait_for_event() noexcept
    {
        if (!lacks_room_) return transfer_of::wait_for_event();
        side_.wait_stopped(*this, owner_->of_loop());
        retry_.data = this;
        start_timer(owner_->raw(), retry_, 0.1);
    }

    static void on_time(struct ev_loop*, ev_timer* w, int)
    {
        accept_op& self = *static_cast<accept_op*>(w->data);
        self.side_.leave();
        self.complete(0);
    }

    int accepted_ = -1;
    bool lacks_room_ = false;
    ev_timer retry_{};
};

}  // namespace detail

// Owns a socket that listens. It moves while nobody waits.
class listener {
public:
    // Throws std::system_error. The file of a Unix socket must not exist, and
    // stays when the listener is closed.
    explicit listener(const address& at, listen_options options = {})
        : listener(open(at, options))
    {
    }
    // Of a socket that listens already: of systemd, or of a parent.
    explicit listener(int fd) noexcept : side_(fd, EV_READ)
    {
        detail::make_nonblocking(fd);
    }
    listener(listener&& other) noexcept : side_(other.side_.release(), EV_READ)
    {
    }
    listener& operator=(listener&& other) noexcept
    {
        if (this == &other) return *this;
        std::destroy_at(this);
        return *std::construct_at(this, std::move(other));
    }
    ~listener() { close(); }

    int fd() const noexcept { return side_.fd(); }

    // A task that waits gets EBADF.
    void close() noexcept
    {
        int fd = side_.release();
        if (fd >= 0) ::close(fd);
    }

    // The address, with the port that the system has chosen for 0.
    address local() const { return detail::local_address(fd()); }

    // Waits for a connection. Without a free descriptor or memory it tries
    // again ten times a second. One task at a time.
    [[nodiscard]] detail::accept_op accept(place where = place::here())
    {
        return {side_, where};
    }

private:
    static int open(const address& at, const listen_options& options)
    {
        descriptor d(detail::socket_open(at.family(), SOCK_STREAM));
        if (d.fd() < 0) detail::throw_error(errno, "listener: socket");
        if (at.family() != AF_UNIX) set(d.fd(), SOL_SOCKET, SO_REUSEADDR, 1);
        if (options.reuse_port) set(d.fd(), SOL_SOCKET, SO_REUSEPORT, 1);
        if (at.family() == AF_INET6)
            set(d.fd(), IPPROTO_IPV6, IPV6_V6ONLY, options.v6_only);
        if (bind(d.fd(), at.get(), at.size()))
            detail::throw_error(errno, "listener: bind");
        if (listen(d.fd(), options.backlog))
            detail::throw_error(errno, "listener: listen");
        return d.release();
    }

    static void set(int fd, int level, int option, int value)
    {
        if (setsockopt(fd, level, option, &value, sizeof value))
            detail::throw_error(errno, "listener: setsockopt");
    }

    detail::side side_;
};

}  // namespace relev

#endif
