// No library: the loop that somebody writes who knows epoll and what his
// program needs, and nothing else. It is the limit for the others.

#pragma once

#include "heap.hh"

#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include <atomic>

namespace lib {

inline constexpr char name[] = "raw";

inline constexpr int readable = EPOLLIN;
inline constexpr int writable = EPOLLOUT;

struct Prepare;
struct Check;
struct Event;

struct Raw {
    int epoll;
    bool running, hooked;
    double now;
    Heap timers;
    std::vector<Prepare*> prepares;
    std::vector<Check*> checks;
    std::vector<Event*> fed;
    epoll_event events[256];
};

using Loop = Raw*;

struct Io {
    int fd, events;
    void (*called)(Loop, Io&, int);

    template <auto to_call>
    void set(Loop, int of, int mask)
    {
        fd = of;
        events = mask;
        called = to_call;
    }

    void tell(Loop loop, int operation)
    {
        epoll_event event = {};
        event.events = unsigned(events);
        event.data.ptr = this;
        epoll_ctl(loop->epoll, operation, fd, &event);
    }

    void start(Loop loop) { tell(loop, EPOLL_CTL_ADD); }
    void stop(Loop loop) { tell(loop, EPOLL_CTL_DEL); }
    void drop(Loop loop) { stop(loop); }

    void change(Loop loop, int mask)
    {
        events = mask;
        tell(loop, EPOLL_CTL_MOD);
    }
};

// One descriptor, with a callback for each direction.
struct Duplex : Io {
    void (*in)(Loop, Duplex&);
    void (*out)(Loop, Duplex&);

    static void ready(Loop loop, Io& io, int events)
    {
        auto& self = static_cast<Duplex&>(io);
        if (events & EPOLLIN) self.in(loop, self);
        if (events & EPOLLOUT) self.out(loop, self);
    }

    template <auto called_in, auto called_out>
    void set(Loop loop, int of)
    {
        Io::set<ready>(loop, of, 0);
        in = called_in;
        out = called_out;
        start(loop);
    }

    void read_on(Loop loop) { change(loop, events | EPOLLIN); }
    void read_off(Loop loop) { change(loop, events & ~EPOLLIN); }
    void write_on(Loop loop) { change(loop, events | EPOLLOUT); }
    void write_off(Loop loop) { change(loop, events & ~EPOLLOUT); }
};

struct Timer {
    double at, period;
    void (*called)(Loop, Timer&, int);
    long place = -1;  // in the heap, or none

    template <auto to_call>
    void set(Loop)
    {
        called = to_call;
    }

    void start(Loop loop, double after)
    {
        at = loop->now + after;
        period = 0;
        loop->timers.push(this);
    }

    void every(Loop loop, double seconds)
    {
        start(loop, seconds);
        period = seconds;
    }

    void stop(Loop loop)
    {
        if (place >= 0) loop->timers.remove(this);
    }

    void drop(Loop loop) { stop(loop); }

    void again(Loop loop, double after)
    {
        if (place < 0) return start(loop, after);
        at = loop->now + after;
        loop->timers.moved(this);
    }
};

// At most one wake-up is on its way. As the descriptor is edge-triggered, there
// is no need to read it.
struct Async : Io {
    void (*woken)(Loop, Async&, int);
    std::atomic<bool> sent = false;

    static void ready(Loop loop, Io& io, int)
    {
        auto& self = static_cast<Async&>(io);
        self.sent.exchange(false);
        self.woken(loop, self, 0);
    }

    template <auto to_call>
    void set(Loop loop)
    {
        woken = to_call;
        Io::set<ready>(loop, eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC),
                       int(EPOLLIN | EPOLLET));
    }

    void drop(Loop loop)
    {
        stop(loop);
        close(fd);
    }

    void send(Loop)
    {
        if (sent.load(std::memory_order_seq_cst)) return;
        if (!sent.exchange(true)) eventfd_write(fd, 1);
    }
};

struct Signal : Io {
    void (*seen)(Loop, Signal&, int);

    static void ready(Loop loop, Io& io, int)
    {
        auto& self = static_cast<Signal&>(io);
        signalfd_siginfo info;
        if (read(self.fd, &info, sizeof info) == sizeof info)
            self.seen(loop, self, int(info.ssi_signo));
    }

    template <auto to_call>
    void set(Loop loop, int number)
    {
        sigset_t set;
        sigemptyset(&set);
        sigaddset(&set, number);
        sigprocmask(SIG_BLOCK, &set, nullptr);
        seen = to_call;
        Io::set<ready>(loop, signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC),
                       EPOLLIN);
    }

    void drop(Loop loop)
    {
        stop(loop);
        close(fd);
    }
};

template <class Hook, std::vector<Hook*> Raw::*list>
struct Listed {
    void (*called)(Loop, Hook&, int);

    template <auto to_call>
    void set(Loop)
    {
        called = to_call;
    }

    void start(Loop loop)
    {
        (loop->*list).push_back(static_cast<Hook*>(this));
        loop->hooked = true;
    }

    void drop(Loop loop) { (loop->*list).clear(); }
};

struct Prepare : Listed<Prepare, &Raw::prepares> {};
struct Check : Listed<Check, &Raw::checks> {};

struct Event : Listed<Event, &Raw::fed> {
    void feed(Loop loop) { loop->fed.push_back(this); }
};

void poll(Loop loop, bool block);
Loop loop_new();
void loop_free(Loop loop);
void invoke(Loop loop);

inline Loop loop_default() { return loop_new(); }
inline Loop loop_threaded() { return loop_new(); }
inline Loop loop_precise() { return loop_new(); }

inline void turn(Loop loop) { poll(loop, false); }
inline void once(Loop loop) { poll(loop, true); }
inline void stop(Loop loop) { loop->running = false; }

inline void run(Loop loop)
{
    for (loop->running = true; loop->running;) poll(loop, true);
}

inline void expect(Loop, double) {}

}  // lib

#include "over_accept.hh"
#include "over_io.hh"
#include "over_signal.hh"

#include "over_inotify.hh"
