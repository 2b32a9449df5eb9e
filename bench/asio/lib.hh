// The adapter of asio, standalone: asynchronous operations, each of which is
// started again by the handler of the one before.

#pragma once

#include "bench.hh"
#include "queue.hh"

#define ASIO_STANDALONE
#include <asio.hpp>
#include <atomic>
#include <chrono>
#include <memory>
#include <optional>

namespace lib {

inline constexpr char name[] = "asio";

struct Context {
    explicit Context(int hint) : io(hint), work(io.get_executor()) {}

    asio::io_context io;
    asio::executor_work_guard<asio::io_context::executor_type> work;
};

using Loop = Context*;
using Error = asio::error_code;

inline constexpr int readable = 1;
inline constexpr int writable = 2;

// Only programs with threads pay for locks.
inline Loop loop_new() { return new Context(ASIO_CONCURRENCY_HINT_UNSAFE); }
inline Loop loop_threaded() { return new Context(1); }
inline Loop loop_default() { return loop_threaded(); }
inline Loop loop_precise() { return loop_new(); }
inline void loop_free(Loop loop) { delete loop; }

inline void run(Loop loop)
{
    loop->io.restart();
    loop->io.run();
    loop->io.restart();
}

inline void stop(Loop loop) { loop->io.stop(); }
inline void turn(Loop loop) { loop->io.poll(); }

inline void once(Loop loop)
{
    loop->io.run_one();
    loop->io.poll();
}

inline void expect(Loop, double) {}

struct Task {};

struct Poster : Unowned {
    Loop loop = nullptr;

    void open(Loop its) { loop = its; }
    void close(Loop) {}

    template <auto run>
    void post(Task& task)
    {
        asio::post(loop->io, [&task] { run(task); });
    }
};

using Descriptor = asio::posix::stream_descriptor;

// Of a descriptor that asio does not own.
struct Borrowed {
    std::optional<Descriptor> descriptor;

    void drop(Loop)
    {
        if (!descriptor) return;
        descriptor->release();
        descriptor.reset();
    }
};

struct Io : Borrowed {
    void (*called)(Loop, Io&, int);
    Loop loop;
    int events;

    template <auto to_call>
    void set(Loop its, int fd, int mask)
    {
        descriptor.emplace(its->io, fd);
        called = to_call;
        loop = its;
        events = mask;
    }

    void wait(Descriptor::wait_type what, int event)
    {
        descriptor->async_wait(what, [this, what, event](Error error) {
            if (error) return;
            called(loop, *this, event);
            if (events & event) wait(what, event);
        });
    }

    void start(Loop)
    {
        if (events & readable) wait(Descriptor::wait_read, readable);
        if (events & writable) wait(Descriptor::wait_write, writable);
    }

    void stop(Loop) { descriptor->cancel(); }

    void change(Loop, int mask)
    {
        stop(loop);
        events = mask;
        start(loop);
    }
};

// One descriptor, with a callback for each direction.
struct Duplex : Borrowed {
    void (*in)(Loop, Duplex&);
    void (*out)(Loop, Duplex&);
    Loop loop;
    bool reading = false, writing = false;

    template <auto called_in, auto called_out>
    void set(Loop its, int fd)
    {
        descriptor.emplace(its->io, fd);
        in = called_in;
        out = called_out;
        loop = its;
    }

    void wait_in()
    {
        descriptor->async_wait(Descriptor::wait_read, [this](Error error) {
            if (error || !reading) return;
            in(loop, *this);
            if (reading) wait_in();
        });
    }

    void wait_out()
    {
        descriptor->async_wait(Descriptor::wait_write, [this](Error error) {
            if (error || !writing) return;
            out(loop, *this);
            if (writing) wait_out();
        });
    }

    void read_on(Loop) { reading = true, wait_in(); }
    void read_off(Loop) { reading = false; }
    void write_on(Loop) { writing = true, wait_out(); }
    void write_off(Loop) { writing = false; }
};

// Reads what comes, a little at a time.
struct Source : Borrowed {
    void (*called)(Loop, Source&, const char*, ssize_t);
    Loop loop;
    char buffer[16];

    template <auto to_call>
    void set(Loop its, int fd)
    {
        descriptor.emplace(its->io, fd);
        called = to_call;
        loop = its;
    }

    void start(Loop)
    {
        descriptor->async_read_some(
            asio::buffer(buffer), [this](Error error, size_t length) {
                if (error == asio::error::operation_aborted) return;
                called(loop, *this, buffer, error ? -1 : ssize_t(length));
                if (descriptor) start(loop);
            });
    }
};

// Receives one message, or sends one, when told to, and says when it is done.
struct Channel : Borrowed {
    void (*received)(Loop, Channel&, const char*, size_t);
    void (*sent)(Loop, Channel&);
    Loop loop;
    char buffer[512];

    template <auto call_received, auto call_sent>
    void set(Loop its, int fd)
    {
        descriptor.emplace(its->io, fd);
        received = call_received;
        sent = call_sent;
        loop = its;
    }

    void receive(Loop)
    {
        descriptor->async_read_some(
            asio::buffer(buffer), [this](Error error, size_t length) {
                if (!error) received(loop, *this, buffer, length);
            });
    }

    void send(Loop, const char* data, size_t size)
    {
        asio::async_write(*descriptor, asio::buffer(data, size),
                          [this](Error error, size_t) {
                              if (!error) sent(loop, *this);
                          });
    }
};

}  // lib

#include "time_and_more.hh"
