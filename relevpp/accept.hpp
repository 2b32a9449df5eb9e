// Accepting connections, and spreading them over loops.

#ifndef RELEVPP_ACCEPT_HPP
#define RELEVPP_ACCEPT_HPP

#include <sys/socket.h>

#include <cstring>
#include <vector>

#include "descriptor.hpp"
#include "on.hpp"
#include "sync.hpp"
#include "timeout.hpp"

namespace relev { namespace detail {

// A socket that listens, with SO_REUSEPORT.
inline int listen_on(const sockaddr* address, socklen_t size, int backlog)
{
    descriptor d(socket(address->sa_family,
                        SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    int on = 1;
    if (d.fd() < 0) throw_error(errno, "socket");
    if (setsockopt(d.fd(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on)
        || setsockopt(d.fd(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on))
        throw_error(errno, "setsockopt");
    if (bind(d.fd(), address, size)) throw_error(errno, "bind");
    if (listen(d.fd(), backlog)) throw_error(errno, "listen");
    return d.release();
}

// The next connection of a listening descriptor.
inline task<int> accepted(descriptor& listener)
{
    using std::errc;
    for (;;) {
        co_await listener.readable();
        int fd = accept4(listener.fd(), nullptr, nullptr,
                         SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) co_return fd;
        switch (errno) {
            case EMFILE:
            case ENFILE:
            case ENOBUFS:
            case ENOMEM:  // it stays readable until others close theirs
                co_await sleep_op(0.1, place::here());
                break;
            case EBADF:
            case EINVAL:
            case ENOTSOCK:
            case EOPNOTSUPP:
                throw_error(errno, "accept");
            default:  // EAGAIN, or the client is gone already
                break;
        }
    }
}

struct share;

// A connection, counted by the loop that it is handed to.
class connection {
public:
    connection(std::shared_ptr<share> of, int fd) noexcept;
    connection(connection&&) = default;
    ~connection();

    descriptor client;

private:
    std::shared_ptr<share> of_;
};

// The connections of one loop. All but `count` is used in its thread only.
struct share {
    explicit share(loop& of) : l(of) {}

    loop& l;
    std::atomic<int> count{0};
    nursery* sessions = nullptr;
    std::vector<connection> early;  // came before `sessions` was set
    bool ended = false;
};

inline connection::connection(std::shared_ptr<share> of, int fd) noexcept
    : client(fd), of_(std::move(of))
{
    of_->count.fetch_add(1, std::memory_order_relaxed);
}

inline connection::~connection()
{
    if (of_) of_->count.fetch_sub(1, std::memory_order_relaxed);
}

template <class F>
class spread {
public:
    explicit spread(F& session) : session_(session) {}

    void add(loop& l) { shares_.push_back(std::make_shared<share>(l)); }

    task<> serve(int listener)
    {
        loop& here = co_await this_loop();
        co_await with_nursery([&](nursery& n) -> task<> {
            for (auto& s : shares_)
                n.spawn(&s->l == &here ? keep : keep_there, s, session_);
            co_await accept_all(listener);
        });
    }

private:
    using share_ptr = std::shared_ptr<share>;

    static task<> keep_there(share_ptr s, F session)
    {
        co_await on(s->l, keep, s, std::move(session));
    }

    // The sessions of a loop live here until it is canceled.
    static task<> keep(share_ptr s, F session)
    {
        struct leaving {
            share& s;
            ~leaving() { s.sessions = nullptr, s.ended = true; }
        } at_end{*s};
        event never;
        co_await with_nursery([&](nursery& n) -> task<> {
            s->sessions = &n;
            for (connection& c : std::exchange(s->early, {}))
                n.spawn(run, std::move(c), session);
            co_await never.wait();
        });
    }

    static task<> run(connection c, F session)
    {
        co_await session(std::move(c.client));
    }

    task<> accept_all(int listener)
    {
        descriptor d(dup(listener));
        if (d.fd() < 0) throw_error(errno, "dup");
        for (;;) {
            int fd = co_await accepted(d);
            share_ptr least = shares_.front();
            for (auto& s : shares_)
                if (s->count < least->count) least = s;
            hand(least, connection(least, fd));
        }
    }

    void hand(const share_ptr& to, connection c)
    {
        to->l.post([s = to, session = session_, c = std::move(c)]() mutable {
            if (s->sessions) s->sessions->spawn(run, std::move(c), session);
            else if (!s->ended) s->early.push_back(std::move(c));
        });
    }

    F& session_;
    std::vector<share_ptr> shares_;
};

}  // namespace detail
}  // namespace relev

#endif
