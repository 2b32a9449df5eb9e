// An HTTP/1.1 server that uses all processors, with the coroutines of
// relev.hpp.
//
// Usage: hello_http [PORT [THREADS [SECONDS]]]
//        (default: a free port, one thread for each processor, 30 seconds)
//        ./hello_http 8080 &  curl http://127.0.0.1:8080/
// Build: c++ -std=c++20 -o hello_http hello_http.cpp -lev -pthread
//
// A request that takes longer than SECONDS gets 408. After SIGTERM or SIGINT
// what has arrived is answered, also on connections that nobody has accepted
// yet; the last answer of each connection says that it is closed.

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <relev.hpp>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <iostream>
#include <string>

#include "http_request.hpp"

using namespace std::chrono_literals;
using namespace relev;

namespace {

std::chrono::duration<double> limit = 30s;
std::atomic<bool> stopping = false;  // set by a signal, read by all threads

enum class next { request, bad, late, closed };

struct client {
    descriptor d;
    std::string in;
    bool is_last = false;  // nothing will be read after this request
};

// What recv returns.
ssize_t receive(client& c)
{
    static thread_local char chunk[16384];
    ssize_t n = recv(c.d.fd(), chunk, sizeof chunk, 0);
    if (n > 0) c.in.append(chunk, static_cast<std::size_t>(n));
    return n;
}

task<> write_all(descriptor& d, std::string_view data)
{
    while (!data.empty()) {
        ssize_t n = send(d.fd(), data.data(), data.size(), 0);
        if (n >= 0) data.remove_prefix(static_cast<std::size_t>(n));
        else if (errno == EAGAIN) co_await d.writable();
        else if (errno != EINTR)
            throw std::system_error(errno, std::system_category());
    }
}

// Also when it is canceled, it reads what has arrived already.
task<next> read_request(client& c, http::request& r)
{
    for (bool continued = false;;) {
        bool ends = stopping;
        if (ends)
            while (c.in.size() < 1000000 && receive(c) > 0) continue;
        http::parsed how = http::parse(c.in, r);
        if (how == http::parsed::bad) co_return next::bad;
        if (how == http::parsed::complete) {
            http::request after;
            auto rest = std::string_view(c.in).substr(r.size);
            c.is_last = !r.keep_alive
                     || (ends && parse(rest, after) != http::parsed::complete);
            co_return next::request;
        }
        if (r.expects_continue && !std::exchange(continued, true))
            co_await write_all(c.d, "HTTP/1.1 100 Continue\r\n\r\n");

        bool late = static_cast<bool>(co_await nothrow(c.d.readable()));
        ssize_t n = receive(c);
        if (n > 0) continue;
        if (n == 0 || (errno != EAGAIN && errno != EINTR))
            co_return next::closed;
        if (late) co_return c.in.empty() ? next::closed : next::late;
    }
}

task<> write_in_time(descriptor& d, std::string_view data)
{
    co_await with_timeout(limit, write_all(d, data));
}

std::string answer(const char* status, std::string_view body, bool close,
                   bool head_only = false)
{
    std::string text = "HTTP/1.1 ";
    text.append(status).append("\r\nContent-Type: text/plain\r\n");
    text.append("Content-Length: ").append(std::to_string(body.size()));
    text.append(close ? "\r\nConnection: close\r\n\r\n" : "\r\n\r\n");
    return head_only ? text : text.append(body);
}

std::string answer_to(const http::request& r, bool close)
{
    bool head = r.method == "HEAD";
    if (!head && r.method != "GET")
        return answer("405 Method Not Allowed", "GET or HEAD\n", close);
    if (r.path != "/")
        return answer("404 Not Found", "not found\n", close, head);
    return answer("200 OK", "Hello, world\n", close, head);
}

task<> session(descriptor d)
try {
    client c{std::move(d), {}};
    while (!c.is_last) {
        http::request r;
        auto how = co_await nothrow(with_timeout(limit, read_request(c, r)));
        if (!how || *how == next::closed) break;
        c.is_last = c.is_last || *how != next::request;
        std::string out;
        if (*how == next::request) out = answer_to(r, c.is_last);
        else if (*how == next::bad) out = answer("400 Bad Request", "", true);
        else out = answer("408 Request Timeout", "", true);
        c.in.erase(0, r.size);
        co_await shielded(write_in_time(c.d, out));
    }
} catch (const std::system_error&) {
    // The client is gone, or does not read.
}

sockaddr_in local(int port)
{
    sockaddr_in a = {};
    a.sin_family = AF_INET;
    a.sin_port = htons(static_cast<in_port_t>(port));
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return a;
}

// Without SO_REUSEPORT: a second instance fails.
descriptor listen_on(const sockaddr* address, socklen_t size)
{
    descriptor d(socket(AF_INET, SOCK_STREAM, 0));
    int on = 1;
    fcntl(d.fd(), F_SETFL, O_NONBLOCK);
    if (setsockopt(d.fd(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on)
        || bind(d.fd(), address, size) || listen(d.fd(), SOMAXCONN))
        throw std::system_error(errno, std::system_category(), "listen");
    return d;
}

task<> until(int signum)
{
    co_await relev::signal(signum);
    stopping = true;
}

}  // namespace

int main(int argc, char** argv)
try {
    std::signal(SIGPIPE, SIG_IGN);
    if (argc > 3) limit = std::chrono::duration<double>(std::stod(argv[3]));
    threads pool(argc > 2 ? std::stoi(argv[2]) : 0);
    sockaddr_in address = local(argc > 1 ? std::stoi(argv[1]) : 0);
    auto* any = reinterpret_cast<sockaddr*>(&address);
    socklen_t size = sizeof address;
    descriptor listener = listen_on(any, size);
    getsockname(listener.fd(), any, &size);
    auto serve = [&]() -> task<> {
        std::cout << "listening on 127.0.0.1:" << ntohs(address.sin_port)
                  << std::endl;
        co_await pool.serve(listener.fd(), session);
    };
    pool.run([&](loop&, int index) -> task<> {
        if (index != 0) co_return;  // sessions only
        co_await when_any(until(SIGTERM), until(SIGINT), serve());
    });
} catch (const std::exception& error) {
    std::cerr << "hello_http: " << error.what() << '\n';
    return EXIT_FAILURE;
}
