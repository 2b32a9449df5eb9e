// A server on top of a library that reports readiness. For the end of such a
// library's lib.hh, which has defined Io.

#pragma once

#include "bench.hh"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

namespace lib {

// Accepts connections from a listening socket; reads a request from each,
// answers with the same and closes.
struct Server : Io {
    struct Connection : Io {
        int fd;
        Server* server;
    };

    int fd;
    long served = 0;

    static void request(Loop loop, Io& io, int)
    {
        auto& self = static_cast<Connection&>(io);
        char text[512];
        ssize_t length = read(self.fd, text, sizeof text);
        bench::must(length > 0, "read");
        bench::must(write(self.fd, text, size_t(length)) == length, "write");
        self.drop(loop);
        ::close(self.fd);
        ++self.server->served;
        delete &self;
    }

    static void ready(Loop loop, Io& io, int)
    {
        auto& self = static_cast<Server&>(io);
        int flags = SOCK_NONBLOCK | SOCK_CLOEXEC, fd;
        while ((fd = accept4(self.fd, nullptr, nullptr, flags)) >= 0) {
            auto* connection = new Connection;
            connection->fd = fd;
            connection->server = &self;
            connection->set<request>(loop, fd, readable);
            connection->start(loop);
        }
        bench::must(errno == EAGAIN, "accept");
    }

    void open(Loop loop, int listening)
    {
        fd = listening;
        set<ready>(loop, fd, readable);
        start(loop);
    }

    void close(Loop loop)
    {
        drop(loop);
        ::close(fd);
    }
};

}  // lib
