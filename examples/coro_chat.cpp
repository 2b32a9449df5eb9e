// A chat server with the channels of relev.hpp: what a client says, all others
// read.
//
// Usage: coro_chat [PORT]                  (default: a free port)
//        ./coro_chat 7777 &  nc 127.0.0.1 7777
// Build: c++ -std=c++20 -o coro_chat coro_chat.cpp -lev
//
// Each client has two tasks: one reads its lines and puts them into the
// channels of all others, one writes what comes through its own channel. A
// client that does not read loses messages, and holds up nobody.

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
#include <relev.hpp>

#include <cerrno>
#include <csignal>
#include <iostream>
#include <set>
#include <string>

using namespace std::chrono_literals;
using namespace relev;

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

task<> write_all(descriptor& d, const char* data, std::size_t size)
{
    while (size) {
        ssize_t n = send(d.fd(), data, size, MSG_NOSIGNAL);
        if (n >= 0) data += n, size -= static_cast<std::size_t>(n);
        else if (is_temporary(errno)) co_await d.writable();
        else checked(-1, "send");
    }
}

struct client {
    explicit client(int fd) : connection(fd) {}

    descriptor connection;
    channel<std::string> outbox{100};
};

using clients = std::set<client*>;

void send_all(const clients& all, const client* from, const std::string& text)
{
    for (client* c : all) {
        std::string copy = text;
        if (c != from) c->outbox.try_push(copy);
    }
}

task<> read_lines(client& me, const clients& all)
{
    std::string text;
    char buffer[4096];
    for (;;) {
        co_await me.connection.readable();
        ssize_t n = recv(me.connection.fd(), buffer, sizeof buffer, 0);
        if (n < 0 && is_temporary(errno)) continue;
        if (n <= 0 || text.size() > 65536) co_return;
        text.append(buffer, static_cast<std::size_t>(n));
        std::size_t end = text.rfind('\n') + 1;
        if (end) send_all(all, &me, text.substr(0, end));
        text.erase(0, end);
    }
}

task<> write_lines(client& me)
{
    while (auto text = co_await me.outbox.next())
        co_await write_all(me.connection, text->data(), text->size());
}

// Ends when the client closes or cannot be written to.
task<> session(int fd, clients& all)
{
    client me(fd);
    struct membership {
        clients& all;
        client* me;
        ~membership() { all.erase(me); }
    } member{all, &me};
    all.insert(&me);
    try {
        co_await when_any(read_lines(me, all), write_lines(me));
    } catch (const std::system_error&) {
    }
}

task<> serve(int port)
{
    descriptor listener(listen_on(port));
    clients all;
    co_await with_nursery([&](nursery& n) -> task<> {
        for (;;) {
            co_await listener.readable();
            int fd = accept4(listener.fd(), nullptr, nullptr, SOCK_NONBLOCK);
            if (fd >= 0) n.spawn(session, fd, std::ref(all));
            else if (!is_temporary(errno)) co_await sleep_for(100ms);
        }
    });
}

task<> until(int signum) { co_await relev::signal(signum); }

task<> run(int port)
{
    co_await when_any(serve(port), until(SIGTERM), until(SIGINT));
}

}  // namespace

int main(int argc, char** argv)
try {
    loop l;
    l.run(run(argc > 1 ? std::stoi(argv[1]) : 0));
} catch (const std::exception& error) {
    std::cerr << "coro_chat: " << error.what() << '\n';
    return EXIT_FAILURE;
}
