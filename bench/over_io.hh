// What a program adds to a library that reports readiness, and leaves reading
// and writing to the program. For the end of such a library's lib.hh, which has
// defined Io and Duplex.

#pragma once

#include "bench.hh"

#include <unistd.h>

namespace lib {

// Reads what comes, a little at a time.
struct Source : Io {
    int fd;
    char buffer[16];

    template <auto called>
    static void ready(Loop loop, Io& io, int)
    {
        auto& self = static_cast<Source&>(io);
        ssize_t length = read(self.fd, self.buffer, sizeof self.buffer);
        called(loop, self, self.buffer, length);
    }

    template <auto called>
    void set(Loop loop, int of)
    {
        fd = of;
        Io::set<ready<called>>(loop, fd, readable);
    }
};

// Receives one message, or sends one, when told to, and says when it is done.
struct Channel : Duplex {
    int fd;
    const char* message;
    size_t length;
    char buffer[512];

    template <auto received>
    static void in(Loop loop, Duplex& both)
    {
        auto& self = static_cast<Channel&>(both);
        ssize_t got = read(self.fd, self.buffer, sizeof self.buffer);
        bench::must(got > 0, "read");
        self.read_off(loop);
        received(loop, self, self.buffer, size_t(got));
    }

    template <auto sent>
    static void out(Loop loop, Duplex& both)
    {
        auto& self = static_cast<Channel&>(both);
        bench::must(
            write(self.fd, self.message, self.length) == ssize_t(self.length),
            "write");
        self.write_off(loop);
        sent(loop, self);
    }

    template <auto received, auto sent>
    void set(Loop loop, int of)
    {
        fd = of;
        Duplex::set<in<received>, out<sent>>(loop, fd);
    }

    void receive(Loop loop) { read_on(loop); }

    void send(Loop loop, const char* data, size_t size)
    {
        message = data, length = size;
        write_on(loop);
    }
};

}  // lib
