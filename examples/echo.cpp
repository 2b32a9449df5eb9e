// The echo server of echo.c in C++, with the watcher classes of ev++.h.
//
// Usage: echo [PORT [IDLE_SECONDS]]     (default: a free port, 60 seconds)
//        ./echo 7777 10 &  nc 127.0.0.1 7777
// Build: c++ -std=c++17 -o echo echo.cpp -lev
//
// A watcher is a member of the object whose methods it calls, and its
// destructor stops it. So no callback can reach a client that was destroyed.

#include <arpa/inet.h>
#include <ev++.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <list>
#include <memory>
#include <string>
#include <system_error>

namespace {

int checked(int result, const char* what)
{
    if (result < 0)
        throw std::system_error(errno, std::generic_category(), what);
    return result;
}

// A non-blocking descriptor, closed by the destructor.
class Socket {
public:
    explicit Socket(int fd) : fd(fd)
    {
        int flags = fcntl(fd, F_GETFL);
        fcntl(fd, F_SETFL, flags | O_NONBLOCK);
    }
    ~Socket() { close(fd); }
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;

    const int fd;
};

class Client {
public:
    using Clients = std::list<std::unique_ptr<Client>>;

    Client(Clients& all, int fd, ev::tstamp idle_limit) : all(all), socket(fd)
    {
        io.set<Client, &Client::on_ready>(this);
        io.start(fd, ev::READ);
        idle.set<Client, &Client::on_idle>(this);
        idle.set(0., idle_limit);
        idle.again();
    }

    Clients::iterator place;  // in `all`

private:
    void on_ready(ev::io&, int revents)
    {
        idle.again();
        if (revents & ev::ERROR || (revents & ev::READ && !read())
            || (sent < filled && !write()))
            return destroy();
        io.set(sent < filled ? ev::WRITE : ev::READ);
    }

    void on_idle(ev::timer&, int) { destroy(); }

    // Destroys this object: must be the last statement of a method.
    void destroy() { all.erase(place); }

    // False if the connection ended.
    bool read()
    {
        ssize_t n = recv(socket.fd, buffer.data(), buffer.size(), 0);
        if (n < 0) return is_temporary(errno);
        sent = 0, filled = static_cast<std::size_t>(n);
        return n > 0;
    }

    bool write()
    {
        ssize_t n = send(socket.fd, buffer.data() + sent, filled - sent, 0);
        if (n < 0) return is_temporary(errno);
        sent += static_cast<std::size_t>(n);
        return true;
    }

    static bool is_temporary(int error)
    {
        return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
    }

    Clients& all;
    Socket socket;  // declared before its watcher, closed after it stops
    ev::io io;
    ev::timer idle;
    std::size_t sent = 0, filled = 0;
    std::array<char, 16384> buffer;
};

class Server {
public:
    Server(int port, ev::tstamp idle_limit)
        : socket(checked(::socket(AF_INET, SOCK_STREAM, 0), "socket")),
          idle_limit(idle_limit)
    {
        int on = 1;
        sockaddr_in address = {};
        address.sin_family = AF_INET;
        address.sin_port = htons(static_cast<in_port_t>(port));
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        setsockopt(socket.fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        checked(bind(socket.fd, reinterpret_cast<sockaddr*>(&address),
                     sizeof address),
                "bind");
        checked(listen(socket.fd, SOMAXCONN), "listen");

        io.set<Server, &Server::on_connection>(this);
        io.start(socket.fd, ev::READ);
        pause.set<Server, &Server::on_pause_over>(this);
    }

    int port() const
    {
        sockaddr_in address = {};
        socklen_t size = sizeof address;
        getsockname(socket.fd, reinterpret_cast<sockaddr*>(&address), &size);
        return ntohs(address.sin_port);
    }

private:
    void on_connection(ev::io&, int)
    {
        int fd = accept(socket.fd, nullptr, nullptr);
        if (fd >= 0) {
            auto client = std::make_unique<Client>(clients, fd, idle_limit);
            clients.push_front(std::move(client));
            clients.front()->place = clients.begin();
        } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS
                   || errno == ENOMEM) {
            io.stop();  // or the loop would be busy, unable to accept
            pause.start(0.1);
        }
    }

    void on_pause_over(ev::timer&, int) { io.start(); }

    Socket socket;
    ev::tstamp idle_limit;
    ev::io io;
    ev::timer pause;
    Client::Clients clients;
};

void on_signal(ev::sig& w, int) { w.loop.break_loop(ev::ALL); }

void run(int port, ev::tstamp idle_limit)
{
    ev::default_loop loop;
    Server server(port, idle_limit);
    std::cout << "listening on 127.0.0.1:" << server.port() << std::endl;

    ev::sig interrupt, terminate;
    interrupt.set<on_signal>();
    interrupt.start(SIGINT);
    terminate.set<on_signal>();
    terminate.start(SIGTERM);
    loop.run();
}

}  // namespace

int main(int argc, char** argv)
try {
    std::signal(SIGPIPE, SIG_IGN);  // then send returns EPIPE
    run(argc > 1 ? std::stoi(argv[1]) : 0, argc > 2 ? std::stod(argv[2]) : 60.);
} catch (const std::exception& error) {
    std::cerr << "echo: " << error.what() << '\n';
    return EXIT_FAILURE;
}
