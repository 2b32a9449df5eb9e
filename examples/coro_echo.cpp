// The echo server of echo.c with the coroutines of relev.hpp.
//
// Usage: coro_echo [PORT [IDLE_SECONDS]]   (default: a free port, 60 seconds)
//        ./coro_echo 7777 10 &  nc 127.0.0.1 7777
// Build: c++ -std=c++20 -o coro_echo coro_echo.cpp -lev
//
// Each connection is a task. It ends when the client closes or is silent for
// too long; SIGTERM or SIGINT cancels them all, and their destructors close the
// connections.

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
#include <relev.hpp>

#include <cerrno>
#include <csignal>
#include <iostream>
#include <string>

using namespace std::chrono_literals;
using namespace relev;
using seconds = std::chrono::duration<double>;

namespace {

int checked(int result, const char* what)
{
    if (result >= 0) return result;
    throw std::system_error(errno, std::generic_category(), what);
}

int listen_on(int port)
{
    int fd = checked(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), "socket");
    int on = 1;
    sockaddr_in address = {};
    socklen_t size = sizeof address;
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<in_port_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* any = reinterpret_cast<sockaddr*>(&address);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    checked(bind(fd, any, size), "bind");
    checked(listen(fd, SOMAXCONN), "listen");
    checked(getsockname(fd, any, &size), "getsockname");
    std::cout << "listening on 127.0.0.1:" << ntohs(address.sin_port)
              << std::endl;
    return fd;
}

bool is_temporary(int error) { return error == EAGAIN || error == EINTR; }

task<std::size_t> read_some(descriptor& d, char* buffer, std::size_t size)
{
    for (;;) {
        co_await d.readable();
        ssize_t n = recv(d.fd(), buffer, size, 0);
        if (n >= 0) co_return static_cast<std::size_t>(n);
        if (!is_temporary(errno)) checked(-1, "recv");
    }
}

task<> write_all(descriptor& d, const char* data, std::size_t size)
{
    while (size) {
        ssize_t n = send(d.fd(), data, size, MSG_NOSIGNAL);
        if (n >= 0) data += n, size -= static_cast<std::size_t>(n);
        else if (is_temporary(errno)) co_await d.writable();
        else checked(-1, "send");
    }
}

task<> session(descriptor client, seconds idle)
{
    char buffer[16384];
    try {
        while (std::size_t n = co_await with_timeout(
                   idle, read_some(client, buffer, sizeof buffer)))
            co_await with_timeout(idle, write_all(client, buffer, n));
    } catch (const std::system_error&) {
        // The client is gone, or was silent: timed_out is one of these, too.
    }
}

task<> serve(int port, seconds idle)
{
    descriptor listener(listen_on(port));
    co_await with_nursery([&](nursery& n) -> task<> {
        for (;;) {
            co_await listener.readable();
            int fd = accept4(listener.fd(), nullptr, nullptr, SOCK_NONBLOCK);
            if (fd >= 0) n.spawn(session, descriptor(fd), idle);
            else if (!is_temporary(errno)) co_await sleep_for(100ms);
        }
    });
}

task<> until(int signum) { co_await relev::signal(signum); }

task<> run(int port, seconds idle)
{
    co_await when_any(serve(port, idle), until(SIGTERM), until(SIGINT));
}

}  // namespace

int main(int argc, char** argv)
try {
    loop l;
    l.run(run(argc > 1 ? std::stoi(argv[1]) : 0,
              seconds(argc > 2 ? std::stod(argv[2]) : 60.)));
} catch (const std::exception& error) {
    std::cerr << "coro_echo: " << error.what() << '\n';
    return EXIT_FAILURE;
}
