// A server by epoll alone, for echo_raw.cc and http_raw.cc: what a connection
// needs at least. The main thread accepts, and gives each connection to one of
// the threads in turn. A connection that is idle for 60 seconds is closed.

#ifndef RAW_HH
#define RAW_HH

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace raw {

inline void must(bool is_true, const char* what)
{
    if (!is_true) std::perror(what), std::exit(1);
}

inline time_t now()
{
    timespec t;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
    return t.tv_sec;
}

struct connection {
    explicit connection(int its) : fd(its) {}
    ~connection() { close(fd); }
    connection(const connection&) = delete;

    int fd;
    bool writes = false;
    time_t active = now();
    std::string in, out;
};

// From `in` to `out`; false if the connection ends.
using serve_function = bool (*)(connection&);

class server {
public:
    explicit server(serve_function f) : epoll_(epoll_create1(0)), serve_(f) {}

    void add(int fd)
    {
        auto* c = new connection(fd);
        epoll_event e = {EPOLLIN, {c}};
        must(!epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &e), "epoll_ctl");
    }

    void run()
    {
        for (;;) {
            epoll_event events[64];
            int n = epoll_wait(epoll_, events, 64, 1000);
            for (int i = 0; i < n; ++i) {
                auto* c = static_cast<connection*>(events[i].data.ptr);
                if (open_.insert(c).second) c->active = now();
                if (!handle(*c, events[i].events)) open_.erase(c), delete c;
            }
            if (swept_ != now()) sweep();
        }
    }

private:
    bool handle(connection& c, unsigned events)
    {
        char chunk[16384];
        c.active = now();
        if (!(events & EPOLLOUT)) {
            ssize_t n = read(c.fd, chunk, sizeof chunk);
            if (n <= 0) return n < 0 && (errno == EAGAIN || errno == EINTR);
            c.in.append(chunk, static_cast<std::size_t>(n));
        }
        bool goes_on = serve_(c);
        if (!c.out.empty()) {
            ssize_t n = send(c.fd, c.out.data(), c.out.size(), MSG_NOSIGNAL);
            if (n < 0 && errno != EAGAIN && errno != EINTR) return false;
            c.out.erase(0, n > 0 ? static_cast<std::size_t>(n) : 0);
        }
        if (c.writes == c.out.empty()) {
            c.writes = !c.out.empty();
            epoll_event e = {c.writes ? EPOLLOUT : EPOLLIN, {&c}};
            must(!epoll_ctl(epoll_, EPOLL_CTL_MOD, c.fd, &e), "epoll_ctl");
        }
        return goes_on || !c.out.empty();
    }

    void sweep()
    {
        swept_ = now();
        for (auto i = open_.begin(); i != open_.end();) {
            connection* c = *i++;
            if (swept_ - c->active >= 60) open_.erase(c), delete c;
        }
    }

    int epoll_;
    serve_function serve_;
    std::set<connection*> open_;
    time_t swept_ = 0;
};

inline int listen_on(int port)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in a = {};
    a.sin_family = AF_INET;
    a.sin_port = htons(static_cast<in_port_t>(port));
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof a;
    auto* any = reinterpret_cast<sockaddr*>(&a);
    must(!bind(fd, any, size) && !listen(fd, SOMAXCONN)
             && !getsockname(fd, any, &size),
         "listen");
    std::printf("listening on 127.0.0.1:%d\n", ntohs(a.sin_port));
    std::fflush(stdout);
    return fd;
}

// Usage of the programs: [PORT [THREADS]]. With one thread it accepts, too.
inline int main(int argc, char** argv, serve_function f)
{
    int listener = listen_on(argc > 1 ? std::atoi(argv[1]) : 0);
    int threads = argc > 2 ? std::atoi(argv[2]) : 1;
    std::vector<server> servers;
    servers.reserve(static_cast<std::size_t>(threads));
    std::vector<std::thread> running;
    for (int i = 0; i < threads; ++i) {
        servers.emplace_back(f);
        running.emplace_back(&server::run, &servers.back());
    }
    for (std::size_t i = 0;; i = (i + 1) % servers.size()) {
        int fd = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK);
        if (fd >= 0) servers[i].add(fd);
    }
}

}  // namespace raw

#endif
