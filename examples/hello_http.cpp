// An HTTP/1.1 server that uses all processors, with the coroutines of
// relev.hpp.
//
// Usage: hello_http [PORT [THREADS [SECONDS]]]
//        (default: a free port, one thread for each processor, 30 seconds)
//        ./hello_http 8080 &  curl http://127.0.0.1:8080/
// Build: c++ -std=c++20 -o hello_http hello_http.cpp -lev -pthread
//
// A request that takes longer than SECONDS gets 408. After SIGTERM or SIGINT
// what has arrived is answered; then the connections are closed.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <relev.hpp>

#include <cerrno>
#include <csignal>
#include <iostream>
#include <string>

#include "http_request.hpp"

using namespace std::chrono_literals;
using namespace relev;

namespace {

std::chrono::duration<double> limit = 30s;

enum class next { request, bad, late, closed };

// Also when it is canceled, it reads what has arrived already.
task<next> read_request(descriptor& d, std::string& in, http::request& r)
{
    static thread_local char chunk[16384];
    for (;;) {
        switch (http::parse(in, r)) {
            case http::parsed::complete:
                co_return next::request;
            case http::parsed::bad:
                co_return next::bad;
            case http::parsed::incomplete:
                break;
        }
        bool late = static_cast<bool>(co_await nothrow(d.readable()));
        ssize_t n = recv(d.fd(), chunk, sizeof chunk, 0);
        if (n > 0) in.append(chunk, static_cast<std::size_t>(n));
        else if (n == 0 || (errno != EAGAIN && errno != EINTR))
            co_return next::closed;
        else if (late) co_return in.empty() ? next::closed : next::late;
    }
}

task<> write_all(descriptor& d, std::string_view data)
{
    while (!data.empty()) {
        ssize_t n = send(d.fd(), data.data(), data.size(), MSG_NOSIGNAL);
        if (n >= 0) data.remove_prefix(static_cast<std::size_t>(n));
        else if (errno == EAGAIN) co_await d.writable();
        else if (errno != EINTR)
            throw std::system_error(errno, std::system_category());
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

std::string answer_to(const http::request& r)
{
    bool head = r.method == "HEAD", close = !r.keep_alive;
    if (!head && r.method != "GET")
        return answer("405 Method Not Allowed", "GET or HEAD\n", close);
    if (r.path != "/")
        return answer("404 Not Found", "not found\n", close, head);
    return answer("200 OK", "Hello, world\n", close, head);
}

task<> session(descriptor d)
try {
    std::string in, out;
    for (bool last = false; !last;) {
        http::request r;
        auto how =
            co_await nothrow(with_timeout(limit, read_request(d, in, r)));
        if (!how || *how == next::closed) break;
        last = *how != next::request || !r.keep_alive;
        if (*how == next::request) out = answer_to(r), in.erase(0, r.size);
        else if (*how == next::bad) out = answer("400 Bad Request", "", true);
        else out = answer("408 Request Timeout", "", true);
        co_await shielded(write_in_time(d, out));
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

task<> until(int signum) { co_await relev::signal(signum); }

}  // namespace

int main(int argc, char** argv)
try {
    if (argc > 3) limit = std::chrono::duration<double>(std::stod(argv[3]));
    threads pool(argc > 2 ? std::stoi(argv[2]) : 0);
    sockaddr_in address = local(argc > 1 ? std::stoi(argv[1]) : 0);
    auto* any = reinterpret_cast<sockaddr*>(&address);
    socklen_t size = sizeof address;
    auto listener = std::move(listen_each(pool, any, size)[0]);
    getsockname(listener.fd(), any, &size);
    std::cout << "listening on 127.0.0.1:" << ntohs(address.sin_port)
              << std::endl;
    pool.run([&](loop&, int index) -> task<> {
        if (index != 0) co_return;  // sessions only
        co_await when_any(pool.serve(listener.fd(), session), until(SIGTERM),
                          until(SIGINT));
    });
} catch (const std::exception& error) {
    std::cerr << "hello_http: " << error.what() << '\n';
    return EXIT_FAILURE;
}
