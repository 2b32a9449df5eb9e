// The adapter of libevent: its events for everything, in the program's memory.

#pragma once

#include <event2/event.h>
#include <event2/event_struct.h>
#include <event2/thread.h>
#include <sys/time.h>

namespace lib {

inline constexpr char name[] = "event";

using Loop = struct event_base*;

inline constexpr int readable = EV_READ;
inline constexpr int writable = EV_WRITE;

inline Loop loop_new() { return event_base_new(); }
inline Loop loop_default() { return loop_new(); }

// Only programs with threads pay for locks.
inline Loop loop_threaded()
{
    evthread_use_pthreads();
    return loop_new();
}

// By default libevent reads a clock with a grain of milliseconds.
inline Loop loop_precise()
{
    event_config* config = event_config_new();
    event_config_set_flag(config, EVENT_BASE_FLAG_PRECISE_TIMER);
    Loop loop = event_base_new_with_config(config);
    event_config_free(config);
    return loop;
}

inline void loop_free(Loop loop) { event_base_free(loop); }

inline void run(Loop loop) { event_base_loop(loop, EVLOOP_NO_EXIT_ON_EMPTY); }
inline void stop(Loop loop) { event_base_loopbreak(loop); }
inline void turn(Loop loop) { event_base_loop(loop, EVLOOP_NONBLOCK); }

inline void once(Loop loop)
{
    event_base_loop(loop, EVLOOP_ONCE | EVLOOP_NO_EXIT_ON_EMPTY);
}

// An event that belongs to a T of ours.
template <class T, auto called>
void thunk(evutil_socket_t, short happened, void* owner)
{
    T& self = *static_cast<T*>(owner);
    called(event_get_base(&self.ev), self, int(happened));
}

struct Event {
    struct event ev;

    template <auto called>
    void set(Loop loop)
    {
        event_assign(&ev, loop, -1, 0, thunk<Event, called>, this);
    }

    void feed(Loop) { event_active(&ev, 0, 0); }
};

inline void invoke(Loop loop) { turn(loop); }

struct Io {
    struct event ev;

    template <auto called>
    void set(Loop loop, int fd, int events)
    {
        event_assign(&ev, loop, fd, short(events | EV_PERSIST),
                     thunk<Io, called>, this);
    }

    void start(Loop) { event_add(&ev, nullptr); }
    void stop(Loop) { event_del(&ev); }
    void drop(Loop) { event_del(&ev); }

    void change(Loop loop, int events)
    {
        event_del(&ev);
        event_assign(&ev, loop, event_get_fd(&ev), short(events | EV_PERSIST),
                     event_get_callback(&ev), this);
        event_add(&ev, nullptr);
    }
};

// One descriptor, with a callback for each direction.
struct Duplex {
    struct event input, output;

    template <auto in, auto out>
    void set(Loop loop, int fd)
    {
        auto to_read = [](evutil_socket_t, short, void* owner) {
            auto& self = *static_cast<Duplex*>(owner);
            in(event_get_base(&self.input), self);
        };
        auto to_write = [](evutil_socket_t, short, void* owner) {
            auto& self = *static_cast<Duplex*>(owner);
            out(event_get_base(&self.output), self);
        };
        event_assign(&input, loop, fd, EV_READ | EV_PERSIST, to_read, this);
        event_assign(&output, loop, fd, EV_WRITE | EV_PERSIST, to_write, this);
    }

    void read_on(Loop) { event_add(&input, nullptr); }
    void read_off(Loop) { event_del(&input); }
    void write_on(Loop) { event_add(&output, nullptr); }
    void write_off(Loop) { event_del(&output); }

    void drop(Loop loop)
    {
        read_off(loop);
        write_off(loop);
    }
};

inline timeval to_timeval(double seconds)
{
    timeval t;
    t.tv_sec = time_t(seconds);
    t.tv_usec = suseconds_t((seconds - double(t.tv_sec)) * 1e6);
    return t;
}

// Timeouts of one length are kept in a queue, if libevent is told before.
struct Expected {
    double length = 0;
    const timeval* common = nullptr;
};

inline Expected expected;

inline void expect(Loop loop, double after)
{
    timeval t = to_timeval(after);
    expected = {after, event_base_init_common_timeout(loop, &t)};
}

struct Timer {
    struct event ev;

    template <auto called>
    void set(Loop loop)
    {
        event_assign(&ev, loop, -1, 0, thunk<Timer, called>, this);
    }

    void start(Loop, double after)
    {
        timeval t = to_timeval(after);
        event_add(&ev, &t);
    }

    void again(Loop loop, double after)
    {
        if (after != expected.length) return start(loop, after);
        event_add(&ev, expected.common);
    }

    void every(Loop loop, double period)
    {
        event_assign(&ev, loop, -1, EV_PERSIST, event_get_callback(&ev), this);
        start(loop, period);
    }

    void stop(Loop) { event_del(&ev); }
    void drop(Loop) { event_del(&ev); }
};

struct Async {
    struct event ev;

    template <auto called>
    void set(Loop loop)
    {
        event_assign(&ev, loop, -1, 0, thunk<Async, called>, this);
    }

    void start(Loop) {}
    void drop(Loop) { event_del(&ev); }
    void send(Loop) { event_active(&ev, 0, 0); }
};

struct Signal {
    struct event ev;

    template <auto called>
    void set(Loop loop, int number)
    {
        event_assign(&ev, loop, number, EV_SIGNAL | EV_PERSIST,
                     thunk<Signal, called>, this);
    }

    void start(Loop) { event_add(&ev, nullptr); }
    void drop(Loop) { event_del(&ev); }
};

}  // lib

#include "over_accept.hh"
#include "over_io.hh"
#include "over_signal.hh"

#include "over_inotify.hh"
