// The second half of asio's adapter: timers, wake-ups, signals, servers.

#pragma once

namespace lib {

inline asio::steady_timer::duration to_duration(double seconds)
{
    return std::chrono::nanoseconds(long(seconds * 1e9));
}

struct Timer {
    std::optional<asio::steady_timer> timer;
    void (*called)(Loop, Timer&, int);
    Loop loop;
    double period = 0;

    template <auto to_call>
    void set(Loop its)
    {
        timer.emplace(its->io);
        called = to_call;
        loop = its;
    }

    void wait()
    {
        timer->async_wait([this](Error error) {
            if (error) return;
            if (period > 0) {
                timer->expires_at(timer->expiry() + to_duration(period));
                wait();
            }
            called(loop, *this, 0);
        });
    }

    void start(Loop, double after)
    {
        timer->expires_after(to_duration(after));
        wait();
    }

    void again(Loop, double after) { start(loop, after); }

    void every(Loop, double seconds)
    {
        period = seconds;
        start(loop, seconds);
    }

    void stop(Loop) { timer->cancel(); }
    void drop(Loop) { timer.reset(); }
};

// An event that the program makes itself.
struct Event {
    void (*called)(Loop, Event&, int);

    template <auto to_call>
    void set(Loop)
    {
        called = to_call;
    }

    void feed(Loop loop)
    {
        asio::post(loop->io, [this, loop] { called(loop, *this, 0); });
    }
};

inline void invoke(Loop loop) { turn(loop); }

// Posts nothing while the previous post has not run.
struct Async {
    void (*called)(Loop, Async&, int);
    std::atomic<bool> sent = false;

    template <auto to_call>
    void set(Loop)
    {
        called = to_call;
    }

    void start(Loop) {}
    void drop(Loop) {}

    void send(Loop loop)
    {
        if (sent.load() || sent.exchange(true)) return;
        asio::post(loop->io, [this, loop] {
            sent = false;
            called(loop, *this, 0);
        });
    }
};

struct Signal {
    std::optional<asio::signal_set> signals;
    void (*called)(Loop, Signal&, int);

    template <auto to_call>
    void set(Loop loop, int number)
    {
        signals.emplace(loop->io, number);
        called = to_call;
    }

    void start(Loop loop)
    {
        signals->async_wait([this, loop](Error error, int number) {
            if (error) return;
            called(loop, *this, number);
            if (signals) start(loop);
        });
    }

    void drop(Loop) { signals.reset(); }
};

// Accepts connections from a listening socket; reads a request from each,
// answers with the same and closes.
struct Server {
    using Socket = asio::ip::tcp::socket;

    struct Connection {
        Socket socket;
        Server& server;
        char text[512];

        void answer(size_t length)
        {
            asio::async_write(socket, asio::buffer(text, length),
                              [this](Error error, size_t) {
                                  bench::must(!error, "write");
                                  ++server.served;
                                  delete this;  // which closes
                              });
        }

        void request()
        {
            socket.async_read_some(asio::buffer(text),
                                   [this](Error error, size_t length) {
                                       bench::must(!error, "read");
                                       answer(length);
                                   });
        }
    };

    std::optional<asio::ip::tcp::acceptor> acceptor;
    long served = 0;

    void accept()
    {
        acceptor->async_accept([this](Error error, Socket socket) {
            if (error) return;
            (new Connection{std::move(socket), *this, {}})->request();
            accept();
        });
    }

    void open(Loop loop, int fd)
    {
        acceptor.emplace(loop->io, asio::ip::tcp::v4(), fd);
        accept();
    }

    void close(Loop) { acceptor.reset(); }
};

}  // lib

#include "over_inotify.hh"
#include "over_signal.hh"
