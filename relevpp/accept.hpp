// Accepting connections, and spreading them over loops.

#ifndef RELEVPP_ACCEPT_HPP
#define RELEVPP_ACCEPT_HPP

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include <climits>
#include <cstring>
#include <vector>

#include "descriptor.hpp"
#include "detail/sockets.hpp"
#include "nothrow.hpp"
#include "on.hpp"
#include "sync.hpp"
#include "timeout.hpp"

namespace relev { namespace detail {

// A socket that listens, with SO_REUSEPORT.
inline int listen_on(const sockaddr* address, socklen_t size, int backlog)
{
    descriptor d(socket_open(address->sa_family, SOCK_STREAM));
    int on = 1;
    if (d.fd() < 0) throw_error(errno, "socket");
    if (setsockopt(d.fd(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on)
        || setsockopt(d.fd(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on))
        throw_error(errno, "setsockopt");
    if (bind(d.fd(), address, size)) throw_error(errno, "bind");
    if (listen(d.fd(), backlog)) throw_error(errno, "listen");
    return d.release();
}

// Accepts one connection of a listening descriptor; nothing if there is none.
inline int accept_one(const descriptor& listener)
{
    int fd = socket_accept(listener.fd());
    if (fd >= 0) return fd;
    switch (errno) {
        case EBADF:
        case EINVAL:
        case ENOTSOCK:
        case EOPNOTSUPP:
            throw_error(errno, "accept");
        default:  // EAGAIN, no descriptors, or the client is gone already
            return -1;
    }
}

// After a failed accept: the listener stays readable until others close theirs.
inline bool lacks_room() noexcept
{
    return errno == EMFILE || errno == ENFILE || errno == ENOBUFS
        || errno == ENOMEM;
}

struct share;

// A connection, counted by the loop that it is handed to. Its owner owns the
// share, too.
class connection {
public:
    connection(share& of, int fd) noexcept;
    connection(connection&& other) noexcept
        : client(std::move(other.client)),
          of_(std::exchange(other.of_, nullptr))
    {
    }
    ~connection();

    descriptor client;

private:
    share* of_;
};

// The connections of one loop. All but the counts is used in its thread only.
struct share {
    explicit share(loop& of) : l(of) {}
    void hold() noexcept { holders.fetch_add(1, std::memory_order_relaxed); }
    void drop() noexcept
    {
        if (holders.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
    }

    loop& l;
    std::atomic<int> holders{1}, count{0};
    nursery* sessions = nullptr;
    std::vector<connection> early;  // came before `sessions` was set
    bool ended = false;
};

inline connection::connection(share& of, int fd) noexcept : client(fd), of_(&of)
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

    void add(loop& l) { shares_.push_back(share_ptr(new share(l))); }

    // The sessions are canceled when all that waits to be accepted is handed
    // over: so their scope is another one.
    task<> serve(int listener)
    {
        loop& here = co_await this_loop();
        event closed;
        co_await with_nursery([&](nursery& n) -> task<> {
            n.spawn(keep_shielded, this, &here, &closed);
            co_await accept_all(listener, here, closed);
        });
        co_await yield();  // it was canceled
    }

private:
    using share_ptr = held<share>;

    static task<> keep_shielded(spread* s, loop* here, event* closed)
    {
        co_await shielded(s->keep_all(*here, *closed));
    }

    task<> keep_all(loop& here, event& closed)
    {
        co_await with_nursery([&](nursery& n) -> task<> {
            for (auto& s : shares_)
                n.spawn(&s->l == &here ? keep : keep_there, s, session_);
            co_await closed.wait();
            n.cancel();
        });
    }

    // If that loop is stopped before this one, it gets no more connections.
    // What a session throws there is thrown.
    static task<bool> keep_there(share_ptr s, F session)
    {
        auto left = co_await nothrow(on(s->l, keep, s, std::move(session)));
        if (!left) s->count += INT_MAX / 2;
        s->l.post([s] { end(*s); });  // it may not have begun
        if (auto thrown = left.exception()) std::rethrow_exception(thrown);
        co_return true;
    }

    static void end(share& s)
    {
        s.sessions = nullptr;
        s.ended = true;
        s.early.clear();
    }

    // The sessions of a loop live here until it is canceled. What a session
    // throws is thrown; for nothrow, it delivers something.
    static task<bool> keep(share_ptr s, F session)
    {
        struct leaving {
            share& s;
            ~leaving() { end(s); }
        } at_end{*s};
        event never;
        co_await with_nursery([&](nursery& n) -> task<> {
            s->sessions = &n;
            for (connection& c : std::exchange(s->early, {}))
                n.spawn(run, std::move(c), session);
            co_await never.wait();
        });
        co_return true;
    }

    static task<> run(connection c, F session)
    {
        co_await session(std::move(c.client));
    }

    // When it is canceled it hands over what has connected already. A cancel of
    // the sessions in other threads comes after that, as it is posted later.
    task<> accept_all(int listener, loop& here, event& closed)
    {
        struct closing {
            event& e;
            ~closing() { e.set(); }
        } at_end{closed};
        descriptor d(dup(listener));
        if (d.fd() < 0) throw_error(errno, "dup");
        // Several, so that a busy loop lets them in; one if the next may block.
        const int burst = fcntl(d.fd(), F_GETFL) & O_NONBLOCK ? 16 : 1;
        while (!co_await nothrow(d.readable())) {
            int left = burst;
            while (left && hand(accept_one(d), here)) --left;
            if (left && lacks_room()
                && co_await nothrow(sleep_op(0.1, place::here())))
                break;
        }
        pollfd waits = {d.fd(), POLLIN, 0};
        while (poll(&waits, 1, 0) == 1 && hand(accept_one(d), here)) continue;
    }

    bool hand(int fd, loop& here)
    {
        if (fd < 0) return false;
        share_ptr least = shares_.front();
        for (auto& s : shares_)
            if (s->count < least->count) least = s;
        connection c(*least, fd);
        if (&least->l == &here) give(*least, std::move(c), session_);
        else
            least->l.post(
                [s = least, session = session_, c = std::move(c)]() mutable {
                    give(*s, std::move(c), session);
                });
        return true;
    }

    static void give(share& to, connection c, const F& session)
    {
        if (to.sessions) to.sessions->spawn(run, std::move(c), session);
        else if (!to.ended) to.early.push_back(std::move(c));
    }

    F& session_;
    std::vector<share_ptr> shares_;
};

}  // namespace detail
}  // namespace relev

#endif
